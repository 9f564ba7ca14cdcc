"""Which worker runs what, and what happens when one is lost. Lives on the pool's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    OutOfMemoryError,
    PoolClosedError,
    ServerError,
    StartError,
)
from lean_magic.pool._loop import call_in_daemon_thread
from lean_magic.pool._status import PoolStatus
from lean_magic.pool._worker import Worker
from lean_magic.repl import DiedIdleError, ReplProcess
from lean_magic.toolchain import Progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lean_magic.references import EnvRef, StateRef
    from lean_magic.toolchain import ProgressCallback, Toolchain

__all__ = ["Done", "Scheduler"]

_Result = TypeVar("_Result")

_log = logging.getLogger(__name__)

_COMES_UP_WITHIN = 180.0  # seconds: the first start after an installation, on a busy machine
_DIES_WITHIN = 5.0  # seconds
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Done(Generic[_Result]):
    """How a request ended.

    Parameters
    ----------
    value : object
        What came of it; None if the machinery failed.
    failure : ServerError or None
        How the machinery failed.
    elapsed : float
        Seconds the last exchange with Lean took.
    worker : str or None
        The worker that ran it last.
    attempts : int
        How many workers it took.
    """

    value: _Result | None
    failure: ServerError | None
    elapsed: float
    worker: str | None
    attempts: int


class Scheduler:
    """Runs requests on workers, which it starts when there is need.

    Parameters
    ----------
    toolchain : Toolchain
        Where Lean comes from; prepared at the first start.
    limit : int
        How many workers there may be.
    memory_limit : int
        Resident bytes for each worker.
    patience : float
        Seconds that each step of a replay may take, at least.
    """

    def __init__(self, toolchain: Toolchain, limit: int, memory_limit: int, patience: float) -> None:
        self.on_progress: ProgressCallback | None = None
        self._toolchain = toolchain
        self._limit = limit
        self._memory_limit = memory_limit
        self._patience = patience
        self._workers: list[Worker] = []
        self._starts: set[asyncio.Task[None]] = set()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._waiting_for_fresh: deque[asyncio.Future[Worker]] = deque()
        self._processes: set[ReplProcess] = set()  # also those that are dying
        self._preparation: asyncio.Task[None] | None = None
        self._scratch: Path | None = None
        self._closed = False
        self._restarts = 0
        self._problem = ""

    async def run(self, job: Callable[[Worker], Awaitable[_Result]], wanted: EnvRef | StateRef | None) -> Done[_Result]:
        """Run a job on a worker, by preference on one that holds what is wanted.

        A job that is not to blame for the death of its worker runs once more: one that found it dead, and one that ran
        out of memory where earlier jobs may have used most of it up; the latter on a worker that has run nothing yet.

        Raises
        ------
        StartError, ToolchainError
            No worker could be started.
        """
        failure: ServerError | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                worker = await self._acquire(wanted, fresh=isinstance(failure, OutOfMemoryError))
            except CancelledRequestError as error:
                return Done(None, error, 0.0, None, attempt)
            fresh = worker.is_fresh
            try:
                value = await job(worker)
            except ServerError as error:
                failure = error
            else:
                return Done(value, None, worker.elapsed, worker.name, attempt)
            finally:
                self._release(worker)
            blameless = isinstance(failure, DiedIdleError) or (isinstance(failure, OutOfMemoryError) and not fresh)
            if not blameless:
                break
        return Done(None, failure, worker.elapsed, worker.name, attempt)

    async def status(self) -> PoolStatus:
        """Say how the pool is."""
        return PoolStatus(
            toolchain=f"Lean {self._toolchain.version} ({self._toolchain.name}: {self._toolchain.origin})",
            workers=tuple(worker.status() for worker in self._workers if worker.process.alive),
            limit=self._limit,
            starting=len(self._starts),
            waiting=len(self._waiting) + len(self._waiting_for_fresh),
            restarts=self._restarts,
            problem=self._problem,
        )

    async def restart(self) -> None:
        """Kill all workers, and start as many again in the background."""
        number = len(self._workers) + len(self._starts)
        await self._stop_all("The pool was restarted, and the request cancelled.")
        self._restarts += number
        for _ in range(number):
            self._start_one()

    async def close(self) -> None:
        """Kill all workers, and take no more requests."""
        self._closed = True
        await self._stop_all("The pool was shut down, and the request cancelled.")
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    async def _stop_all(self, why: str) -> None:
        for queue in self._waiting, self._waiting_for_fresh:
            _turn_away(queue, CancelledRequestError(why))
        self._workers.clear()
        starts = list(self._starts)
        for task in starts:
            task.cancel()
        for process in self._processes:
            process.kill(CancelledRequestError(why))
        ends = [*starts, *(asyncio.ensure_future(process.wait_closed()) for process in self._processes)]
        if ends:
            await asyncio.wait(ends, timeout=_DIES_WITHIN)

    # Workers that are up

    async def _acquire(self, wanted: EnvRef | StateRef | None, *, fresh: bool) -> Worker:
        if self._closed:
            raise PoolClosedError("The pool was shut down: use another LeanPool.")
        idle = [worker for worker in self._workers if not worker.busy and worker.process.alive]
        if fresh:
            idle = [worker for worker in idle if worker.is_fresh]
        if idle:
            worker = next((worker for worker in idle if worker.holds(wanted)), idle[0])
            worker.busy = True
            return worker
        future: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        queue = self._waiting_for_fresh if fresh else self._waiting
        queue.append(future)
        if len(self._starts) < len(self._waiting) + len(self._waiting_for_fresh):
            self._start_one()
        try:
            return await future
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):  # no longer among them
                queue.remove(future)
            if not future.cancelled() and future.exception() is None:  # it was given one in the same moment
                self._release(future.result())
            raise

    def _release(self, worker: Worker) -> None:
        """Give a worker to who waits longest; replace one that is of no more use."""
        worker.busy = False
        if worker not in self._workers:
            return
        if worker.process.alive and worker.is_full():
            worker.process.kill()
        if not worker.process.alive:
            self._workers.remove(worker)
            self._restarts += 1
            self._start_one()
            return
        for queue in [self._waiting_for_fresh, self._waiting] if worker.is_fresh else [self._waiting]:
            while queue:
                future = queue.popleft()
                if not future.done():
                    worker.busy = True
                    future.set_result(worker)
                    return

    def _gone(self, process: ReplProcess) -> None:
        """Forget a process that ended; one that died idle is replaced when there is need."""
        self._processes.discard(process)
        for worker in self._workers:
            if worker.process is process and not worker.busy:
                self._workers.remove(worker)
                self._restarts += 1
                if self._waiting:
                    self._start_one()
                return

    # Workers on their way up

    def _start_one(self) -> None:
        if not self._closed and len(self._workers) + len(self._starts) < self._limit:
            task = asyncio.create_task(self._start())
            self._starts.add(task)
            task.add_done_callback(self._starts.discard)

    async def _start(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            worker = await self._new_worker()
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._starts.discard(task)
            self._problem = str(error)
            self._preparation = None  # something may have been removed
            _turn_away(self._waiting_for_fresh, error)
            if not self._workers and not self._starts:
                _turn_away(self._waiting, error)
        else:
            self._starts.discard(task)
            self._problem = ""
            self._workers.append(worker)
            self._release(worker)

    async def _new_worker(self) -> Worker:
        if self._preparation is None:
            self._preparation = asyncio.create_task(call_in_daemon_thread(self._prepare))
            self._preparation.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._preparation)  # it goes on where only this start is given up
        if self._scratch is None or not self._scratch.is_dir():  # Lean code may have removed it
            self._scratch = Path(tempfile.mkdtemp(prefix="lean-magic-"))
        self._report(Progress("Starting Lean"))
        try:
            process = await self._new_process(self._scratch)
        except StartError as error:
            if not isinstance(error.__cause__, CrashedError):
                raise
            process = await self._new_process(self._scratch)  # it may have been hit from outside
        self._processes.add(process)
        self._report(Progress("Starting Lean", 1, 1))
        taken = {worker.name for worker in self._workers}
        name = next(name for number in count(1) if (name := f"worker {number}") not in taken)
        return Worker(name, process, self._patience)

    async def _new_process(self, scratch: Path) -> ReplProcess:
        return await ReplProcess.start(
            self._toolchain.launch(scratch),
            memory_limit=self._memory_limit,
            timeout=_COMES_UP_WITHIN,
            on_exit=self._gone,
        )

    def _prepare(self) -> None:
        self._toolchain.prepare(self._report)

    def _report(self, progress: Progress) -> None:
        if self._closed:
            raise PoolClosedError("The pool was shut down.")  # stops an installation
        if self.on_progress is not None:
            try:
                self.on_progress(progress)
            except Exception:  # noqa: BLE001 - showing progress is not worth failing for
                _log.debug("on_progress failed", exc_info=True)


def _turn_away(queue: deque[asyncio.Future[Worker]], why: Exception) -> None:
    """Tell all who wait in a queue that they wait in vain."""
    while queue:
        future = queue.popleft()
        if not future.done():
            future.set_exception(why)
