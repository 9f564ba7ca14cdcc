"""Goals, proof states, suggestions and traces as text and HTML."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import made_state
from page import ALLOWED, Page, survives

from lean_magic import (
    Goal,
    Hypothesis,
    LeanResult,
    Message,
    Position,
    Sorry,
    Suggestion,
    TacticStep,
    TraceNode,
    display,
)

_GOAL = "case right\np q : Prop\nhp : p\nx : Nat := 5\n⊢ p ∧ q"


def test_a_proof_state_shows_goals_status_and_script() -> None:
    state = made_state(_GOAL, "⊢ q", script=("constructor",))
    assert display.text(state) == f"{_GOAL}\n\n⊢ q\n○ incomplete: open goals remain · after constructor"
    page = Page(display.html(state))
    assert "case right" in page.text
    assert "○ incomplete: open goals remain · after constructor" in page.text


def test_a_proof_state_shows_what_its_tactic_changed() -> None:
    before = made_state("h : p ∧ q\n⊢ q", "⊢ r")
    state = replace(made_state("h : p ∧ q\nhq : q\n⊢ q", "⊢ r", script=("have hq := h.2",)), parent=before)
    assert display.text(state).split("\n")[:-1] == ["  h : p ∧ q", "+ hq : q", "  ⊢ q", "", "⊢ r"]
    page = Page(display.html(state))
    assert page.within["ins"] == ["+ hq : q"]
    assert page.lines[:3] == ["  h : p ∧ q", "+ hq : q", "  ⊢ q"]
    assert str(state) == "h : p ∧ q\nhq : q\n⊢ q\n\n⊢ r"


def test_a_goal_in_another_format_is_shown_as_it_is() -> None:
    page = Page(display.html(Goal.parse("| a + b\nodd")))
    assert page.text == "| a + b\nodd"


def test_no_goals_are_a_success_only_if_the_kernel_says_so() -> None:
    assert display.text(made_state(status="Completed", script=("rfl",))) == "✓ completed · after rfl"
    for status in ("Incomplete: contains sorry", "Error: kernel type check failed"):
        shown = display.text(made_state(status=status))
        assert "✓" not in shown
        assert status[1:] in shown


def test_many_goals_are_folded_and_counted() -> None:
    state = made_state(*(f"⊢ p{number}" for number in range(1000)))
    page = Page(display.html(state))
    assert "92 more goals" in page.text
    assert "900 more goals" in page.text
    assert "900 more goals" in display.text(state)


def test_what_lean_offers_can_be_copied_alone() -> None:
    offers = (Suggestion("exact ⟨hp, hq⟩"), Suggestion("simp only\n  [h]"))
    text = "Try these:\n  [apply] exact ⟨hp, hq⟩\n  [apply] simp only\n      [h]"
    said = Message("info", text, Position(1, 0), None, offers)
    result = LeanResult("exact?", "valid", (said,))
    page = Page(display.html(result))
    assert page.within["code"] == [offer.text for offer in offers]
    assert "info 1:0  Try this:" in page.lines
    assert "[apply] exact ⟨hp, hq⟩" in display.text(result)
    more = replace(said, text=f"{text}\n  -- Remaining subgoals:\n  -- ⊢ p")
    assert "Remaining subgoals" in Page(display.html(LeanResult("apply?", "valid", (more,)))).text
    linter = Message("warning", "unused variable `x`", Position(1, 0), None, (Suggestion("_x"),))
    page = Page(display.html(LeanResult("x", "valid", (linter,))))
    assert "warning 1:0  unused variable `x`" in page.lines
    assert page.within["code"] == ["_x"]


def _trace(depth: int, width: int) -> TraceNode:
    node = TraceNode("Meta", "last")
    for _ in range(depth):
        node = TraceNode("Meta", "<step>", (node,) * width)
    return node


def test_traces_are_folded_step_by_step() -> None:
    said = Message("info", "[Meta] all of it", Position(1, 0), traces=(_trace(2, 2),))
    html = display.html(LeanResult("x", "valid", (said,)))
    page = Page(html)
    assert page.within["summary"] == ["[Meta] <step>"] * 3
    assert page.within["li"].count("[Meta] last") == 4
    assert set(page.tags) <= ALLOWED
    assert [style for style in page.styles if not survives(style)] == []
    assert "open" not in html
    assert "[Meta] all of it" in display.text(LeanResult("x", "valid", (said,)))


@pytest.mark.parametrize(
    ("trace", "more"), [((5000, 1), "(more in .traces"), ((1, 9000), "8,501 more steps in .traces")]
)
def test_deep_and_long_traces_stay_small(trace: tuple[int, int], more: str) -> None:
    said = Message("info", "x", Position(1, 0), traces=(_trace(*trace),))
    html = display.html(LeanResult("x", "valid", (said,)))
    assert len(html) < 50_000
    assert more in Page(html).text


_MUCH = Goal(
    "case a\nα : Type\np : Prop\ninst✝ : Add α\nx✝ y : α\nz : α := y\n⊢ p",
    "a",
    (
        Hypothesis(("α",), "Type"),
        Hypothesis(("p",), "Prop"),
        Hypothesis(("inst✝",), "Add α", is_instance=True),
        Hypothesis(("x✝", "y"), "α"),
        Hypothesis(("z",), "α", "y"),
    ),
    "p",
)


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({}, "case a|α : Type|p : Prop|inst✝ : Add α|x✝ y : α|z : α := y|⊢ p"),
        ({"target_first": True}, "case a|⊢ p|α : Type|p : Prop|inst✝ : Add α|x✝ y : α|z : α := y"),
        ({"hide_types": True}, "case a|inst✝ : Add α|x✝ y : α|z : α := y|⊢ p"),
        ({"hide_instances": True}, "case a|α : Type|p : Prop|x✝ y : α|z : α := y|⊢ p"),
        ({"hide_inaccessible": True}, "case a|α : Type|p : Prop|y : α|z : α := y|⊢ p"),
        ({"hide_let_values": True}, "case a|α : Type|p : Prop|inst✝ : Add α|x✝ y : α|z : α|⊢ p"),
        ({"show_goal_names": False}, "α : Type|p : Prop|inst✝ : Add α|x✝ y : α|z : α := y|⊢ p"),
    ],
)
def test_goals_are_shown_as_one_likes(options: dict[str, bool], lines: str) -> None:
    chosen = display.DisplayOptions(**options)  # type: ignore[arg-type]
    sorry = Sorry(_MUCH, made_state(), Position(1, 0))
    assert display.text(_MUCH, chosen) == lines.replace("|", "\n")
    assert Page(display.html(_MUCH, chosen)).text == lines.replace("|", "\n")
    shown = LeanResult("sorry", "sorry", sorries=(sorry,))
    assert lines.replace("|", "\n") in Page(display.html(shown, chosen)).text
    assert lines.replace("|", "\n    ") in display.text(shown, chosen)


def test_all_goals_but_the_first_can_be_folded_away() -> None:
    chosen = display.DisplayOptions(emphasize_first_goal=True)
    page = Page(display.html(made_state("⊢ p", "⊢ q", "⊢ r"), chosen))
    assert page.within["summary"] == ["2 more goals"]


def test_options_hold_until_others_are_set() -> None:
    former = display.display_options()
    display.set_display_options(display.DisplayOptions(show_goal_names=False))
    try:
        assert _MUCH._repr_mimebundle_()["text/plain"].startswith("α : Type")
    finally:
        display.set_display_options(former)
    assert _MUCH._repr_mimebundle_()["text/plain"].startswith("case a")


def test_a_goal_in_conv_is_not_to_be_proved() -> None:
    before, after = Goal.parse("x : Nat\n| x + 0 = x"), Goal.parse("x : Nat\n| x + 0")
    assert display.text(before, display.DisplayOptions(show_goal_names=False)) == "x : Nat\n| x + 0 = x"
    assert "⊢" not in Page(display.html(before)).text
    state = replace(made_state(status="Incomplete"), goals=(after,), parent=replace(made_state(), goals=(before,)))
    assert display.text(state).split("\n")[:3] == ["  x : Nat", "- | x + 0 = x", "+ | x + 0"]


def test_what_is_gone_and_what_has_come_do_not_run_together() -> None:
    state = replace(made_state("⊢ 0 ≤ 0"), parent=made_state("⊢ n ≤ m"))
    assert "n ≤ m 0 ≤ 0" in Page(display.html(state)).text


def test_steps_that_are_not_shown_are_counted_with_what_is_below_them() -> None:
    roots = tuple(TraceNode("r", str(n), tuple(TraceNode("s", "x") for _ in range(600))) for n in range(3))
    result = LeanResult("x", "valid", (Message("info", "t", Position(1, 0), None, traces=roots),))
    assert "… 1,303 more steps" in Page(display.html(result)).text


def test_goals_and_messages_that_are_not_shown_are_counted() -> None:
    goals = tuple(replace(Goal.parse(f"⊢ {number} = x"), id=str(number)) for number in range(103))
    step = TacticStep("split", (Goal.parse("⊢ p"),), Position(1, 0), Position(1, 5), (), made_state(), goals)
    result = LeanResult("split", "error", tactics=(step,))
    state = replace(made_state(), messages=tuple(Message("info", f"{n}", Position(1, 0), None) for n in range(102)))
    for text, page in ((display.text(shown), Page(display.html(shown)).text) for shown in (result, state)):
        more = "3 more goals in .goals_after of the tactic" if "split" in text else "2 more messages in .messages"
        assert f"… {more}" in text
        assert f"… {more}" in page
