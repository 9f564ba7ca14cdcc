import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";

import "../../lean_magic/widgets/explorer/explorer.css";
import { element } from "../../lean_magic/widgets/explorer/dom.js";
import { treePane } from "../../lean_magic/widgets/explorer/tree_pane.js";
import { frame, openStore } from "./kernel.js";

afterEach(() => document.body.replaceChildren());

async function openToolbar() {
  const opened = await openStore();
  const pane = treePane(opened.store, { signal: opened.signal });
  document.body.append(element("div", { class: "lean-magic-explorer", style: "display: grid; height: 420px" }, pane));
  await frame();
  return { ...opened, items: () => [...pane.querySelectorAll("[role=treeitem]")].map((item) => item.getAttribute("data-key")) };
}

/** @param {string} name */
const button = (name) => page.getByRole("button", { name: new RegExp(`^${name}`) });

test("the selected attempt is marked, renamed, pruned; a prune is undone", async () => {
  const { store, kernel, items } = await openToolbar();
  await expect.element(button("Prune")).toHaveAttribute("aria-disabled", "true"); // the root
  await expect.element(button("Undo")).toHaveAttribute("aria-disabled", "true");
  await button("Undo").click({ force: true });
  store.select(3);
  await button("Mark").click();
  await expect.element(button("Mark")).toHaveAttribute("aria-pressed", "true");
  await button("Rename").click();
  await userEvent.keyboard("left{Enter}");
  await button("Prune").click();
  await frame();
  expect(items()).toHaveLength(4);
  expect(store.current).toBe(1);
  await button("Undo").click();
  await frame();
  expect(items()).toHaveLength(6);
  expect(kernel.sent.slice(1).map((message) => message.kind)).toEqual(["select", "mark", "rename", "prune", "restore", "select"]);
});

test("failed attempts are hidden and shown", async () => {
  const { items } = await openToolbar();
  await button("Hide failed").click();
  expect(items()).not.toContain("attempt-2");
  await expect.element(button("Hide failed")).toHaveAttribute("aria-pressed", "true");
  await button("Hide failed").click();
  expect(items()).toContain("attempt-2");
});

test("the tree turns, and the arrow keys with it", async () => {
  await openToolbar();
  await button("Draw the tree from left to right").click();
  const root = /** @type {HTMLElement} */ (document.querySelector('[data-key="attempt-0"]'));
  root.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowDown}");
  expect(document.activeElement?.getAttribute("data-key")).toBe("attempt-2");
  await expect.element(button("Draw the tree from top to bottom")).toBeVisible();
});

test("zoom is told, and fits again", async () => {
  await openToolbar();
  const scale = () => document.querySelector(".lean-magic-scale")?.textContent;
  const before = scale();
  await button("Zoom in").click();
  expect(scale()).not.toBe(before);
  await button("Fit").click();
  expect(scale()).toBe(before);
});

test("Tab comes to one button, arrows to the others", async () => {
  await openToolbar();
  const stops = [...document.querySelectorAll("[role=toolbar] button")].filter((one) => /** @type {HTMLElement} */ (one).tabIndex === 0);
  expect(stops).toHaveLength(1);
  /** @type {HTMLElement} */ (stops[0]).focus();
  await userEvent.keyboard("{ArrowRight}");
  expect(document.activeElement?.textContent).toBe("Rename");
  await userEvent.keyboard("{End}{Enter}");
  expect(document.activeElement?.getAttribute("aria-expanded")).toBe("true");
  expect(document.querySelector(".lean-magic-keys")?.checkVisibility()).toBe(true);
});

test("without a kernel nothing can be changed", async () => {
  const { store, kernel } = await openToolbar();
  kernel.silent = true;
  store.select(3);
  store.disconnect("gone");
  for (const name of ["Mark", "Rename", "Prune", "Undo"]) await expect.element(button(name)).toHaveAttribute("aria-disabled", "true");
});
