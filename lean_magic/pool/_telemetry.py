"""What happened in a pool: counted, logged, and told to who wants to hear."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from lean_magic._printed import as_printed
from lean_magic.pool._status import PoolStats

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.pool._done import Ended
    from lean_magic.pool._status import WorkerStatus
    from lean_magic.pool._worker import Worker

__all__ = ["EventKind", "PoolEvent", "Telemetry"]

_log = logging.getLogger(__name__)

EventKind: TypeAlias = Literal[
    "worker_started", "worker_ended", "request_started", "request_ended", "request_stopped", "request_retried"
]


@dataclass(frozen=True, slots=True)
class PoolEvent:
    """Something that happened in a pool.

    Parameters
    ----------
    kind : str
        What: ``"worker_started"``, ``"worker_ended"``, ``"request_started"``, ``"request_ended"``,
        ``"request_stopped"`` (before its end, by time or by who asked) or ``"request_retried"``.
    worker : str or None
        Where.
    detail : str
        More about it, for people; the reason where something ended.
    time : float
        When, in seconds since 1970.
    """

    kind: EventKind
    worker: str | None
    detail: str = ""
    time: float = field(default_factory=time.time)

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        when = datetime.fromtimestamp(self.time).astimezone()
        what = " ".join(filter(None, [self.kind.replace("_", " "), self.worker]))
        return f"{when:%H:%M:%S} {what}{f': {self.detail}' if self.detail else ''}"


class Telemetry:
    """Counts what happens in a pool, logs it, and tells it.

    Attributes
    ----------
    on_event : callable or None
        Told what happens, from the pool's thread.
    counts : Counter
        How often each thing happened.
    queued, busy : float
        Seconds that requests waited, and that workers worked that are no more.
    """

    def __init__(self, on_event: Callable[[PoolEvent], None] | None = None) -> None:
        self.on_event = on_event
        self.counts: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.verifications: Counter[str] = Counter()
        self.queued = 0.0
        self.busy = 0.0
        self.up = 0.0
        self._lock = threading.Lock()

    def worker_started(self, worker: Worker) -> None:
        """Take note of a worker that came up."""
        self.counts["started"] += 1
        self.tell("worker_started", worker.name, f"pid {worker.process.pid}")

    def worker_ended(self, worker: Worker, why: str) -> None:
        """Take note of a worker that is no more."""
        self.counts["ended"] += 1
        self.busy += worker.busy_for
        self.up += time.monotonic() - worker.began
        self.tell("worker_ended", worker.name, why)

    def ended(self, ended: Ended) -> None:
        """Take note that a worker is done with a request."""
        self.counts["requests"] += 1
        self.counts["replays"] += ended.cost.replays
        stopped = ended.answer and ended.answer.reply.stopped
        if stopped is not None:
            self.counts["stopped"] += 1
            self._tell_of("request_stopped", ended, str(stopped))
        if self.on_event is not None:
            self._tell_of("request_ended", ended)

    def retried(self, ended: Ended) -> None:
        """Take note that a request is run once more."""
        self.counts["retried"] += 1
        self._tell_of("request_retried", ended, str(ended.failure))

    def _tell_of(self, kind: EventKind, ended: Ended, detail: str = "") -> None:
        self.tell(kind, None if ended.worker is None else ended.worker.name, detail)

    def stats(self, workers: list[WorkerStatus], *, running: int, waiting: int) -> PoolStats:
        """Return what has happened so far."""
        counts = self.counts
        busy = self.busy + sum(worker.busy for worker in workers)
        up = self.up + sum(worker.up for worker in workers)
        with self._lock:
            verdicts, verifications = dict(self.verdicts), dict(self.verifications)
        return PoolStats(
            requests=counts["requests"],
            verdicts=verdicts,
            verifications=verifications,
            running=running,
            waiting=waiting,
            queued=self.queued,
            replays=counts["replays"],
            stopped=counts["stopped"],
            retried=counts["retried"],
            workers_started=counts["started"],
            workers_ended=counts["ended"],
            busy=busy,
            utilisation=busy / up if up else 0.0,
            workers=tuple(workers),
        )

    def verdict(self, verdict: str) -> None:
        """Take note of a verdict, from any thread."""
        with self._lock:
            self.verdicts[verdict] += 1

    def verification(self, what: str) -> None:
        """Take note of what came of a verification, from any thread."""
        with self._lock:
            self.verifications[what] += 1

    def tell(self, kind: EventKind, worker: str | None, detail: str = "") -> None:
        """Log something, and tell it to who wants to hear."""
        level = logging.INFO if kind.startswith("worker") else logging.DEBUG
        if _log.isEnabledFor(level):
            _log.log(level, "%s %s: %s", worker, kind, detail)
        if self.on_event is not None:
            try:
                self.on_event(PoolEvent(kind, worker, detail))
            except Exception:  # noqa: BLE001 - nobody's request should fail for it
                _log.debug("on_event failed", exc_info=True)
