"""How busy workers are while others wait, under a mix of headers and of jobs from 1 ms to 10 s."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.effort import either
from benchmarks.table import Row
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 2
HEADERS = ("", "import Lean\n", "import Std\n")
MIX = {10.0: 1, 3.0: 2, 1.0: 5, 0.3: 12, 0.1: 30, 0.03: 80, 0.01: 150, 0.001: 150}
"""How many jobs take how many seconds."""
QUICK_MIX = {0.3: 2, 0.1: 4, 0.001: 10}


def spin(steps: int) -> str:
    """Return code that takes a time in proportion to a number, which also makes it unlike all others."""
    return f"#eval Nat.repeat Nat.succ {steps} 0"


@dataclass(frozen=True, slots=True)
class Speed:
    """How long `spin` takes: so many seconds, and so many for each step."""

    at_least: float
    step: float

    @classmethod
    def measured(cls, pool: LeanPool) -> Speed:
        def fastest(steps: int) -> float:
            times = []
            for number in range(5):
                began = time.perf_counter()
                assert pool.run_sync(spin(steps + number)).ok
                times.append(time.perf_counter() - began)
            return min(times)

        few, many = 1_000, 1_000_000
        at_least = fastest(few)
        return cls(at_least, (fastest(many) - at_least) / (many - few))

    def job(self, seconds: float, number: int) -> str:
        """Return code that takes so long."""
        if seconds < self.at_least:
            return f"-- {number}"
        return spin(round((seconds - self.at_least) / self.step) + number)


def measure() -> Iterator[Row]:
    """Queue all jobs at once, in an order that a die gave; count until the last of them has begun."""
    mix = either(MIX, QUICK_MIX)
    with LeanPool(workers=WORKERS, timeout=600) as pool:
        speed = Speed.measured(pool)
        lengths = [seconds for seconds, count in mix.items() for _ in range(count)]
        random.Random(1).shuffle(lengths)
        jobs = [HEADERS[number % 3] + speed.job(seconds, number) for number, seconds in enumerate(lengths)]

        async def run(code: str) -> tuple[float, float, float]:
            asked = time.perf_counter()
            result = await pool.run(code)
            assert result.ok, result
            began = asked + result.queued
            return began, began + result.elapsed, result.cpu

        async def run_all() -> list[tuple[float, float, float]]:
            await asyncio.gather(*(run(header + "#eval 0") for header in HEADERS for _ in range(2 * WORKERS)))
            return await asyncio.gather(*map(run, jobs))

        spans = asyncio.run(run_all())
    first, last = min(began for began, _, _ in spans), max(began for began, _, _ in spans)
    busy = sum(min(ended, last) - began for began, ended, _ in spans)
    yield Row(f"{len(jobs)} jobs by {WORKERS} workers, until the queue was empty", last - first, "s")
    yield Row("workers were busy", 100 * busy / (WORKERS * (last - first)), "%", 95, at_least=True)
    within = [(cpu, ended) for _, ended, cpu in spans if ended <= last]
    until = max(ended for _, ended in within)
    yield Row(
        "processor time of jobs done by then", 100 * sum(cpu for cpu, _ in within) / (WORKERS * (until - first)), "%"
    )
