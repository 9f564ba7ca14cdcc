// Requests as the host sees them: bytes that Lean will read, and the little that the host must know of them itself.

import { isUtf8 } from "node:buffer";

/** Splits standard input into requests: texts that end at a blank line. */
export class RequestSplitter {
  #pieces = [];
  #line = []; // what of the current line is seen so far, when a chunk ends inside it

  /** @returns {Buffer[]} the requests that this chunk completes; a stray blank line is an empty one */
  push(chunk) {
    const requests = [];
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const line = chunk.subarray(from, end + 1);
      from = end + 1;
      if (isBlank(line) && this.#line.every(isBlank)) {
        requests.push(Buffer.concat(this.#pieces));
        this.#pieces = [];
      } else {
        this.#pieces.push(...this.#line, line);
      }
      this.#line = [];
    }
    if (from < chunk.length) this.#line.push(chunk.subarray(from));
    return requests;
  }

  /** @returns {Buffer[]} the last request, when the input ended without a blank line */
  end() {
    const rest = Buffer.concat([...this.#pieces, ...this.#line]);
    return isBlank(rest) ? [] : [rest];
  }
}

const isBlank = (bytes) => bytes.length < 64 && bytes.toString().trim() === "";

const LARGE_EXPONENT = /[eE]\+?\d{4}/;
const URGENT = ["cancel", "stat", "hello"];
const NOT_URGENT = ["tactic", "pickleTo", "unpickleEnvFrom", "unpickleProofStateFrom", "cmd", "path", "release"];

const isId = (value) => typeof value === "string" || (Number.isSafeInteger(value) && value >= 0);

/**
 * @typedef {object} Request
 * @property {Buffer} bytes
 * @property {string} [refusal] what keeps it from Lean, which takes for granted that a string is UTF-8, and would write
 * out 1e999999999
 * @property {string} [id] its id as JSON, if it has one
 * @property {boolean} [usage] whether the reply tells what it has cost
 * @property {string} [urgent] the request, if it is one that is answered at once
 * @property {string} [cancels] the id, as JSON, of the request that it cancels
 */

/** @returns {Request} */
export function readRequest(bytes) {
  if (!isUtf8(bytes)) return { bytes, refusal: "The request is not UTF-8." };
  const text = bytes.latin1Slice();
  const suspicious = LARGE_EXPONENT.test(text);
  if (!suspicious && !text.includes('"id"') && !text.includes('"usage"')) return { bytes };
  const request = { bytes };
  let json;
  try {
    json = JSON.parse(bytes.toString(), suspicious ? (_key, value) => {
      if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) request.refusal = "The request holds a number that is too large.";
      return value;
    } : undefined);
  } catch {
    return request; // Lean says what is wrong with it
  }
  if (json?.usage === true) request.usage = true;
  if (!isId(json?.id)) return request;
  request.id = JSON.stringify(json.id);
  const has = (key) => json[key] !== undefined && json[key] !== null;
  const kind = URGENT.find(has);
  if (!kind || NOT_URGENT.some(has) || (kind === "cancel" && !isId(json.cancel))) return request;
  const value = kind === "cancel" ? json.cancel : 1;
  if (kind === "cancel") request.cancels = JSON.stringify(value);
  request.urgent = JSON.stringify({ id: json.id, [kind]: value });
  return request;
}

/** A reply that only says what went wrong. @param {string} [id] as JSON */
export const failure = (message, id) => Buffer.from(id ? `{"id":${id},"message":${JSON.stringify(message)}}` : JSON.stringify({ message }));
