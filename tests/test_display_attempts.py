"""Explorers and trees of attempts as text and HTML, and the button that opens one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from handmade import made_sorry, made_state
from page import ALLOWED, Page, survives

from lean_magic import AttemptTree, Explorer, LeanPool, LeanResult, display

_GOAL = "p q : Prop\nh : p ∧ q\n⊢ q ∧ p"


@pytest.fixture(scope="module")
def tried(pool: LeanPool) -> Explorer:
    """An explorer with a branch that fails and one that is finished."""
    with Explorer(pool.prove_sync("theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p"), pool, title="swap") as explorer:
        split = explorer.add_sync("constructor")
        explorer.add_sync("exact h.1", split)
        last = explorer.add_sync("exact h.1", explorer.add_sync("exact h.2", split))
        explorer.rename(last, "short")
        explorer.mark(split)
        explorer.add_sync("exact h.2", split, place=1)
    return explorer


def _without_times(text: str) -> str:
    return re.sub(r" · [0-9.]+ m?s", "", text)


def test_an_explorer_shows_each_attempt_and_the_script(tried: Explorer) -> None:
    assert _without_times(display.text(tried)).split("\n") == [
        "swap",
        *_GOAL.split("\n"),
        "- ○ constructor · 2 goals left · marked",
        "  - ✗ exact h.1 · failed: Type mismatch",
        "  - ○ exact h.2 · 1 goal left",
        "    ✓ exact h.1 · finished · short · best",
        "  - ✗ exact h.2 · on goal 2 · failed: Type mismatch",
        "5 attempts, 1 finished, 2 failed",
        "Script, checked by Lean:",
        "  constructor",
        "  · exact h.2",
        "  · exact h.1",
    ]


def test_html_says_the_same_and_survives_where_it_is_not_trusted(tried: Explorer) -> None:
    page = Page(display.html(tried))
    text = _without_times(page.text)
    for said in ("swap", "⊢ q ∧ p", "✓ exact h.1 · finished · short · best", "constructor\n· exact h.2"):
        assert said in text
    assert {*page.tags} <= ALLOWED
    assert all(map(survives, page.styles))
    # Alternatives are items of one list.
    assert len(page.within["ul"]) == 2
    assert len(page.within["li"]) == 4


def test_nothing_tried_is_nothing_to_say(pool: LeanPool, tried: Explorer) -> None:
    with Explorer(tried.root, pool, title="swap") as fresh:
        assert display.text(fresh) == f"swap\n{_GOAL}\nno attempts yet"
        assert "Script" not in display.html(fresh)


def test_a_large_tree_is_cut_and_says_so() -> None:
    tree = AttemptTree(made_state(_GOAL))
    parent = tree.root
    for number in range(3000):
        attempt, _ = tree._begin(parent, f"have h{number} := {'<b>' * 50}", 0, "program")
        parent = attempt if number % 3 else parent
    text, html = display.text(tree), display.html(tree)
    assert len(text.split("\n")) < 520
    assert len(html) < 600_000
    for said in (text, Page(html).text):
        assert "2,500 more attempts: all are in .tree of the explorer" in said
        assert "3,000 attempts, 3,000 running" in said


def test_the_button_says_what_to_type_and_takes_little_room() -> None:
    sorry = replace(made_sorry(_GOAL, (1, 0), (1, 5)), address="swap' 2")
    page = Page(display.html(LeanResult("sorry", "sorry", sorries=(sorry,))))
    assert page.within["button"] == ["%leanctl explore swap' 2"]
    assert all(map(survives, page.styles))
    plain = display.html(LeanResult("sorry", "sorry", sorries=(replace(sorry, address=None),)))
    with_button = display.html(LeanResult("sorry", "sorry", sorries=(sorry,)))
    assert len(with_button) - len(plain) < 380
    assert 'title="Explore this goal in a new cell"' in with_button


def test_an_attempt_shows_its_goals_or_its_error(tried: Explorer) -> None:
    split, failed = tried.tree[1], tried.tree[2]
    bundle = split._repr_mimebundle_()
    text = _without_times(bundle["text/plain"])
    assert text.startswith("○ constructor · 2 goals left · marked\n  case left")
    assert "+ ⊢ q\n\n  case right" in text
    assert "h : p ∧ q" in Page(bundle["text/html"]).text
    text = _without_times(display.text(failed))
    assert text.startswith("✗ exact h.1 · failed\nType mismatch\n")
    assert text.endswith("expected to have type\n  q")
    page = Page(display.html(failed))
    assert _without_times(page.text).startswith("✗ exact h.1 · failed")
    assert {*page.tags} <= ALLOWED
    assert _without_times(display.text(tried.best)) == "✓ exact h.1 · finished · short"
    assert display.text(tried.tree.root) == f"○ beginning · 1 goal left\n{_GOAL}"
    assert repr(split).startswith("<Attempt 1 constructor")


def test_code_is_set_as_code_where_a_page_says_nothing(tried: Explorer) -> None:
    """On nbconvert's pages, ``<pre>`` has the font of what is around it."""
    assert "font-family:monospace" in display.html(tried).partition(">")[0]
    assert "font-family:monospace" in display.html(tried.root).partition(">")[0]


def test_a_picture_says_how_to_go_on_without_its_kernel(tried: Explorer) -> None:
    said = Page(display.html(tried)).text
    assert "run the cells above, then this one" in said
    assert "Error displaying widget" in said
