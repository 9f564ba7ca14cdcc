from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_magic import Goal, Hypothesis, LeanPool


def test_a_goal_is_taken_apart() -> None:
    goal = Goal.parse("case inl.intro\np q : Prop\nhp : p ∧\n    q\n⊢ q ∨\n    p")
    assert goal.case == "inl.intro"
    assert goal.hypotheses == (Hypothesis(("p", "q"), "Prop"), Hypothesis(("hp",), "p ∧\n    q"))
    assert goal.target == "q ∨\n    p"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x : Nat := 3", Hypothesis(("x",), "Nat", "3")),
        ("h : ∀ (n : Nat := 3), n = n", Hypothesis(("h",), "∀ (n : Nat := 3), n = n")),
        ("h : let y := 5; y = 5", Hypothesis(("h",), "let y := 5; y = 5")),
        ("x : let y := Nat; y := 5", Hypothesis(("x",), "let y := Nat; y", "5")),
        ("«a b» y : Nat", Hypothesis(("«a b»", "y"), "Nat")),
        ("inst✝ : Add α", Hypothesis(("inst✝",), "Add α")),
        ('h : s = " := "', Hypothesis(("h",), 's = " := "')),
        ("f :\n  Nat → Nat := fun x => x", Hypothesis(("f",), "Nat → Nat", "fun x => x")),
    ],
)
def test_hypotheses(line: str, expected: Hypothesis) -> None:
    assert Goal.parse(f"{line}\n⊢ p").hypotheses == (expected,)


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    goal = Goal.parse(text)
    assert str(goal) == text
    assert goal.target in text
    assert goal.target or text in {"", "⊢ "}


def test_what_is_no_goal_becomes_the_target() -> None:
    assert Goal.parse("something else") == Goal("something else", None, (), "something else")


def test_goals_printed_below_each_other() -> None:
    left, right = Goal.parse_all("case left\np : Prop\n⊢ p\ncase right\np : Prop\n⊢ q ∧\n    p")
    assert (left.case, left.target) == ("left", "p")
    assert (right.case, right.target) == ("right", "q ∧\n    p")
    assert Goal.parse_all("no goals") == ()


def test_goals_of_real_lean(pool: LeanPool) -> None:
    code = """
theorem t (α : Type) [inst : Inhabited α] (f : Nat → α) (h : ∀ n, f n = f 0) : f 1 = f 0 ∧ True := by
  let x : Nat := 5
  have longer : f 100000000000000 = f 0 ∧ f 200000000000000 = f 0 ∧ f 300000000000000 = f 0 ∧ f 40000000000 = f 0 := by
    simp [h]
  constructor
  sorry
  trivial
"""
    result = pool.run_sync(code, all_tactics=True, options={"pp.showLetValues": True})
    (goal,) = result.goals
    named = {name: hypothesis for hypothesis in goal.hypotheses for name in hypothesis.names}
    assert goal.case == "left"
    assert goal.target == "f 1 = f 0"
    assert named["x"] == Hypothesis(("x",), "Nat", "5")
    assert named["h"].type == "∀ (n : Nat), f n = f 0"
    assert named["longer"].type.count("∧") == 3
    assert str(goal) == goal.text
    before_sorry = next(step for step in result.tactics if step.tactic == "sorry")
    assert [goal.case for goal in before_sorry.goals] == ["left", "right"]
