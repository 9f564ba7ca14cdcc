"""How a pool is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["PoolStatus", "WorkerStatus"]


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
        How many requests it has answered.
    environments, proof_states : int
        How many it holds.
    """

    name: str
    pid: int
    state: Literal["idle", "busy"]
    memory: int
    cpu: float
    uses: int
    environments: int
    proof_states: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.state}, pid {self.pid}, {self.memory / 1e9:.2f} GB, {self.cpu:.1f} s of CPU, "
            f"{self.uses} requests, {self.environments} environments, {self.proof_states} proof states"
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
        How many workers had to be replaced.
    problem : str
        Why the last start failed; empty if it did not.
    """

    toolchain: str
    workers: tuple[WorkerStatus, ...]
    limit: int
    starting: int
    waiting: int
    restarts: int
    problem: str

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: ANN401 - IPython's
        """Show as text what a cell ends with."""
        printer.text(str(self))

    def __str__(self) -> str:
        lines = [
            self.toolchain,
            f"{len(self.workers)} of {self.limit} workers up, {self.starting} starting, {self.restarts} replaced",
            *map(str, self.workers),
        ]
        if self.waiting:
            lines.append(f"{self.waiting} requests wait for a worker")
        if self.problem:
            lines.append(f"last problem: {self.problem}")
        return "\n".join(lines)
