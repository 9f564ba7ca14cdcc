"""Many codes at once: through the cache and the log, in order or as they come, and from where they were left."""

from __future__ import annotations

from lean_magic.batch._check import Check
from lean_magic.batch._one import check, check_sync
from lean_magic.batch._records import result_of_record

__all__ = ["Check", "check", "check_sync", "result_of_record"]
