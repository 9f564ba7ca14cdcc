// Views of the shared linear memory, strings in it, and the layout of Lean's objects (32 bits, see lean.h).

/** The binary's own limit: 2 GiB. */
const MOST_PAGES = 32768;
export const MOST_MEMORY = MOST_PAGES * 65536;

/** @returns {WebAssembly.Memory} a zeroed memory of so many pages, as the binary wants it */
export const newMemory = (pages) => new WebAssembly.Memory({ initial: pages, maximum: MOST_PAGES, shared: true });

export class Memory {
  /** @param {WebAssembly.Memory} memory */
  constructor(memory) { this.memory = memory; this.#refresh(); }

  #refresh() {
    const buffer = (this.buffer = this.memory.buffer);
    this.u8s = new Uint8Array(buffer);
    this.i32s = new Int32Array(buffer);
    this.i64s = new BigInt64Array(buffer);
    this.node = Buffer.from(buffer);
  }

  /** Another thread may have grown the memory: old views don't reach its new end. */
  #current() { if (this.memory.buffer !== this.buffer) this.#refresh(); return this; }

  get bytes() { return this.#current().u8s; }
  get words() { return this.#current().i32s; }
  get longs() { return this.#current().i64s; }
  get size() { return this.#current().buffer.byteLength; }

  word(address) { return this.words[address >>> 2]; }
  setWord(address, value) { this.words[address >>> 2] = value; }
  setLong(address, value) { this.longs[address >>> 3] = BigInt(value); }

  /** Length of the zero-terminated string at an address. */
  stringLength(address) { return this.bytes.indexOf(0, address) - address; }
  string(address, length = this.stringLength(address)) { this.#current(); return this.node.utf8Slice(address, address + length); }
  /** Writes a zero-terminated string, cut to fit `capacity` bytes; returns the bytes written without the zero. */
  setString(address, text, capacity = Infinity) {
    const bytes = Buffer.from(text);
    const length = Math.min(bytes.length, capacity - 1);
    this.bytes.set(bytes.subarray(0, length), address);
    this.bytes[address + length] = 0;
    return length;
  }

  grow(size) {
    try {
      this.memory.grow(Math.ceil((size - this.memory.buffer.byteLength) / 65536));
      return true;
    } catch {
      return false;
    }
  }
}

/** A scalar as a Lean object. */
export const box = (value) => (value << 1) | 1;
const isScalar = (object) => (object & 1) === 1;

/** Lean values as the host needs them: strings in, strings out, results of IO. */
export class LeanValues {
  constructor(memory, lean) { this.memory = memory; this.lean = lean; }

  retain(object) {
    if (isScalar(object)) return object;
    const count = this.memory.word(object);
    if (count > 0) this.memory.setWord(object, count + 1);
    else if (count < 0) Atomics.sub(this.memory.words, object >>> 2, 1);
    return object;
  }
  release(object) {
    if (isScalar(object)) return;
    const count = this.memory.word(object);
    if (count > 1) this.memory.setWord(object, count - 1);
    else if (count !== 0) this.lean.lean_dec_ref_cold(object);
  }
  tag(object) { return isScalar(object) ? object >> 1 : this.memory.bytes[object + 7]; }
  field(object, index) { return this.memory.word(object + 8 + 4 * index); }

  construct(tag, fields, scalars = []) {
    const size = 8 + 4 * fields.length + scalars.length;
    const object = this.lean.lean_alloc_object((size + 7) & ~7);
    const { memory } = this;
    memory.setWord(object, 1);
    memory.bytes.set([(size + 7) & ~7, 0, fields.length, tag], object + 4);
    fields.forEach((field, i) => memory.setWord(object + 8 + 4 * i, field));
    memory.bytes.set(scalars, object + 8 + 4 * fields.length);
    return object;
  }

  /** @param {string | Buffer} text well-formed UTF-8 */
  string(text) {
    const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
    let length = 0;
    for (const byte of bytes) if ((byte & 0xc0) !== 0x80) length++;
    const address = this.lean.malloc(bytes.length + 1);
    if (!address) throw new Error("out of memory");
    this.memory.bytes.set(bytes, address);
    const object = this.lean.lean_mk_string_unchecked(address, bytes.length, length);
    this.lean.free(address);
    return object;
  }
  /** A copy of a Lean string's bytes. */
  stringBytes(object) {
    const size = this.memory.word(object + 8) - 1;
    return Buffer.from(this.memory.bytes.slice(object + 20, object + 20 + size));
  }
  /** The array of no elements. */
  emptyArray() {
    const object = this.lean.lean_alloc_object(16);
    this.memory.setWord(object, 1);
    this.memory.bytes.set([0, 0, 0, 246], object + 4);
    this.memory.setWord(object + 8, 0);
    this.memory.setWord(object + 12, 0);
    return object;
  }

  /** The value of an IO result; its error as an exception. */
  result(object) {
    const value = this.retain(this.field(object, 0));
    const failed = this.tag(object) === 1;
    this.release(object);
    if (!failed) return value;
    throw new Error(this.stringBytes(this.lean.lean_io_error_to_string(value)).toString());
  }
}
