"""Codes whose results are in the store: how many come from there in a second."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.batch.run import WORKERS
from benchmarks.effort import either
from benchmarks.table import Row
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["from_cache"]


def from_cache(what: str, store: Path, codes: list[str]) -> Iterator[Row]:
    """Run codes, unless they have been; then run them again, some times."""
    with LeanPool(workers=WORKERS, store=store) as pool:
        first = {check.code: check.verdict for check in pool.check_many_sync(codes, progress=False)}
        seconds, misses = [], 0
        for _ in range(either(10, 2)):
            began = time.perf_counter()
            checks = list(pool.check_many_sync(codes, progress=False))
            seconds.append(time.perf_counter() - began)
            misses += sum(not check.cached or check.verdict != first[check.code] for check in checks)
    rate = len(codes) / statistics.median(seconds)
    yield Row(f"{len(codes):,} results from the cache, {what}", rate, "/s", 5000, at_least=True)
    yield Row("that did not come from there, or came out otherwise", misses, "", 0)
