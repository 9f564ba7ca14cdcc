"""A tactic on one of several goals, as one tactic."""

from __future__ import annotations

import pytest

from lean_magic import InputError, LeanPool, ProofState
from lean_magic.explorer._focus import on_goal, tidy


@pytest.fixture(scope="module")
def three(pool: LeanPool) -> ProofState:
    """Three goals: p, q, r."""
    state = pool.prove_sync("theorem t (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r")
    return pool.tactic_sync(state, "refine ⟨?_, ?_, ?_⟩")


def targets(state: ProofState) -> list[str]:
    return [goal.target for goal in state.goals]


@pytest.mark.parametrize(
    ("written", "tactic"),
    [
        ("  simp  ", "simp"),
        ("\n\n  intro h\n  exact h\n\n", "intro h\nexact h"),
        ("  induction n with\n  | zero => rfl\n  | succ => simp", "induction n with\n| zero => rfl\n| succ => simp"),
        ("simp only\n  [h]", "simp only\n  [h]"),
        (
            "cases h with\n| inl h => exact h\n| inr h =>\n  exact h",
            "cases h with\n| inl h => exact h\n| inr h =>\n  exact h",
        ),
        ("constructor\n· simp\n· skip\n  simp", "constructor\n· simp\n· skip\n  simp"),
    ],
)
def test_shared_indentation_goes(written: str, tactic: str) -> None:
    assert tidy(written) == tactic


@pytest.mark.parametrize("nothing", ["", "  \n\t\n ", None, 3])
def test_what_is_no_tactic_is_refused(nothing: object) -> None:
    with pytest.raises(InputError):
        tidy(nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_others_stay_where_they_are(pool: LeanPool, three: ProofState, place: int) -> None:
    after = pool.tactic_sync(three, on_goal("assumption", place, 3))
    assert targets(after) == [target for number, target in enumerate("pqr") if number != place]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_left_takes_the_place(pool: LeanPool, three: ProofState, place: int) -> None:
    after = pool.tactic_sync(
        three, on_goal("have : True := by\n  skip\n  trivial\nrefine (fun h => ?_) this", place, 3)
    )
    assert targets(after) == ["p", "q", "r"]
    assert [any("h" in hypothesis.names for hypothesis in goal.hypotheses) for goal in after.goals] == [
        number == place for number in range(3)
    ]
    kept = [number for number in range(3) if number != place]
    assert [after.goals[number].id for number in kept] == [three.goals[number].id for number in kept]


def test_the_others_are_out_of_reach(pool: LeanPool, three: ProofState) -> None:
    assert targets(pool.tactic_sync(three, on_goal("all_goals assumption", 1, 3))) == ["p", "r"]
    assert targets(pool.tactic_sync(three, on_goal("all_goals assumption", None, 3))) == []


@pytest.mark.parametrize(
    "tactic", ["skip; skip", "skip\nskip", "skip -- so it goes", "skip\nskip -- so it goes", "skip;\n skip"]
)
@pytest.mark.parametrize("place", [None, 0, 1])
def test_several_tactics_in_one(pool: LeanPool, three: ProofState, tactic: str, place: int | None) -> None:
    assert targets(pool.tactic_sync(three, on_goal(tactic, place, 3))) == ["p", "q", "r"]


def test_one_goal_needs_nothing_around() -> None:
    assert on_goal(" simp ", 0, 1) == "simp"
