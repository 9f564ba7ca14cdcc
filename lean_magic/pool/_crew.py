"""The workers of a pool: started when there is need, replaced when they are of no more use, and ended."""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import count
from typing import TYPE_CHECKING

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    OutOfMemoryError,
    PoolClosedError,
    ServerError,
    StartError,
)
from lean_magic.header import header_key
from lean_magic.pool._holdings import Leases
from lean_magic.pool._loop import call_in_daemon_thread
from lean_magic.pool._machine import available_memory, total_memory
from lean_magic.pool._scratch import Scratch
from lean_magic.pool._work import Elaboration
from lean_magic.pool._worker import Worker
from lean_magic.references import EnvRef
from lean_magic.repl import ReplProcess
from lean_magic.toolchain import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.pool._settings import PoolSettings
    from lean_magic.pool._telemetry import Telemetry
    from lean_magic.toolchain import ProgressCallback, Toolchain

__all__ = ["STARTING", "Crew"]

STARTING = "Starting Lean"
"""The stage of a `Progress` in which a process comes up; those before it are of its installation."""

_log = logging.getLogger(__name__)

_COMES_UP_WITHIN = 180.0  # seconds: the first start after an installation, on a busy machine
_DIES_WITHIN = 5.0  # seconds
_LOOKED_AFTER_EVERY = 0.5  # seconds
_LEFT_TO_OTHERS = 0.04  # of the machine's memory


class _HeaderError(Exception):
    """Raised when a worker was lost by loading the header that it was to have ready."""


class Crew:
    """The workers of a pool.

    Parameters
    ----------
    toolchain : Toolchain
        Where Lean comes from; prepared at the first start.
    settings : PoolSettings
        What the pool is to be like.
    telemetry : Telemetry
        Told what happens.
    on_ready : callable
        Called with a worker that has come up.
    on_lost : callable
        Called when a worker is gone, or could not be started; then with the reason.
    """

    def __init__(
        self,
        toolchain: Toolchain,
        settings: PoolSettings,
        telemetry: Telemetry,
        on_ready: Callable[[Worker], None],
        on_lost: Callable[[Exception | None], None],
    ) -> None:
        self.on_progress: ProgressCallback | None = None
        self.workers: list[Worker] = []
        self.problem = ""
        """Why the last start failed; empty if it did not."""
        self._toolchain = toolchain
        self._settings = settings
        self._telemetry = telemetry
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._leases = Leases()
        self._starts: dict[asyncio.Task[None], tuple[str, str | None]] = {}  # name, and the header that it is to load
        self._processes: set[ReplProcess] = set()  # also those that are dying
        self._preparation: asyncio.Task[None] | None = None
        self._hopeless: set[str] = set()  # headers that cost a worker
        self._scratch = Scratch()
        self._care: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def starting(self) -> int:
        """How many workers are on their way up."""
        return len(self._starts)

    def grow_to(self, number: int) -> None:
        """See that so many workers are up or on their way, within the limits."""
        number = min(max(number, self._settings.min_workers), self._settings.max_workers)
        while not self._closed and len(self.workers) + len(self._starts) < number and self._has_room():
            header, name = self._header_wanted(), self._new_name()
            task = asyncio.create_task(self._start(name, header))
            self._starts[task] = name, header
            task.add_done_callback(lambda task: self._starts.pop(task, None))
            if self._care is None:
                self._care = asyncio.create_task(self._look_after())

    def idle(self) -> list[Worker]:
        """Return the workers that could take a request now."""
        return [worker for worker in self.workers if not worker.busy and worker.process.alive]

    def dismiss(self, worker: Worker, why: str) -> bool:
        """End a worker, unless it is at work; return whether it was not."""
        if not worker.claim(self):
            return False
        worker.process.kill()
        self._remove(worker, why)
        return True

    def is_worn(self, worker: Worker) -> str:
        """Return why a worker had better be replaced; empty if it need not."""
        settings = self._settings
        if worker.is_fresh:
            return ""
        if settings.max_uses is not None and worker.served >= settings.max_uses:
            return f"it has run {worker.served} requests"
        if time.monotonic() - worker.began > settings.max_age:
            return f"it is older than {settings.max_age:g} s"
        return "it is full" if worker.is_full() else ""

    async def end_all(self, why: str) -> int:
        """Kill all workers, and return how many there were; what they do ends as cancelled."""
        number = len(self.workers) + len(self._starts)
        for worker in list(self.workers):
            self._remove(worker, why)
        starts = list(self._starts)
        for task in starts:
            task.cancel()
        reason = CancelledRequestError(f"The pool was {why}, and the request cancelled.")
        for process in self._processes:
            process.kill(reason)
        ends = [*starts, *(asyncio.ensure_future(process.wait_closed()) for process in self._processes)]
        if ends:
            await asyncio.wait(ends, timeout=_DIES_WITHIN)
        return number

    async def close(self) -> None:
        """Kill all workers, and start no more."""
        self._closed = True
        if self._care is not None:
            self._care.cancel()
        await self.end_all("shut down")
        self._scratch.remove()

    def _remove(self, worker: Worker, why: str) -> None:
        if worker in self.workers:
            self.workers.remove(worker)
            self._telemetry.worker_ended(worker, why)

    def _gone(self, process: ReplProcess) -> None:
        """Forget a process that ended; who is at work hears of it from the request."""
        self._processes.discard(process)
        for worker in list(self.workers):
            if worker.process is process and not worker.busy:
                self._remove(worker, "it died idle")
                if not worker.is_fresh:  # what dies before it has done anything would do so for ever
                    self.grow_to(self._settings.min_workers)
                self._on_lost(None)

    # Workers on their way up

    def _header_wanted(self) -> str | None:
        """Return the header that too few workers have ready."""
        loading = [header_key(header) for _, header in self._starts.values() if header is not None]
        ready = [*loading, *(worker.ready for worker in self.workers)]
        for header, wanted in self._settings.init.items():
            if header not in self._hopeless and ready.count(header_key(header)) < wanted:
                return header
        return None

    def _new_name(self) -> str:
        taken = {worker.name for worker in self.workers} | {name for name, _ in self._starts.values()}
        return next(name for number in count(1) if (name := f"worker {number}") not in taken)

    async def _start(self, name: str, header: str | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            worker = await self._new_worker(name, header)
        except _HeaderError as error:  # without the header, another may do
            self._starts.pop(task, None)
            self.problem = str(error)
            _log.warning("%s", error)
            self._on_lost(None)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._starts.pop(task, None)
            self.problem = str(error)
            self._preparation = None  # something may have been removed
            _log.warning("A worker could not be started: %s", error)
            self._on_lost(error)
        else:
            self._starts.pop(task, None)
            self.workers.append(worker)
            self._telemetry.worker_started(worker)
            self._on_ready(worker)

    async def _new_worker(self, name: str, header: str | None) -> Worker:
        if self._preparation is None:
            self._preparation = asyncio.create_task(call_in_daemon_thread(self._prepare))
            self._preparation.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._preparation)  # it goes on where only this start is given up
        self._report(Progress(STARTING))
        try:
            process = await self._new_process()
        except StartError as error:
            if not isinstance(error.__cause__, CrashedError):
                raise
            process = await self._new_process()  # it may have been hit from outside
        self._processes.add(process)
        self.problem = ""
        ready = None if header is None else header_key(header)
        worker = Worker(name, process, self._leases, self._settings.timeout, ready)
        if header is not None:
            await self._load(worker, header)
        self._report(Progress(STARTING, 1, 1))
        return worker

    async def _load(self, worker: Worker, header: str) -> None:
        """Have a worker load its header before anybody asks for it; without it, it is as good as any other."""
        try:
            elaborated = await worker.get_ready(Elaboration(EnvRef(self._toolchain.identity, header)))
        except ServerError as error:
            self._hopeless.add(header)
            worker.process.kill(error)
            raise _HeaderError(f"Loading the header {header!r} failed: {error}") from error
        errors = [message.data for message in elaborated.reply.messages if message.severity == "error"]
        if errors:
            self.problem = f"Lean rejects the header {header!r}: {errors[0]}"
            _log.warning(self.problem)

    async def _new_process(self) -> ReplProcess:
        return await ReplProcess.start(
            self._toolchain.launch(self._scratch.folder()),
            memory_limit=self._settings.memory_limit,
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

    # Looking after them

    def _has_room(self) -> bool:
        """Whether there is memory for one more; the first one is always tried."""
        if not self.workers:
            return True
        usual = max(worker.process.usage().memory for worker in self.workers)
        limit = self._settings.pool_memory_limit
        if limit is not None and self._memory() + usual * (1 + len(self._starts)) > limit:
            return False
        return available_memory() > usual * (1 + len(self._starts))

    def _memory(self) -> int:
        return sum(worker.process.usage().memory for worker in self.workers)

    async def _look_after(self) -> None:
        """Dismiss who is idle for long, and who uses memory that the pool or the machine does not have."""
        while True:
            await asyncio.sleep(_LOOKED_AFTER_EVERY)
            self._dismiss_who_is_idle()
            for excess in iter(self._excess_of_memory, ""):
                if not self._save_memory(excess):
                    break

    def _dismiss_who_is_idle(self) -> None:
        for worker in self.idle():
            enough = len(self.workers) > max(self._settings.min_workers, 1)
            if enough and worker.idle_for > self._settings.idle_timeout:
                self.dismiss(worker, "it was not needed any more")

    def _excess_of_memory(self) -> str:
        """Return in words what memory is short; empty if none is."""
        limit = self._settings.pool_memory_limit
        if limit is not None and (used := self._memory()) > limit:
            return f"The pool used {used / 1e9:.1f} GB of memory, and may use {limit / 1e9:.1f} GB"
        if self.workers and (left := available_memory()) < _LEFT_TO_OTHERS * total_memory():
            return f"The machine has only {left / 1e9:.1f} GB of memory left"
        return ""

    def _save_memory(self, excess: str) -> bool:
        """End the worker that is missed least; return whether that may help."""
        idle = [worker for worker in self.idle() if worker.uses or len(self.workers) > 1]
        if idle:
            worker = max(idle, key=lambda worker: worker.idle_for)
            self.dismiss(worker, f"memory was short: {excess}")
            return True
        busy = [worker for worker in self.workers if worker.busy and worker.process.alive]
        if not busy:
            return False
        worker = max(busy, key=lambda worker: worker.process.usage().memory)
        used = worker.process.usage().memory / 1e9
        worker.process.kill(OutOfMemoryError(f"{excess}; the largest Lean process, with {used:.1f} GB, was stopped."))
        return False
