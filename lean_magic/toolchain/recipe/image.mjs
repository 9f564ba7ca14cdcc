// A picture of Lean's memory, taken once when the server is ready and loaded at every start.
//
// It holds the linear memory's non-zero blocks and the mutable globals of the main thread's instance. No thread other
// than the main one may have run before it is taken: their stacks are outside the linear memory.

import fs from "node:fs";
import { newMemory } from "./memory.mjs";

const BLOCK = 1 << 16;

/** @param {string} file where to put the memory; `file + ".json"` describes it */
export function save(file, memory, instance, entry) {
  const bytes = memory.bytes;
  const longs = memory.longs;
  const runs = [];
  for (let start = 0; start < bytes.length; start += BLOCK) {
    let used = false;
    for (let i = start >> 3, end = (start + BLOCK) >> 3; i < end; i++) if (longs[i]) { used = true; break; }
    if (!used) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === start) last[1] += BLOCK;
    else runs.push([start, BLOCK]);
  }
  const descriptor = fs.openSync(file, "w");
  for (const [start, length] of runs) for (let done = 0; done < length;) done += fs.writeSync(descriptor, bytes, start + done, length - done);
  fs.closeSync(descriptor);
  const globals = Object.entries(instance.exports).flatMap(([name, value]) => (/^global\d+$/.test(name) ? [[name, value.value]] : []));
  fs.writeFileSync(`${file}.json`, JSON.stringify({ pages: bytes.length / BLOCK, runs, globals, entry }));
}

export class Image {
  constructor(file) {
    this.file = file;
    Object.assign(this, JSON.parse(fs.readFileSync(`${file}.json`, "utf8")));
  }

  /** @returns {WebAssembly.Memory} a memory with the image's contents */
  load() {
    const memory = newMemory(this.pages);
    const bytes = new Uint8Array(memory.buffer);
    const descriptor = fs.openSync(this.file, "r");
    for (const [start, length] of this.runs) {
      for (let done = 0; done < length;) {
        const got = fs.readSync(descriptor, bytes, start + done, length - done, null);
        if (got === 0) throw new Error(`${this.file} is cut short`);
        done += got;
      }
    }
    fs.closeSync(descriptor);
    return memory;
  }

  /** Puts the globals of a new instance over this memory where they were. */
  restore(instance) { for (const [name, value] of this.globals) instance.exports[name].value = value; }
}
