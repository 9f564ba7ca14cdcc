"""What runs the jobs of one pool, on a thread of its own, and tells those who wait."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import time
import weakref
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from lean_magic.errors import (
    JobError,
    PoolBusyError,
    PoolClosedError,
    StartError,
    StoreError,
    StoreWarning,
    ToolchainError,
)
from lean_magic.exports import read_export
from lean_magic.job._owned import OwnJobs
from lean_magic.job._performing import perform
from lean_magic.job._process import OWNERS, this_process
from lean_magic.job._table import Outcome, unknown
from lean_magic.pool._loop import LoopThread, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lean_magic.job._table import JobRow, Submission
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef
    from lean_magic.store import Database

__all__ = ["JobRunner"]

_LOOKS_EVERY = 0.5  # seconds, for what other processes did
_LOOKED_AT_PER_SECOND = 2000  # jobs that somebody waits for
_TAKES_OVER_EVERY = 2.0  # seconds
_SHOWS_LIFE_EVERY = 15.0  # seconds
_TRIES_AGAIN_AFTER = 2.0  # seconds
_KEPT_FOR = 30 * 86400.0
"""Seconds after its end for which a job is kept."""
_ENVIRONMENTS = 16  # that are remembered


class _Watch(NamedTuple):
    """Somebody who waits for a job, and what tells when that has been long enough."""

    promise: Promise[bool]
    timer: asyncio.TimerHandle | None

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class JobRunner:
    """Runs jobs as long as there are any.

    Its methods may be called from any thread. It does not keep its pool from being collected, except while one runs.

    Parameters
    ----------
    pool : LeanPool
        Where they run.
    database : Database
        Where they are kept.
    at_once : int
        How many run at the same time.
    """

    def __init__(self, pool: LeanPool, database: Database, at_once: int) -> None:
        self._pool = weakref.ref(pool)
        toolchain = pool.toolchain
        name = secrets.token_hex(8)
        self.table = OwnJobs(database, name, this_process(), toolchain.identity, toolchain.version)
        self._at_once = at_once
        self._thread = LoopThread("lean-magic jobs")
        self._inbox: deque[tuple[Submission, Promise[None]]] = deque()
        OWNERS.add(name)
        # All that follows is touched on the thread alone.
        self._woken: asyncio.Event | None = None
        self._conducting: list[asyncio.Task[None]] = []
        self._running: dict[str, asyncio.Task[Outcome | None]] = {}
        self._outcomes: list[Outcome] = []
        self._given_back: list[str] = []
        self._stopped: list[str] = []
        self._watched: dict[str, list[_Watch]] = {}
        self._may_begin = False
        """Whether jobs may wait for their turn."""
        self._has_news = False
        """Whether it is time to look for what nobody runs any more."""
        self._halted: Exception | None = None
        """Why Lean cannot be used at all."""
        self._looked = self._took_over = self._showed_life = -math.inf
        self._closed = False
        self._environments: OrderedDict[str, EnvRef] = OrderedDict()

    # From any thread

    def submit(self, submission: Submission) -> Promise[None]:
        """Take a job in; kept once it is in the store.

        Raises
        ------
        PoolClosedError
            The pool was shut down.
        """
        promise: Promise[None] = Promise()
        self._inbox.append((submission, promise))
        self._thread.hand_over(lambda: False, self._used)
        return promise

    def look_around(self) -> Promise[None]:
        """Take over what nobody runs any more; kept when that is done.

        Raises
        ------
        PoolClosedError
            The pool was shut down.
        """
        promise: Promise[None] = Promise()

        def look() -> None:
            self._used()
            try:
                self._take_over()
            except Exception as error:  # noqa: BLE001 - told to who waits
                promise.break_off(error)
            else:
                promise.keep(None)

        self._thread.hand_over(lambda: False, look)
        return promise

    def watch(self, job: str, timeout: float | None) -> Promise[bool]:
        """Return what tells when a job has ended, or that it has not when the time is up.

        It is broken off where nobody will run the job: with `UnknownJobError`, `JobError`, or why Lean cannot be used.

        Raises
        ------
        PoolClosedError
            The pool was shut down.
        """
        promise: Promise[bool] = Promise()

        def watch() -> None:
            self._used()
            timer = None
            if timeout is not None:
                timer = asyncio.get_running_loop().call_later(timeout, self._give_up, job, promise)
            self._watched.setdefault(job, []).append(_Watch(promise, timer))
            try:
                self._look_at([job])
            except Exception as error:  # noqa: BLE001 - told to who waits
                promise.break_off(error)

        self._thread.hand_over(lambda: False, watch)
        return promise

    def unwatch(self, job: str, promise: Promise[bool]) -> None:
        """Note that nobody waits for that any more."""
        promise.withdraw()
        self._thread.call_soon(lambda: self._forget_watch(job, promise))

    def look_now(self) -> None:
        """Look at once for jobs that somebody asked to stop, or that have ended: somebody here did that."""

        def look() -> None:
            self._looked = -math.inf
            self._wake()

        self._thread.call_soon(look)

    def close(self) -> None:
        """Stop what runs, give all jobs back, and end the thread."""
        self._thread.close(self._leave)
        OWNERS.discard(self.table.owner)

    # On its thread

    def _used(self) -> None:
        """Note that somebody uses jobs: so it is tried again where Lean could not be used."""
        self._halted = None
        self._has_news |= time.monotonic() - self._took_over > _TAKES_OVER_EVERY
        if self._woken is None and not self._closed:
            self._woken = asyncio.Event()
            self._conducting = [asyncio.ensure_future(self._conduct())]
            with contextlib.suppress(StoreError, StoreWarning):  # the latter where warnings are errors
                self.table.forget(before=time.time() - _KEPT_FOR)
        self._wake()

    def _wake(self) -> None:
        if self._woken is not None:
            self._woken.set()

    async def _conduct(self) -> None:
        """Take in, begin and write down jobs whenever there are any."""
        assert self._woken is not None
        while not self._closed:
            pause = _LOOKS_EVERY if self._running or self._watched else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()
            self._woken.clear()
            try:
                self._take_in()
                if self._has_news:
                    self._take_over()
                self._turn()
                self._look()
            except Exception as error:  # noqa: BLE001 - told to who waits; nothing that is done gets lost
                self._settle(list(self._watched), error)
                await asyncio.sleep(_TRIES_AGAIN_AFTER)
                self._woken.set()

    def _take_in(self) -> None:
        handed_in = []
        while self._inbox:
            handed_in.append(self._inbox.popleft())
        handed_in = [(submission, promise) for submission, promise in handed_in if promise.open]
        if not handed_in:
            return
        try:
            self.table.add([submission for submission, _ in handed_in])
        except Exception as error:  # noqa: BLE001 - told to those who wait
            if isinstance(error, StoreError):
                error = StoreError(f"The job was not taken. {error}")
            for _, promise in handed_in:
                promise.break_off(error)
            return
        self._may_begin = True
        for _, promise in handed_in:
            promise.keep(None)

    def _turn(self) -> None:
        room = self._at_once - len(self._running) if self._may_begin and self._halted is None else 0
        ended = [outcome.id for outcome in self._outcomes] + self._stopped
        if not (room or ended or self._given_back):
            return
        begun = self.table.turn(self._outcomes, self._given_back, self._stopped, room)
        self._may_begin = bool(self._given_back) or (self._may_begin and len(begun) == room)
        if self._given_back:
            self._wake()
        self._outcomes, self._given_back, self._stopped = [], [], []
        if self._halted is not None and not self._running:
            self.table.give_all_back()  # others may be able to run them
        for row in begun:
            self._begin(row)
        self._settle(ended)

    def _begin(self, row: JobRow) -> None:
        task = asyncio.ensure_future(self._outcome(row))
        self._running[row.id] = task
        # Not by what awaits it: who is asked to stop before it has begun never comes to its first line.
        task.add_done_callback(lambda task: self._ended(row.id, task))

    def _ended(self, job: str, task: asyncio.Task[Outcome | None]) -> None:
        """Take note of how a job ended, to be written down."""
        del self._running[job]
        error = None if task.cancelled() else task.exception()
        if task.cancelled():
            if not self._closed:  # else it is given back
                self._stopped.append(job)
        elif isinstance(error, PoolClosedError | ToolchainError | StartError):
            self._given_back.append(job)
            self._halted = error
            self._looked = -math.inf
        elif error is not None:  # a job says how it ended, whatever happens
            self._outcomes.append(Outcome(job, "crashed", f"{type(error).__name__}: {error}", None))
        elif (outcome := task.result()) is not None:
            self._outcomes.append(outcome)
        else:
            self._given_back.append(job)
        self._wake()

    async def _outcome(self, row: JobRow) -> Outcome | None:
        pool = self._pool()
        if pool is None:
            raise PoolClosedError("The pool that ran this job is no more.")
        try:
            return await perform(pool, row, self._environment(row.env))
        except (PoolBusyError, StoreError):  # for some time
            await asyncio.sleep(_TRIES_AGAIN_AFTER)
            return None

    def _environment(self, name: str | None) -> EnvRef | None:
        if name is None:
            return None
        env = self._environments.get(name)
        if env is None:
            env = self._environments[name] = read_export(self.table.recipe(name)).env()
            if len(self._environments) > _ENVIRONMENTS:
                self._environments.popitem(last=False)
        return env

    def _look(self) -> None:
        """Look for what others did, if it is time to."""
        now = time.monotonic()
        if now - self._looked < max(_LOOKS_EVERY, len(self._watched) / _LOOKED_AT_PER_SECOND):
            return
        self._looked = now
        if self._running:
            for job in self.table.to_stop():
                if job in self._running:
                    self._running[job].cancel()
            if now - self._showed_life > _SHOWS_LIFE_EVERY:
                self._showed_life = now
                self.table.show_life()
        if self._watched:
            self._has_news = self._halted is None and now - self._took_over > _TAKES_OVER_EVERY
            self._look_at(list(self._watched))

    def _take_over(self) -> None:
        self._has_news = False
        self._took_over = time.monotonic()
        if self.table.take_over():
            self._may_begin = True
            self._wake()

    def _look_at(self, jobs: list[str]) -> None:
        """Tell who waits for these jobs what became of them."""
        rows = self.table.find(jobs)
        for job in jobs:
            row = rows.get(job)
            if row is None:
                self._settle([job], unknown(job))
            elif row.ended:
                self._settle([job])
            elif row.owner is None and row.toolchain != self.table.toolchain:
                self._settle([job], self._of_another_toolchain(row))
            elif row.owner in {None, self.table.owner} and self._halted is not None:
                self._settle([job], self._halted)

    def _of_another_toolchain(self, row: JobRow) -> JobError:
        other = f"Lean {row.lean}" if row.lean != self.table.lean else f"another toolchain with Lean {row.lean}"
        return JobError(
            f"The job {row.id} waits for {other}, and this pool has Lean {self.table.lean}: ask a pool of that "
            "toolchain for its result, or cancel it and submit its code again."
        )

    def _settle(self, jobs: Iterable[str], error: Exception | None = None) -> None:
        for job in jobs:
            for watch in self._watched.pop(job, ()):
                watch.end()
                if error is None:
                    watch.promise.keep(True)
                else:
                    watch.promise.break_off(error)

    def _give_up(self, job: str, promise: Promise[bool]) -> None:
        promise.keep(False)
        self._forget_watch(job, promise)

    def _forget_watch(self, job: str, promise: Promise[bool]) -> None:
        watches = self._watched.pop(job, [])
        others = [watch for watch in watches if watch.promise is not promise]
        for watch in watches:
            if watch not in others:
                watch.end()
        if others:
            self._watched[job] = others

    async def _leave(self) -> None:
        """End all tasks, and give all jobs back."""
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [*self._running.values(), *self._conducting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        closed = PoolClosedError("The pool was shut down: lean_magic.get_result(job.id) goes on with another one.")
        while self._inbox:
            self._inbox.popleft()[1].break_off(closed)
        self._settle(list(self._watched), closed)
        with contextlib.suppress(StoreError):  # then others find out that this process has ended
            self.table.turn(self._outcomes, [], self._stopped, 0)
            self.table.give_all_back()
