"""What has to be closed before this process is forked."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol

__all__ = ["Holdable", "forks"]


class Holdable(Protocol):
    """What can be closed, and kept from being opened for a while."""

    def hold(self) -> None:
        """Close it, and keep all threads from opening it until `let_go`."""

    def let_go(self) -> None:
        """Let threads open it again."""


class _Forks:
    """Closes what is open before this process is forked: a connection must not be used on both sides of a fork.

    SQLite keeps locks by process, in memory that a fork copies: the child would believe that it holds locks which it
    does not hold.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: weakref.WeakSet[Holdable] = weakref.WeakSet()
        self._waiting: list[Holdable] = []
        self._registered = False

    def watch(self, file: Holdable) -> None:
        with self._lock:
            self._files.add(file)
            if not self._registered and hasattr(os, "register_at_fork"):
                self._registered = True
                os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._after)

    def _before(self) -> None:
        self._lock.acquire()
        self._waiting = list(self._files)
        for file in self._waiting:
            file.hold()

    def _after(self) -> None:
        waiting, self._waiting = self._waiting, []
        for file in waiting:
            file.let_go()
        self._lock.release()


forks = _Forks()
