"""What a process and its children cost."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import psutil

__all__ = ["ProcessTree", "Usage"]

_CHILDREN_KNOWN_FOR = 10.0  # seconds: finding them means reading the whole process table


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its children cost.

    Parameters
    ----------
    cpu : float
        Seconds of processor time since it started.
    memory : int
        Resident bytes.
    """

    cpu: float
    memory: int


class ProcessTree:
    """A process and its children."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._children: list[psutil.Process] = []
        self._children_from = float("-inf")

    def _members(self) -> list[psutil.Process]:
        if time.monotonic() - self._children_from > _CHILDREN_KNOWN_FOR:
            with contextlib.suppress(psutil.Error):
                self._children = self._root.children(recursive=True)
            self._children_from = time.monotonic()
        return [self._root, *self._children]

    def usage(self) -> Usage:
        """Measure them now."""
        cpu, memory = 0.0, 0
        for process in self._members():
            with contextlib.suppress(psutil.Error), process.oneshot():
                times = process.cpu_times()
                cpu += times.user + times.system
                memory += process.memory_info().rss
        return Usage(cpu, memory)

    def suspended(self) -> bool:
        """Whether somebody has stopped one of them (SIGSTOP), so that it does not run."""
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                if process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}:
                    return True
        return False

    def kill(self) -> None:
        """Kill them all, the parent first so that it starts no more."""
        self._children_from = float("-inf")
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                process.kill()
