"""What is said of errors of tactics, where Lean's own words do not help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lean_magic import TacticError
from lean_magic._hints import hint
from lean_magic.explorer._focus import on_goal

if TYPE_CHECKING:
    from lean_magic import LeanPool, ProofState


@pytest.fixture(scope="module")
def state(pool: LeanPool) -> ProofState:
    return pool.prove_sync("theorem t (p q r : Prop) (h : p ∨ q) (g : q → p ∨ r) : (p ∨ r) ∧ (1 < 2)")


def _hint(state: ProofState, tactic: str) -> str | None:
    with pytest.raises(TacticError) as raised:
        state.tactic_sync(on_goal(tactic, 0, len(state.goals)))
    return hint(tactic, str(raised.value))


@pytest.mark.parametrize(
    ("tactic", "word"),
    [
        ("linarith", "linarith"),
        ("constructor\nuse 3", "use"),
        ("skip; ring", "ring"),
        ("cases h <;> nlinarith [h]", "nlinarith"),
        ("constructor\n· norm_num at h", "norm_num"),
        ("have : 1 = 1 := by ring_nf", "ring_nf"),
        ("rcases h with h | h\ncase inl => tauto", "tauto"),
    ],
)
def test_tactics_of_mathlib(state: ProofState, tactic: str, word: str) -> None:
    said = _hint(state, tactic)
    assert said is not None
    assert said.startswith(f"{word} is a tactic of Mathlib, which is not part of this Lean")
    two = state.tactic_sync("constructor")
    assert _hint(two, tactic) == said


def test_names_that_cannot_be_written(state: ProofState) -> None:
    said = _hint(state.tactic_sync("constructor").tactic_sync("cases h"), "exact Or.inl h✝")
    assert said is not None
    assert said.startswith("h✝ ")
    assert "rename_i h" in said
    assert "next h =>" in said
    assert "case … h =>" in said
    assert (_hint(state, "exact x₁✝¹") or "").startswith("x₁✝¹ ")


@pytest.mark.parametrize(
    "tactic",
    ["exact h", "no_such_tactic", "rcases h with h | ring; exact", "exact ring", "rw [use]", "exact «h✝»", "exact ("],
)
def test_of_other_errors_nothing_is_said(state: ProofState, tactic: str) -> None:
    assert _hint(state, tactic) is None
