"""Those who judge proofs: processes that run none, as many as there is need of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lean_magic.pool._inner_pool import InnerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._pool import LeanPool
    from lean_magic.pool._status import WorkerStatus

__all__ = ["Judges"]

_CROWDED = 4
"""Verifications at which a judge is helped by another one."""

_KNOWN = 16
"""Statements that a judge still has elaborated: as many as Lean's server keeps texts (Snapshots.lean)."""


class _Judge:
    """A process, when it is first needed, and what is on its table."""

    def __init__(self, make: Callable[[], LeanPool]) -> None:
        self.process = InnerPool(make)
        self.cases = 0
        self.known: OrderedDict[Hashable, None] = OrderedDict()

    def take(self, statement: Hashable) -> None:
        """Take a case on."""
        self.cases += 1
        self.known[statement] = None
        self.known.move_to_end(statement)
        if len(self.known) > _KNOWN:
            self.known.popitem(last=False)


class Judges:
    """Gives each verification a judge, by preference one that knows the statement, for all of its questions.

    Parameters
    ----------
    make : callable
        Makes a pool of one worker.
    limit : int
        How many there may be.
    """

    def __init__(self, make: Callable[[], LeanPool], limit: int) -> None:
        self._judges = [_Judge(make) for _ in range(limit)]
        self._called = 1  # how many of them
        self._lock = threading.Lock()

    @contextmanager
    def seat(self, statement: Hashable) -> Iterator[Callable[[], Dispatch]]:
        """Provide the way to a judge, who has this verification on the table meanwhile."""
        with self._lock:
            judge = self._chosen(statement)
            judge.take(statement)
        try:
            yield judge.process.dispatch
        finally:
            with self._lock:
                judge.cases -= 1

    def _chosen(self, statement: Hashable) -> _Judge:
        judge = min(self._judges[: self._called], key=lambda one: (statement not in one.known, one.cases))
        if judge.cases < _CROWDED:
            return judge
        if self._called < len(self._judges):
            self._called += 1
        return min(self._judges[: self._called], key=lambda one: one.cases)

    def workers(self) -> tuple[WorkerStatus, ...]:
        """Return how each of them is."""
        return tuple(
            status
            for number, judge in enumerate(self._judges, 1)
            for status in judge.process.workers(f"judge {number}")
        )

    def restart(self) -> None:
        """Replace those that there are."""
        for judge in self._judges:
            judge.process.restart()

    def close(self) -> None:
        """End them, for good."""
        for judge in self._judges:
            judge.process.close()
