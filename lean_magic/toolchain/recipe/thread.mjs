// One Lean thread in a worker: the server's own thread, or one that Lean started for its tasks.

import { parentPort, workerData } from "node:worker_threads";
import { Files } from "./files.mjs";
import { Memory } from "./memory.mjs";
import { Inbox, serve } from "./server.mjs";
import { instantiate } from "./system.mjs";
import { workerImports } from "./threads.mjs";

const { module, symbols, descriptors, mounts, directory, entry, signal } = workerData;
const memory = new Memory(workerData.memory);
const post = (message) => parentPort.postMessage(message);

/** Ends the process from here: the main thread does it, and this one must not go on. */
function exit(code) {
  post({ exit: code });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const files = new Files(memory, mounts, directory, descriptors);
const { exports: lean } = instantiate({ module, memory, files, symbols, threads: workerImports(post), exit });

const STACK_HIGH = 52, STACK_SIZE = 56; // in musl's struct pthread

parentPort.on("message", ({ pointer, start, argument, port }) => {
  const high = memory.word(pointer + STACK_HIGH) >>> 0;
  lean.emscripten_stack_set_limits(high, high - memory.word(pointer + STACK_SIZE));
  lean._emscripten_stack_restore(high);
  lean._emscripten_thread_init(pointer, 0, 0, 1, 0, 0);
  lean._emscripten_tls_init();
  if (start === 0) {
    lean.lean_initialize_thread();
    // Lean checks its recursion against the stack that it believes to have.
    const usual = lean._ZN4lean7lthread21get_thread_stack_sizeEv();
    lean._ZN4lean7lthread21set_thread_stack_sizeEm(memory.word(pointer + STACK_SIZE));
    lean._ZN4lean15save_stack_infoEb(0);
    lean._ZN4lean7lthread21set_thread_stack_sizeEm(usual);
    serve(lean, memory, entry, new Inbox(port, signal));
  } else {
    lean._emscripten_thread_exit(lean.__indirect_function_table.get(start)(argument));
  }
});
