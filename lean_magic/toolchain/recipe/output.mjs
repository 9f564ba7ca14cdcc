// Standard output, which the threads that answer requests share: one frame at a time.

import fs from "node:fs";
import { writeFully } from "./files.mjs";

const FREE = 0, TAKEN = 1;
const END = Buffer.from("\n\n");

/** @returns {Int32Array} what all threads' `Output`s share */
export const newOutputLock = () => new Int32Array(new SharedArrayBuffer(4));

export class Output {
  #last = Promise.resolve();

  /** @param {Int32Array} lock */
  constructor(lock) { this.lock = lock; }

  #take() { return Atomics.compareExchange(this.lock, 0, FREE, TAKEN) === FREE; }
  #leave() {
    Atomics.store(this.lock, 0, FREE);
    Atomics.notify(this.lock, 0);
  }

  /** Writes a frame, waiting for other threads and for the reader. */
  write(frame) {
    while (!this.#take()) Atomics.wait(this.lock, 0, TAKEN);
    try {
      writeFully(1, Buffer.concat([frame, END]));
    } finally {
      this.#leave();
    }
  }

  /** As `write`, for the main thread, which must not wait: its frames are written in their order, when it can be done. */
  writeLater(frame) {
    this.#last = this.#last.then(async () => {
      while (!this.#take()) await Atomics.waitAsync(this.lock, 0, TAKEN).value;
      const bytes = Buffer.concat([frame, END]);
      for (let done = 0; done < bytes.length;) done += await writeSome(bytes, done);
      this.#leave();
    });
    return this.#last;
  }
}

/** Writes in the background; returns how many bytes went out. */
const writeSome = (bytes, from) => new Promise((resolve, reject) => {
  fs.write(1, bytes, from, (error, written) => {
    if (error?.code === "EAGAIN") setTimeout(resolve, 1, 0);
    else if (error) reject(error);
    else resolve(written);
  });
});
