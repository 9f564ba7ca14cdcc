// Builds the tactic explorer: lean_magic/widgets/explorer/ becomes lean_magic/widgets/explorer.js and explorer.css.
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

const licence = readFileSync("node_modules/d3-hierarchy/LICENSE", "utf8").trim();

/** d3's treemaps, which are not used, are made by calls: says that those do nothing else, so that they are left out. */
const withoutTreemaps = {
  name: "without-treemaps",
  transform: {
    filter: { id: /d3-hierarchy/ },
    handler: (/** @type {string} */ code) => code.replaceAll("= (function custom(", "= /* @__PURE__ */ (function custom("),
  },
};

export default defineConfig({
  plugins: [withoutTreemaps],
  build: {
    lib: { entry: "lean_magic/widgets/explorer/index.js", formats: ["es"], fileName: () => "explorer.js", cssFileName: "explorer" },
    outDir: "lean_magic/widgets",
    emptyOutDir: false,
    target: "es2022",
    minify: true,
    rolldownOptions: { output: { minify: true, postBanner: `/*!\nlean-magic's tactic explorer, built from lean_magic/widgets/explorer/ by \`npm run build\`. It contains d3-hierarchy:\n\n${licence}\n*/` } },
  },
});
