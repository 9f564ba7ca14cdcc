"""Output: the time that it takes to render, its size, and by how much a notebook grows that keeps it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import nbformat

from benchmarks.effort import either
from benchmarks.table import Row
from lean_magic import (
    EnvRef,
    Goal,
    LeanPool,
    LeanResult,
    Message,
    Position,
    ProofState,
    StateRef,
    TacticStep,
    display,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lean_magic.results import Severity

CELLS = {
    "a definition": "def double (n : Nat) : Nat := n + n",
    "what #eval and #check print": "#eval double 21\n#check double\n#eval (List.range 10).map double",
    "an error": """theorem double_pos (n : Nat) (h : 0 < n) : 0 < double n := by
  unfold double
  exact Nat.add_pos_left n""",
    "an open goal": """theorem swap (p q r : Prop) (h : (p ∧ q) ∧ r) : r ∧ (q ∧ p) := by
  obtain ⟨⟨hp, hq⟩, hr⟩ := h
  refine ⟨hr, hq, ?_⟩
  sorry""",
    "every tactic": """theorem add_swap (a b c : Nat) (h : a + b = c) (h' : c < 10) : b + a < 10 ∧ c ≤ 10 := by
  constructor
  · rw [Nat.add_comm b a, h]
    exact h'
  · have weaker := Nat.le_of_lt h'
    exact weaker""",
    "a long value": '#eval (List.range 100).map fun n => (n, s!"number {n}", n % 3 == 0)',
    "a trace": "set_option trace.Meta.synthInstance true in\nexample : Inhabited (Nat × Nat) := inferInstance",
}


def measure() -> Iterator[Row]:
    """Render a large result by hand, then what typical cells give."""
    result = large(either(1000, 50))
    display.html(result)
    what = f"{len(result.messages)} messages, {len(result.tactics)} tactics as"
    yield Row(f"{what} HTML", _best(display.html, result), "ms", 200)
    yield Row(f"{what} text", _best(display.text, result), "ms")
    yield Row(f"{what} all forms", _best(display.mimebundle, result), "ms")
    yield Row("the same as HTML, size", len(display.html(result).encode()) / 1e6, "MB", 1)
    yield Row("the same as text, size", len(display.text(result).encode()) / 1e6, "MB")
    yield from _growth()


def _best(render: Callable[[LeanResult], object], result: LeanResult) -> float:
    """Return the shortest of some times: what the machine does besides makes it only longer."""
    times = []
    for _ in range(either(10, 2)):
        began = time.perf_counter()
        render(result)
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


def _growth() -> Iterator[Row]:
    text = grown = 0
    with LeanPool(workers=1) as pool:
        env = None
        for name, code in CELLS.items():
            result = pool.run_sync(code, env, all_tactics=name == "every tactic")
            env = result.env if result.verdict in {"valid", "sorry"} else env
            bundle = display.mimebundle(result)
            size, added = len(bundle["text/plain"].encode()), _saved(bundle) - _saved(None)
            text, grown = text + size, grown + added
            yield Row(f"a notebook grows, by the {size} bytes shown: {name}", added / size, "")
    yield Row(f"a notebook of these grows, by the {text} bytes shown", grown / text, "", 3)


def _saved(bundle: dict[str, object] | None) -> int:
    """Return the bytes of a notebook with one cell."""
    output = {"output_type": "execute_result", "data": bundle, "execution_count": 1, "metadata": {}}
    cell = {"cell_type": "code", "id": "cell", "source": "%%lean", "execution_count": 1, "metadata": {}}
    cell["outputs"] = [output] if bundle else []
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    return len(nbformat.writes(nbformat.from_dict(notebook)).encode())  # type: ignore[no-untyped-call]


def large(number: int) -> LeanResult:
    """Return a result with so many messages, and as many tactics in proofs of ten."""
    messages, steps = [], []
    severities: tuple[Severity, ...] = ("error", "warning", "info")
    line = "theorem name_{} (p q : Prop) (h : p ∧ q) : q ∧ p := by exact ⟨h.2, h.1⟩"
    text = "Type mismatch\n  h.{}\nhas type\n  p\nbut is expected to have type\n  q"
    for index in range(number):
        start, end = Position(index + 1, 56), Position(index + 1, 65)
        messages.append(Message(severities[index % 3], text.format(index), start, end))
        before = _goal(index)
        after = (_goal(index + 1),) if index % 10 < 9 else ()
        steps.append(TacticStep(f"rw [name_{index}] at h", (before,), start, end, (), _STATE, after))
    code = "\n".join(map(line.format, range(number)))
    return LeanResult(code, "error", tuple(messages), tactics=tuple(steps))


_STATE = ProofState(StateRef(EnvRef("lean", ""), "sorries", 0), (), "Incomplete: open goals remain")


def _goal(number: int) -> Goal:
    text = f"a b c : Nat\nh : a + {number} = b\nih : ∀ (x : Nat), x + {number} = {number} + x\n⊢ a + b = c + {number}"
    return replace(Goal.parse(text), id=str(number))
