"""Who wants to know what happens in an explorer, and is told in the order in which it happens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.explorer._attempt import Attempt

__all__ = ["Event", "EventKind", "Events", "Listeners"]

EventKind: TypeAlias = Literal["added", "changed", "removed", "selected"]

_log = logging.getLogger(__name__)
_WOKEN_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in an explorer.

    Parameters
    ----------
    kind : {"added", "changed", "removed", "selected"}
        ``"added"``: an attempt has begun, or came back after it had been pruned. ``"changed"``: its result is there,
        or it was renamed or marked. ``"removed"``: it was pruned. ``"selected"``: somebody looks at it now.
    attempt : Attempt
        The attempt.
    """

    kind: EventKind
    attempt: Attempt


class Listeners:
    """Functions that are called with each event, one after the other, in whatever thread it happens.

    One that fails is not called again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Event | None], object]] = []
        self._news: deque[Event | None] = deque()
        self._is_telling = False
        self._is_over = False

    def add(self, listener: Callable[[Event | None], object]) -> Callable[[], None]:
        """Have a function told of all that happens from now on, and of the end by None; return what stops that."""
        with self._lock:
            self._listeners.append(listener)
            is_over = self._is_over
        if is_over:
            listener(None)
        return lambda: self._remove(listener)

    def note(self, *events: Event | None) -> None:
        """Take note of events: they are told by `tell`, when no lock is held that who listens may want."""
        with self._lock:
            self._news.extend(events)
            self._is_over = self._is_over or None in events

    def tell(self) -> None:
        """Tell what there is to tell. Who changes something while being told of something else, is told of it next."""
        with self._lock:
            if self._is_telling:
                return
            self._is_telling = True
        try:
            while next_one := self._take():
                self._tell(*next_one)
        except BaseException:  # an interrupt: what is left is told the next time
            with self._lock:
                self._is_telling = False
            raise

    def _take(self) -> tuple[()] | tuple[Event | None]:
        with self._lock:
            if self._news:
                return (self._news.popleft(),)
            self._is_telling = False
            return ()

    def _tell(self, event: Event | None) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - whatever it is, the others are told
                _log.exception("%r failed, and is not told of events any more", listener)
                self._remove(listener)

    def _remove(self, listener: Callable[[Event | None], object]) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._listeners.remove(listener)


class Events:
    """What happens from now on, to be awaited: ``async for event in explorer.events()``.

    Parameters
    ----------
    listeners : Listeners
        Where to listen.
    """

    def __init__(self, listeners: Listeners) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        # Whoever breaks off the loop mostly lets go of this, and says no more: then nothing is to be kept for it.
        myself = weakref.ref(self)

        def put(event: Event | None) -> None:
            if (events := myself()) is not None:
                events._put(event)  # noqa: SLF001 - its own

        self._stop = listeners.add(put)
        weakref.finalize(self, self._stop)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        waiting = asyncio.ensure_future(self._queue.get())
        try:
            # A loop that sleeps does not notice an interrupt of the kernel: ipykernel issue 881.
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_WOKEN_EVERY)
        finally:
            waiting.cancel()
        event = waiting.result()
        if event is None:
            self._stop()
            self._queue.put_nowait(None)
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        """Listen no more."""
        self._stop()
        self._queue.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _put(self, event: Event | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)
        except RuntimeError:  # the loop is closed: nobody awaits anything there
            self._stop()
