// All that Lean's WebAssembly may ask of the outside world. An import that is not listed here does not exist for it:
// no process, no network, no dynamic library, no evaluation of JavaScript.

import { randomFillSync } from "node:crypto";
import os from "node:os";
import { exceptionImports, invoker } from "./exceptions.mjs";
import { MOST_MEMORY } from "./memory.mjs";
import { findSymbol } from "./wasm.mjs";

const FOREVER = 1e13; // milliseconds
const ENVIRONMENT = ["HOME=/", "LANG=C.UTF-8", "PATH=/"];

/**
 * @param {object} parts
 * @param {WebAssembly.Module} parts.module
 * @param {import("./memory.mjs").Memory} parts.memory
 * @param {import("./files.mjs").Files} parts.files
 * @param {Int32Array} parts.symbols for `findSymbol`
 * @param {import("./threads.mjs").ThreadImports} parts.threads
 * @param {(code: number) => never} parts.exit ends the process
 * @param {() => boolean} [parts.isHurried] whether sleeping is to be over at once
 * @returns {{ exports: any, forgetExceptions: () => void }} what the instance exports, and what to do after an exception
 * that nothing in it has caught
 */
export function instantiate({ module, memory, files, symbols, threads, exit, isHurried = () => false }) {
  let exports;
  const lean = () => exports;
  const now = () => performance.timeOrigin + performance.now();

  const { findMatchingCatch, forget, ...exceptions } = exceptionImports(memory, lean);
  const env = {
    memory: memory.memory,
    ...exceptions,
    ...files.imports(),
    ...threads(lean),

    _dlsym_js(_handle, name) { return findSymbol(symbols, memory.bytes, name, name + memory.stringLength(name)); },
    _dlopen_js: () => 0, // there is no library to load
    _emscripten_dlsync_threads() {},
    emscripten_resize_heap(size) { size >>>= 0; return size <= MOST_MEMORY && memory.grow(Math.min(MOST_MEMORY, Math.max(size, memory.size + (32 << 20)))) ? 1 : 0; },
    emscripten_get_heap_max: () => MOST_MEMORY,
    emscripten_num_logical_cores: () => os.availableParallelism(),
    _emscripten_get_progname(address, size) { memory.setString(address, "/lean/bin/lean", size); },
    emscripten_asm_const_int: () => 0, // debugging output of the build

    emscripten_get_now: () => isHurried() ? now() + FOREVER : now(), // by which sleeping and waiting are measured
    emscripten_date_now: () => Date.now(),
    clock_time_get(clock, _precision, result) { memory.setLong(result, Math.round((clock === 0 ? Date.now() : now()) * 1e6)); return 0; },
    clock_res_get(_clock, result) { memory.setLong(result, 1000); return 0; },
    _tzset_js(timezone, daylight, standardName, daylightName) {
      memory.setWord(timezone, 0);
      memory.setWord(daylight, 0);
      memory.setString(standardName, "UTC", 17);
      memory.setString(daylightName, "UTC", 17);
    },
    _gmtime_js: (time, result) => writeTime(memory, time, result),
    _localtime_js: (time, result) => writeTime(memory, time, result),
    random_get(address, size) { const bytes = randomFillSync(Buffer.alloc(size)); memory.bytes.set(bytes, address); return 0; },
    environ_sizes_get(count, size) {
      memory.setWord(count, ENVIRONMENT.length);
      memory.setWord(size, ENVIRONMENT.reduce((sum, each) => sum + each.length + 1, 0));
      return 0;
    },
    environ_get(pointers, address) {
      for (const each of ENVIRONMENT) {
        memory.setWord(pointers, address);
        address += memory.setString(address, each) + 1;
        pointers += 4;
      }
      return 0;
    },

    exit,
    proc_exit: exit,
    _abort_js() { throw new Error("Lean aborted"); },
    __assert_fail(condition, file, line) { throw new Error(`assertion failed: ${memory.string(condition)} (${memory.string(file)}:${line})`); },
  };

  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const given = kind === "global" ? tableIndex(symbols, name)
      : name.startsWith("invoke_") ? invoker(name.slice("invoke_".length), lean)
      : name.startsWith("__cxa_find_matching_catch_") ? findMatchingCatch
      : env[name] ?? absent(name);
    (imports[from] ??= {})[name] = given;
  }
  const instance = new WebAssembly.Instance(module, imports);
  exports = instance.exports;
  return { exports, forgetExceptions: forget };
}

/** The host's own functions of which C code takes the address. */
function tableIndex(symbols, name) {
  const bytes = Buffer.from(name);
  return new WebAssembly.Global({ value: "i32", mutable: true }, findSymbol(symbols, bytes, 0, bytes.length));
}

/** An import that this sandbox does not offer: system calls fail as on a system without them, others end the request. */
function absent(name) {
  const ENOSYS = 52;
  if (name.startsWith("__syscall_")) return () => -ENOSYS;
  if (name === "getaddrinfo" || name === "getnameinfo" || name === "_emscripten_system") return () => -1;
  if (name.startsWith("uv_") || name.startsWith("lean_uv_")) return () => name === "uv__hrtime" ? process.hrtime.bigint() : -ENOSYS;
  return () => { throw new Error(`Lean called ${name}, which the embedded toolchain does not offer`); };
}

function writeTime(memory, time, result) {
  const date = new Date(Number(time) * 1000);
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const fields = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate(), date.getUTCMonth(),
    date.getUTCFullYear() - 1900, date.getUTCDay(), Math.floor((date.getTime() - yearStart) / 86_400_000), 0, 0];
  fields.forEach((field, i) => memory.setWord(result + 4 * i, field));
}
