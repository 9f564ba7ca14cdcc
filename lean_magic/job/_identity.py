"""Ids of jobs: in the order of time, and never twice, whichever process makes them."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

from lean_magic.errors import InputError

__all__ = ["check_id", "new_id"]

_STEPS = 4096  # in a millisecond, that the twelve bits behind it can tell apart
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUID of version 7, above all that this process has made before."""
    global _last  # noqa: PLW0603 - the clock may stand still, or go back
    with _lock:
        _last = max(_last + 1, time.time_ns() * _STEPS // 1_000_000)
        moment = _last
    milliseconds, step = divmod(moment, _STEPS)
    number = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | step << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=number))


def check_id(text: object) -> str:
    """Return the id as it is kept, if it can be one."""
    if not isinstance(text, str):
        raise InputError(f"A job is named by its id, a text such as job.id, not by {type(text).__name__}.")
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise InputError(f"{text[:50]!r} is no id of a job: lean_magic.jobs() lists them.") from None
