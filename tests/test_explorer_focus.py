"""A tactic on one of several goals, as one tactic."""

from __future__ import annotations

import pytest

from lean_magic import InputError, LeanPool, ProofState, TacticError
from lean_magic.explorer._focus import in_own_lines, on_goal, tidy


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


@pytest.mark.parametrize(
    "tactic",
    [
        'exact "a  \n      b\r\n  c"',
        'exact (rfl : "a\u2028\u0085b" = "a\u2028\u0085b")',
        'skip\nexact r#"\n " \n"#',
        "exact «a\n  b»",
    ],
)
def test_what_is_quoted_stays_as_it_is(tactic: str) -> None:
    assert tidy(tactic) == tactic
    for place in (0, 1, None):
        assert tactic.partition("exact ")[2] in on_goal(tactic, place, 2)


@pytest.mark.parametrize("place", [0, 1, None])
def test_strings_of_several_lines_are_run_as_they_are(pool: LeanPool, place: int | None) -> None:
    state = pool.tactic_sync(pool.prove_sync('theorem s : "a\\n   b ".length = 7 ∧ 1 = 1'), "constructor")
    if place == 1:
        state = pool.tactic_sync(state, "rotate_left")
    tactic = 'have : "a\n   b ".length = 7 := rfl\nexact id (\n  α := "a\n   b ".length = 7) this -- so'
    assert targets(pool.tactic_sync(state, on_goal(tactic, place, 2))) == ["1 = 1"]


@pytest.mark.parametrize("tactic", ["exact h) <;> (skip", "skip\n} <;> { skip", "exact h⟩"])
def test_brackets_that_were_not_opened_are_refused(tactic: str) -> None:
    with pytest.raises(InputError, match="bracket that it does not open"):
        on_goal(tactic, 0, 2)
    assert on_goal("exact ')' -- )", 0, 1)


def test_half_a_character_is_no_tactic() -> None:
    with pytest.raises(InputError, match="U\\+D835"):
        tidy("exact \ud835")


@pytest.mark.parametrize("place", [None, 0, 1, 2])
@pytest.mark.parametrize(("tactic", "start"), [("skip\nexact foo", "line 2: Unknown"), ("exact foo", "Unknown")])
def test_an_error_has_a_line_of_what_was_written(three: ProofState, tactic: str, place: int | None, start: str) -> None:
    run = on_goal(tactic, place, 3)
    with pytest.raises(TacticError) as error:
        three.tactic_sync(run)
    assert in_own_lines(str(error.value), tactic, run).startswith(start)
