"""The memory of a process that runs a batch as long as it likes, and keeps no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.batch.run import running
from benchmarks.effort import either
from benchmarks.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["steady"]


def steady(store: Path, known: int) -> Iterator[Row]:
    """Give codes by a generator; most come from the cache, and one in fifty is new and is run."""
    number, early, new_every = either((100_000, 10_000, 50), (400, 100, 0))
    with running(store, number, known=known, new_every=new_every, say_every=early) as news:
        samples = {told["done"]: told for told in news}
    last = samples[number]
    yield Row(f"memory of a batch after {early:,} results", samples[early]["memory"] / 1e6, "MB")
    yield Row(f"memory of a batch after {number:,} results", last["memory"] / 1e6, "MB")
    yield Row("the last by the first", last["memory"] / samples[early]["memory"], "", 1.1)
    yield Row("how many of them were run, the others cached", last.get("run", 0), "")
