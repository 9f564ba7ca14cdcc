"""Start a Lean process that dies with this one, and wait for its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lean_magic.toolchain import Launch

__all__ = ["spawn", "wait"]

_GUARD = Path(__file__).with_name("_guard.py")


def spawn(launch: Launch, memory_limit: int) -> subprocess.Popen[bytes]:
    """Start a process with pipes.

    Raises
    ------
    OSError
        It cannot be started.
    """
    return subprocess.Popen(
        _guarded(launch.arguments, _addresses(memory_limit) if launch.counts_addresses else 0),
        cwd=launch.directory,
        env=dict(launch.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def wait(popen: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Wait for the end of a process; return its exit code, and the most resident bytes it had (0 if nobody knows)."""
    if not hasattr(os, "wait4"):
        return popen.wait(), 0
    try:
        _, status, usage = os.wait4(popen.pid, 0)
    except ChildProcessError:  # somebody else waited for all children
        return popen.wait(), 0
    popen.returncode = os.waitstatus_to_exitcode(status)
    return popen.returncode, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _addresses(memory: int) -> int:
    """Return the address space for a process that may use so many resident bytes: Lean reserves some for its stacks."""
    return memory + max(memory // 4, 2 * 1024**3)


def _guarded(arguments: tuple[str, ...], addresses: int) -> tuple[str, ...]:
    """Return the command that runs a program as a child that dies with this process and ignores Ctrl-C."""
    if os.name != "posix" or not sys.executable:
        return arguments
    return (sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), str(addresses), *arguments)
