// Makes the runnable toolchain out of the package's files, once, at set-up:
//   node build.mjs wasm SHIPPED_WASM TREE    lean.wasm and symbols
//   node build.mjs image TREE SOURCE_FILE…   image: Lean with the server, made of these files in this order, ready
//
// Errors of the source go to standard error; standard output tells what took how long.

import fs from "node:fs";
import path from "node:path";
import { Files, newDescriptors } from "./files.mjs";
import { save } from "./image.mjs";
import { LeanValues, Memory, box, newMemory } from "./memory.mjs";
import { instantiate } from "./system.mjs";
import { singleThreadImports } from "./threads.mjs";
import { findSymbol, rewrite } from "./wasm.mjs";

const STACK = 64 << 20; // the main thread's own is too small for elaboration
const EXPORTED = 0; // OLeanLevel.exported: the only level of .olean that the package has
const INITIAL_PAGES = 256;

function buildWasm(shipped, tree) {
  const { wasm, symbols } = rewrite(fs.readFileSync(shipped));
  const descriptor = fs.openSync(path.join(tree, "lean.wasm"), "w");
  for (const piece of mergeSmall(wasm)) fs.writeSync(descriptor, piece);
  fs.closeSync(descriptor);
  fs.writeFileSync(path.join(tree, "symbols"), new Uint8Array(symbols.buffer));
}

function* mergeSmall(pieces) {
  let small = [];
  for (const piece of pieces) {
    if (piece.length < 1 << 16) { small.push(piece); continue; }
    yield Buffer.concat(small);
    small = [];
    yield piece;
  }
  yield Buffer.concat(small);
}

/** The server's own source is ours: neither linters nor the kernel need look at it at every set-up. */
const OPTIONS = Buffer.from("set_option linter.all false\nset_option debug.skipKernelTC true\n");

/** Elaborates the commands of a text one after the other, in this thread alone; any error ends the build. */
function elaborate(lean, values, name, text, commandState) {
  const context = lean.l_Lean_Parser_mkInputContext___redArg(values.string(text), values.string(name), 0, box(text.length));
  // The file's own imports are the files before it.
  const afterHeader = values.field(values.field(values.result(lean.l_Lean_Parser_parseHeader(values.retain(context))), 1), 0);
  const state = lean.lean_st_mk_ref(values.construct(0, [commandState, values.retain(afterHeader), box(0), values.emptyArray()]));
  let failed = false;
  for (let done = false; !done;) {
    done = values.result(lean.l_Lean_Elab_Frontend_processCommand(values.retain(context), values.retain(state))) === box(1);
    const messages = values.field(values.field(values.field(state, 0), 0), 1);
    for (let rest = lean.l_Lean_MessageLog_toList(values.retain(messages)); !(rest & 1); rest = values.field(rest, 1)) {
      const message = values.stringBytes(lean.l_Lean_Message_toString(values.retain(values.field(rest, 0)), 0)).toString();
      failed ||= message.includes(": error");
      console.error(message);
    }
  }
  if (failed) throw new Error(`${name} has errors`);
  return values.retain(values.field(values.field(state, 0), 0));
}

function buildImage(tree, ...sources) {
  const module = new WebAssembly.Module(fs.readFileSync(path.join(tree, "lean.wasm")));
  const symbolBytes = fs.readFileSync(path.join(tree, "symbols"));
  const symbols = new Int32Array(symbolBytes.buffer, symbolBytes.byteOffset, symbolBytes.length / 4);
  const memory = new Memory(newMemory(INITIAL_PAGES));
  const mounts = [{ virtual: "/lean", real: fs.realpathSync(tree), writable: false }];
  const files = new Files(memory, mounts, "/lean", newDescriptors());
  const instance = instantiate({ module, memory, files, symbols, threads: singleThreadImports, exit(code) { throw new Error(`Lean left with ${code}`); } });
  const lean = instance.exports;
  const values = new LeanValues(memory, lean);
  const say = (stage) => console.log(JSON.stringify({ stage, seconds: Math.round(performance.now()) / 1000 }));

  const symbol = (name) => findSymbol(symbols, Buffer.from(name), 0, name.length);

  say("initialize");
  lean.emscripten_stack_init?.();
  lean.__wasm_call_ctors();
  const stack = lean.malloc(STACK);
  lean.emscripten_stack_set_limits(stack + STACK, stack);
  lean._emscripten_stack_restore(stack + STACK);
  lean.lean_initialize();
  values.result(lean.l_Lean_initSearchPath(values.string("/lean"), box(0)));
  lean.lean_enable_initializer_execution();
  lean.lean_io_mark_end_initialization();
  lean.lean_init_task_manager_using(2);
  say("import");
  const imports = values.result(lean.l_Lean_Elab_parseImports(values.string("import Lean\n"), box(0)));
  const loaded = lean.lean_st_mk_ref(values.retain(memory.word(symbol("l_Lean_instInhabitedImportState_default"))));
  values.result(lean.l_Lean_importModulesCore(values.retain(values.field(imports, 0)), EXPORTED, box(1), 1, values.retain(loaded)));
  const environment = values.result(lean.l_Lean_finalizeImport(
    values.retain(values.field(loaded, 0)), values.retain(values.field(imports, 0)), box(0), 0, 1, 1, EXPORTED, 0));
  say("elaborate");
  const noMessages = values.field(values.field(imports, 1), 1);
  let commandState = lean.l_Lean_Elab_Command_mkState(values.retain(environment), values.retain(noMessages), box(0));
  commandState = elaborate(lean, values, "options", OPTIONS, commandState);
  for (const file of sources) {
    commandState = elaborate(lean, values, path.basename(file), fs.readFileSync(file), commandState);
    say(path.basename(file));
  }
  const serverEnvironment = values.field(commandState, 0);
  const evaluate = (...parts) => {
    const name = parts.reduce((prefix, part) => lean.l_Lean_Name_str___override(prefix, values.string(part)), box(0));
    const found = lean.lean_eval_const(serverEnvironment, box(0), name);
    if (values.tag(found) === 0) throw new Error(values.stringBytes(values.field(found, 0)).toString());
    return values.retain(values.field(found, 0));
  };
  const [answer, admit, abandon] = ["answer", "admitText", "abandon"].map((name) => evaluate("LeanMagic", "Server", name));
  const server = values.result(lean.lean_apply_3(
    evaluate("LeanMagic", "Server", "new"), values.retain(environment), values.retain(values.field(loaded, 0)), box(0)));
  // Other threads will use them.
  [answer, admit, abandon, server].forEach(lean.lean_mark_mt);
  memory.bytes.fill(0, stack, stack + STACK);
  say("done");
  save(path.join(tree, "image"), memory, instance, { answer, admit, abandon, server });
  say("saved");
}

// An interrupt reaches the whole process group; whether to stop is for the parent to say.
process.on("SIGINT", () => {});

const [task, ...rest] = process.argv.slice(2);
({ wasm: buildWasm, image: buildImage })[task](...rest);
