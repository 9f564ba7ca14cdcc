import axe from "axe-core";
import { afterEach, beforeEach, expect, test } from "vitest";

import "../../lean_magic/widgets/explorer/explorer.css";
import { proofPane } from "../../lean_magic/widgets/explorer/proof_pane.js";
import { statePane } from "../../lean_magic/widgets/explorer/state_pane.js";
import { Kernel, attempt, frame, openStore, smallTree } from "./kernel.js";

// As JupyterLab 4.6 sets them.
const THEMES = {
  light: {
    "--jp-ui-font-color0": "rgba(0, 0, 0, 1)",
    "--jp-layout-color1": "white",
    "--jp-layout-color2": "#eee",
    "--jp-border-color1": "#bdbdbd",
    "--jp-brand-color1": "#1976d2",
    "--jp-success-color1": "#388e3c",
    "--jp-error-color1": "#d32f2f",
    "--jp-warn-color1": "#f57c00",
  },
  dark: {
    "--jp-ui-font-color0": "rgba(255, 255, 255, 1)",
    "--jp-layout-color1": "#212121",
    "--jp-layout-color2": "#424242",
    "--jp-border-color1": "#616161",
    "--jp-brand-color1": "#2196f3",
    "--jp-success-color1": "#4caf50",
    "--jp-error-color1": "#f44336",
    "--jp-warn-color1": "#ff9800",
  },
  black: {
    "--jp-ui-font-color0": "rgba(255, 255, 255, 1)",
    "--jp-layout-color1": "#111",
    "--jp-layout-color2": "#222",
    "--jp-border-color1": "#444",
    "--jp-brand-color1": "#2196f3",
    "--jp-success-color1": "#4caf50",
    "--jp-error-color1": "#f44336",
    "--jp-warn-color1": "#ff9800",
  },
  "no theme": {},
};

/** @type {() => void} */
let close = () => {};

beforeEach(() => localStorage.clear());
afterEach(() => {
  close();
  document.body.replaceChildren();
});

test.each(Object.entries(THEMES))("goals, messages and proofs can be read by all: %s", async (_, colours) => {
  const kernel = new Kernel([
    ...smallTree(),
    attempt({ id: 6, tactic: "sorry", status: "sorry", goals: 0, offers: ["exact hp"] }),
    attempt({ id: 7, tactic: "omega", status: "timeout", error: "too slow" }),
  ]);
  const { store, signal, close: closeStore } = await openStore(kernel);
  close = closeStore;
  const root = document.createElement("div");
  root.className = "lean-magic-explorer";
  for (const [name, value] of Object.entries(colours)) root.style.setProperty(name, value);
  store.select(1);
  const panes = [statePane(store, { signal }), proofPane(store, { signal })];
  root.append(...panes);
  document.body.append(root);
  await frame();
  await frame();
  /** @param {string} text */
  const press = (text) =>
    /** @type {HTMLElement} */ ([...root.querySelectorAll("button")].find((button) => button.textContent === text)).click();
  press("Filters");
  press("Pin");
  /** @type {HTMLElement} */ (root.querySelector(".lean-magic-goal-name")).click();
  /** @type {HTMLElement} */ (root.querySelector("button.lean-magic-proof-chip")).click();
  await frame();
  for (const id of [1, 2, 4, 5, 6, 7]) {
    store.select(id);
    await frame();
    await frame();
    const { violations, passes } = await axe.run(root);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
    // It has looked at colours, rather than given up on them.
    expect(passes.find(({ id }) => id === "color-contrast")?.nodes.length).toBeGreaterThan(20);
  }
});
