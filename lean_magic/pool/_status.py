"""How a pool is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PoolStats", "PoolStatus", "WorkerStatus"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker is.

    Parameters
    ----------
    name : str
        Its name, as in `LeanResult.worker`.
    pid : int
        Its process id.
    state : {"idle", "busy"}
        Whether it is at work.
    memory : int
        Resident bytes.
    cpu : float
        Seconds of processor time.
    uses : int
        How many requests and steps of replays were sent to it.
    environments, proof_states : int
        How many it holds.
    headers : tuple of str
        Those whose modules it was the last to load.
    up, busy : float
        Seconds since it came up, and of these, at work.
    """

    name: str
    pid: int
    state: Literal["idle", "busy"]
    memory: int
    cpu: float
    uses: int
    environments: int
    proof_states: int
    headers: tuple[str, ...]
    up: float
    busy: float

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.state}, pid {self.pid}, {self.memory / 1e9:.2f} GB, {self.cpu:.1f} s of CPU, "
            f"at work {self.busy / self.up if self.up else 0:.0%} of its time, {_count(self.uses, 'exchange')}, "
            f"{_count(self.environments, 'environment')}, {_count(self.proof_states, 'proof state')}"
        )


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """How a pool is; ``print`` it.

    Parameters
    ----------
    toolchain : str
        Where Lean comes from.
    workers : tuple of WorkerStatus
        Those that are up.
    limit : int
        How many there may be.
    starting : int
        How many are on their way up.
    waiting : int
        How many requests wait for a worker.
    restarts : int
        How many workers have come to an end, for whatever reason.
    problem : str
        Why the last start failed; empty if it did not.
    judges : tuple of WorkerStatus
        The processes besides that verify proofs, if any did: those that judge (``"judge 1"``), and those that end after
        each proof (``"isolated"``).
    """

    toolchain: str
    workers: tuple[WorkerStatus, ...]
    limit: int
    starting: int
    waiting: int
    restarts: int
    problem: str
    judges: tuple[WorkerStatus, ...] = ()

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        lines = [
            self.toolchain,
            f"{len(self.workers)} of {self.limit} workers up, {self.starting} starting, {self.restarts} ended",
            *map(str, self.workers),
            *map(str, self.judges),
        ]
        if self.waiting:
            lines.append(f"{self.waiting} requests wait for a worker")
        if self.problem:
            lines.append(f"last problem: {self.problem}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class PoolStats:
    """What a pool has done since it was made; ``print`` it.

    Parameters
    ----------
    requests : int
        How many requests workers have ended, retries included.
    verdicts : mapping of str to int
        How many results had each verdict.
    verifications : mapping of str to int
        How many verifications came to what, as `Verification.kind` says; ``"refused"`` where the statement was wrong.
    running, waiting : int
        How many requests are at work, and how many wait for a worker.
    queued : float
        Seconds that all requests together have waited for a worker.
    replays : int
        How many environments and proof states had to be built again.
    stopped : int
        How many requests were stopped before their end while their worker went on.
    retried : int
        How many requests were run once more since their worker was lost.
    workers_started, workers_ended : int
        How many workers came up, and how many of these are no more.
    busy : float
        Seconds that workers were at work.
    utilisation : float
        Which part of the time that workers were up they were at work, from 0 to 1.
    workers : tuple of WorkerStatus
        Those that are up.
    judges : tuple of WorkerStatus
        As in `PoolStatus`; what they do is in none of the other figures.
    """

    requests: int
    verdicts: Mapping[str, int]
    verifications: Mapping[str, int]
    running: int
    waiting: int
    queued: float
    replays: int
    stopped: int
    retried: int
    workers_started: int
    workers_ended: int
    busy: float
    utilisation: float
    workers: tuple[WorkerStatus, ...]
    judges: tuple[WorkerStatus, ...] = ()

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        verdicts, verifications = _counts(self.verdicts), _counts(self.verifications)
        waited = self.queued / max(self.requests, 1)
        ended = f"{self.workers_ended} ended, at work {self.utilisation:.0%} of their time"
        lines = [
            f"{_count(self.requests, 'request')}; verdicts on code: {verdicts or 'none yet'}",
            *([f"verifications of proofs: {verifications}"] if verifications else []),
            f"{self.running} at work, {self.waiting} waiting; {waited:.3f} s waited on average",
            f"{self.replays} environments and proof states built again",
            f"{self.stopped} stopped before their end, {self.retried} run again on another worker",
            f"{_count(self.workers_started, 'worker')} started, {ended}",
        ]
        return "\n".join([*lines, *map(str, self.workers), *map(str, self.judges)])
