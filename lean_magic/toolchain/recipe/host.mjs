// Runs the Lean server: `node host.mjs CONFIGURATION`, a JSON object with
//   tree       the prepared toolchain
//   mounts     the folders that Lean may see: [{ virtual, real, writable }]
//   directory  Lean's working directory, a virtual path
//   threads    how many threads Lean's tasks may use
//   resident   ignore interrupts, which reach the whole process group, and end with the input at once;
//              otherwise answer every request that was read, and only then end

import fs from "node:fs";
import path from "node:path";
import { MessageChannel } from "node:worker_threads";
import { Files, newDescriptors } from "./files.mjs";
import { Image } from "./image.mjs";
import { Memory } from "./memory.mjs";
import { Inbox, RequestSplitter } from "./server.mjs";
import { instantiate } from "./system.mjs";
import { Threads } from "./threads.mjs";

const SERVER_STACK = 128 << 20;
const ABORTED = 134;

const { tree, mounts, directory, threads: taskThreads, resident } = JSON.parse(process.argv[2]);
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

const signal = new Int32Array(new SharedArrayBuffer(4));
const descriptors = newDescriptors();
const threads = new Threads({ module, memory: memory.memory, symbols, descriptors, mounts, directory, entry: image.entry, signal }, fail);
const files = new Files(memory, mounts, directory, descriptors);
const instance = instantiate({ module, memory, files, symbols, threads: threads.imports, exit: process.exit });
image.restore(instance);
const lean = instance.exports;
threads.prepare(lean);
setEnvironment("TMPDIR", mounts.find((mount) => mount.writable)?.virtual ?? "/");
lean.lean_init_task_manager_using(taskThreads);

const { port1: requests, port2: server } = new MessageChannel();
threads.startServer(SERVER_STACK, server);
const inbox = new Inbox(requests, signal);

let unanswered = 0;
let ended = false;
const leaveWhenDone = () => { if (ended && unanswered === 0) process.exit(0); };
requests.on("message", () => { unanswered--; leaveWhenDone(); });
const splitter = new RequestSplitter();
const send = (request) => { unanswered++; inbox.send(request); };

process.stdin.on("data", (chunk) => splitter.push(chunk).forEach(send));
process.stdin.on("error", fail);
process.stdin.on("end", () => {
  if (resident) process.kill(process.pid, "SIGKILL"); // the orderly way would wait for Lean's threads
  splitter.end().forEach(send);
  ended = true;
  leaveWhenDone();
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.exit(0); }, 1000); // nobody waits for the answers any more
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
