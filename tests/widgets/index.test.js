import axe from "axe-core";
import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";

import explorer from "../../lean_magic/widgets/explorer/index.js";
import { Kernel, attempt, frame } from "./kernel.js";

afterEach(() => document.body.replaceChildren());

/** @param {number} [count] of views */
async function openExplorer(count = 1) {
  const kernel = new Kernel();
  const controller = new AbortController();
  const { signal } = controller;
  const widget = explorer();
  widget.initialize({ model: kernel, signal });
  const views = Array.from({ length: count }, () => {
    const el = document.createElement("div");
    document.body.append(el);
    widget.render({ el, signal });
    return el;
  });
  await frame();
  return { kernel, views, view: /** @type {HTMLElement} */ (views[0]), controller };
}

test("the explorer asks for the tree once, and shows it in each view", async () => {
  const { kernel, views } = await openExplorer(2);
  expect(kernel.sentOf("open")).toHaveLength(1);
  for (const view of views) expect(view.querySelectorAll("[role=treeitem]")).toHaveLength(6);
});

test("the title, the number of attempts and a finished proof are told", async () => {
  const { kernel, view } = await openExplorer();
  const header = () => view.querySelector(".lean-magic-header")?.textContent;
  expect(header()).toBe("theorem swap5 attempts, 1 failed✓ Proof finished");
  kernel.best = 0;
  kernel.change([], [2, 3, 4, 5]);
  await frame();
  expect(header()).toBe("theorem swap1 attempt");
});

test("tabs are changed by click and arrow keys; a pane is made when it is first seen", async () => {
  const { view } = await openExplorer();
  const tabs = /** @type {HTMLElement[]} */ ([...view.querySelectorAll(".lean-magic-tab")]);
  const panels = /** @type {HTMLElement[]} */ ([...view.querySelectorAll(".lean-magic-tab-panel")]);
  const [attempts, proof] = /** @type {[HTMLElement, HTMLElement]} */ (panels);
  expect(proof.hasChildNodes()).toBe(false);
  /** @type {HTMLElement} */ (tabs[0]).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(tabs.map((tab) => tab.getAttribute("aria-selected"))).toEqual(["false", "true"]);
  expect([attempts.hidden, proof.hidden]).toEqual([true, false]);
  expect(proof.querySelector(".lean-magic-proof")).not.toBeNull();
  await userEvent.click(/** @type {HTMLElement} */ (tabs[0]));
  expect([attempts.hidden, proof.hidden]).toEqual([false, true]);
});

test("keys pressed in the explorer do not reach the notebook", async () => {
  const { view } = await openExplorer();
  /** @type {string[]} */
  const heard = [];
  document.body.addEventListener("keydown", (event) => heard.push(event.key), { once: true });
  /** @type {HTMLElement} */ (view.querySelector('[data-key="attempt-0"]')).focus();
  await userEvent.keyboard("m{ArrowDown}{Enter}");
  expect(heard).toEqual([]);
  expect(view.querySelector('[data-lm-suppress-shortcuts="true"]')).toBe(view.firstElementChild);
});

test("a problem is told until something changes", async () => {
  const { kernel, view } = await openExplorer();
  kernel.tell({ kind: "problem", text: "no worker is left" });
  await frame();
  expect(view.innerText).toContain("no worker is left");
  kernel.change([attempt({ id: 9 })]);
  await frame();
  expect(view.innerText).not.toContain("no worker is left");
});

test("a closed widget hears nothing more", async () => {
  const { kernel, view, controller } = await openExplorer();
  controller.abort();
  kernel.change([attempt({ id: 9 })]);
  await frame();
  expect(view.querySelector('[data-key="attempt-9"]')).toBeNull();
});

test.each(["Attempts", "Proof"])("axe finds nothing wrong with the explorer: %s", async (tab) => {
  const { kernel, view } = await openExplorer();
  kernel.change([8, 9, 10].map((id) => attempt({ id, status: "failed" })));
  await userEvent.click(/** @type {HTMLElement} */ ([...view.querySelectorAll(".lean-magic-tab")].find((one) => one.textContent === tab)));
  await frame();
  const { violations } = await axe.run(view);
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
});

test("two explorers in a page have nothing in common, though each loads the modules anew", async () => {
  /** @type {string[][]} */
  const ids = [];
  for (const copy of [1, 2]) {
    // As it is built, and as anywidget loads it.
    const { default: built } = await import(/* @vite-ignore */ `/lean_magic/widgets/explorer.js?copy=${copy}`);
    const el = document.createElement("div");
    document.body.append(el);
    const { signal } = new AbortController();
    const widget = built();
    widget.initialize({ model: new Kernel(), signal });
    widget.render({ el, signal });
    await frame();
    await frame();
    ids.push([...el.querySelectorAll("[id], input[type=radio]")].map((one) => one.id || /** @type {HTMLInputElement} */ (one).name));
  }
  expect(ids[0]?.length).toBeGreaterThan(3);
  expect(ids[0]?.filter((id) => ids[1]?.includes(id))).toEqual([]);
});
