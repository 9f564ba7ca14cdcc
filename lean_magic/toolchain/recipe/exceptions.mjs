// C++ exceptions as JavaScript exceptions, the way emscripten compiles them: a thrown exception is its address, calls
// that may throw go through `invoke_…`, and a landing pad asks which of its types catches.
// Layout of the header in front of an exception object: libcxxabi's __cxa_exception for 32 bits.

const HEADER = 24;
const TYPE = 4, DESTRUCTOR = 8, CAUGHT = 12, RETHROWN = 13, ADJUSTED = 16;

/** @param {import("./memory.mjs").Memory} memory @param {() => any} lean the instance's exports, once there */
export function exceptionImports(memory, lean) {
  let last = 0;
  let uncaught = 0;
  const caught = [];
  const at = (exception, offset) => exception - HEADER + offset;

  function findMatchingCatch(...types) {
    if (!last) { lean().setTempRet0(0); return 0; }
    memory.setWord(at(last, ADJUSTED), last);
    const thrownType = memory.word(at(last, TYPE));
    if (!thrownType) { lean().setTempRet0(0); return last; }
    for (const type of types) {
      if (type === 0 || type === thrownType) break;
      if (lean().__cxa_can_catch(type, thrownType, at(last, ADJUSTED))) { lean().setTempRet0(type); return last; }
    }
    lean().setTempRet0(thrownType);
    return last;
  }

  function rethrow() {
    const exception = caught.pop();
    if (!exception) throw new Error("no exception to rethrow");
    if (!memory.bytes[at(exception, RETHROWN)]) {
      caught.push(exception);
      memory.bytes[at(exception, RETHROWN)] = 1;
      memory.bytes[at(exception, CAUGHT)] = 0;
      uncaught++;
    }
    last = exception;
    throw last;
  }

  return {
    __cxa_throw(exception, type, destructor) {
      memory.setWord(at(exception, ADJUSTED), 0);
      memory.setWord(at(exception, TYPE), type);
      memory.setWord(at(exception, DESTRUCTOR), destructor);
      last = exception;
      uncaught++;
      throw last;
    },
    __cxa_begin_catch(exception) {
      if (!memory.bytes[at(exception, CAUGHT)]) { memory.bytes[at(exception, CAUGHT)] = 1; uncaught--; }
      memory.bytes[at(exception, RETHROWN)] = 0;
      caught.push(exception);
      lean().__cxa_increment_exception_refcount(exception);
      return lean().__cxa_get_exception_ptr(exception);
    },
    __cxa_end_catch() {
      lean().setThrew(0, 0);
      lean().__cxa_decrement_exception_refcount(caught.pop());
      last = 0;
    },
    __cxa_rethrow: rethrow,
    __cxa_uncaught_exceptions: () => uncaught,
    __cxa_current_primary_exception() {
      const exception = caught.at(-1) ?? 0;
      if (exception) lean().__cxa_increment_exception_refcount(exception);
      return exception;
    },
    __cxa_rethrow_primary_exception(exception) {
      if (!exception) return;
      caught.push(exception);
      memory.bytes[at(exception, RETHROWN)] = 1;
      rethrow();
    },
    __resumeException(exception) { last ||= exception; throw last; },
    llvm_eh_typeid_for: (type) => type,
    findMatchingCatch,
    /** After an exception that nothing in WebAssembly has caught. */
    forget() {
      lean().setThrew(0, 0);
      last = uncaught = caught.length = 0;
    },
  };
}

/** `invoke_…`: call through the table; a C++ exception becomes the flag that the caller tests. */
export function invoker(signature, lean) {
  const nothing = signature[0] === "j" ? 0n : 0;
  return (index, ...args) => {
    const exports = lean();
    const stack = exports.emscripten_stack_get_current();
    try {
      return exports.__indirect_function_table.get(index)(...args);
    } catch (error) {
      exports._emscripten_stack_restore(stack);
      if (typeof error !== "number") throw error;
      exports.setThrew(1, 0);
      return nothing;
    }
  };
}

/** What a C++ exception says of itself. It is not freed: this happens when a request has gone astray. */
export function exceptionMessage(exception, memory, lean) {
  const stack = lean.emscripten_stack_get_current();
  const texts = lean._emscripten_stack_alloc(16);
  lean.__get_exception_message(exception, texts, texts + 4);
  const [type, message] = [memory.word(texts), memory.word(texts + 4)];
  const text = message ? memory.string(message) : `exception of type ${memory.string(type)}`;
  lean._emscripten_stack_restore(stack);
  return text;
}
