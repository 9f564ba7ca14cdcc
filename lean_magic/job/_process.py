"""Whose a job is: a process, told from any other that has, had or will have its number."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psutil

__all__ = ["OWNERS", "Process", "owner_is_gone", "this_process"]

_SILENT = 60.0
"""Seconds after which a process that nobody can look at is taken for gone."""

_CLOCK = 2.0
"""Seconds by which two readings of when a process started may differ, where the system counts them from its clock."""


OWNERS: set[str] = set()
"""The owners of jobs that are in this process."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process on some machine.

    Parameters
    ----------
    host : str
        The machine since its start, and which processes one sees there: its numbers mean something only together
        with this.
    pid : int
        Its number.
    started : float
        When it started; on Linux in ticks since the start of the machine, else in Unix time.
    """

    host: str
    pid: int
    started: float

    def is_gone(self, seen: float) -> bool:
        """Whether it has ended.

        Parameters
        ----------
        seen : float
            When it was last heard of, in Unix time: decides where its machine is another one, or another container.
        """
        here = _host()
        if self.host != here:
            same_machine = self.host.split(" ")[0] == here.split(" ")[0]
            same_start = self.host.split(" ")[1:2] == here.split(" ")[1:2]
            return (same_machine and not same_start) or abs(time.time() - seen) > _SILENT
        started = _started(self.pid)
        return started is None or abs(started - self.started) > (0 if _TICKS else _CLOCK)


def this_process() -> Process:
    """Return this process."""
    pid = os.getpid()
    started = _started(pid)
    assert started is not None
    return Process(_host(), pid, started)


def owner_is_gone(owner: str, process: Process, seen: float) -> bool:
    """Whether an owner of jobs runs none any more.

    Parameters
    ----------
    owner : str
        Its name.
    process : Process
        Where it lived.
    seen : float
        When it was last heard of, in Unix time.
    """
    return owner not in OWNERS if process == this_process() else process.is_gone(seen)


_TICKS = Path("/proc/self/stat").exists()


def _started(pid: int) -> float | None:
    """Return when a process started; None if it has ended, also where its parent has not taken note of that yet."""
    if _TICKS:
        try:
            # The name, in parentheses, may contain spaces and parentheses.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] in {"Z", "X"} else float(fields[19])
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


@lru_cache(maxsize=1)
def _host() -> str:
    """Return the name of this machine, its start, and its name space of processes, each one word."""
    return " ".join([platform.node() or "localhost", *_said_by_linux()]).strip()


def _said_by_linux() -> list[str]:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return [boot, str(Path("/proc/self/ns/pid").readlink())]
    except OSError:
        return []
