"""Suggestions for a goal, with 20 candidates on 2 workers: against the ideal schedule of the same tactics.

Ideal is what it would take if both workers, with all loaded and the state at hand, were busy to the end: half of what
the candidates take one after the other, but not less than the longest of them. Both are measured in turn, each time for
a proof that no worker has seen but the one that began it. The fastest counts: what else the machine does hurts two
workers more than one.
"""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.effort import either
from benchmarks.table import Row
from lean_magic import LeanPool, ProofState
from lean_magic.explorer import DEFAULT_TACTICS, candidates, suggestions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORKERS = 2
CANDIDATES = 20
LOOKED = 0.005  # seconds between two looks
GOALS = {
    "an inequality": "(a b c : Nat) (h : a < b) : a + c < b + c",
    "an append": "(xs ys : List Nat) : (xs ++ ys).length = ys.length + xs.length",
    "a disjunction": "(p q r : Prop) (hp : p ∨ q) (hr : r) : (q ∨ p) ∧ r",
    "booleans": "(a b c : Bool) : (a && (b || c)) = ((a && b) || (a && c))",
    "a step of an induction": (
        "(x : Nat) (xs ys : List Nat) (ih : (xs ++ ys).length = ys.length + xs.length) :"
        " ((x :: xs) ++ ys).length = ys.length + (x :: xs).length"
    ),
    "a divisibility": "(a b c : Nat) (h : a ∣ b) (hc : 0 < c) : a ∣ b * c + a",
    "an existence": "(k : Nat) (hk : 0 < k) : ∀ n m : Nat, n ≤ m → ∃ l, m * k = (n + l) * k",
}


def chosen(state: ProofState) -> tuple[str, ...]:
    """Return as many candidates as are wanted, the searches among them."""
    found = candidates(state.goals[0], DEFAULT_TACTICS)
    searches = [tactic for tactic in found if tactic.endswith("?")]
    others = [tactic for tactic in found if not tactic.endswith("?")]
    return (*others[: CANDIDATES - len(searches)], *searches)


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds for one goal.

    Parameters
    ----------
    took
        On the workers, which hold the state: somebody has looked at it for a moment.
    hurried
        At once, so that the second worker builds the state first.
    ideal
        By the ideal schedule.
    ideal_when_busy
        By the ideal schedule, where each candidate is measured while another worker does the same: two workers of one
        machine slow each other down.
    busy
        That the workers were at work together, building the proof state again included.
    """

    took: float
    hurried: float
    ideal: float
    ideal_when_busy: float
    busy: float


async def together(pool: LeanPool, state: ProofState) -> float:
    """Have all tried at once."""

    async def trial(tactic: str, timeout: float) -> ProofState:
        return await pool.tactic(state, tactic, timeout=timeout, priority="batch")

    began = time.perf_counter()
    async for _ in suggestions(trial, state.goals, tactics=chosen(state), timeout=60):
        pass
    return time.perf_counter() - began


async def ideal(pool: LeanPool, state: ProofState) -> float:
    """Have one after the other tried, with what it leads to, on a worker that has done the same before."""
    lasted = []
    for tactic in chosen(state):

        async def trial(tactic: str, timeout: float) -> ProofState:
            return await pool.tactic(state, tactic, timeout=timeout)

        began = time.perf_counter()
        async for _ in suggestions(trial, state.goals, tactics=[tactic], timeout=60):
            pass
        lasted.append(time.perf_counter() - began)
    return max(*lasted, sum(lasted) / WORKERS)


def busy_for(pool: LeanPool) -> float:
    """Return the seconds that the workers have been at work."""
    return sum(worker.busy for worker in pool.status().workers)


async def compared(pool: LeanPool, single: Sequence[LeanPool], statement: str, number: int) -> Compared:
    """Measure one goal, in proofs that are new."""
    code = f"theorem t{number} {statement}"
    state = await pool.prove(code)
    hurried = await together(pool, state)
    state = await pool.prove(f"theorem u{number} {statement}")
    pool.prepare(state)
    while any(worker.state == "busy" for worker in pool.status().workers):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(LOOKED)
    before = busy_for(pool)
    took = await together(pool, state)
    busy = busy_for(pool) - before
    states = [await each.prove(code) for each in single]
    alone = await ideal(single[0], states[0])
    both = await asyncio.gather(*map(ideal, single, states))
    return Compared(took, hurried, alone, statistics.mean(both), busy)


async def compared_all(pool: LeanPool, single: Sequence[LeanPool], numbers: range) -> dict[str, list[Compared]]:
    """Measure each goal several times, in turn."""
    measured: dict[str, list[Compared]] = {name: [] for name in GOALS}
    for number in numbers:
        for name, statement in GOALS.items():
            measured[name].append(await compared(pool, single, statement, number))
    return measured


def measure() -> Iterator[Row]:
    """Compare, goal by goal."""
    warm_up, repeats = either(3, 1), either(7, 1)  # workers are slower until they have had all kinds of work
    with ExitStack() as pools:
        pool = pools.enter_context(LeanPool(workers=WORKERS, timeout=120))
        single = [pools.enter_context(LeanPool(workers=1, timeout=120)) for _ in range(WORKERS)]
        asyncio.run(compared_all(pool, single, range(warm_up)))
        measured = asyncio.run(compared_all(pool, single, range(warm_up, warm_up + repeats)))
    ratios, ratios_hurried, ratios_when_busy, busy = [], [], [], []
    for name, times in measured.items():
        took, best = min(each.took for each in times), min(each.ideal for each in times)
        ratios.append(took / best)
        ratios_hurried.append(min(each.hurried for each in times) / best)
        ratios_when_busy.append(took / min(each.ideal_when_busy for each in times))
        busy += [each.busy / (WORKERS * each.took) for each in times]
        yield Row(f"{CANDIDATES} candidates for {name}", took * 1000, "ms")
        yield Row("  the ideal schedule", best * 1000, "ms")
    yield Row("median of took / ideal", statistics.median(ratios), "", 1.2)
    yield Row("largest of took / ideal", max(ratios), "")
    yield Row("median where the state is only on one worker", statistics.median(ratios_hurried), "")
    yield Row("median, the ideal measured with both workers busy", statistics.median(ratios_when_busy), "")
    yield Row("workers were at work meanwhile, replays included", 100 * statistics.median(busy), "%")
