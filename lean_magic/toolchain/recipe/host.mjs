// Runs the Lean server: `node host.mjs CONFIGURATION`, a JSON object with
//   tree       the prepared toolchain
//   mounts     the folders that Lean may see: [{ virtual, real, writable }]
//   directory  Lean's working directory, a virtual path
//   threads    how many threads Lean's tasks may use
//   lanes      how many requests may be under way at once, by default 2
//   resident   ignore interrupts, which reach the whole process group, and end with the input at once;
//              otherwise answer every request that was read, and only then end

import fs from "node:fs";
import path from "node:path";
import { Files, newDescriptors } from "./files.mjs";
import { Image } from "./image.mjs";
import { Lanes } from "./lanes.mjs";
import { Memory } from "./memory.mjs";
import { Output, newOutputLock } from "./output.mjs";
import { RequestSplitter, readRequest } from "./requests.mjs";
import { instantiate } from "./system.mjs";
import { Threads } from "./threads.mjs";

const LANE_STACK = 128 << 20;
const ABORTED = 134;

const { tree, mounts, directory, threads: taskThreads, lanes: most = 2, resident } = JSON.parse(process.argv[2]);
const parent = process.ppid;
if (resident) process.on("SIGINT", () => {});

function fail(error) {
  fs.writeSync(2, `${error?.stack ?? ""}\nlean-magic: Lean died of an error: ${error?.message ?? error}\n`);
  process.exit(ABORTED);
}

const compiling = WebAssembly.compile(fs.readFileSync(path.join(tree, "lean.wasm")));
const image = new Image(path.join(tree, "image"));
const memory = new Memory(image.load());
const symbolBytes = fs.readFileSync(path.join(tree, "symbols"));
const symbols = new Int32Array(new SharedArrayBuffer(symbolBytes.length));
new Uint8Array(symbols.buffer).set(symbolBytes);
const module = await compiling;

const outputLock = newOutputLock();
const descriptors = newDescriptors();
const threads = new Threads({ module, memory: memory.memory, symbols, descriptors, mounts, directory, entry: image.entry, outputLock }, fail);
const files = new Files(memory, mounts, directory, descriptors);
const instance = instantiate({ module, memory, files, symbols, threads: threads.imports, exit: process.exit });
image.restore(instance);
const lean = instance.exports;
threads.prepare(lean);
setEnvironment("TMPDIR", mounts.find((mount) => mount.writable)?.virtual ?? "/");
lean.lean_init_task_manager_using(taskThreads);

let ended = false;
const leaveWhenDone = () => { if (ended && lanes.done) process.exit(0); };
const start = (lane) => threads.startLane(LANE_STACK, lane);
const lanes = new Lanes({ lean, memory, entry: image.entry, output: new Output(outputLock), start, most, whenDone: leaveWhenDone });
const splitter = new RequestSplitter();
const take = (bytes) => lanes.take(readRequest(bytes));

process.stdin.on("data", (chunk) => splitter.push(chunk).forEach(take));
process.stdin.on("error", fail);
process.stdin.on("end", () => {
  if (resident) process.kill(process.pid, "SIGKILL"); // the orderly way would wait for Lean's threads
  splitter.end().forEach(take);
  ended = true;
  leaveWhenDone();
  // Nobody waits for the answers any more once the parent is gone.
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 1000);
});

function setEnvironment(name, value) {
  const texts = [name, value].map((text) => {
    const address = lean.malloc(Buffer.byteLength(text) + 1);
    memory.setString(address, text);
    return address;
  });
  lean.setenv(...texts, 1);
  texts.forEach(lean.free);
}
