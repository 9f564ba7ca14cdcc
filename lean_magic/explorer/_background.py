"""A thread with an event loop, on which attempts run: clicks must not wait for them, nor they for the user's cells."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from lean_magic.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = ["Background", "settled"]

_Result = TypeVar("_Result")

_WOKEN_EVERY = 0.1  # seconds


class Background:
    """A thread with an event loop: started when first used, ended when it is closed or nobody has it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._owner = os.getpid()

    def start(self, function: Callable[[], Coroutine[Any, Any, _Result]]) -> Future[_Result]:
        """Start a coroutine there; to cancel what is returned cancels it.

        Raises
        ------
        InputError
            It is closed.
        """
        with self._lock:
            self.check_open()
            if self._loop is None:
                self._loop = asyncio.SelectorEventLoop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="lean-magic explorer", daemon=True
                )
                self._thread.start()
                weakref.finalize(self, _end, self._loop)
            return asyncio.run_coroutine_threadsafe(function(), self._loop)

    def check_open(self) -> None:
        """Complain if it is closed.

        Raises
        ------
        InputError
            It is.
        """
        if self.is_closed:
            why = "is closed" if self._closed else "belongs to the process that this one was forked from"
            raise InputError(f"This explorer {why}: open another one with lean_magic.explore(...).")

    def close(self) -> None:
        """Cancel what runs there, and end it."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        _end(loop)
        if threading.current_thread() is not thread:
            thread.join()

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be started any more."""
        return self._closed or os.getpid() != self._owner

    @property
    def is_here(self) -> bool:
        """Whether this is its own thread."""
        return threading.current_thread() is self._thread


async def settled(future: Future[_Result]) -> _Result:
    """Await what was started elsewhere, on any event loop; to cancel this is nothing to that."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def wake(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(wake)
    while not done.is_set():
        # A loop that sleeps does not notice an interrupt of the kernel: ipykernel issue 881.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _WOKEN_EVERY)
    try:
        return future.result()
    except concurrent.futures.CancelledError:
        raise asyncio.CancelledError from None


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    finally:
        loop.close()


def _end(loop: asyncio.AbstractEventLoop) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)
