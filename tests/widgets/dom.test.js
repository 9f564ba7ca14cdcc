import { expect, test } from "vitest";

import { element, freshId, setAttributes, setText, svgElement } from "../../lean_magic/widgets/explorer/dom.js";

test("an element has its attributes, listeners and children; text is never HTML", () => {
  let clicks = 0;
  const made = element("button", { class: "a", disabled: false, hidden: true, "aria-level": 2, title: null, onclick: () => clicks++ }, "<b>", null, false, 7, element("i"));
  made.click();
  expect(made.outerHTML).toBe('<button class="a" hidden="" aria-level="2">&lt;b&gt;7<i></i></button>');
  expect(clicks).toBe(1);
  expect(svgElement("path", { d: "M0 0" }).namespaceURI).toBe("http://www.w3.org/2000/svg");
});

test("attributes are taken away by false, null and undefined", () => {
  const made = element("a", { href: "x", title: "y", hidden: true });
  setAttributes(made, { href: null, title: undefined, hidden: false });
  expect(made.outerHTML).toBe("<a></a>");
});

test("ids are fresh", () => {
  expect(new Set(Array.from({ length: 100 }, () => freshId("x"))).size).toBe(100);
});

test("signs that turn the direction of a text are told, not obeyed", () => {
  const made = element("code", {}, '"a\u202eb" = "c\u2066"');
  expect(made.textContent).toBe('"a⟨U+202E⟩b" = "c⟨U+2066⟩"');
  setText(made, "\u200f١");
  expect(made.textContent).toBe("⟨U+200F⟩١");
});
