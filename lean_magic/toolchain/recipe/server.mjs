// A lane's thread: takes requests one by one, has Lean answer them, and writes the frames of each answer to standard
// output, which nothing else in the process can reach.

import { receiveMessageOnPort } from "node:worker_threads";
import { exceptionMessage } from "./exceptions.mjs";
import { LeanValues, box } from "./memory.mjs";
import { failure } from "./requests.mjs";

const LAST = 0; // the constructor of Lean's `Step`
const SOME = 1; // and of `Option`
const LINES = 20; // of what an exception says

/** What a request costs. */
class Meter {
  #start = process.cpuUsage();

  /** The frame with `usage` added: seconds of processor time of the whole process since the start, bytes resident. */
  finish(frame) {
    const { user, system } = process.cpuUsage(this.#start);
    const usage = { cpu: (user + system) / 1e6, memory: process.memoryUsage.rss() };
    return Buffer.concat([frame.subarray(0, -1), Buffer.from(`,"usage":${JSON.stringify(usage)}}`)]);
  }
}

/**
 * Serves the requests of a lane until the process ends.
 * @param {any} lean the instance's exports
 * @param {import("./memory.mjs").Memory} memory
 * @param {{ answer: number, abandon: number, server: number }} entry the addresses of closures and of the server
 * @param {import("./lanes.mjs").Lane} lane
 * @param {import("./output.mjs").Output} output
 * @param {() => void} forgetExceptions
 */
export function serve(lean, memory, entry, lane, output, forgetExceptions) {
  const values = new LeanValues(memory, lean);
  const stack = lean.emscripten_stack_get_current();

  const call = (closure, ...rest) => values.result(lean.lean_apply_4(values.retain(closure), values.retain(entry.server), ...rest, box(0)));
  const some = (object) => values.construct(SOME, [object]);

  const run = (action) => values.result(lean.lean_apply_1(values.retain(action), box(0)));

  /** `run`, which may be stopped meanwhile. */
  function runStoppable(action, number) {
    lane.brake.open(number);
    try {
      return run(action);
    } finally {
      lane.brake.close();
    }
  }

  /** A copy of a Lean string that is not needed any more. */
  function take(string) {
    const bytes = values.stringBytes(string);
    values.release(string);
    return bytes;
  }

  /** Writes the frames of the answer but for the last one, which it returns. */
  function answer({ bytes, ticket, number }) {
    const steps = call(entry.answer, ticket ? some(values.retain(ticket)) : box(0), values.string(Buffer.from(bytes)));
    let step = run(steps);
    while (values.tag(step) !== LAST) {
      const frame = values.field(step, 0);
      if (values.tag(frame) === SOME) output.write(values.stringBytes(values.field(frame, 0)));
      values.release(step);
      step = number === undefined ? run(steps) : runStoppable(steps, number);
    }
    const frame = take(run(values.field(step, 0)));
    [step, steps].forEach((object) => values.release(object));
    return frame;
  }

  function lastFrame(request) {
    try {
      return answer(request);
    } catch (error) {
      // A C++ exception has unwound the stack in order (a recursion too deep for it, say), and Lean can go on.
      if (typeof error !== "number") throw error;
      lean._emscripten_stack_restore(stack);
      const lines = exceptionMessage(error, memory, lean).split("\n"); // of the stack, the first frames will do
      const message = ["Lean error:", ...lines.slice(0, LINES), ...(lines.length > LINES ? ["…"] : [])].join("\n");
      forgetExceptions();
      if (!request.ticket) return failure(message);
      return take(call(entry.abandon, values.retain(request.ticket), values.string(message)));
    } finally {
      if (request.ticket) values.release(request.ticket);
    }
  }

  for (;;) {
    const request = lane.receive(receiveMessageOnPort);
    const meter = request.usage && new Meter();
    const frame = lastFrame(request);
    lane.finish();
    output.write(meter ? meter.finish(frame) : frame);
    lane.report();
  }
}
