"""Becomes the Lean process, after having tied it to its parent.

Run as a script: ``_guard.py PARENT_PID ADDRESS_SPACE PROGRAM ...``, with the bytes that it may have, 0 for no limit.

A Lean process ends when its standard input does. That is not enough where another process holds the same pipe open (a
fork of the parent, as `multiprocessing` makes them), so on Linux the kernel is told to kill it with its parent. It also
ignores Ctrl-C, which goes to the whole process group and is the parent's to handle. Both could be done between fork and
exec, but running Python there is not safe in a program that has threads.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent and become the program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent, addresses, *command = sys.argv[1:]
    if int(addresses):
        resource.setrlimit(resource.RLIMIT_AS, (int(addresses), int(addresses)))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before the kernel knew
            sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - this is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
