"""What is at a place of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lean_magic import Position

if TYPE_CHECKING:
    from lean_magic import EnvRef, Hover, LeanPool


def _hover(pool: LeanPool, marked: str, env: EnvRef | None = None) -> Hover | None:
    """Look at the character after the bar in the code."""
    code = marked.replace("│", "")
    return pool.hover_sync(code, Position.at(code, marked.index("│")), env)


def test_a_name_has_a_type_and_a_place(pool: LeanPool) -> None:
    hover = _hover(pool, "-- 𝔸\nexample : Nat := Nat.a│dd 1 2")
    assert hover is not None
    assert "Nat.add : Nat → Nat → Nat" in hover.text
    assert (hover.start, hover.end) == (Position(2, 17), Position(2, 24))


def test_what_the_user_documents_is_told(pool: LeanPool) -> None:
    env = pool.run_sync("/-- The answer. -/\ndef answer := 42").env
    hover = _hover(pool, "example := an│swer", env)
    assert hover is not None
    assert "The answer." in hover.text
    assert "answer : Nat" in hover.text


def test_a_local_hypothesis_is_known(pool: LeanPool) -> None:
    hover = _hover(pool, "example (p : Prop) (h : p) : p := by\n  exact │h")
    assert hover is not None
    assert "h : p" in hover.text


def test_the_goals_in_a_proof_are_told(pool: LeanPool) -> None:
    hover = _hover(pool, "example (p : Prop) (h : p) : p ∧ p := by\n  constructor\n  · │skip\n    exact h\n  · exact h")
    assert hover is not None
    (goal,) = hover.goals
    assert (goal.case, goal.target) == ("left", "p")


@pytest.mark.parametrize("marked", ["│", "def x := 1\n\n│", "-- x│y", "example : Nat :=  │ 1"])
def test_where_there_is_nothing_there_is_no_hover(pool: LeanPool, marked: str) -> None:
    hover = _hover(pool, marked)
    assert hover is None or "1" in hover.text


async def test_awaiting_gives_the_same(pool: LeanPool) -> None:
    code = "example := Nat.add"
    assert await pool.hover(code, Position(1, 15)) == pool.hover_sync(code, Position(1, 15))


def test_of_a_tactic_that_ends_its_goal_the_goal_is_shown(pool: LeanPool) -> None:
    hover = pool.hover_sync("example (n : Nat) : n = n := by\n  simp", Position(2, 3))
    assert hover is not None
    assert [goal.target for goal in hover.goals] == ["n = n"]
