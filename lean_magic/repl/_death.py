"""How a Lean process can be lost, and what its death was caused by."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

from lean_magic.errors import CrashedError, DeadlineError, OutOfMemoryError

if TYPE_CHECKING:
    from lean_magic.errors import ServerError

__all__ = ["DiedIdleError", "LostError", "UnresponsiveError", "cause_of_death"]

_LAST_LINES = 50  # of standard error, where the cause of a death is looked for
_OUT_OF_MEMORY = re.compile(r"out of memory|cannot enlarge memory|memory exhausted|bad_alloc|allocation failed", re.I)
_TELLING = re.compile(r"error|abort|panic|exception|fatal|overflow|cannot|failed", re.I)
_NEARLY_ALL = 0.9  # of the memory that it may have
# Nothing that Lean does ends with these: somebody else has sent them.
_FROM_OUTSIDE = {
    getattr(signal, name) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
}


class LostError(CrashedError):
    """Raised when the process was lost, as far as can be seen through no fault of the request."""


class DiedIdleError(LostError):
    """Raised when the process had died before the request could be sent: the request cannot be the cause."""


class UnresponsiveError(DeadlineError):
    """Raised when the time was up, and the process did not even react to being told."""


def cause_of_death(code: int | None, stderr: str, memory_seen: int, memory_bound: int) -> ServerError:
    """Return why a process ended by itself, or was ended by others.

    Parameters
    ----------
    code : int or None
        Its exit code, negative for a signal; None if nobody knows.
    stderr : str
        The last it wrote to its standard error.
    memory_seen, memory_bound : int
        Resident bytes that it was seen to have, and that it cannot go beyond.
    """
    how = f"signal {-code}: {signal.strsignal(-code)}" if code is not None and code < 0 else f"exit status {code}"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()][-_LAST_LINES:]
    words = next((line for line in reversed(lines) if _TELLING.search(line)), lines[-1] if lines else "")[:200]
    if any(_OUT_OF_MEMORY.search(line) for line in lines):
        used = f" when it used {memory_seen / 1e9:.1f} GB" if memory_seen else ""
        return OutOfMemoryError(f"Lean ran out of memory{used}, and died ({how}): {words}")
    if code is not None and -code in _FROM_OUTSIDE:
        if memory_seen > _NEARLY_ALL * memory_bound:
            return OutOfMemoryError(f"Lean was killed ({how}) when it used {memory_seen / 1e9:.1f} GB of memory.")
        return LostError(f"Something killed the Lean process ({how}).")
    return CrashedError(f"Lean died ({how}){': ' + words if words else '.'}")
