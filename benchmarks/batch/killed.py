"""A batch with a name, killed half way by a signal that leaves it no time, and begun again."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.batch.run import running
from benchmarks.table import Row
from lean_magic.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["killed"]

_BATCH = "killed"


def killed(store: Path, number: int) -> Iterator[Row]:
    """Kill it, run it again, and count: what Lean began with, what the log says, and what was given out."""
    begun = store.with_name("begun")
    say_every = max(1, number // 100)
    how = {"batch": _BATCH, "begun": begun, "say_every": say_every}
    with running(store, number, **how) as news:
        given = next(told["done"] for told in news if told["done"] >= number // 2)
    begun_before = begun.stat().st_size
    before = _computed(store)
    with running(store, number, **how) as news:
        told = list(news)[-1]
    begun_again = begun.stat().st_size - begun_before
    after = _computed(store)

    yield Row(f"killed in the midst of {number:,} codes, results in the store", len(before), "")
    yield Row("given out before, but not in the store", sum(name not in before for name in range(given)), "", 0)
    yield Row("lost: neither given out again nor in the store", number - min(told["done"], len(after)), "", 0)
    yield Row("verdicts that are wrong", number - told.get("valid", 0), "", 0)
    yield Row("under way, or not yet in the store, when it was killed", begun_before - len(before), "")
    yield Row("computed twice besides those, by what Lean began with", begun_again - (number - len(before)), "", 0)
    yield Row("computed twice, by the log", sum(times > 1 for times in after.values()), "", 0)


def _computed(store: Path) -> Counter[int]:
    """Return how often each code was computed, by the log."""
    opened = Store(store)
    counted = Counter(json.loads(check.name) for check in opened.log(batch=_BATCH) if not check.cached)
    opened.close()
    return counted
