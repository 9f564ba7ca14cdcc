// A proof as text.
/** @import {Proof, Scope} from "./types" */
import { leavesOpen } from "./proof_drawing.js";

/**
 * @param {Proof} proof
 * @returns {string} the steps in their order, what is within them indented
 */
export function proofText({ scope }) {
  return scopeLines(scope, new Set()).join("\n");
}

/**
 * @param {Scope} scope
 * @param {ReadonlySet<string>} known hypotheses that are told already
 * @returns {string[]}
 */
function scopeLines(scope, known) {
  const own = scope.hypotheses.filter(({ id }) => !known.has(id));
  const now = new Set([...known, ...own.map(({ id }) => id)]);
  const lines = [
    ...(scope.goal.case ? [`case ${scope.goal.case}`] : []),
    ...own.map(({ name, type }) => `${name} : ${type}`),
    `⊢ ${scope.goal.target}`,
  ];
  for (const step of scope.steps) {
    if (step.tactic) lines.push(...`${step.tactic}${step.closes ? "  ✓" : ""}`.split("\n"));
    for (const inside of step.inner) lines.push(...indented(scopeLines(inside, now)));
    for (const { id, name, type } of step.new_hypotheses) {
      now.add(id);
      lines.push(...indented([`+ ${name} : ${type}`]));
    }
    if (step.goal !== null) lines.push(...indented([`⊢ ${step.goal}`]));
    for (const left of step.scopes) lines.push(...indented(scopeLines(left, now)));
  }
  if (leavesOpen(scope)) lines.push("○ open");
  return lines;
}

/** @param {string[]} lines */
function indented(lines) {
  return lines.flatMap((line) => line.split("\n")).map((line) => `  ${line}`);
}
