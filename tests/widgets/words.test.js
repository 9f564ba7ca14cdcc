import { expect, test } from "vitest";

import { cut, duration, hasFailed, outcome } from "../../lean_magic/widgets/explorer/words.js";

test("times are told in the unit that fits", () => {
  const times = /** @type {[number, string][]} */ ([
    [0.0001, "< 1 ms"], [0.0124, "12 ms"], [0.9996, "1.0 s"], [1.25, "1.3 s"], [59.96, "1 min 0 s"], [125, "2 min 5 s"],
  ]);
  for (const [seconds, text] of times) expect(duration(seconds)).toBe(text);
});

test("an attempt is told by what is left, or by what became of it", () => {
  expect(outcome({ status: "open", goals: 1 })).toBe("1 goal left");
  expect(outcome({ status: "open", goals: 2 })).toBe("2 goals left");
  expect(outcome({ status: "timeout", goals: 0 })).toBe("timed out");
});

test("what rests on sorry or runs has not failed", () => {
  expect(/** @type {const} */ (["open", "finished", "sorry", "running"]).some(hasFailed)).toBe(false);
  expect(/** @type {const} */ (["failed", "timeout", "out_of_memory", "crashed", "cancelled"]).every(hasFailed)).toBe(true);
});

test("a text is cut between characters, in one line", () => {
  expect(cut("cases h with\n  | inl", 40)).toBe("cases h with | inl");
  expect(cut("𝔸𝔹ℂ𝔻", 4)).toBe("𝔸𝔹ℂ𝔻");
  expect(cut("𝔸𝔹ℂ𝔻𝔼", 4)).toBe("𝔸𝔹ℂ…");
});
