// Tests run in the Chromium of the machine: nothing is downloaded.
import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const folders = (process.env.PATH ?? "").split(":");
const browsers = ["chromium", "chromium-browser", "google-chrome"];
const executablePath = browsers.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(existsSync);
if (!executablePath) throw new Error(`no browser for the tests: none of ${browsers.join(", ")} is on PATH`);

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
      provider: playwright({ launchOptions: { executablePath, args: ["--no-sandbox"] } }),
      instances: [{ browser: "chromium", viewport: { width: 1000, height: 700 } }],
    },
  },
});
