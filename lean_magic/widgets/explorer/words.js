// How attempts are told in words.

/** @import {Attempt, Status} from "./types" */

/** @type {Record<Status, string>} */
const STATUS = {
  open: "open",
  finished: "finished",
  sorry: "rests on sorry",
  running: "running",
  failed: "failed",
  timeout: "timed out",
  out_of_memory: "out of memory",
  crashed: "crashed",
  cancelled: "cancelled",
};

/**
 * @param {Status} status
 * @returns {string} such as "timed out"
 */
export function statusWord(status) {
  return STATUS[status] ?? status;
}

/**
 * @param {Status} status
 * @returns {boolean} whether an attempt came to nothing: it has no state, and nothing can follow
 */
export function hasFailed(status) {
  return !["open", "finished", "sorry", "running"].includes(status);
}

/**
 * @param {number} goals
 * @returns {string} such as "2 goals left"
 */
export function goalsLeft(goals) {
  return goals === 1 ? "1 goal left" : `${goals} goals left`;
}

/**
 * @param {Pick<Attempt, "status" | "goals">} attempt
 * @returns {string} "2 goals left" where it goes on, else the status
 */
export function outcome({ status, goals }) {
  return status === "open" ? goalsLeft(goals) : statusWord(status);
}

/**
 * @param {number} seconds
 * @returns {string} such as "12 ms"
 */
export function duration(seconds) {
  if (seconds < 0.001) return "< 1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * A text in one line, of at most so many characters.
 * @param {string} text
 * @param {number} length
 * @returns {string} ending in "…" if something was cut
 */
export function cut(text, length) {
  const characters = [...text.replace(/\s+/gu, " ").trim()];
  return characters.length <= length ? characters.join("") : characters.slice(0, length - 1).join("").trimEnd() + "…";
}
