// The file system as Lean sees it: a few folders of the real one, each read-only or writable, and nothing else.
//
// Every thread serves its own system calls, synchronously. A file descriptor of Lean's is the real one; which of them
// Lean has opened, and where it stands in each, is shared between threads. Lean's standard streams never reach the
// process's own standard output: input is empty, output and error both go to the process's standard error.

import fs from "node:fs";
import path from "node:path";

/** WASI error numbers, which emscripten's C library uses. */
const ERRNO = {
  EACCES: 2, ERR_ACCESS_DENIED: 2, EAGAIN: 6, EBADF: 8, EBUSY: 10, EDQUOT: 19, EEXIST: 20, EFBIG: 22, EINTR: 27, EINVAL: 28, EIO: 29,
  EISDIR: 31, ELOOP: 32, EMFILE: 33, EMLINK: 34, ENAMETOOLONG: 37, ENFILE: 41, ENODEV: 43, ENOENT: 44, ENOMEM: 48,
  ENOSPC: 51, ENOSYS: 52, ENOTDIR: 54, ENOTEMPTY: 55, ENOTSUP: 58, ENOTTY: 59, ENXIO: 60, EPERM: 63, EPIPE: 64,
  ERANGE: 68, EROFS: 69, ESPIPE: 70, ETXTBSY: 74, EXDEV: 75,
};
const OPEN = { writeOnly: 1, readWrite: 2, create: 0o100, exclusive: 0o200, truncate: 0o1000, append: 0o2000, directory: 0o200000, noFollow: 0o400000 };
const AT_CWD = -100, AT_NO_FOLLOW = 0x100, AT_REMOVE_DIRECTORY = 0x200, AT_EMPTY_PATH = 0x1000;
const FOLDER_MODE = 0o40555;
const DEVICES = new Set(["/dev/null", "/dev/urandom"]);
const MOST_DESCRIPTORS = 4096;
const ENTRY_SIZE = 280; // struct dirent

const failure = (code) => Object.assign(new Error(code), { code });

/** What all threads know of open descriptors: is it Lean's, and its position. */
export function newDescriptors() {
  return { open: new Int32Array(new SharedArrayBuffer(4 * MOST_DESCRIPTORS)), position: new Float64Array(new SharedArrayBuffer(8 * MOST_DESCRIPTORS)) };
}

/** Writes all the bytes, however little a pipe takes at once. */
export function writeFully(descriptor, bytes) {
  for (let done = 0; done < bytes.length;) {
    try {
      done += fs.writeSync(descriptor, bytes, done);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/**
 * @typedef {{ virtual: string, real: string, writable: boolean }} Mount a folder that Lean may see, and under which
 * name; `real` is free of symbolic links
 */

export class Files {
  /**
   * @param {import("./memory.mjs").Memory} memory
   * @param {Mount[]} mounts
   * @param {string} directory Lean's working directory, a virtual path
   */
  constructor(memory, mounts, directory, descriptors) {
    this.memory = memory;
    this.mounts = mounts.toSorted((a, b) => b.virtual.length - a.virtual.length);
    this.directory = directory;
    this.descriptors = descriptors;
    /** Paths and pending entries of directories that this thread has open. */
    this.folders = new Map();
  }

  // --- paths ---------------------------------------------------------------------------------------------------

  #absolute(directory, name) {
    if (name === "") throw failure("ENOENT");
    if (path.posix.isAbsolute(name)) return path.posix.normalize(name);
    const base = directory === AT_CWD ? this.directory : this.folders.get(directory)?.path;
    if (base === undefined) throw failure("EBADF");
    return path.posix.resolve(base, name);
  }

  #isAncestorOfMount(virtual) {
    const prefix = virtual === "/" ? "/" : virtual + "/";
    return this.mounts.some((mount) => mount.virtual.startsWith(prefix));
  }

  /** The real path behind a virtual one; refuses what lies outside the mounts, symbolic links that lead there included. */
  #real(virtual, { write = false, follow = true } = {}) {
    if (virtual.length > 1 && virtual.endsWith("/")) virtual = virtual.slice(0, -1);
    if (DEVICES.has(virtual) && !write) return virtual;
    const mount = this.mounts.find((each) => virtual === each.virtual || virtual.startsWith(each.virtual + "/"));
    if (!mount) throw failure(this.#isAncestorOfMount(virtual) && !write ? "EISDIR" : "ENOENT");
    if (write && !mount.writable) throw failure("EROFS");
    if (write && virtual === mount.virtual) throw failure("EBUSY"); // what is in it may change; it itself is not Lean's
    const real = mount.real + virtual.slice(mount.virtual.length);
    const inside = (each) => each === mount.real || each.startsWith(mount.real + path.sep);
    if (virtual !== mount.virtual && !inside(fs.realpathSync(path.dirname(real)))) throw failure("EACCES");
    const link = fs.lstatSync(real, { throwIfNoEntry: false })?.isSymbolicLink();
    if (follow && link && !inside(fs.realpathSync(real))) throw failure("EACCES");
    return real;
  }

  #path(directory, address, options) { return this.#real(this.#absolute(directory, this.memory.string(address)), options); }

  // --- descriptors ---------------------------------------------------------------------------------------------

  #check(descriptor) {
    if (descriptor <= 2 || descriptor >= MOST_DESCRIPTORS || !Atomics.load(this.descriptors.open, descriptor)) throw failure("EBADF");
    return descriptor;
  }

  #writeToStandardError(bytes) {
    try {
      writeFully(2, bytes);
    } catch {
      // Nobody listens any more.
    }
  }

  #vectors(vectors, count) {
    return Array.from({ length: count }, (_, i) => ({ address: this.memory.word(vectors + 8 * i), length: this.memory.word(vectors + 8 * i + 4) }));
  }

  #read(descriptor, vectors, count, position) {
    let total = 0;
    for (const { address, length } of this.#vectors(vectors, count)) {
      const got = length ? fs.readSync(descriptor, this.memory.bytes, address, length, position + total) : 0;
      total += got;
      if (got < length) break;
    }
    return total;
  }

  #writeAll(descriptor, vectors, count, position) {
    let total = 0;
    for (const { address, length } of this.#vectors(vectors, count)) {
      if (length) total += fs.writeSync(descriptor, this.memory.bytes, address, length, position === null ? null : position + total);
    }
    return total;
  }

  #writeStatus(address, status) {
    const { memory } = this;
    const time = (offset, nanoseconds) => {
      memory.setLong(address + offset, nanoseconds / 1_000_000_000n);
      memory.setWord(address + offset + 8, Number(nanoseconds % 1_000_000_000n));
    };
    memory.setWord(address, 1);
    memory.setWord(address + 4, Number(status.mode));
    memory.setWord(address + 8, Number(status.nlink));
    [12, 16, 20].forEach((offset) => memory.setWord(address + offset, 0)); // owner, group, device: the same for all
    memory.setLong(address + 24, status.size);
    memory.setWord(address + 32, 4096);
    memory.setWord(address + 36, Number(status.blocks));
    time(40, status.atimeNs);
    time(56, status.mtimeNs);
    time(72, status.ctimeNs);
    memory.setLong(address + 88, BigInt.asIntN(64, status.ino));
    return 0;
  }

  #status(directory, address, buffer, follow) {
    const virtual = this.#absolute(directory, this.memory.string(address));
    let real;
    try {
      real = this.#real(virtual, { follow });
    } catch (error) {
      if (error.code !== "EISDIR") throw error;
      return this.#writeStatus(buffer, { mode: FOLDER_MODE, nlink: 1, size: 0n, blocks: 0, atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, ino: 0n });
    }
    const read = follow ? fs.statSync : fs.lstatSync;
    return this.#writeStatus(buffer, read(real, { bigint: true }));
  }

  #open(directory, address, flags, mode) {
    const virtual = this.#absolute(directory, this.memory.string(address));
    const write = (flags & (OPEN.writeOnly | OPEN.readWrite | OPEN.create | OPEN.truncate | OPEN.append)) !== 0 && virtual !== "/dev/null";
    const real = this.#real(virtual, { write });
    const status = fs.statSync(real, { throwIfNoEntry: false });
    if (status && !status.isFile() && !status.isDirectory() && !DEVICES.has(virtual)) throw failure("EACCES"); // a pipe would block
    const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY } = fs.constants;
    let native = flags & OPEN.readWrite ? O_RDWR : flags & OPEN.writeOnly ? O_WRONLY : O_RDONLY;
    for (const [flag, constant] of [[OPEN.create, O_CREAT], [OPEN.exclusive, O_EXCL], [OPEN.truncate, O_TRUNC], [OPEN.append, O_APPEND], [OPEN.directory, O_DIRECTORY]]) {
      if (flags & flag) native |= constant;
    }
    const descriptor = fs.openSync(real, native, mode & 0o777);
    if (descriptor >= MOST_DESCRIPTORS) { fs.closeSync(descriptor); throw failure("EMFILE"); }
    Atomics.store(this.descriptors.open, descriptor, flags & OPEN.append ? 2 : 1);
    this.descriptors.position[descriptor] = 0;
    if (fs.fstatSync(descriptor).isDirectory()) this.folders.set(descriptor, { path: virtual, real, entries: null, next: 0 });
    return descriptor;
  }

  #entries(descriptor, address, count) {
    const folder = this.folders.get(descriptor);
    if (!folder) throw failure("ENOTDIR");
    folder.entries ??= [".", ".."].map((name) => ({ name, isDirectory: () => true, isSymbolicLink: () => false })).concat(fs.readdirSync(folder.real, { withFileTypes: true }));
    let written = 0;
    for (; written + ENTRY_SIZE <= count && folder.next < folder.entries.length; written += ENTRY_SIZE) {
      const entry = folder.entries[folder.next++];
      this.memory.setLong(address + written, folder.next);
      this.memory.setLong(address + written + 8, folder.next);
      this.memory.bytes.set([ENTRY_SIZE & 255, ENTRY_SIZE >> 8, entry.isDirectory() ? 4 : entry.isSymbolicLink() ? 10 : 8], address + written + 16);
      this.memory.setString(address + written + 19, entry.name, 256);
    }
    return written;
  }

  /** System calls by their import names; each returns a negative (WASI: positive) error number when it fails. */
  imports() {
    const { memory } = this;
    const number = (error) => {
      if (!error?.code) throw error;
      return ERRNO[error.code] ?? ERRNO.EIO;
    };
    const call = (body) => (...args) => { try { return body(...args); } catch (error) { return -number(error); } };
    const wasi = (body) => (...args) => { try { return body(...args) ?? 0; } catch (error) { return number(error); } };
    const refuse = call(() => { throw failure("EPERM"); });
    const write = { write: true };

    return {
      fd_close: wasi((descriptor) => {
        if (descriptor <= 2) return;
        this.#check(descriptor);
        Atomics.store(this.descriptors.open, descriptor, 0); // first: another thread may get the number at once
        this.folders.delete(descriptor);
        fs.closeSync(descriptor);
      }),
      fd_read: wasi((descriptor, vectors, count, result) => {
        if (descriptor === 0) { memory.setWord(result, 0); return; }
        this.#check(descriptor);
        const got = this.#read(descriptor, vectors, count, this.descriptors.position[descriptor]);
        this.descriptors.position[descriptor] += got;
        memory.setWord(result, got);
      }),
      fd_pread: wasi((descriptor, vectors, count, offset, result) => {
        memory.setWord(result, this.#read(this.#check(descriptor), vectors, count, Number(offset)));
      }),
      fd_write: wasi((descriptor, vectors, count, result) => {
        if (descriptor === 1 || descriptor === 2) {
          const pieces = this.#vectors(vectors, count).map(({ address, length }) => memory.bytes.slice(address, address + length));
          this.#writeToStandardError(Buffer.concat(pieces));
          memory.setWord(result, pieces.reduce((sum, piece) => sum + piece.length, 0));
          return;
        }
        this.#check(descriptor);
        const append = Atomics.load(this.descriptors.open, descriptor) === 2;
        const put = this.#writeAll(descriptor, vectors, count, append ? null : this.descriptors.position[descriptor]);
        this.descriptors.position[descriptor] = append ? fs.fstatSync(descriptor).size : this.descriptors.position[descriptor] + put;
        memory.setWord(result, put);
      }),
      fd_pwrite: wasi((descriptor, vectors, count, offset, result) => {
        memory.setWord(result, this.#writeAll(this.#check(descriptor), vectors, count, Number(offset)));
      }),
      fd_seek: wasi((descriptor, offset, whence, result) => {
        if (descriptor <= 2) throw failure("ESPIPE");
        this.#check(descriptor);
        const base = [0, this.descriptors.position[descriptor], whence === 2 ? fs.fstatSync(descriptor).size : 0][whence];
        const position = base + Number(offset);
        if (!(position >= 0)) throw failure("EINVAL");
        this.descriptors.position[descriptor] = position;
        memory.setLong(result, position);
        const folder = this.folders.get(descriptor);
        if (folder) folder.next = position;
      }),
      fd_sync: wasi((descriptor) => { if (descriptor > 2) fs.fsyncSync(this.#check(descriptor)); }),
      fd_fdstat_get: wasi((descriptor, result) => {
        if (descriptor > 2) this.#check(descriptor);
        memory.bytes.set([descriptor <= 2 ? 6 : this.folders.has(descriptor) ? 3 : 4, 0, 0, 0], result);
        memory.setLong(result + 8, 0);
        memory.setLong(result + 16, 0);
      }),
      __syscall_openat: call((directory, address, flags, varargs) => this.#open(directory, address, flags, varargs ? memory.word(varargs) : 0)),
      __syscall_stat64: call((address, buffer) => this.#status(AT_CWD, address, buffer, true)),
      __syscall_lstat64: call((address, buffer) => this.#status(AT_CWD, address, buffer, false)),
      __syscall_newfstatat: call((directory, address, buffer, flags) => {
        if (flags & AT_EMPTY_PATH && memory.stringLength(address) === 0) return this.#writeStatus(buffer, fs.fstatSync(this.#check(directory), { bigint: true }));
        return this.#status(directory, address, buffer, !(flags & AT_NO_FOLLOW));
      }),
      __syscall_fstat64: call((descriptor, buffer) => {
        if (descriptor <= 2) return this.#writeStatus(buffer, { mode: 0o10600, nlink: 1, size: 0n, blocks: 0, atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n, ino: 0n });
        return this.#writeStatus(buffer, fs.fstatSync(this.#check(descriptor), { bigint: true }));
      }),
      __syscall_faccessat: call((directory, address, mode) => {
        try {
          fs.accessSync(this.#path(directory, address, { write: (mode & 2) !== 0 }), mode);
        } catch (error) {
          if (error.code !== "EISDIR") throw error;
        }
        return 0;
      }),
      __syscall_getdents64: call((descriptor, address, count) => this.#entries(this.#check(descriptor), address, count)),
      __syscall_getcwd: call((buffer, size) => {
        const length = Buffer.byteLength(this.directory) + 1;
        if (size < length) throw failure("ERANGE");
        memory.setString(buffer, this.directory);
        return length;
      }),
      __syscall_readlinkat: call((directory, address, buffer, size) => {
        let real;
        try {
          real = this.#path(directory, address, { follow: false });
        } catch (error) {
          throw error.code === "EISDIR" ? failure("EINVAL") : error;
        }
        const target = Buffer.from(fs.readlinkSync(real)).subarray(0, size);
        memory.bytes.set(target, buffer);
        return target.length;
      }),
      __syscall_mkdirat: call((directory, address, mode) => { fs.mkdirSync(this.#path(directory, address, write), mode); return 0; }),
      __syscall_unlinkat: call((directory, address, flags) => {
        const real = this.#path(directory, address, { write: true, follow: false });
        if (flags & AT_REMOVE_DIRECTORY) fs.rmdirSync(real); else fs.unlinkSync(real);
        return 0;
      }),
      __syscall_rmdir: call((address) => { fs.rmdirSync(this.#path(AT_CWD, address, write)); return 0; }),
      __syscall_renameat: call((fromDirectory, from, toDirectory, to) => {
        fs.renameSync(this.#path(fromDirectory, from, { write: true, follow: false }), this.#path(toDirectory, to, { write: true, follow: false }));
        return 0;
      }),
      __syscall_chmod: call((address, mode) => { fs.chmodSync(this.#path(AT_CWD, address, write), mode & 0o777); return 0; }),
      __syscall_fchmod: call((descriptor, mode) => { fs.fchmodSync(this.#check(descriptor), mode & 0o777); return 0; }),
      __syscall_ftruncate64: call((descriptor, size) => { fs.ftruncateSync(this.#check(descriptor), Number(size)); return 0; }),
      __syscall_truncate64: call((address, size) => { fs.truncateSync(this.#path(AT_CWD, address, write), Number(size)); return 0; }),
      __syscall_fdatasync: call((descriptor) => { fs.fdatasyncSync(this.#check(descriptor)); return 0; }),
      __syscall_utimensat: call((directory, address) => { const now = new Date(); fs.utimesSync(this.#path(directory, address, write), now, now); return 0; }),
      // Descriptor flags and locks concern other processes, and there are none.
      __syscall_fcntl64: call((descriptor, command) => {
        if (descriptor > 2) this.#check(descriptor);
        if (command === 0) throw failure("EMFILE");
        return command === 3 ? 2 : 0;
      }),
      __syscall_ioctl: call(() => { throw failure("ENOTTY"); }),
      __syscall_fadvise64: () => 0,
      __syscall_symlinkat: refuse, // a link could lead out of the mounts
      __syscall_chdir: refuse,
    };
  }
}
