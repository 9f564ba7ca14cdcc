"""A thread with an event loop of its own, and the ways into it.

Everything of a pool happens on its own loop, since the user's loops come and go: terminal IPython starts one for each
cell, ipykernel one for each subshell, and `nest_asyncio` may have been applied to any of them.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from lean_magic.errors import PoolClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from queue import SimpleQueue

__all__ = ["LoopThread", "Promise", "call_in_daemon_thread", "told_in_one_line"]

_Result = TypeVar("_Result")

_WOKEN_EVERY = 0.1  # seconds
_LEAVES_WITHIN = 10.0  # seconds


class Promise(Generic[_Result]):
    """A result to come, settled once, in any thread; at a fraction of what `concurrent.futures.Future` costs."""

    def __init__(self) -> None:
        self._settling = threading.Lock()  # taken by who settles it
        self._settled = threading.Lock()  # free once it is
        self._settled.acquire()
        self._is_settled = False
        self._value: _Result | None = None
        self._error: Exception | None = None
        self._wake: Callable[[], object] | None = None

    def keep(self, value: _Result) -> bool:
        """Settle it with a result; return whether it was open."""
        return self._settle(value, None)

    def break_off(self, error: Exception) -> bool:
        """Settle it with an error; return whether it was open."""
        return self._settle(None, error)

    def withdraw(self) -> bool:
        """Settle it since nobody waits any more; return whether it was open."""
        return self._settling.acquire(blocking=False)

    @property
    def open(self) -> bool:
        """Whether it is not settled yet."""
        return not self._settling.locked()

    def when_settled(self, call: Callable[[], object]) -> None:
        """Have a function called once it is settled, by who settles it; to be said before anybody can."""
        self._wake = call

    def result(self) -> _Result:
        """Return what it was settled with, or raise the error."""
        if self._error is not None:
            raise self._error
        return cast("_Result", self._value)

    @property
    def kept(self) -> _Result | None:
        """What it was settled with; None if it was not, or with an error."""
        return self._value

    def wait(self, news: SimpleQueue[Callable[[], None]] | None = None) -> _Result:
        """Wait for it in this thread, and meanwhile call what comes in by the queue of news."""
        try:
            if news is None:
                self._settled.acquire()
                self._settled.release()
                return self.result()
            self._wake = lambda: news.put(_nothing)
            while not (self._is_settled and news.empty()):
                news.get()()
            return self.result()
        except KeyboardInterrupt as error:
            told_in_one_line(error)
            raise

    async def wait_async(self) -> _Result:
        """Await it, on any event loop."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not waiter.done():
                waiter.set_result(None)

        ticking: asyncio.TimerHandle | None = None

        def tick() -> None:
            """Keep the loop from sleeping, or else an interrupt of the kernel is not noticed: ipykernel issue 881."""
            nonlocal ticking
            ticking = loop.call_later(_WOKEN_EVERY, tick)

        tick()
        self._wake = lambda: loop.call_soon_threadsafe(wake)
        if self._is_settled:
            wake()
        try:
            await waiter
        except asyncio.CancelledError as error:
            told_in_one_line(error)
            raise
        finally:
            if ticking is not None:
                ticking.cancel()
        return self.result()

    def _settle(self, value: _Result | None, error: Exception | None) -> bool:
        if not self._settling.acquire(blocking=False):
            return False
        self._value, self._error, self._is_settled = value, error, True
        if self._wake is not None:
            with contextlib.suppress(RuntimeError):  # the loop of who waits is closed
                self._wake()
        self._settled.release()
        return True


class LoopThread:
    """A thread with an event loop, started when first used.

    Parameters
    ----------
    name : str
        Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.RLock()  # a finalizer may call from within
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._owner = os.getpid()

    def call(self, function: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """Run a coroutine there and wait for it; an interrupt (Ctrl-C) cancels it."""
        with self._entered() as loop:
            future = asyncio.run_coroutine_threadsafe(function(), loop)
        try:
            return future.result()
        finally:
            future.cancel()

    def hand_over(self, now: Callable[[], bool], later: Callable[[], None]) -> None:
        """Have something done: now, in this thread, or if that says no, soon on the loop; either while it is open."""
        with self._entered() as loop:
            if not now():
                loop.call_soon_threadsafe(later)

    def call_soon(self, function: Callable[[], None]) -> None:
        """Call a function there soon, if it still runs."""
        if threading.current_thread() is self._thread and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed
                self._loop.call_soon(function)  # a finalizer may run anywhere
            return
        with contextlib.suppress(PoolClosedError):
            self.hand_over(lambda: False, function)

    @contextlib.contextmanager
    def _entered(self) -> Iterator[asyncio.AbstractEventLoop]:
        if os.getpid() != self._owner:
            raise PoolClosedError("This pool belongs to the process that this one was forked from: create another.")
        if threading.current_thread() is self._thread:
            raise RuntimeError("A pool cannot be used from its own thread.")
        with self._lock:
            if self._closed:
                raise PoolClosedError(
                    "The pool was shut down: use lean_magic.run and lean_magic.tactic, or another LeanPool."
                )
            if self._loop is None:
                self._start()
            assert self._loop is not None
            yield self._loop

    def _start(self) -> None:
        # Not the user's event loop policy: it may be that of another library, which starts no processes from a thread.
        self._loop = loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=_run, args=(loop,), name=self._name, daemon=True)
        self._thread.start()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a last coroutine there, if it was ever started, and end the thread.

        From the thread itself (where a garbage collection may happen) it ends soon after; otherwise it has ended then.
        """
        if os.getpid() != self._owner:  # a fork may have inherited the lock as it was
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_leave(loop, last), loop)
        if threading.current_thread() is not thread:
            thread.join(_LEAVES_WITHIN)


def told_in_one_line(error: BaseException, what: str = "interrupted; Lean was stopped.") -> None:
    """Have IPython print an interrupt without a traceback.

    This is no class of our own, since `asyncio.timeout` wants the very `asyncio.CancelledError` that was raised.
    """
    lines = [f"{type(error).__name__}: {what}"]
    error.__dict__["_render_traceback_"] = lambda: lines


def _nothing() -> None:
    """Wake who waits for news."""


def _run(loop: asyncio.AbstractEventLoop) -> None:
    if hasattr(signal, "pthread_sigmask"):
        # Lean processes inherit this, and so survive the Ctrl-C that comes before they can ignore it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _leave(loop: asyncio.AbstractEventLoop, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await last()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            _, late = await asyncio.wait(others, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
    finally:
        loop.call_soon(loop.stop)


async def call_in_daemon_thread(function: Callable[[], _Result]) -> _Result:
    """Run a blocking function in a thread that does not keep the interpreter from ending.

    Cancelling this does not stop the function.
    """
    future: concurrent.futures.Future[_Result] = concurrent.futures.Future()

    def run() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - handed on
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                future.set_exception(error)
        else:
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                future.set_result(result)

    # The context too: by it, output finds the cell that asked.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), name="lean-magic prepare", daemon=True).start()
    return await asyncio.wrap_future(future)
