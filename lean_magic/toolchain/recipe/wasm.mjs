// Rewriting lean.wasm once, at set-up, so that every later start is cheap.
//
// As shipped, the binary exports 201,110 names, and emscripten's glue makes each a JavaScript value, once per thread,
// and puts each function into the table one by one. Here the exports shrink to what the host itself calls; every other
// exported function gets a place in the table by one element segment, and its name a place in a hash table
// (`symbols`), which is all that dlsym needs.

const SECTION = { import: 2, function: 3, table: 4, global: 6, export: 7, element: 9 };
const KIND = { function: 0, table: 1, memory: 2, global: 3 };

/** What the host calls by name; everything else is reached through the table. */
const CALLED_BY_HOST = new Set([
  "__cxa_can_catch", "__cxa_decrement_exception_refcount", "__cxa_get_exception_ptr",
  "__cxa_increment_exception_refcount", "_emscripten_stack_alloc", "emscripten_stack_get_current",
  "emscripten_stack_init", "_emscripten_stack_restore", "emscripten_stack_set_limits", "_emscripten_thread_exit",
  "_emscripten_thread_free_data", "_emscripten_thread_init", "_emscripten_tls_init", "free",
  "__get_exception_message", "__indirect_function_table", "l_Lean_Elab_Command_mkState",
  "l_Lean_Elab_Frontend_processCommand", "l_Lean_Elab_parseImports", "l_Lean_finalizeImport",
  "l_Lean_importModulesCore", "l_Lean_initSearchPath", "l_Lean_Message_toString", "l_Lean_MessageLog_toList",
  "l_Lean_Name_str___override", "l_Lean_Parser_mkInputContext___redArg", "l_Lean_Parser_parseHeader",
  "lean_alloc_object", "lean_apply_1", "lean_apply_3", "lean_apply_4", "lean_dec_ref_cold", "lean_enable_initializer_execution", "lean_eval_const",
  "lean_init_task_manager_using", "lean_initialize", "lean_initialize_thread", "lean_io_error_to_string",
  "lean_io_mark_end_initialization", "lean_mark_mt", "lean_mk_string_unchecked", "lean_st_mk_ref", "malloc",
  "pthread_attr_init", "pthread_attr_setstacksize", "pthread_create", "setenv", "setTempRet0", "setThrew",
  "__wasm_call_ctors", "_ZN4lean15save_stack_infoEb", "_ZN4lean7lthread21get_thread_stack_sizeEv",
  "_ZN4lean7lthread21set_thread_stack_sizeEm",
]);

/** Names that Lean's interpreter may look up: compiled Lean declarations and the runtime's. */
const LOOKED_UP = /^(l_|lean_|_init_|initialize_|lake_)/;

class Reader {
  constructor(bytes, position = 0) { this.bytes = bytes; this.position = position; }
  byte() { return this.bytes[this.position++]; }
  unsigned() {
    let result = 0, shift = 1, byte;
    do { byte = this.bytes[this.position++]; result += (byte & 127) * shift; shift *= 128; } while (byte & 128);
    return result;
  }
  signed32() {
    let result = 0, shift = 0, byte;
    do { byte = this.bytes[this.position++]; result |= (byte & 127) << shift; shift += 7; } while (byte & 128);
    return shift < 32 && byte & 64 ? result | (-1 << shift) : result;
  }
  slice(length) { return this.bytes.subarray(this.position, this.position += length); }
}

function encode(value) {
  const out = [];
  do { const byte = value & 127; value >>>= 7; out.push(value ? byte | 128 : byte); } while (value);
  return out;
}

function section(id, chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return [Buffer.from([id, ...encode(length)]), ...chunks];
}

/** Two independent 32-bit FNV-1a hashes of a symbol's bytes; the second doubles as the table's check. */
export function hashSymbol(bytes, start, end) {
  let first = 0x811c9dc5, second = 0x01000193;
  for (let i = start; i < end; i++) {
    first = Math.imul(first ^ bytes[i], 0x01000193);
    second = Math.imul(second ^ bytes[i], 0x5bd1e995);
    second ^= second >>> 13;
  }
  return [first, second | 1];
}

const SLOTS = 1 << 19; // about twice as many as there are symbols

class SymbolTable {
  constructor() { this.words = new Int32Array(SLOTS * 3); }
  add(bytes, value) {
    const [first, second] = hashSymbol(bytes, 0, bytes.length);
    let slot = first & (SLOTS - 1);
    for (; this.words[slot * 3 + 1]; slot = (slot + 1) & (SLOTS - 1)) {
      if (this.words[slot * 3] === first && this.words[slot * 3 + 1] === second) throw new Error("symbol hashes collide");
    }
    this.words.set([first, second, value], slot * 3);
  }
}

/** The table index or data address of a symbol whose bytes lie in memory, or 0. */
export function findSymbol(words, bytes, start, end) {
  const [first, second] = hashSymbol(bytes, start, end);
  for (let slot = first & (SLOTS - 1); words[slot * 3 + 1]; slot = (slot + 1) & (SLOTS - 1)) {
    if (words[slot * 3] === first && words[slot * 3 + 1] === second) return words[slot * 3 + 2];
  }
  return 0;
}

function readSections(bytes) {
  const reader = new Reader(bytes, 8);
  const sections = [];
  while (reader.position < bytes.length) {
    const id = reader.byte();
    const length = reader.unsigned();
    sections.push({ id, body: reader.slice(length) });
  }
  return sections;
}

/** Names of the imported functions and globals, in the order of their indices. */
function readImports(body) {
  const reader = new Reader(body);
  const functions = [], globals = [];
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.slice(reader.unsigned());
    const name = reader.slice(reader.unsigned()).latin1Slice();
    const kind = reader.byte();
    if (kind === KIND.function) { reader.unsigned(); functions.push(name); }
    else if (kind === KIND.global) { reader.slice(2); globals.push(name); }
    else if (kind === KIND.memory) { const bounded = reader.byte() & 1; reader.unsigned(); if (bounded) reader.unsigned(); }
    else throw new Error(`unexpected import of kind ${kind}`);
  }
  return { functions, globals };
}

function readGlobals(body) {
  const reader = new Reader(body);
  return Array.from({ length: reader.unsigned() }, () => {
    reader.byte();
    const mutable = reader.byte() === 1;
    if (reader.byte() !== 0x41) throw new Error("unexpected initial value of a global");
    const value = reader.signed32();
    reader.byte();
    return { mutable, value };
  });
}

function readElements(body) {
  const reader = new Reader(body);
  if (reader.unsigned() !== 1 || reader.byte() !== 0 || reader.byte() !== 0x41) throw new Error("unexpected elements");
  const base = reader.signed32();
  reader.byte();
  const functions = Array.from({ length: reader.unsigned() }, () => reader.unsigned());
  return { base, functions };
}

/**
 * @param {Buffer} bytes the binary as shipped
 * @returns {{ wasm: Buffer[], symbols: Int32Array }} the new binary in pieces, which exports its mutable globals as
 * `global0`, `global1`, …, and the hash table for `findSymbol`
 */
export function rewrite(bytes) {
  const sections = readSections(bytes);
  const body = (id) => sections.find((each) => each.id === id).body;
  const imports = readImports(body(SECTION.import));
  const importedGlobals = imports.globals.length;
  const globals = readGlobals(body(SECTION.global));
  const elements = readElements(body(SECTION.element));

  const place = new Map(elements.functions.map((index, i) => [index, elements.base + i]));
  const tableBase = elements.base + elements.functions.length;
  const added = [];
  const symbols = new SymbolTable();
  const addFunction = (nameBytes, index) => {
    if (!place.has(index)) { place.set(index, tableBase + added.length); added.push(index); }
    symbols.add(nameBytes, place.get(index));
  };
  // An imported global (GOT.func) is the table index of the host's function of that name.
  for (const name of imports.globals) {
    const index = imports.functions.indexOf(name);
    if (index >= 0) addFunction(Buffer.from(name), index);
  }

  const exported = [];
  const reader = new Reader(body(SECTION.export));
  for (let left = reader.unsigned(); left > 0; left--) {
    const start = reader.position;
    const nameBytes = reader.slice(reader.unsigned());
    const kind = reader.byte();
    const index = reader.unsigned();
    const name = nameBytes.latin1Slice();
    if (CALLED_BY_HOST.has(name)) exported.push(reader.bytes.subarray(start, reader.position));
    if (!LOOKED_UP.test(name)) continue;
    if (kind === KIND.function) {
      addFunction(nameBytes, index);
    } else if (kind === KIND.global) {
      symbols.add(nameBytes, globals[index - importedGlobals].value);
    }
  }

  if (exported.length < CALLED_BY_HOST.size) throw new Error("the binary lacks functions that the host calls");

  const mutable = globals.flatMap(({ mutable }, i) => (mutable ? [importedGlobals + i] : []));
  mutable.forEach((index, i) => {
    const name = Buffer.from(`global${i}`);
    exported.push(Buffer.from([...encode(name.length), ...name, KIND.global, ...encode(index)]));
  });

  const replacement = new Map([
    [SECTION.export, [Buffer.from(encode(exported.length)), ...exported]],
    [SECTION.table, [Buffer.from([1, 0x70, 0, ...encode(tableBase + added.length)])]],
    [SECTION.element, [Buffer.from([
      ...encode(2),
      0, 0x41, ...encodeSigned(elements.base), 0x0b, ...encode(elements.functions.length)]),
      Buffer.from(elements.functions.flatMap(encode)),
      Buffer.from([0, 0x41, ...encodeSigned(tableBase), 0x0b, ...encode(added.length)]),
      Buffer.from(added.flatMap(encode))]],
  ]);
  const wasm = [bytes.subarray(0, 8)];
  for (const { id, body } of sections) wasm.push(...section(id, replacement.get(id) ?? [body]));
  return { wasm, symbols: symbols.words };
}

function encodeSigned(value) {
  const out = [];
  for (;;) {
    const byte = value & 127;
    value >>= 7;
    if ((value === 0 && !(byte & 64)) || (value === -1 && byte & 64)) { out.push(byte); return out; }
    out.push(byte | 128);
  }
}
