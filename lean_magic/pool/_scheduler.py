"""Which worker runs what, and what happens when one is lost.

Requests are handed over from any thread: where a worker is idle that needs no preparation, the caller's own thread
sends it the request, since a hop to another thread costs about as much as all else. The rest happens on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    OutOfMemoryError,
    PoolBusyError,
    PoolClosedError,
    ServerError,
)
from lean_magic.pool._crew import Crew
from lean_magic.pool._done import Ended
from lean_magic.pool._queue import RequestQueue
from lean_magic.pool._status import PoolStats, PoolStatus
from lean_magic.repl import DiedIdleError, LostError, UnresponsiveError

if TYPE_CHECKING:
    from lean_magic.pool._queue import Request
    from lean_magic.pool._settings import PoolSettings
    from lean_magic.pool._telemetry import Telemetry
    from lean_magic.pool._work import Answer
    from lean_magic.pool._worker import Worker
    from lean_magic.references import EnvRef, StateRef
    from lean_magic.toolchain import Toolchain

__all__ = ["Scheduler"]

_FOUND_DEAD = 5  # workers that a request may find dead before it is given up
_LEFT_WITHIN = 0.1  # seconds
_SUSPECTS = 10_000  # that are remembered
_SHUT_DOWN = "The pool was shut down, and the request cancelled."


@dataclass(frozen=True, slots=True, eq=False)
class _Preparation:
    """Why a worker is not idle though nobody waits for it."""

    wanted: EnvRef | StateRef


class Scheduler:
    """Runs requests on workers, which it starts when there is need.

    Parameters
    ----------
    toolchain : Toolchain
        Where Lean comes from; prepared at the first start.
    settings : PoolSettings
        What the pool is to be like.
    telemetry : Telemetry
        Told what happens.
    """

    def __init__(self, toolchain: Toolchain, settings: PoolSettings, telemetry: Telemetry) -> None:
        self.crew = Crew(toolchain, settings, telemetry, self._go_on, self._lost)
        self._toolchain = toolchain
        self._settings = settings
        self._telemetry = telemetry
        self._queue = RequestQueue(settings.queue_limit)
        self._running: set[Request] = set()
        self._preparing: dict[Worker, _Preparation] = {}
        self._suspects: OrderedDict[str, None] = OrderedDict()
        self._drained = asyncio.Event()
        self._draining = self._closed = False

    @property
    def workers(self) -> int:
        """How many workers there may be at once."""
        return self._settings.max_workers

    def run_now(self, request: Request) -> bool:
        """Give a request to a worker that is idle and needs no preparation, from any thread.

        Returns
        -------
        bool
            Whether there was one; otherwise `submit` it on the event loop. The request's promise tells how it ended.
        """
        if self._closed or self._draining or self._queue:
            return False
        fit = [worker for worker in self.crew.idle() if request.suits(worker)]
        worker = min(fit, key=request.is_reserved, default=None)
        if worker is None or not worker.claim(request):
            return False
        self._begin(request, worker)
        return True

    def submit(self, request: Request) -> None:
        """Run a request on a worker, by preference on one that holds what is wanted.

        One that is not to blame for the loss of its worker runs once more: one that found it dead, or whose worker was
        hit from outside or had something stopped before, and one that ran out of memory where earlier requests may
        have used most of it up; the latter on a worker that has run nothing yet. But what was given up once for losing
        its workers is not tried twice again.

        The request's promise tells how it ended; it fails with `PoolBusyError`, `PoolClosedError`, `StartError` or
        `ToolchainError`.
        """
        if self._draining or self._closed:
            request.fail(PoolClosedError("The pool was shut down, and takes no more requests: use another LeanPool."))
            return
        if self._settings.max_wait < math.inf:
            loop = asyncio.get_running_loop()
            request.patience = loop.call_later(self._settings.max_wait, self._waited_too_long, request)
        if request.promise.open:
            self._admit(request)

    def prepare(self, wanted: EnvRef | StateRef) -> None:
        """Have workers that are idle build something that they do not hold, as long as nobody else needs them."""
        if self._draining or self._closed or self._queue:
            return
        for worker in self.crew.idle():
            preparation = _Preparation(wanted)
            if not worker.holds(wanted) and worker.claim(preparation):
                self._preparing[worker] = preparation
                worker.prepare(wanted, partial(self._prepared, worker))

    def _prepared(self, worker: Worker, failure: ServerError | None) -> None:
        del self._preparing[worker]
        worker.has_been_stopped |= failure is not None
        worker.rest()
        self._go_on(worker)

    def _make_way(self, request: Request) -> None:
        """Stop what is prepared on speculation, unless it is what a request waits for."""
        for worker, preparation in self._preparing.items():
            if preparation.wanted != request.work.wanted:
                worker.stop(CancelledRequestError("The worker is needed for something else."))

    def abandon(self, request: Request) -> None:
        """Stop a request that nobody waits for any more."""
        self._queue.discard(request)
        reason = CancelledRequestError("The request was cancelled, and Lean stopped.")
        for worker in self.crew.workers:
            if worker.is_held_by(request):
                self._telemetry.tell("request_stopped", worker.name, "it was cancelled")
                worker.stop(reason)
                if not worker.is_working:  # the caller was interrupted before the request was sent
                    self._ended(request, worker, reason)

    async def start(self) -> None:
        """Start the workers that are to be there from the beginning."""
        self.crew.grow_to(max(self._settings.min_workers, sum(self._settings.init.values())))

    def status(self) -> PoolStatus:
        """Say how the pool is."""
        return PoolStatus(
            toolchain=f"Lean {self._toolchain.version} ({self._toolchain.name}: {self._toolchain.origin})",
            workers=tuple(worker.status() for worker in self.crew.workers if worker.process.alive),
            limit=self._settings.max_workers,
            starting=self.crew.starting,
            waiting=len(self._queue),
            restarts=self._telemetry.counts["ended"],
            problem=self.crew.problem,
        )

    def stats(self) -> PoolStats:
        """Say what the pool has done so far."""
        workers = [worker.status() for worker in self.crew.workers if worker.process.alive]
        return self._telemetry.stats(workers, running=len(self._running), waiting=len(self._queue))

    async def restart(self) -> None:
        """Kill all workers, and start as many again in the background."""
        self._turn_all_away("The pool was restarted, and the request cancelled.")
        number = await self.crew.end_all("restarted")
        self.crew.grow_to(number)

    async def drain(self) -> None:
        """Take no more requests, and wait until those that were taken are done."""
        self._draining = True
        while self._queue or self._running:
            self._drained.clear()
            with contextlib.suppress(TimeoutError):  # who is cancelled leaves without a word
                await asyncio.wait_for(self._drained.wait(), _LEFT_WITHIN)

    async def close(self) -> None:
        """Kill all workers, and take no more requests."""
        self._closed = True
        self._turn_all_away(_SHUT_DOWN)
        await self.crew.close()

    # Requests

    def _admit(self, request: Request) -> None:
        request.wait_from_now()
        while (worker := self._idle_for(request)) is not None:
            if worker.claim(request):
                self._begin(request, worker)
                return
        self._queue.add(request)
        self._make_way(request)
        if self.crew.starting < len(self._queue):
            self._grow()
        if request.needs_fresh and not self.crew.starting and (idle := self.crew.idle()):
            self.crew.dismiss(idle[0], "a request needs a fresh one")
            self._grow()

    def _idle_for(self, request: Request) -> Worker | None:
        """Return the idle worker that suits a request best."""
        fit = [worker for worker in self.crew.idle() if worker.is_fresh or not request.needs_fresh]
        return min(fit, key=lambda worker: (not request.suits(worker), request.is_reserved(worker)), default=None)

    def _begin(self, request: Request, worker: Worker) -> None:
        self._running.add(request)
        request.given_to(worker)
        worker.perform(
            request.work, request.seconds, lambda outcome: self._ended(request, worker, outcome), request.on_interim
        )
        self._telemetry.queued += request.queued
        if self._telemetry.on_event is not None:
            worker.loop.call_soon_threadsafe(self._telemetry.tell, "request_started", worker.name)

    def _ended(self, request: Request, worker: Worker, outcome: Answer | ServerError) -> None:
        if not worker.is_held_by(request):  # it was given up before
            return
        ended = _how(outcome, worker)
        self._running.discard(request)
        if ended.answer is None:
            self._failed(request, worker, ended)
        elif self._queue:  # first of all, the worker goes on
            worker.rest()
            self._go_on(worker)
            request.end(ended)
        else:  # first of all, the caller goes on
            worker.rest()
            request.end(ended)
            worker.loop.call_soon(self._go_on, worker)
        self._telemetry.ended(ended)
        if ended.answer is not None:
            if request.header is not None:
                worker.has_loaded(request.header)
            worker.has_been_stopped |= ended.answer.reply.stopped is not None
        self._drained.set()

    def _failed(self, request: Request, worker: Worker, ended: Ended) -> None:
        assert ended.failure is not None
        again = self._deserves_another(request, ended.failure, worker)
        worker.rest()
        self._go_on(worker)  # first of all, another one takes its place
        self._tell(request, ended, again=again)

    def _tell(self, request: Request, ended: Ended, *, again: bool) -> None:
        if again and self._closed:
            request.end(replace(ended, failure=CancelledRequestError(_SHUT_DOWN)))
        elif again and request.promise.open:
            self._telemetry.retried(ended)
            request.attempts += 1
            self._admit(request)
        else:
            request.end(ended)

    def refuse(self, request: Request, ended: Ended, error: ServerError) -> None:
        """Take back an answer that nobody can read: the request, which has a new promise, may run once more."""
        assert ended.worker is not None
        ended.worker.process.kill(error)
        failed = replace(ended, answer=None, failure=error)
        self._tell(request, failed, again=self._deserves_another(request, error, ended.worker))

    def _deserves_another(self, request: Request, failure: ServerError, worker: Worker) -> bool:
        if isinstance(failure, DiedIdleError):
            return request.attempts < _FOUND_DEAD
        if isinstance(failure, OutOfMemoryError):
            again = not request.was_fresh
            request.needs_fresh = True
            return again
        if not isinstance(failure, CrashedError | UnresponsiveError):
            return False
        # A process that was stopped before may have been hurt by that.
        blameless = isinstance(failure, LostError | UnresponsiveError) or worker.has_been_stopped
        if blameless and not request.has_lost_a_worker and request.work.identity not in self._suspects:
            request.has_lost_a_worker = True
            return True
        self._suspects[request.work.identity] = None
        if len(self._suspects) > _SUSPECTS:
            self._suspects.popitem(last=False)
        return False

    def _waited_too_long(self, request: Request) -> None:
        if request.waits and not self.crew.workers:  # it is not their fault: the first is only coming up
            loop = asyncio.get_running_loop()
            request.patience = loop.call_later(self._settings.max_wait, self._waited_too_long, request)
        elif request.waits:
            self._queue.discard(request)
            waited = f"{self._settings.max_wait:g} s"
            request.fail(
                PoolBusyError(f"All workers were busy for {waited}: try again later, or raise max_workers or max_wait.")
            )

    def _turn_all_away(self, why: str) -> None:
        for request in list(self._queue):
            self._queue.discard(request)
            request.end(Ended(None, CancelledRequestError(why)))

    # Workers

    def _grow(self) -> None:
        self.crew.grow_to(len(self.crew.workers) + self.crew.starting + 1)

    def _go_on(self, worker: Worker) -> None:
        """Give a worker that has come up, or is done, to who waits; replace one that is of no more use."""
        if worker not in self.crew.workers:
            return
        process = worker.process
        why = self.crew.is_worn(worker) if process.alive else str(process.failure or "it died")
        if why:
            if self.crew.dismiss(worker, why):
                self._grow()
            return
        if not self._queue or worker.busy:
            return
        request = self._queue.take(worker)
        if request is not None:
            if worker.claim(request):
                self._begin(request, worker)
            else:  # another thread was faster
                self._queue.add(request)
            return
        if self._queue.in_need_of_fresh and not self.crew.starting:
            self.crew.dismiss(worker, "a request needs a fresh one")
            self._grow()

    def _lost(self, error: Exception | None) -> None:
        """Take note that a worker was lost idle, or could not be started."""
        if error is not None:
            nobody_left = not self.crew.workers and not self.crew.starting
            for request in list(self._queue):
                if nobody_left or request.needs_fresh:
                    self._queue.discard(request)
                    request.fail(error)
        elif self._queue:
            self._grow()


def _how(outcome: Answer | ServerError, worker: Worker) -> Ended:
    if isinstance(outcome, ServerError):
        return Ended(None, outcome, worker, worker.cost)
    return Ended(outcome, None, worker, outcome.cost)
