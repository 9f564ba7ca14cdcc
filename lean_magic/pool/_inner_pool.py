"""A pool within a pool, for what its own workers must not run."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from lean_magic.errors import PoolClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._pool import LeanPool
    from lean_magic.pool._status import WorkerStatus

__all__ = ["InnerPool"]


class InnerPool:
    """Makes a pool when it is first needed, and ends it.

    Parameters
    ----------
    make : callable
        Makes it.
    """

    def __init__(self, make: Callable[[], LeanPool]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._pool: LeanPool | None = None
        self._closed = False

    def dispatch(self) -> Dispatch:
        """Return the way to it.

        Raises
        ------
        PoolClosedError
            It has been ended.
        """
        with self._lock:
            if self._closed:
                raise PoolClosedError("The pool was shut down.")
            if self._pool is None:
                self._pool = self._make()
            return self._pool._dispatch  # noqa: SLF001 - a pool like its own

    def workers(self, name: str) -> list[WorkerStatus]:
        """Return how its workers are, under a name by which they can be told from those of the outer pool."""
        with self._lock:
            pool = self._pool
        found = [] if pool is None else pool.status().workers
        if len(found) < 2:
            return [replace(worker, name=name) for worker in found]
        return [replace(worker, name=f"{name}.{number}") for number, worker in enumerate(found, 1)]

    def restart(self) -> None:
        """Replace its workers, if there are any."""
        with self._lock:
            pool = self._pool
        if pool is not None:
            pool.restart()

    def close(self) -> None:
        """End it, for good."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()
