"""What memory the machine has, or the container that this process runs in."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

__all__ = ["available_memory", "total_memory"]

_CGROUP = Path("/sys/fs/cgroup")


def _container() -> tuple[int, int] | None:
    """Return limit and use of the container in bytes; None where there is no limit."""
    with contextlib.suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text())
        used = int((_CGROUP / "memory.current").read_text())
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = (_CGROUP / "memory.stat").read_text().splitlines()
            # What was read from files is given back when there is need.
            used -= int(next(line for line in lines if line.startswith("inactive_file ")).split()[1])
        return limit, used
    return None


def total_memory() -> int:
    """Return the bytes of memory there are."""
    total: int = psutil.virtual_memory().total
    container = _container()
    return total if container is None else min(total, container[0])


def available_memory() -> int:
    """Return the bytes of memory that are left."""
    available: int = psutil.virtual_memory().available
    container = _container()
    return available if container is None else min(available, container[0] - container[1])
