import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

import { launchOptions } from "./tests/widgets/browser.js";

export default defineConfig({
  cacheDir: "node_modules/.vite",
  // Found only while tests run, these would make the browser load them anew.
  optimizeDeps: { include: ["axe-core", "d3-hierarchy"] },
  test: {
    include: ["tests/widgets/**/*.test.js"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [{ browser: "chromium", viewport: { width: 1000, height: 700 } }],
    },
  },
});
