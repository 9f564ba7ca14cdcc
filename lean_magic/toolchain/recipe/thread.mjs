// One Lean thread in a worker: a lane's thread (see lanes.mjs), or one that Lean started for its tasks.

import { parentPort, workerData } from "node:worker_threads";
import { Brake } from "./brake.mjs";
import { Files } from "./files.mjs";
import { Lane } from "./lanes.mjs";
import { Memory } from "./memory.mjs";
import { Output } from "./output.mjs";
import { serve } from "./server.mjs";
import { instantiate } from "./system.mjs";
import { workerImports } from "./threads.mjs";

const { module, symbols, descriptors, mounts, directory, entry, outputLock } = workerData;
const memory = new Memory(workerData.memory);
const post = (message) => parentPort.postMessage(message);

/** Ends the process from here: the main thread does it, and this one must not go on. */
function exit(code) {
  post({ exit: code });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const files = new Files(memory, mounts, directory, descriptors);
let brake;
const isHurried = () => brake !== undefined && brake.isPulled;
const { exports: lean, forgetExceptions } = instantiate({ module, memory, files, symbols, threads: workerImports(post), exit, isHurried });

const STACK_HIGH = 52, STACK_SIZE = 56; // in musl's struct pthread
const RESERVE = 1 << 20;

parentPort.on("message", ({ pointer, start, argument, lane }) => {
  const high = memory.word(pointer + STACK_HIGH) >>> 0;
  lean.emscripten_stack_set_limits(high, high - memory.word(pointer + STACK_SIZE));
  lean._emscripten_stack_restore(high);
  lean._emscripten_thread_init(pointer, 0, 0, 1, 0, 0);
  const data = lean._emscripten_tls_init();
  if (lane) {
    lean.lean_initialize_thread();
    // Lean checks its recursion against the stack that it believes to have. Room is left for what it does then.
    const size = memory.word(pointer + STACK_SIZE) - RESERVE;
    const usual = lean._ZN4lean7lthread21get_thread_stack_sizeEv();
    lean._ZN4lean7lthread21set_thread_stack_sizeEm(size);
    lean._ZN4lean15save_stack_infoEb(0);
    lean._ZN4lean7lthread21set_thread_stack_sizeEm(usual);
    brake = new Brake(memory, lane.brakeWords);
    brake.locate(data, size);
    serve(lean, memory, entry, new Lane(lane.port, lane.counts, brake), new Output(outputLock), forgetExceptions);
  } else {
    lean._emscripten_thread_exit(lean.__indirect_function_table.get(start)(argument));
  }
});
