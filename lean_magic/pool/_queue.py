"""Who waits for a worker, and whose turn it is."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict, deque
from itertools import chain, islice
from typing import TYPE_CHECKING

from lean_magic.errors import ReplayError
from lean_magic.pool._done import Done
from lean_magic.pool._loop import Promise
from lean_magic.repl import LostError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Hashable, Iterator

    from lean_magic.pool._done import Ended
    from lean_magic.pool._inputs import Priority
    from lean_magic.pool._work import Outcome, Work
    from lean_magic.pool._worker import Worker
    from lean_magic.protocol import Interim

__all__ = ["Request", "RequestQueue"]

_LOOK_AHEAD = 16  # requests, for one that the worker is prepared for


class Request:
    """Some work that somebody waits for.

    Parameters
    ----------
    work : Elaboration, Step, Look, Draft or Question
        The work.
    header : str or None
        The header of its code, where it starts from nothing.
    seconds : float
        Seconds it may take.
    priority : {"interactive", "batch"}
        Interactive ones come first.
    caller : hashable
        Whose it is; callers take turns.
    on_interim : callable, optional
        Told how far it is.
    """

    def __init__(
        self,
        work: Work,
        header: str | None,
        seconds: float,
        priority: Priority,
        caller: Hashable,
        on_interim: Callable[[Interim | None], None] | None = None,
    ) -> None:
        self.work = work
        self.header = header
        self.seconds = seconds
        self.priority = priority
        self.caller = caller
        self.on_interim = on_interim
        self.promise: Promise[Ended] = Promise()
        """Tells its caller how it ended."""
        self.attempts = 1
        self.has_lost_a_worker = False
        self.needs_fresh = False
        """Whether only a worker will do that has run nothing yet."""
        self.was_fresh = False
        """Whether its last worker had run nothing before."""
        self.waits = False
        """Whether it is in the queue."""
        self.passed_over = 0
        """How often another one was taken though this was the first."""
        self.worker: Worker | None = None
        """Who has taken it."""
        self.queued = 0.0
        """Seconds that it has waited."""
        self.patience: asyncio.TimerHandle | None = None
        """Ends its waiting."""
        self._since = time.monotonic()

    def wait_from_now(self) -> None:
        """Begin to wait for a worker."""
        self.worker = None
        self._since = time.monotonic()

    def given_to(self, worker: Worker) -> None:
        """Take note of who runs it."""
        self.worker = worker
        self.was_fresh = worker.is_fresh
        self.queued += time.monotonic() - self._since

    def end(self, ended: Ended) -> None:
        """Tell its caller how it ended."""
        if not self.promise.keep(ended):  # nobody waits any more
            with contextlib.suppress(LostError, ReplayError):
                self.read(ended)
        self._wait_no_more()

    def read(self, ended: Ended) -> Done[Outcome]:
        """Return how it ended, once the answer is read. Has to be called once: the worker learns from it what it holds.

        Raises
        ------
        LostError, ReplayError
            The answer cannot be right.
        """
        value, failure = None, ended.failure
        if ended.answer is not None and ended.worker is not None:
            value = ended.worker.read(ended.answer)
            failure = value.stopped
        name = None if ended.worker is None else ended.worker.name
        return Done(value, failure, name, self.attempts, self.queued, ended.cost)

    def fail(self, error: Exception) -> None:
        """Tell its caller why it was not run."""
        self.promise.break_off(error)
        self._wait_no_more()

    def _wait_no_more(self) -> None:
        if self.patience is not None:
            self.patience.cancel()

    def suits(self, worker: Worker) -> bool:
        """Whether a worker could begin without preparation."""
        return worker.holds(self.work.wanted, self.header)

    def is_reserved(self, worker: Worker) -> bool:
        """Whether a worker was prepared for another header."""
        return worker.ready not in (None, self.header)


class RequestQueue:
    """Requests that wait: interactive ones first, callers in turn, and among the next few who suits the worker.

    Parameters
    ----------
    limit : int
        How many of each priority stand in the queue; the others wait before it, in the order in which they came.
    """

    def __init__(self, limit: int) -> None:
        self._queues: dict[Priority, _Queue] = {"interactive": _Queue(limit), "batch": _Queue(limit)}
        self.in_need_of_fresh = 0
        """How many can only be run by a fresh worker."""

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __iter__(self) -> Iterator[Request]:
        return chain.from_iterable(self._queues.values())

    def add(self, request: Request) -> None:
        """Let a request wait."""
        request.waits = True
        request.passed_over = 0
        self._queues[request.priority].add(request)
        self.in_need_of_fresh += request.needs_fresh

    def discard(self, request: Request) -> None:
        """Let a request wait no more, if it does."""
        if request.waits:
            request.waits = False
            self._queues[request.priority].remove(request)
            self.in_need_of_fresh -= request.needs_fresh

    def take(self, worker: Worker) -> Request | None:
        """Return the request that a worker is to run next, which waits no more; None if there is none for it."""
        if self.in_need_of_fresh and worker.is_fresh:
            found = (request for request in self if request.needs_fresh)
        else:
            nexts = (queue.next_for(worker) for queue in self._queues.values())
            found = (request for request in nexts if request is not None)
        chosen = next(found, None)
        if chosen is not None:
            self.discard(chosen)
        return chosen


class _Queue:
    """The requests of one priority."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines: OrderedDict[Hashable, deque[Request]] = OrderedDict()  # by their caller
        self._length = 0
        self._outside: OrderedDict[Request, None] = OrderedDict()

    def __len__(self) -> int:
        return self._length + len(self._outside)

    def __iter__(self) -> Iterator[Request]:
        return chain(*self._lines.values(), self._outside)

    def add(self, request: Request) -> None:
        if self._length >= self._limit:
            self._outside[request] = None
            return
        self._lines.setdefault(request.caller, deque()).append(request)
        self._length += 1

    def remove(self, request: Request) -> None:
        if request in self._outside:
            del self._outside[request]
            return
        line = self._lines[request.caller]
        line.remove(request)
        if line:
            self._lines.move_to_end(request.caller)
        else:
            del self._lines[request.caller]
        self._length -= 1
        if self._outside:
            self.add(self._outside.popitem(last=False)[0])

    def next_for(self, worker: Worker) -> Request | None:
        in_turn = (request for request in self._in_turn() if worker.is_fresh or not request.needs_fresh)
        candidates = list(islice(in_turn, _LOOK_AHEAD))
        if not candidates:
            return None
        first = candidates[0]
        if first.passed_over < _LOOK_AHEAD:
            suiting = next((request for request in candidates if request.suits(worker)), first)
            first.passed_over += suiting is not first
            return suiting
        return first

    def _in_turn(self) -> Iterator[Request]:
        """Return one request of each caller, then the second one of each, and so on."""
        lines = self._lines.values()
        if len(lines) == 1:
            yield from next(iter(lines))
            return
        yield from (line[0] for line in lines)  # mostly, who asks is content with the first few of many callers
        for place in range(1, max(map(len, lines), default=0)):
            yield from (line[place] for line in lines if place < len(line))
