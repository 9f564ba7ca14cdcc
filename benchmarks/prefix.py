"""Prefix reuse: the two `fib 35` requests of LeanInteract's documentation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.effort import either
from benchmarks.table import Row, percentile
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

REPEATS = 20
FIRST = """\
def fib : Nat → Nat
  | 0 => 0
  | 1 => 1
  | n + 2 => fib (n + 1) + fib n
#eval fib 35

theorem foo : n = n := by rfl
#check foo
"""
SECOND = FIRST.replace("theorem foo : n = n", "theorem foo{} : n = n+0").replace("#check foo", "#check foo{}")


def measure() -> Iterator[Row]:
    """Run the first, then the second, then the second with other names."""
    number = either("35", "24")
    with LeanPool(workers=1, timeout=600) as pool:

        def seconds(code: str) -> float:
            began = time.perf_counter()
            result = pool.run_sync(code.replace("35", number))
            taken = time.perf_counter() - began
            assert result.ok, result
            return taken

        seconds("#eval 0")
        first = seconds(FIRST)
        later = [seconds(SECOND.replace("{}", str(name))) for name in range(2, 2 + either(REPEATS, 3))]
    yield Row(f"first request, with `#eval fib {number}`", first, "s")
    yield Row("second request, whose last two commands differ", 1000 * later[0], "ms")
    yield Row("second by first", later[0] / first, "", 1 / 500)
    yield Row("later ones with other last commands, p50", 1000 * percentile(later, 50), "ms")
