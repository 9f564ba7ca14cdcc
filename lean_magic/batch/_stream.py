"""What gives the results of a batch out: for callers that block, and for callers that await."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from queue import Empty
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from lean_magic.errors import PoolClosedError
from lean_magic.pool._loop import told_in_one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from lean_magic.batch._bar import Bar
    from lean_magic.batch._engine import Engine

from lean_magic.batch._kinds import Outcome

__all__ = ["AsyncResults", "OnError", "Results"]

_Outcome = TypeVar("_Outcome", bound=Outcome)

OnError: TypeAlias = Literal["keep", "raise", "skip"]

_READ = 256  # codes at a time
_PAUSE = 0.01  # seconds after which others have their turn
_LOOKED_EVERY = 0.1  # seconds
_ENDS_WITHIN = 10.0  # seconds


class _Reading(Generic[_Outcome]):
    """What is common to both: how far the input is read, and what came of it.

    Parameters
    ----------
    engine : Engine
        Runs the codes.
    window : int
        How many codes are read ahead, at most, of the results that were taken.
    on_error : {"keep", "raise", "skip"}
        What becomes of a code that has an error in place of a result.
    bar : Bar or None
        Shows how far it is.
    """

    def __init__(
        self, engine: Engine[Any, Any, Any, _Outcome], window: int, on_error: OnError, bar: Bar | None
    ) -> None:
        self._engine = engine
        self._window = window
        self._on_error = on_error
        self._bar = bar
        self._owner = os.getpid()
        self._ready: deque[_Outcome] = deque()
        self._read = 0  # codes
        self._taken = 0  # results
        self._is_read_out = False
        self._is_quick = True  # to read from
        self._is_closed = False
        self._finalizer = weakref.finalize(self, engine.stop)
        if bar is not None:
            weakref.finalize(self, bar.close)

    @property
    def _room(self) -> int:
        return self._window - (self._read - self._taken)

    @property
    def _should_read(self) -> bool:
        """Whether to read on, before a result is given out that there may be already."""
        if self._is_read_out or self._room <= 0:
            return False
        return not self._ready or (self._is_quick and self._room >= min(_READ, max(1, self._window // 4)))

    def _read_some(self, source: Iterator[object]) -> None:
        """Read on, but not for long."""
        began = time.monotonic()
        for _ in range(min(_READ, self._room)):
            try:
                thing = next(source)
            except StopIteration:
                self._is_read_out = True
                self._engine.read_out()
                return
            self._engine.feed(self._read, thing)
            self._read += 1
            if time.monotonic() - began > _PAUSE:
                self._is_quick = False
                return
        self._is_quick = True

    def _accept(self, output: Sequence[_Outcome] | Exception | None) -> None:
        if isinstance(output, Exception):
            raise output
        if output is None:
            raise PoolClosedError("The batch was ended, by another thread: begin another.")
        self._ready += output

    def _give(self) -> _Outcome | None:
        """Return the next result; None where it is to be skipped."""
        check = self._ready.popleft()
        self._taken += 1
        if self._bar is not None:
            self._bar.show()
        if check.error is None or self._on_error == "keep":
            return check
        if self._on_error == "raise":
            raise check.error
        return None

    @property
    def _is_done(self) -> bool:
        return self._is_read_out and self._taken == self._read

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in self._engine.counts.most_common())
        return f"<{type(self).__name__} {self._taken} taken{f' ({counts})' if counts else ''}>"

    def _check_owner(self) -> None:
        if os.getpid() != self._owner:
            raise PoolClosedError("This batch belongs to the process that this one was forked from: begin another.")

    def _stop(self) -> bool:
        """Stop Lean; return whether there is anything to wait for."""
        if self._is_closed:
            return False
        self._is_closed = True
        self._ready.clear()
        if os.getpid() != self._owner:
            self._finalizer.detach()
            return False
        self._finalizer()
        return self._engine.is_alive

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()


class Results(_Reading[_Outcome], Iterator[_Outcome]):
    """The results of a batch, for callers that block: see `LeanPool.check_many_sync`, `LeanPool.verify_many_sync`."""

    def __init__(
        self,
        source: Iterator[object],
        engine: Engine[Any, Any, Any, _Outcome],
        window: int,
        on_error: OnError,
        bar: Bar | None,
    ) -> None:
        super().__init__(engine, window, on_error, bar)
        self._source = source
        self._turn = threading.Lock()

    def __next__(self) -> _Outcome:
        with self._turn:  # of several threads that share the results
            return self._next()

    def _next(self) -> _Outcome:
        if self._is_closed:
            raise StopIteration
        self._check_owner()
        try:
            while not self._is_done:
                if self._should_read:
                    self._read_some(self._source)
                    self._receive(wait=False)
                elif not self._ready:
                    self._receive(wait=True)
                if self._ready and not self._should_read and (check := self._give()) is not None:
                    return check
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                told_in_one_line(error)
            self.close()
            raise
        self.close()
        raise StopIteration

    def _receive(self, *, wait: bool) -> None:
        """Take what the engine has given out, if there is something; wait for it if told to."""
        with contextlib.suppress(Empty):
            if wait:
                self._accept(self._engine.outbox.get(timeout=_LOOKED_EVERY))
            while True:
                self._accept(self._engine.outbox.get_nowait())
        if self._bar is not None:
            self._bar.show()

    def close(self) -> None:
        """Stop Lean, and record what is finished. Called by itself at the end, and where the loop is left."""
        try:
            if self._stop():
                self._engine.join(_ENDS_WITHIN)
        finally:
            self._close_bar()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncResults(_Reading[_Outcome], AsyncIterator[_Outcome]):
    """The results of a batch, for callers that await: see `LeanPool.check_many`, `LeanPool.verify_many`."""

    def __init__(
        self,
        source: Iterator[object] | AsyncIterator[object],
        engine: Engine[Any, Any, Any, _Outcome],
        window: int,
        on_error: OnError,
        bar: Bar | None,
    ) -> None:
        super().__init__(engine, window, on_error, bar)
        self._source = source
        self._waker = _Waker()
        self._task: _ReadingTask | None = None
        self._paused = time.monotonic()
        engine.on_output = self._waker.wake_soon

    async def __anext__(self) -> _Outcome:
        if self._is_closed:
            raise StopAsyncIteration
        self._check_owner()
        self._waker.loop = asyncio.get_running_loop()
        try:
            while not (self._is_done or self._is_closed):
                await self._read_on()
                self._receive()
                if self._ready and not self._should_read and (check := self._give()) is not None:
                    return check
                if not self._ready and not (self._should_read and self._task is None):
                    await self._waker.wait(_LOOKED_EVERY)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                told_in_one_line(error)
            await self.aclose()
            raise
        await self.aclose()
        raise StopAsyncIteration

    async def _read_on(self) -> None:
        """Read on, and let others have their turn."""
        if isinstance(self._source, Iterator):
            if self._should_read:
                self._read_some(self._source)
        else:
            if self._task is None:
                self._task = _ReadingTask(self._source, self._engine, self._waker)
                weakref.finalize(self, self._task.cancel_soon)
            self._task.go_on_to(self._taken + self._window)
            self._read, self._is_read_out = self._task.read, self._task.is_read_out
            self._is_quick = False
        if time.monotonic() - self._paused > _PAUSE:
            self._paused = time.monotonic()
            await asyncio.sleep(0)

    def _receive(self) -> None:
        with contextlib.suppress(Empty):
            while True:
                self._accept(self._engine.outbox.get_nowait())
        if self._bar is not None:
            self._bar.show()

    async def aclose(self) -> None:
        """Stop Lean, and record what is finished. Called by itself at the end, and where the loop is left."""
        try:
            if self._task is not None:
                await self._task.cancel()
            if self._stop():
                await self._ended()
        finally:
            self._close_bar()

    async def _ended(self) -> None:
        until = time.monotonic() + _ENDS_WITHIN
        while self._engine.is_alive and time.monotonic() < until:
            await self._waker.wait(_LOOKED_EVERY)
        self._engine.join(_LOOKED_EVERY)  # it is about to leave

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


class _Waker:
    """Wakes who waits on an event loop."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    def wake_soon(self) -> None:
        """Wake who waits, from any thread."""
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed
                self.loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Wake who waits."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Wait until woken, but not for long: else an interrupt of the kernel is not noticed (ipykernel issue 881)."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.add(waiter)
        timer = loop.call_later(seconds, self.wake)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiters.discard(waiter)


class _ReadingTask:
    """A task that goes through an asynchronous iterable, as far as it may.

    Attributes
    ----------
    read : int
        How many codes it has read.
    is_read_out : bool
        Whether there are no more.
    """

    def __init__(self, source: AsyncIterator[object], engine: Engine[Any, Any, Any, Any], waker: _Waker) -> None:
        self.read = 0
        self.is_read_out = False
        self._source = source
        self._engine = engine
        self._waker = waker
        self._limit = 0
        self._may_go_on = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    def go_on_to(self, limit: int) -> None:
        """Let it read up to so many; raises what the iterable has raised."""
        if limit > self._limit:
            self._limit = limit
            self._may_go_on.set()
        if self._task.done() and not self.is_read_out:
            self._task.result()

    async def _run(self) -> None:
        began = time.monotonic()
        try:
            while True:
                while self.read >= self._limit:
                    self._may_go_on.clear()
                    await self._may_go_on.wait()
                try:
                    thing = await anext(self._source)
                except StopAsyncIteration:
                    self.is_read_out = True
                    self._engine.read_out()
                    return
                self._engine.feed(self.read, thing)
                self.read += 1
                if time.monotonic() - began > _PAUSE:
                    await asyncio.sleep(0)
                    began = time.monotonic()
        finally:
            self._waker.wake()

    def cancel_soon(self) -> None:
        """End it soon, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def cancel(self) -> None:
        """End it, and with it the generator that it goes through."""
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=_ENDS_WITHIN)
        if self._task.done() and not self._task.cancelled():
            self._task.exception()  # has been raised, or does not matter any more
        if isinstance(self._source, AsyncGenerator):
            with contextlib.suppress(RuntimeError):  # it does not let itself be ended
                await self._source.aclose()
