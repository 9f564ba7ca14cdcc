"""Soft stop against kill and restart: from the stop to the next request served, by a worker with its imports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from itertools import count
from typing import TYPE_CHECKING

from benchmarks.effort import either
from benchmarks.table import Row, percentile
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNLIMITED = "set_option maxHeartbeats 0 in\nset_option maxRecDepth 1000000 in\n"
_SUM = "example : (List.range 200000).foldl (fun a b => (a + b) % 7) 0 = 8 := by"
ENDLESS = {
    "simp": (
        f"{_UNLIMITED}example (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = 1 := by\n"
        "  simp (maxSteps := 1000000000) [h]"
    ),
    "repeat rw": f"{_UNLIMITED}example (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = 1 := by\n  repeat rw [h]",
    "decide": f"{_UNLIMITED}{_SUM} decide",
    "decide +kernel": f"{_SUM} decide +kernel",
    "many commands": "\n".join(
        f"theorem t{n} (a b : Nat) : a + b + {n} = {n} + b + a := by omega" for n in range(3000)
    ),
    "an #eval that prints": 'partial def say : IO Unit := do\n  IO.println "again"\n  say\n#eval say',
    "an #eval that computes": "#eval Nat.repeat Nat.succ 1000000000000 0",
    "an #eval that sleeps": "#eval IO.sleep 1000000",
}
AFTER = "import Lean\nopen Lean in\n#check (Expr.bvar {})"  # each time another code, as users have
RUNS_FOR = 0.4  # seconds before it is stopped


class Stopper:
    """Stops what is endless, and measures until the worker has served the next request."""

    def __init__(self, pool: LeanPool) -> None:
        self.pool = pool
        self.numbers = count()

    @property
    def pid(self) -> int:
        (worker,) = self.pool.status().workers
        return worker.pid

    async def serve(self) -> None:
        """Run the request that shows that all is well."""
        result = await self.pool.run(AFTER.format(next(self.numbers)))
        assert result.ok, result

    async def by_timeout(self, code: str) -> float:
        began = time.perf_counter()
        result = await self.pool.run(code, timeout=RUNS_FOR)
        assert result.verdict == "timeout", result
        await self.serve()
        return time.perf_counter() - began - RUNS_FOR

    async def by_cancel(self, code: str) -> float:
        running = asyncio.create_task(self.pool.run(code))
        await asyncio.sleep(RUNS_FOR)
        began = time.perf_counter()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await self.serve()
        return time.perf_counter() - began

    async def by_kill(self) -> float:
        await self.serve()
        pid = self.pid
        began = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        await self.serve()
        return time.perf_counter() - began


def measure() -> Iterator[Row]:
    """Stop each kind of endless work by a timeout and by cancelling; then kill the process instead."""

    async def run() -> list[Row]:
        rows = []
        kept: list[float] = []
        replaced: list[float] = []
        for what, code in ENDLESS.items():
            taken = []
            for stop in stopper.by_timeout, stopper.by_cancel:
                for _ in range(either(4, 1)):
                    await stopper.serve()
                    pid = stopper.pid
                    taken.append(1000 * await stop(code))
                    (kept if stopper.pid == pid else replaced).append(taken[-1])
            rows.append(Row(f"stop of {what}, p50", percentile(taken, 50), "ms"))
        killed = [1000 * await stopper.by_kill() for _ in range(either(10, 2))]
        rows.append(Row(f"{len(kept)} soft stops, p50", percentile(kept, 50), "ms", 200))
        rows.append(Row(f"{len(kept)} soft stops, p90", percentile(kept, 90), "ms", 200))
        if len(replaced) > 1:
            rows.append(Row(f"{len(replaced)} stops that replaced the process, p50", percentile(replaced, 50), "ms"))
        rows.append(Row(f"killed and started again, {len(killed)} times, p50", percentile(killed, 50), "ms"))
        rows.append(Row(f"killed and started again, {len(killed)} times, p90", percentile(killed, 90), "ms"))
        rows.append(Row("soft stop by kill, p50", percentile(kept, 50) / percentile(killed, 50), ""))
        return rows

    with LeanPool(workers=1) as pool:
        stopper = Stopper(pool)
        yield from asyncio.run(run())
