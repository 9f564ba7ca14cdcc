// Which thread answers which request.
//
// The main thread reads the requests and answers at once what does not need Lean's time. Everything else goes to a
// *lane*, a thread that answers one request after the other. The first lane takes all requests without an id, in their
// order; those with an id go to any lane that is free, or wait.

import { MessageChannel } from "node:worker_threads";
import { Brake, newBrakeWords } from "./brake.mjs";
import { LeanValues, box } from "./memory.mjs";
import { failure } from "./requests.mjs";

const SENT = 0, UNANSWERED = 1;
const LEAN_STOPS = 50, STILL_GOING = 20; // ms: how long Lean has to stop by itself, and how often to try otherwise

/** The two ends of a lane: the main thread sends requests, the lane's thread receives them. */
export class Lane {
  /** @param {MessagePort} port @param {Int32Array} counts @param {Brake} brake */
  constructor(port, counts, brake) { Object.assign(this, { port, counts, brake }); }

  /** @returns {[Lane, object]} one end, and what the other is made of in its thread */
  static pair(memory) {
    const { port1, port2 } = new MessageChannel();
    const counts = new Int32Array(new SharedArrayBuffer(8));
    const brakeWords = newBrakeWords();
    return [new Lane(port1, counts, new Brake(memory, brakeWords)), { port: port2, counts, brakeWords }];
  }

  get free() { return Atomics.load(this.counts, UNANSWERED) === 0; }

  send(request) {
    Atomics.add(this.counts, UNANSWERED, 1);
    this.port.postMessage(request);
    Atomics.add(this.counts, SENT, 1);
    Atomics.notify(this.counts, SENT);
  }

  /** Waits for the next request; `receive` is Node's `receiveMessageOnPort`. */
  receive(receive) {
    for (;;) {
      const sent = Atomics.load(this.counts, SENT);
      const received = receive(this.port);
      if (received) return received.message;
      Atomics.wait(this.counts, SENT, sent);
    }
  }

  /** Just before the last frame of an answer is written: whoever reads it may send the next request. */
  finish() { Atomics.sub(this.counts, UNANSWERED, 1); }
  /** Just after. */
  report() { this.port.postMessage("answered"); }
}

export class Lanes {
  #lanes = [];
  #waiting = [];
  #unanswered = 0;
  #number = 0;

  /**
   * @param {object} parts
   * @param {any} parts.lean the instance's exports
   * @param {import("./memory.mjs").Memory} parts.memory
   * @param {{ answer: number, admit: number, server: number }} parts.entry closures and the server, by address
   * @param {import("./output.mjs").Output} parts.output
   * @param {(lane: object) => void} parts.start starts a lane's thread
   * @param {number} parts.most how many lanes there may be
   * @param {() => void} parts.whenDone called whenever no request is under way
   */
  constructor(parts) {
    Object.assign(this, parts);
    this.values = new LeanValues(parts.memory, parts.lean);
    this.#add();
  }

  get done() { return this.#unanswered === 0; }

  #add() {
    const [lane, otherEnd] = Lane.pair(this.memory);
    lane.port.on("message", () => { this.#answered(); this.#distribute(); });
    this.start(otherEnd);
    this.#lanes.push(lane);
    return lane;
  }

  #answered() { if (--this.#unanswered === 0) this.whenDone(); }

  /** Writes the last frame of an answer from here. */
  #reply(frame) { this.output.writeLater(frame).then(() => this.#answered()); }

  /** @param {import("./requests.mjs").Request} request */
  take(request) {
    this.#unanswered++;
    if (request.refusal) return this.#reply(failure(request.refusal, request.id));
    if (request.urgent) return this.#answerHere(request);
    if (request.id) {
      try {
        request.ticket = this.#admit(request.id);
      } catch (error) {
        return this.#reply(failure(error.message, request.id));
      }
      this.#waiting.push(request);
      this.#distribute();
    } else {
      this.#lanes[0].send(request);
    }
  }

  #distribute() {
    while (this.#waiting.length > 0) {
      const lane = this.#lanes.find((lane) => lane.free) ?? (this.#lanes.length < this.most ? this.#add() : undefined);
      if (!lane) return;
      const request = this.#waiting.shift();
      request.number = this.#number = (this.#number + 1) & 0xfffffff;
      lane.send(request);
      lane.last = { id: request.id, number: request.number };
    }
  }

  #answerHere(request) {
    this.#reply(this.#lastFrame(request.urgent));
    if (!request.cancels) return;
    const index = this.#waiting.findIndex(({ id }) => id === request.cancels);
    if (index < 0) return this.#stop(request.cancels);
    // It has been cancelled before it began: an empty request in its place is answered as interrupted.
    const [{ id, ticket }] = this.#waiting.splice(index, 1);
    this.#reply(this.#lastFrame(`{"id":${id},"release":{}}`, ticket));
  }

  /** Stops a request that was cancelled, if Lean does not do it by itself. */
  #stop(id) {
    const lane = this.#lanes.find(({ last }) => last?.id === id);
    if (!lane) return;
    const { number } = lane.last;
    const pull = () => {
      if (lane.last?.number !== number || lane.free) return;
      lane.brake.pull(number);
      setTimeout(pull, STILL_GOING);
    };
    setTimeout(pull, LEAN_STOPS);
  }

  /** What Lean answers to a request that takes no time. */
  #lastFrame(text, ticket) {
    const { lean, values, entry } = this;
    const option = ticket ? values.construct(1, [ticket]) : box(0);
    const steps = values.result(lean.lean_apply_4(values.retain(entry.answer), values.retain(entry.server), option, values.string(text), box(0)));
    const step = values.result(lean.lean_apply_1(steps, box(0)));
    const frame = values.result(lean.lean_apply_1(values.retain(values.field(step, 0)), box(0)));
    const bytes = values.stringBytes(frame);
    [step, frame].forEach((object) => values.release(object));
    return bytes;
  }

  /** Tells Lean of a request, so that it can be cancelled. @returns {number} its ticket */
  #admit(id) {
    const { lean, values, entry } = this;
    const ticket = values.result(lean.lean_apply_3(values.retain(entry.admit), values.retain(entry.server), values.string(id), box(0)));
    lean.lean_mark_mt(ticket); // another thread will use it
    return ticket;
  }
}
