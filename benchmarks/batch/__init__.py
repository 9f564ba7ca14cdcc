"""Many codes at once: beside other pools, from the cache, without end, and killed in the midst of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.batch.cached import from_cache
from benchmarks.batch.killed import killed
from benchmarks.batch.run import numbered
from benchmarks.batch.steady import steady
from benchmarks.batch.throughput import throughput
from benchmarks.corpus import theorems
from benchmarks.effort import either
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.table import Row

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """Run the corpus side by side, and then numbered codes, whose results each part finds in the store."""
    resolve_toolchain().prepare()
    number = either(10_000, 100)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store.sqlite3"
        yield from throughput(Path(folder))
        yield from killed(store, number)
        yield from from_cache("numbered codes", store, [numbered(place) for place in range(number)])
        yield from from_cache("the corpus", store, [theorem.code for theorem in theorems()][:: either(1, 40)])
        yield from steady(store, number)
