// Requests in, replies out: the Lean server's `answer`, called for each request that arrives.
//
// The main thread owns standard input; it puts each request into the inbox. The server's thread takes them out one by
// one and writes each reply to standard output, which nothing else in the process can reach.

import { isUtf8 } from "node:buffer";
import { receiveMessageOnPort } from "node:worker_threads";
import { exceptionMessage } from "./exceptions.mjs";
import { writeFully } from "./files.mjs";
import { LeanValues, box } from "./memory.mjs";

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

/** The queue between the main thread and the server's thread. */
export class Inbox {
  /** @param {MessagePort} port @param {Int32Array} signal one word, counts the requests sent */
  constructor(port, signal) { this.port = port; this.signal = signal; }

  send(request) {
    this.port.postMessage(request);
    Atomics.add(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
  }

  /** Waits for the next request. */
  receive() {
    for (;;) {
      const seen = Atomics.load(this.signal, 0);
      const received = receiveMessageOnPort(this.port);
      if (received) return received.message;
      Atomics.wait(this.signal, 0, seen);
    }
  }
}

const END = Buffer.from("\n\n");
const failure = (message) => Buffer.from(JSON.stringify({ message }));

const LARGE_EXPONENT = /[eE]\+?\d{4}/;

/** What keeps a request from Lean: it takes for granted that a string is UTF-8, and would write out 1e999999999. */
function refuse(request) {
  if (!isUtf8(request)) return "The request is not UTF-8.";
  if (!LARGE_EXPONENT.test(request.latin1Slice())) return null;
  let tooLarge = false;
  try {
    JSON.parse(request.toString(), (_key, value) => { tooLarge ||= typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER; });
  } catch {
    return null; // Lean says what is wrong with it
  }
  return tooLarge ? "The request holds a number that is too large." : null;
}

/** Serves requests until the process ends. `entry` holds the addresses of the closure `answer` and of the server. */
export function serve(lean, memory, entry, inbox) {
  const values = new LeanValues(memory, lean);
  const stack = lean.emscripten_stack_get_current();

  function answer(request) {
    try {
      const reply = values.result(lean.lean_apply_3(values.retain(entry.answer), values.retain(entry.server), request, box(0)));
      const bytes = values.stringBytes(reply);
      values.release(reply);
      return bytes;
    } catch (error) {
      // A C++ exception has unwound the stack in order (a recursion too deep for it, say), and Lean can go on.
      if (typeof error !== "number") throw error;
      lean._emscripten_stack_restore(stack);
      return failure(`Lean error:\n${exceptionMessage(error, memory, lean)}`);
    }
  }

  for (;;) {
    const request = Buffer.from(inbox.receive());
    const refusal = refuse(request);
    writeFully(1, Buffer.concat([refusal ? failure(refusal) : answer(values.string(request)), END]));
    inbox.port.postMessage("answered");
  }
}
