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
from typing import TYPE_CHECKING, Any, TypeVar

from lean_magic.errors import PoolClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["LoopThread", "call_in_daemon_thread"]

_Result = TypeVar("_Result")

_WOKEN_EVERY = 0.1  # seconds
_LEAVES_WITHIN = 10.0  # seconds


class LoopThread:
    """A thread with an event loop, started when first used.

    Parameters
    ----------
    name : str
        Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._owner = os.getpid()

    @property
    def started(self) -> bool:
        """Whether it has been used."""
        return self._loop is not None

    def call(self, function: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """Run a coroutine there and wait for it; an interrupt (Ctrl-C) cancels it."""
        future = self._submit(function)
        try:
            return future.result()
        finally:
            future.cancel()

    async def acall(self, function: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
        """Run a coroutine there and await it, from any other loop; cancelling this cancels it."""
        future = self._submit(function)
        try:
            waiter = asyncio.wrap_future(future)
            while not waiter.done():
                # Without a time, an interrupt of the kernel would not be noticed: ipykernel issue 881.
                await asyncio.wait({waiter}, timeout=_WOKEN_EVERY)
            return waiter.result()
        except asyncio.CancelledError as error:
            # What IPython prints instead of a traceback. Not a class of our own: `asyncio.timeout` wants this very one.
            error.__dict__["_render_traceback_"] = lambda: ["CancelledError: interrupted; Lean was stopped."]
            raise
        finally:
            future.cancel()

    def _submit(self, function: Callable[[], Coroutine[Any, Any, _Result]]) -> concurrent.futures.Future[_Result]:
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
            return asyncio.run_coroutine_threadsafe(function(), self._loop)

    def _start(self) -> None:
        # Not the user's event loop policy: it may be that of another library, which starts no processes from a thread.
        self._loop = loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=_run, args=(loop,), name=self._name, daemon=True)
        self._thread.start()

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a last coroutine there, if it was ever started, and end the thread.

        From the thread itself (where a garbage collection may happen) it ends soon after; otherwise it has ended then.
        """
        with self._lock:
            if self._closed or os.getpid() != self._owner:
                return
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_leave(loop, last), loop)
        if threading.current_thread() is not thread:
            thread.join(_LEAVES_WITHIN)


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
