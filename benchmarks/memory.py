"""Memory of a worker over 10,000 requests whose results nobody keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.effort import either
from benchmarks.table import Row
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLED_EVERY = 100


def ask(pool: LeanPool, number: int) -> int:
    """Make some requests, none of which was made before; return how many."""
    match number % 4:
        case 0:
            result = pool.run_sync(
                f"theorem swap{number} (a b : Nat) : a + b + {number} = {number} + (a + b) := Nat.add_comm .."
            )
            assert result.ok, result
            return 1
        case 1:
            result = pool.run_sync(f"import Lean\ndef double{number} (n : Nat) : Nat := n + n + {number}")
            value = pool.run_sync(f"#eval double{number} 1", result.env)
            assert value.messages[0].text == str(2 + number), value
            return 2
        case 2:
            result = pool.run_sync(f"example (n : Nat) : n + {number} = n := by simp")
            assert result.verdict == "error", result
            return 1
        case _:
            state = pool.prove_sync(
                f"theorem both{number} (p q : Prop) (hp : p) (hq : q) : p ∧ q ∧ {number} = {number}"
            )
            for tactic in ("refine ⟨hp, ?_⟩", "exact ⟨hq, rfl⟩"):
                state = pool.tactic_sync(state, tactic)
            assert state.completed, state
            return 3


def measure() -> Iterator[Row]:
    """Run theorems, definitions, errors and tactics; look at the memory from time to time."""
    total = either(10_000, 300)
    with LeanPool(workers=1) as pool:
        sampled: list[int] = []
        processes: set[int] = set()
        requests = number = 0
        while requests < total:
            requests += ask(pool, number)
            number += 1
            if requests >= SAMPLED_EVERY * (len(sampled) + 1):
                (worker,) = pool.status().workers
                sampled.append(worker.memory)
                processes.add(worker.pid)
    yield Row(f"resident memory after {SAMPLED_EVERY} requests", sampled[0] / 1e9, "GB")
    yield Row(f"resident memory after {total:,} requests", sampled[-1] / 1e9, "GB")
    yield Row("the last by the first", sampled[-1] / sampled[0], "", 1.1)
    yield Row("the largest by the first", max(sampled) / sampled[0], "")
    yield Row("processes it took", len(processes), "", 1)
