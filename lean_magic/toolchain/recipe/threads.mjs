// Lean's threads as Node workers: each has the module instantiated over the same memory.

import { Worker } from "node:worker_threads";

const SPARE_WORKERS = 1, MOST_IDLE_WORKERS = 8;
const LANE = 0; // in place of a function to run
const NATIVE_STACK_MEGABYTES = 256; // reserved, not used: Lean's own check of its stack must come first

/**
 * @typedef {(lean: () => any) => object} ThreadImports the imports by which C code starts and ends threads
 * @typedef {{ pointer: number, start: number, argument: number }} NewThread a pthread to be run
 */

/** The imports that concern threads. */
function imports({ create, ended, initialize = () => {} }) {
  const nothing = () => {};
  return {
    __pthread_create_js(pointer, _attributes, start, argument) { create({ pointer, start, argument }); return 0; },
    _emscripten_thread_cleanup: (pointer) => ended(pointer, true),
    _emscripten_thread_exit_joinable: (pointer) => ended(pointer, false),
    _emscripten_init_main_thread_js: initialize,
    _emscripten_thread_set_strongref: nothing,
    _emscripten_thread_mailbox_await: nothing,
    _emscripten_notify_mailbox_postmessage: nothing,
    _emscripten_runtime_keepalive_clear: nothing,
    emscripten_check_blocking_allowed: nothing,
  };
}

/** The main thread's side: hands threads to workers and takes the workers back. */
export class Threads {
  /** @param {object} shared what each worker needs; see thread.mjs @param {(error: Error) => never} fail */
  constructor(shared, fail) {
    this.shared = shared;
    this.fail = fail;
    this.idle = [];
    this.running = new Map();
  }

  /** @type {ThreadImports} */
  imports = (lean) => imports({
    create: (thread) => this.#run(thread),
    ended: (pointer, free) => this.#ended(lean(), pointer, free),
    initialize: initializeMainThread(lean),
  });

  /** Starts spare workers, so that a thread need not wait for one. */
  prepare(lean) {
    this.lean = lean;
    for (let i = 0; i < SPARE_WORKERS; i++) this.idle.push(this.#newWorker());
  }

  /** Starts a thread with so much stack (bytes) that serves a lane (server.mjs). */
  startLane(stack, lane) {
    const { lean } = this;
    this.newLane = lane;
    const attributes = lean.malloc(64);
    lean.pthread_attr_init(attributes);
    lean.pthread_attr_setstacksize(attributes, stack);
    if (lean.pthread_create(lean.malloc(4), attributes, LANE, 0) !== 0) throw new Error("a lane's thread can't be started");
  }

  #newWorker() {
    const worker = new Worker(new URL("thread.mjs", import.meta.url), {
      workerData: this.shared,
      resourceLimits: { stackSizeMb: NATIVE_STACK_MEGABYTES },
    });
    worker.unref();
    worker.on("error", this.fail);
    worker.on("message", (message) => {
      if (message.create) this.#run(message.create);
      else if (message.ended) this.#ended(this.lean, message.ended, message.free);
      else if (message.exit !== undefined) process.exit(message.exit);
    });
    return worker;
  }

  #run(thread) {
    if (thread.start === LANE) thread.lane = this.newLane;
    const worker = this.idle.pop() ?? this.#newWorker();
    this.running.set(thread.pointer, worker);
    worker.postMessage(thread, thread.lane ? [thread.lane.port] : []);
    while (this.idle.length < SPARE_WORKERS) this.idle.push(this.#newWorker());
  }

  #ended(lean, pointer, free) {
    const worker = this.running.get(pointer);
    this.running.delete(pointer);
    if (free) lean._emscripten_thread_free_data(pointer);
    if (this.idle.length < MOST_IDLE_WORKERS) this.idle.push(worker);
    else worker.terminate();
  }
}

/** A worker's side. @returns {ThreadImports} */
export const workerImports = (post) => () => imports({
  create: (thread) => post({ create: thread }),
  ended: (pointer, free) => post({ ended: pointer, free }),
});

/** For making the image: the main thread, and no other. @type {ThreadImports} */
export const singleThreadImports = (lean) => imports({
  create() { throw new Error("a thread was started while the image was made"); },
  ended() {},
  initialize: initializeMainThread(lean),
});

const initializeMainThread = (lean) => (pointer) => {
  lean()._emscripten_thread_init(pointer, 1, 1, 1, 65536, 0);
  lean()._emscripten_tls_init();
};
