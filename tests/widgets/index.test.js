import { afterEach, expect, test } from "vitest";

import explorer from "../../lean_magic/widgets/explorer/index.js";
import { Kernel, frame } from "./kernel.js";

afterEach(() => document.body.replaceChildren());

test("the explorer asks for the tree once, and renders into the element it is given", async () => {
  const kernel = new Kernel();
  const { signal } = new AbortController();
  const widget = explorer();
  widget.initialize({ model: kernel, signal });
  const views = [document.createElement("div"), document.createElement("div")];
  for (const el of views) {
    document.body.append(el);
    widget.render({ el, signal });
  }
  await frame();
  expect(kernel.sentOf("open")).toHaveLength(1);
  for (const el of views) expect(el.querySelector(".lean-magic-explorer")).not.toBeNull();
});
