from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_magic import Goal, Hypothesis
from lean_magic.goal_diffs import diff_goals, diff_states, diff_texts


def _goal(text: str, id: str | None = None) -> Goal:
    return replace(Goal.parse(text), id=id)


def _hypotheses(before: str, after: str) -> list[tuple[str, str]]:
    diff = diff_goals(Goal.parse(f"{before}\n⊢ p"), Goal.parse(f"{after}\n⊢ p"))
    return [(found.change, str(found.hypothesis)) for found in diff.hypotheses]


def test_hypotheses_come_and_go_one_by_one() -> None:
    assert _hypotheses("p q : Prop\nh : p ∧ q\nz : Nat", "p q r : Prop\nhp : p\nhq : q\nz : Nat") == [
        ("same", "p q : Prop"),
        ("inserted", "r : Prop"),
        ("inserted", "hp : p"),
        ("inserted", "hq : q"),
        ("removed", "h : p ∧ q"),
        ("same", "z : Nat"),
    ]


def test_a_hypothesis_of_another_type_or_value_is_changed() -> None:
    assert _hypotheses("h : a + 0 = b\nx : Nat := 1", "h : a = b\nx : Nat := 2") == [
        ("changed", "h : a = b"),
        ("changed", "x : Nat := 2"),
    ]
    diff = diff_goals(Goal.parse("x : Nat := 1\n⊢ p"), Goal.parse("x : Nat := 2\n⊢ p"))
    assert [(part.text, part.change) for part in diff.hypotheses[0].parts] == [
        ("Nat := ", "same"),
        ("1", "removed"),
        ("2", "inserted"),
    ]


def test_what_is_known_of_hypotheses_is_kept() -> None:
    kept = Hypothesis(("x", "inst✝"), "Add α", None, ("1", "2"), is_instance=True)
    came = Hypothesis(("y",), "Add α", None, ("3",))
    before, after = (Goal("", None, hypotheses, "p") for hypotheses in ((kept,), (came, kept)))
    for first, second in ((before, after), (after, before)):
        found = [diff.hypothesis for diff in diff_goals(first, second).hypotheses]
        assert sorted((hypothesis.ids, hypothesis.is_instance) for hypothesis in found) == [
            (("1", "2"), True),
            (("3",), False),
        ]
    apart = diff_goals(before, Goal("", None, (Hypothesis(("inst✝",), "Add α", None, ("2",), is_instance=True),), "p"))
    assert [(diff.change, diff.hypothesis.ids, diff.hypothesis.is_instance) for diff in apart.hypotheses] == [
        ("removed", ("1",), True),
        ("same", ("2",), True),
    ]


def _with_ids(*hypotheses: str) -> Goal:
    """Return a goal with hypotheses, each with what tells it from others before it."""
    return Goal(
        "", None, tuple(Hypothesis((name,), "p", None, (known,)) for known, name in map(str.split, hypotheses)), "q"
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["1 h"], ["1 h✝", "2 h"], ["same h✝", "inserted h"]),  # `have h := h`
        (["1 h✝", "2 h"], ["1 h"], ["same h", "removed h"]),  # `clear h`
        (["1 h"], ["9 h"], ["same h"]),  # made anew
        (["1 h"], ["1 k"], ["inserted k", "removed h"]),  # `rename h => k`
        (["1 h✝"], ["1 h"], ["inserted h", "removed h✝"]),  # `rename_i h`
        (["1 a", "2 b"], ["2 b", "1 a"], ["same b a"]),
    ],
)
def test_a_hypothesis_that_another_one_hides_is_the_same(
    before: list[str], after: list[str], expected: list[str]
) -> None:
    diff = diff_goals(_with_ids(*before), _with_ids(*after))
    assert [f"{found.change} {' '.join(found.hypothesis.names)}" for found in diff.hypotheses] == expected


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("a + b = c", "b + a = c", "[-a + b-]{+b + a+} = c"),
        ("n + 0 = n", "n = n", "n [-+ 0 -]= n"),
        ("q ∧ p", "q", "q[- ∧ p-]"),
        ("x₁ = x", "x₂ = x", "[-x₁-]{+x₂+} = x"),  # never a part of a name
        ("f (h.left) = 1", "f (h.right) = 1", "f ([-h.left-]{+h.right+}) = 1"),
        ("a ∧ b", "c = d", "[-a ∧ b-]{+c = d+}"),  # a space in both is nothing in common
        ("f a ∧ g b ∧ h c", "f x ∧ g b ∧ h y", "f [-a-]{+x+} ∧ g b ∧ h [-c-]{+y+}"),
    ],
)
def test_what_changed_in_a_target(before: str, after: str, marked: str) -> None:
    brackets = {"same": "{}", "removed": "[-{}-]", "inserted": "{{+{}+}}"}
    parts = diff_goals(Goal.parse(f"⊢ {before}"), Goal.parse(f"⊢ {after}")).target
    assert "".join(brackets[part.change].format(part.text) for part in parts) == marked


_TEXTS = st.lists(st.sampled_from(["a", "b'", " ", "∧", "(", ")", "x.y", "\n"]), max_size=150).map("".join) | st.text()


@given(_TEXTS, _TEXTS)
def test_nothing_of_two_texts_is_lost(before: str, after: str) -> None:
    parts = diff_texts(before, after)
    assert "".join(part.text for part in parts if part.change != "inserted") == before
    assert "".join(part.text for part in parts if part.change != "removed") == after
    assert all(part.text for part in parts)


def test_goals_that_stay_are_told_from_those_that_change() -> None:
    first, second, third = _goal("⊢ a ∧ b", "1"), _goal("⊢ c", "2"), _goal("case left\n⊢ a", "3")
    diff = diff_states([first, second], [third, second])
    assert [(goal.after, goal.before, goal.changed) for goal in diff.goals] == [
        (third, first, True),
        (second, second, False),
    ]
    assert diff.closed == ()
    assert diff.changed


def test_a_closed_goal_is_told() -> None:
    first, second = _goal("⊢ a", "1"), _goal("⊢ a", "2")  # of the same text
    diff = diff_states([first, second], [second])
    assert diff.closed == (first,)
    assert not diff.goals[0].changed
    assert diff_states([first], []).closed == (first,)


def test_a_goal_that_another_one_fills_in_stays_the_same_goal() -> None:
    main, other, filled = _goal("case h\n⊢ ?w = 1", "1"), _goal("case w\n⊢ Nat", "2"), _goal("case h\n⊢ 1 = 1", "1")
    diff = diff_states([main, other], [filled])
    assert diff.goals[0].before is main
    assert diff.closed == (other,)


def test_without_identities_goals_are_told_by_their_text() -> None:
    diff = diff_states([_goal("⊢ a"), _goal("⊢ b")], [_goal("⊢ c"), _goal("⊢ b")])
    assert [goal.changed for goal in diff.goals] == [True, False]
    assert diff_states([], [_goal("⊢ c")]).goals[0].before is None
    assert not diff_states([_goal("⊢ a")], [_goal("⊢ a")]).changed


@given(st.lists(st.sampled_from("abc"), max_size=5), st.lists(st.sampled_from("abc"), max_size=5))
def test_every_goal_is_accounted_for(before: list[str], after: list[str]) -> None:
    first, second = ([Goal.parse(f"⊢ {name}") for name in names] for names in (before, after))
    diff = diff_states(first, second)
    assert [goal.after for goal in diff.goals] == second
    assert diff.changed == (sorted(before) != sorted(after))
