"""Many codes at once: through the cache and the log, in order or as they come, and from where they were left."""

from __future__ import annotations

from lean_magic.batch._check import Check
from lean_magic.batch._inputs import AsyncCodes, Codes
from lean_magic.batch._many import check_many, check_many_sync
from lean_magic.batch._one import check, check_sync
from lean_magic.batch._records import result_of_record
from lean_magic.batch._stream import AsyncChecks, Checks, OnError

__all__ = [
    "AsyncChecks",
    "AsyncCodes",
    "Check",
    "Checks",
    "Codes",
    "OnError",
    "check",
    "check_many",
    "check_many_sync",
    "check_sync",
    "result_of_record",
]
