// Stopping Lean code that does not look at its cancel token.
//
// Before each call, Lean's interpreter checks how much of the thread's stack is left, and so do the kernel and other
// parts written in C++. If it is too little, they throw a C++ exception, which unwinds the stack in order and ends the
// request. The limit is a word of the thread's own data, and another thread can raise it. Code that sleeps is told that
// the time is over. What neither calls nor sleeps cannot be stopped: compiled loops, and waiting for other threads.

const STATE = 0, LIMIT = 1; // words that the two sides share
const CLOSED = 0, OPEN = 1, PULLING = 2, PULLED = 3; // a state, besides the number of the request
const NO_STACK_LEFT = -1;
const ROUNDING = 1 << 18; // by which Lean's idea of a size may differ

export const newBrakeWords = () => new Int32Array(new SharedArrayBuffer(8));

/** A brake on one thread. It works only while that thread has it open, and on the request for which it is open. */
export class Brake {
  #usual;

  /** @param {import("./memory.mjs").Memory} memory @param {Int32Array} words */
  constructor(memory, words) { this.memory = memory; this.words = words; }

  /**
   * Finds the limit in the calling thread's data, after Lean has noted down its stack.
   * @param {number} data where the thread's data begin @param {number} size of the stack in bytes, as Lean was told
   */
  locate(data, size) {
    for (let address = data; address < data + 1024; address += 4) { // it has noted the size, the base and the limit in a row
      const [noted, base, limit] = [0, 4, 8].map((offset) => this.memory.word(address + offset) >>> 0);
      if (noted < size || noted > size + ROUNDING || limit >= base || limit < base - noted) continue;
      this.#usual = limit;
      Atomics.store(this.words, LIMIT, address + 8);
      return;
    }
    throw new Error("Lean keeps no limit of its stack where it was expected");
  }

  /** From now on the request of this number can be stopped. */
  open(number) { Atomics.store(this.words, STATE, number << 2 | OPEN); }

  /** No longer. */
  close() {
    for (;;) {
      const state = Atomics.load(this.words, STATE);
      if ((state & 3) === PULLING) continue; // for a moment
      if ((state & 3) === PULLED) this.memory.setWord(Atomics.load(this.words, LIMIT), this.#usual);
      if (Atomics.compareExchange(this.words, STATE, state, CLOSED) === state) return;
    }
  }

  get isPulled() { return (Atomics.load(this.words, STATE) & 3) === PULLED; }

  /** Stops the request of this number, called by another thread; does nothing while that one does not have it open. */
  pull(number) {
    const state = number << 2;
    if (Atomics.compareExchange(this.words, STATE, state | OPEN, state | PULLING) !== (state | OPEN)) return;
    this.memory.setWord(Atomics.load(this.words, LIMIT), NO_STACK_LEFT);
    Atomics.store(this.words, STATE, state | PULLED);
  }
}
