import { userEvent } from "vitest/browser";
import { afterEach, beforeEach, expect, test } from "vitest";

import { AbbreviationInput, Abbreviations, abbreviations, replaceText } from "../../lean_magic/widgets/explorer/abbreviations.js";
import table from "../../lean_magic/abbreviations.json";
import { openStore } from "./kernel.js";

const lean = new Abbreviations(table);
/** @type {HTMLTextAreaElement} */
let field;
/** @type {AbbreviationInput} */
let input;
/** @type {AbortController} */
let controller;

beforeEach(() => {
  controller = new AbortController();
  field = document.createElement("textarea");
  document.body.append(field);
  input = new AbbreviationInput(field, { table: lean }, controller);
  field.focus();
});

afterEach(() => {
  controller.abort();
  document.body.replaceChildren();
});

/** @param {string} text */
const type = (text) => userEvent.keyboard(text.replace(/[[{]/g, "$&$&"));

/** What is written, with a bar where the cursor is. */
const written = () => `${field.value.slice(0, field.selectionStart)}|${field.value.slice(field.selectionStart)}`;

test.each([
  ["alpha", "α", 1],
  ["alp", "α", 1],
  ["alp7", "α7", 2],
  ["to", "→", 1],
  ["<>", "⟨⟩", 1],
  ["\\", "\\", 1],
])("%s is replaced by %s", (typed, text, cursor) => {
  expect(lean.replacement(typed)).toEqual({ text, cursor });
});

test("what no abbreviation begins with is not replaced", () => {
  expect(lean.replacement("÷")).toBeNull();
  expect(lean.replacement("")).toBeNull();
});

test.each([
  ["\\alpha", "α|"], // at once: no other one begins so
  ["\\to", "\\to|"], // others do
  ["\\to ", "→ |"],
  ["p \\to\\to q", "p →→ q|"],
  ["\\<>", "⟨|⟩"],
  ["\\<>x", "⟨x|⟩"],
  ["\\\\", "\\|"],
  ["\\\\to ", "\\to |"],
  ["\\ x", "\\ x|"],
  ["a\\n", "a\\n|"],
  ["\\forall x, x \\and y", "∀ x, x ∧ y|"],
  ["\\toto ", "→to |"],
])("typing %s gives %s", async (typed, expected) => {
  await type(typed);
  expect(written()).toBe(expected);
});

test("an abbreviation is replaced when the cursor leaves it", async () => {
  await type("x \\to");
  await userEvent.keyboard("{Home}");
  await expect.poll(written).toBe("|x →");
});

test("a wrong letter can be taken back", async () => {
  await type("\\to_");
  await userEvent.keyboard("{Backspace} ");
  expect(written()).toBe("→ |");
});

test("what was replaced comes back with undo, and stays then", async () => {
  await type("p \\to ");
  expect(field.value).toBe("p → ");
  await userEvent.keyboard("{Control>}z{/Control}");
  if (field.value === "p →") await userEvent.keyboard("{Control>}z{/Control}");
  expect(field.value).toContain("\\to");
});

test("the shortest one is taken on demand, also of what was pasted", () => {
  replaceText(field, 0, 0, "p \\to");
  expect(input.replaceBeforeCursor()).toBe(true);
  expect(written()).toBe("p →|");
  expect(input.replaceBeforeCursor()).toBe(false);
});

test("without the table nothing is replaced", async () => {
  controller.abort();
  controller = new AbortController();
  new AbbreviationInput(field, { table: undefined }, controller);
  await type("\\alpha \\to ");
  expect(field.value).toBe("\\alpha \\to ");
});

test("the table is asked for once in a page", async () => {
  const { store, kernel, signal, close } = await openStore();
  const source = abbreviations(store, { signal });
  expect(source.table).toBeUndefined();
  await expect.poll(() => source.table?.replacement("to")?.text).toBe("→");
  abbreviations(store, { signal });
  expect(kernel.sentOf("abbreviations")).toHaveLength(1);
  close();
});
