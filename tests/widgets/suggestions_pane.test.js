import { userEvent } from "vitest/browser";
import { afterEach, expect, test } from "vitest";

import { element } from "../../lean_magic/widgets/explorer/dom.js";
import { suggestionsPane } from "../../lean_magic/widgets/explorer/suggestions_pane.js";
import { Kernel, frame, openStore, smallTree } from "./kernel.js";

/** @import {Suggestion, SuggestionsMessage} from "../../lean_magic/widgets/explorer/types" */

/** @type {(() => void)[]} */
const closing = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  document.body.replaceChildren();
});

/** @param {Kernel} [kernel] */
async function open(kernel) {
  const opened = await openStore(kernel);
  closing.push(opened.close);
  const pane = suggestionsPane(opened.store, opened);
  document.body.append(pane);
  const text = () => pane.innerText.replace(/\s+/g, " ");
  const tactics = () => [...pane.querySelectorAll("li code")].map((code) => code.textContent);
  const use = (/** @type {string} */ name) => {
    const found = [...pane.querySelectorAll("button")].find((button) => button.getAttribute("aria-label")?.startsWith(`Use ${name}`));
    if (!found) throw new Error(`no button to use ${name}`);
    return found;
  };
  return { ...opened, pane, text, tactics, use };
}

/**
 * @param {Partial<Suggestion> & { tactic: string }} suggestion
 * @returns {Suggestion}
 */
const suggestion = (suggestion) => ({ tried: suggestion.tactic, status: "open", closes: suggestion.goals === 0, goals: 1, elapsed: 0.01, gain: "leaves p", ...suggestion });

/**
 * @param {Partial<SuggestionsMessage>} message
 * @returns {SuggestionsMessage}
 */
const suggestions = (message) => ({ kind: "suggestions", attempt: 0, place: 0, running: false, done: 20, total: 20, items: [], ...message });

test("what helps is listed with its gain, its time, and where it comes from", async () => {
  const { store, text, tactics, use } = await open();
  store.send({ kind: "suggest", attempt: 0, place: 0 });
  await expect.poll(tactics).toEqual(["exact hp", "constructor"]);
  expect(text()).toContain("closes the goal, 20 ms, found by exact?");
  expect(text()).toContain("2 tactics tried: 1 closes the goal, 1 changes something.");
  expect(use("constructor").getAttribute("aria-label")).toBe("Use constructor: 1 goal → 2, 10 ms");
});

test("Use runs it on the goal it was suggested for", async () => {
  const { store, kernel, use } = await open();
  store.select(1);
  kernel.tell(suggestions({ attempt: 1, place: 1, items: [suggestion({ tactic: "exact hq" })] }));
  await frame();
  store.place = 0;
  await userEvent.click(use("exact hq"));
  expect(kernel.sentOf("run")).toMatchObject([{ parent: 1, place: 1, tactic: "exact hq" }]);
  await expect.poll(() => store.selected?.tactic).toBe("exact hq");
});

test("progress is shown, and all can be cancelled", async () => {
  const { kernel, pane, text } = await open();
  kernel.tell(suggestions({ running: true, done: 12 }));
  await expect.poll(text).toContain("12 of 20");
  const progress = /** @type {HTMLProgressElement} */ (pane.querySelector("progress"));
  expect([progress.value, progress.max]).toEqual([12, 20]);
  const cancel = /** @type {Element} */ ([...pane.querySelectorAll("button")].find((button) => button.textContent === "Cancel"));
  await userEvent.click(cancel);
  expect(kernel.sentOf("cancel")).toEqual([{ kind: "cancel" }]);
  kernel.tell(suggestions({ done: 12 }));
  await expect.poll(text).toContain("Stopped after 12 of 20 tactics: none of them changes anything here.");
  expect(progress.checkVisibility()).toBe(false);
});

test.each([
  [["open"], "20 tactics tried: 1 changes something."],
  [["finished", "finished"], "20 tactics tried: 2 close the goal."],
  [["finished", "open", "open"], "20 tactics tried: 1 closes the goal, 2 change something."],
])("what came of it is summed up: %j", async (statuses, words) => {
  const { kernel, text } = await open();
  const items = statuses.map((status, index) =>
    suggestion({ tactic: `t${index}`, status: /** @type {"open" | "finished"} */ (status), goals: status === "open" ? 1 : 0 }),
  );
  kernel.tell(suggestions({ items }));
  await expect.poll(text).toContain(words);
});

test("what was stopped at once says so", async () => {
  const { kernel, text } = await open();
  kernel.tell(suggestions({ done: 0 }));
  await expect.poll(text).toContain("Stopped before any of 20 tactics was tried to the end.");
});

test("it says when nothing helped", async () => {
  const { kernel, text } = await open();
  kernel.tell(suggestions({}));
  await expect.poll(text).toContain("20 tactics tried: none of them changes anything here.");
});

test("each attempt keeps its own", async () => {
  const { store, kernel, tactics, pane } = await open();
  kernel.tell(suggestions({ attempt: 0, items: [suggestion({ tactic: "constructor" })] }));
  kernel.tell(suggestions({ attempt: 3, items: [suggestion({ tactic: "exact hq" })] }));
  await expect.poll(tactics).toEqual(["constructor"]);
  store.select(3);
  await expect.poll(tactics).toEqual(["exact hq"]);
  store.select(2); // failed: what is run next is run on the root
  await expect.poll(tactics).toEqual(["constructor"]);
  store.select(4);
  await expect.poll(() => pane.innerText.trim()).toBe("");
});

test("a better one that comes later is above, and takes neither focus nor clicks", async () => {
  const { kernel, tactics, use } = await open();
  kernel.tell(suggestions({ running: true, done: 1, items: [suggestion({ tactic: "simp" }), suggestion({ tactic: "omega" })] }));
  await expect.poll(tactics).toEqual(["simp", "omega"]);
  const button = use("omega");
  button.focus();
  kernel.tell(suggestions({ items: [suggestion({ tactic: "rfl" }), suggestion({ tactic: "omega" }), suggestion({ tactic: "simp" })] }));
  await expect.poll(tactics).toEqual(["rfl", "omega", "simp"]);
  expect(document.activeElement).toBe(button);
  await userEvent.keyboard("{Enter}");
  expect(kernel.sentOf("run")[0]?.tactic).toBe("omega");
});

test("when the list goes, the focus is where tactics are written; what was said is not said again", async () => {
  const { kernel, store, pane, use, text } = await open();
  const explorer = element("div", { class: "lean-magic-explorer" }, element("textarea", { class: "lean-magic-input-field" }));
  document.body.append(explorer);
  explorer.append(pane);
  kernel.tell(suggestions({ items: [suggestion({ tactic: "rfl" })] }));
  await expect.poll(text).toContain("1 changes something");
  let said = 0;
  const observer = new MutationObserver((records) => (said += records.length));
  observer.observe(/** @type {Element} */ (pane.querySelector("[role=status]")), { childList: true, characterData: true, subtree: true });
  kernel.change([{ ...smallTree()[5], status: "failed" }]);
  await frame();
  observer.takeRecords().forEach(() => said++);
  expect(said).toBe(0);
  use("rfl").focus();
  store.select(4);
  await expect.poll(() => document.activeElement?.className).toBe("lean-magic-input-field");
});

test("arrow keys go through the list", async () => {
  const { kernel, use } = await open();
  kernel.tell(suggestions({ items: ["simp", "omega", "rfl"].map((tactic) => suggestion({ tactic })) }));
  await frame();
  use("simp").focus();
  const at = () => document.activeElement?.getAttribute("aria-label")?.split(/[ :]/)[1];
  await userEvent.keyboard("{ArrowDown}");
  expect(at()).toBe("omega");
  await userEvent.keyboard("{End}{ArrowDown}");
  expect(at()).toBe("rfl");
  await userEvent.keyboard("{Home}");
  expect(at()).toBe("simp");
});

test("what Lean offers with 'Try this' takes the place of the tactic that asked", async () => {
  const tree = smallTree();
  tree.push({ .../** @type {typeof tree[0]} */ (tree[3]), id: 6, place: 1, tactic: "exact?", offers: ["exact hp", "exact And.left h"] });
  const { store, kernel, text, use, tactics } = await open(new Kernel(tree));
  expect(text()).not.toContain("Try this");
  store.select(6);
  await expect.poll(tactics).toEqual(["exact hp", "exact And.left h"]);
  await userEvent.click(use("exact And.left h"));
  expect(kernel.sentOf("run")).toMatchObject([{ parent: 1, place: 1, tactic: "exact And.left h" }]);
});

test("without a kernel they can be read, and not used", async () => {
  const { store, kernel, use, tactics } = await open();
  kernel.tell(suggestions({ items: [suggestion({ tactic: "simp" })] }));
  await expect.poll(tactics).toEqual(["simp"]);
  store.disconnect("The kernel was restarted.");
  await expect.poll(() => use("simp").getAttribute("aria-disabled")).toBe("true");
  use("simp").click();
  expect(kernel.sentOf("run")).toEqual([]);
});

test("what the kernel says against it is shown", async () => {
  const { kernel, use, pane } = await open();
  kernel.tell(suggestions({ items: [suggestion({ tactic: "simp" })] }));
  await frame();
  kernel.silent = true;
  await userEvent.click(use("simp"));
  kernel.tell({ kind: "problem", request: kernel.sentOf("run")[0]?.request, text: "That attempt was pruned." });
  await expect.poll(() => pane.querySelector("[role=alert]")?.textContent).toBe("That attempt was pruned.");
});
