"""Results as text, HTML and data, from results made by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import pytest
from handmade import ENV, made_message, made_sorry, made_state
from hypothesis import given
from hypothesis import strategies as st
from page import ALLOWED, Page, survives

from lean_magic import (
    Goal,
    LeanResult,
    Message,
    Position,
    TacticStep,
    display,
)
from lean_magic.toolchain import Progress

_GOAL = "case right\np q : Prop\nhp : p\nx : Nat := 5\n⊢ p ∧ q"
_SWAP = LeanResult(
    "theorem swap (p q : Prop) (hp : p) : p ∧ q := by\n  constructor\n  · sorry\n  · exact hq\n#check 1",
    "error",
    (
        made_message("error", "Unknown identifier `hq`", (4, 10), (4, 12)),
        made_message("warning", "declaration uses `sorry`", (1, 8), (1, 12)),
        made_message("info", "1 : Nat", (5, 0), (5, 6)),
    ),
    (made_sorry(_GOAL, (3, 4), (3, 9)),),
    env=ENV,
    elapsed=0.0123,
)


def test_text_has_each_note_below_its_line_and_ends_with_the_verdict() -> None:
    assert display.text(_SWAP) == (
        "   1 │ theorem swap (p q : Prop) (hp : p) : p ∧ q := by\n"
        "     │         ^^^^\n"
        "1:8 warning: declaration uses `sorry`\n"
        "   3 │   · sorry\n"
        "     │     ^^^^^\n"
        "3:4 goal:\n"
        "    case right\n"
        "    p q : Prop\n"
        "    hp : p\n"
        "    x : Nat := 5\n"
        "    ⊢ p ∧ q\n"
        "   4 │   · exact hq\n"
        "     │           ^^\n"
        "4:10 error: Unknown identifier `hq`\n"
        "   5 │ #check 1\n"
        "5:0 info: 1 : Nat\n"
        "✗ error: 1 error, 1 goal left open, 1 warning · 12 ms"
    )


def test_html_without_any_style_says_as_much() -> None:
    page = Page(display.html(_SWAP))
    for said in (
        "theorem swap (p q : Prop) (hp : p) : p ∧ q := by",
        "warning 1:8  declaration uses `sorry`",
        "case right",
        "p q : Prop",
        "hp : p",
        "x : Nat := 5",
        "⊢ p ∧ q",
        "error 4:10  Unknown identifier `hq`",
        "info 5:0  1 : Nat",
        "✗ error: 1 error, 1 goal left open, 1 warning · 12 ms",
    ):
        assert said in page.text
    assert page.within.get("u", []) == ["swap", "sorry", "hq"]


def test_html_survives_the_sanitizer_of_an_untrusted_notebook() -> None:
    page = Page(display.html(_SWAP))
    assert set(page.tags) <= ALLOWED
    assert page.styles
    assert [style for style in page.styles if not survives(style)] == []


def test_a_verdict_without_messages_is_one_line() -> None:
    assert display.text(LeanResult("def x := 1", "valid", elapsed=1.25)) == "✓ valid · 1.2 s"
    failed = LeanResult("", "out_of_memory", detail="Lean needed more than 4 GB.", elapsed=2)
    assert display.text(failed) == "✗ out of memory: Lean needed more than 4 GB. · 2.0 s"
    assert "✗ out of memory: Lean needed more than 4 GB. · 2.0 s" in Page(display.html(failed)).text


def test_goals_within_messages_are_shown_as_goals() -> None:
    text = "unsolved goals\ncase zero\n⊢ 0 = 0\n\ncase succ\nn : Nat\n⊢ n + 1 = 0"
    page = Page(display.html(LeanResult("example := by", "error", (made_message("error", text, (1, 0)),))))
    assert f"error 1:0\n{text}" in page.text
    assert page.within["b"][-7:] == ["error", "case", "⊢", "case", "n", "⊢", "✗ error: 1 error"]


def test_multi_line_output_keeps_its_columns() -> None:
    result = LeanResult("#eval t", "valid", (made_message("info", "a  b\n1  2", (1, 0), (1, 5)),))
    assert "1:0 info:\n    a  b\n    1  2\n" in display.text(result)


@pytest.mark.parametrize(
    ("start", "end", "marked"),
    [
        ((1, 4), (1, 9), "sorry"),
        ((1, 4), (3, 2), "sorry"),  # to the end of its first line
        ((1, 4), None, "sorry"),
        ((1, 9), (1, 9), " "),  # where something is missing at the end
        ((1, 4), (1, 4), "s"),
    ],
)
def test_what_a_message_is_about_is_marked(start: tuple[int, int], end: tuple[int, int] | None, marked: str) -> None:
    result = LeanResult("by  sorry\n  x\n  y", "error", (made_message("error", "no", start, end),))
    assert Page(display.html(result)).within["u"] == [marked]
    mark_line = display.text(result).split("\n")[1]
    assert mark_line == f"     │ {' ' * start[1]}{'^' * len(marked)}"


def test_a_message_from_nowhere_or_beyond_the_code_is_still_shown() -> None:
    messages = (made_message("error", "nowhere", (0, 0)), made_message("error", "far", (99, 7)))
    text = display.text(LeanResult("x", "error", messages))
    assert text == "error: nowhere\n99:7 error: far\n✗ error: 2 errors · 0 ms"
    assert "far" in Page(display.html(LeanResult("x", "error", messages))).text


_LETTERS = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs"]) | st.sampled_from("𝔸🎉שعe\u0301 "), max_size=50)


@given(lines=st.lists(_LETTERS), before=_LETTERS, marked=_LETTERS.filter(bool), after=_LETTERS)
def test_positions_are_code_points(lines: list[str], before: str, marked: str, after: str) -> None:
    code = "\n".join([*lines, before + marked + after, "end"])
    start, end = (len(lines) + 1, len(before)), (len(lines) + 1, len(before) + len(marked))
    page = Page(display.html(LeanResult(code, "error", (made_message("error", "no", start, end),))))
    assert page.within.get("u", []) == [marked]


_LINES = st.text(st.sampled_from("ab \t∧𝔸🎉「é\u0301-/{}"), max_size=20)


@given(st.lists(st.tuples(_LINES, st.sampled_from(["\n", "\r\n"])), min_size=2, max_size=6), st.data())
def test_any_part_of_any_code_is_marked_where_it_is(lines: list[tuple[str, str]], draw: st.DataObject) -> None:
    code = "".join(map("".join, lines))
    first, last = sorted(draw.draw(st.tuples(*[st.integers(0, len(code) - 1)] * 2)))
    start, end = Position.at(code, first), Position.at(code, last)
    result = LeanResult(code, "error", (Message("error", "no", start, end),))
    line = code.split("\n")[start.line - 1].removesuffix("\r")
    until = end.column if end.line == start.line else len(line)
    marked = line.ljust(start.column + 1)[start.column : max(until, start.column + 1)]
    assert Page(display.html(result)).within["u"] == [marked]

    shown, carets = (said.partition("│ ")[2] for said in display.text(result).split("\n")[:2])
    assert shown == line.replace("\t", " ").rstrip()
    columns = [
        sum(_columns(character) for character in text) for text in (line.ljust(start.column)[: start.column], marked)
    ]
    assert carets == (" " * columns[0] + "^" * columns[1]).rstrip()


def _columns(character: str) -> int:
    return {"\u0301": 0, "🎉": 2, "「": 2}.get(character, 1)


@given(code=st.text(), message=st.text(), goal=st.text(), names=st.text())
def test_nothing_from_lean_becomes_html(code: str, message: str, goal: str, names: str) -> None:
    result = LeanResult(
        code,
        "error",
        (made_message("error", message, (1, 0), (1, 3)), made_message("info", f"<script>{message}", (2, 0))),
        (made_sorry(goal, (1, 0), (1, 1)), made_sorry(f"{names} : <b>\n⊢ {goal}</pre>", (1, 0), (1, 1))),
        axioms={names: (goal,)},
    )
    page = Page(display.html(result))
    assert set(page.tags) <= ALLOWED
    assert "<script>" in page.text
    assert "<b>" in page.text
    json.dumps(display.data(result)).encode()
    display.text(result).encode()
    display.html(result).encode()


@given(st.lists(st.sampled_from(["unsolved goals", "case a", "h : p ∧ q", "⊢ p", "  q", "Tactic failed", ""])))
def test_no_part_of_a_message_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    page = Page(display.html(LeanResult("x", "error", (made_message("error", text, (1, 0)),))))
    shown = re.sub(r"\d+ more lines?", "", page.text)
    assert re.sub(r"\s", "", text) in re.sub(r"\s", "", shown)


def test_characters_that_do_something_are_shown_instead() -> None:
    text = display.text(LeanResult("x", "valid", (made_message("info", "\x1b[31m\x00\u202e\ud800é\t", (1, 0)),)))
    assert "␛[31m␀⟨U+202E⟩⟨U+D800⟩é\t" in text


def test_right_to_left_text_is_isolated() -> None:
    code = '#eval "שלום" ++ foo'
    result = LeanResult(code, "error", (made_message("error", "Unknown identifier `foo`", (1, 16), (1, 19)),))
    page = Page(display.html(result))
    assert page.within["bdi"] == ["שלום"]
    assert page.within.get("u", []) == ["foo"]
    # A terminal orders it by rules of its own: no mark rather than a wrong one.
    assert display.text(result).split("\n")[1].startswith("1:16 error")


def test_marks_in_a_terminal_stand_below_wide_characters() -> None:
    result = LeanResult("「」x", "error", (made_message("error", "no", (1, 2), (1, 3)),))
    assert display.text(result).split("\n")[1] == "     │     ^"


def test_a_hundred_thousand_messages_stay_small_and_hide_no_error() -> None:
    flood = tuple(made_message("info", f"{number}", (number + 1, 0)) for number in range(100_000))
    error = made_message("error", "the one that counts", (50_000, 3))
    result = LeanResult("#eval 1\n" * 100_000, "error", (*flood, error))
    for shown in (display.text(result), display.html(result)):
        assert len(shown) < 200_000
        assert "the one that counts" in shown
        assert "99,001 more messages not shown" in shown
        assert ".messages" in shown
    assert len(display.data(result)["notes"]) == 1000
    few = display.DisplayOptions(max_messages=3)
    assert "99,998 more messages not shown" in display.text(result, few)
    assert len(display.data(result, few)["notes"]) == 3


def test_many_messages_are_folded_away_and_counted() -> None:
    messages = tuple(
        made_message("warning" if number % 2 else "info", "said", (number + 1, 0)) for number in range(250)
    )
    html = display.html(LeanResult("x\n" * 250, "valid", messages))
    shown, folded = html.split("<details><summary>150 more: 75 warnings, 75 infos</summary>")
    assert (shown.count("said"), folded.count("said")) == (100, 150)


def test_html_stays_below_a_megabyte_whatever_is_said() -> None:
    messages = tuple(made_message("error", "<" * 9_000, (number + 1, 0)) for number in range(1000))
    step = TacticStep("simp", (Goal.parse("⊢ p"),), Position(1, 0), Position(1, 4), (), made_state())
    steps = tuple(replace(step, goals_after=(Goal.parse(f"⊢ {'<' * 9_000}{number}"),)) for number in range(1000))
    result = LeanResult("x\n" * 1000, "error", messages, tactics=steps)
    html = display.html(result)
    assert len(html) < 1_000_000
    assert ".messages of the result" in Page(html).text
    assert len(display.text(result)) < 1_000_000


def test_long_lines_messages_and_goals_are_cut_where_it_says_so() -> None:
    line = "x" * 1_000_000 + " sorry " + "y" * 1_000_000
    result = LeanResult(
        line,
        "error",
        (made_message("error", "z" * 1_000_000, (1, 1_000_001), (1, 1_000_006)),),
        (made_sorry(f"h : {'p' * 1_000_000}\n⊢ q", (1, 1_000_001), (1, 1_000_006)),),
    )
    page = Page(display.html(result))
    assert page.within.get("u", []) == ["sorry"]
    assert len(page.text) < 50_000
    assert "990,000 more characters in .messages of the result" in page.text
    assert len(display.text(result)) < 50_000
    assert len(json.dumps(display.data(result))) < 50_000


def test_a_long_line_is_cut_only_where_something_is_left_out() -> None:
    line = "x" * 500 + " sorry"
    at_end = display.text(LeanResult(line, "error", (made_message("error", "no", (1, 501), (1, 506)),)))
    assert at_end.split("\n")[0].startswith("   1 │ …x")
    assert at_end.split("\n")[0].endswith(" sorry")
    at_start = display.text(LeanResult(line, "error", (made_message("error", "no", (1, 0)),)))
    assert at_start.split("\n")[0].startswith("   1 │ x")
    assert at_start.split("\n")[0].endswith("x…")


def test_each_place_of_a_long_line_is_shown() -> None:
    line = f"{'x' * 10}{' ' * 380}yyyyy"
    messages = made_message("error", "one", (1, 0), (1, 5)), made_message("error", "two", (1, 390), (1, 395))
    assert display.text(LeanResult(f"{line}\n#a", "error", messages)).split("\n")[:6] == [
        f"   1 │ {line[:160]}…",
        "     │ ^^^^^",
        "1:0 error: one",
        f"   1 │ …{line[310:]}",
        f"     │ {' ' * 81}^^^^^",
        "1:390 error: two",
    ]


@pytest.mark.parametrize("length", [160, 161, 400])
def test_no_mark_stands_below_what_is_cut(length: int) -> None:
    messages = tuple(made_message("error", "no", (1, column)) for column in range(length + 1))
    shown = display.text(LeanResult("+" * length, "error", messages)).split("\n")
    excerpts = [(code[7:], marks[7:]) for code, marks in pairwise(shown) if code[:7] == "   1 │ "]
    assert all(len(marks) < len(code) for code, marks in excerpts if code.endswith("…"))
    assert sum(marks.count("^") for _, marks in excerpts) == length + 1


def test_long_output_is_folded() -> None:
    output = "\n".join(f"row {number}" for number in range(100))
    html = display.html(LeanResult("#eval t", "valid", (made_message("info", output, (1, 0)),)))
    shown, hidden = html.split("<summary>70 more lines</summary>")
    assert "row 29" in shown
    assert "row 30" not in shown
    assert "row 99" in hidden


def test_a_comment_of_many_lines_is_set_as_one() -> None:
    code = "/- one\n  theorem two -/\ntheorem three : x"
    in_comment = display.html(LeanResult(code, "error", (made_message("error", "no", (2, 2), (2, 3)),)))
    in_code = display.html(LeanResult(code, "error", (made_message("error", "no", (3, 16), (3, 17)),)))
    assert "<i>" in in_comment
    assert "<i>" not in in_code
    assert "theorem</b>" in in_code


def test_tactics_and_axioms_are_listed() -> None:
    step = TacticStep("rfl", (Goal.parse("⊢ 1 = 1"),), Position(1, 25), Position(1, 28), (), made_state())
    result = LeanResult(
        "theorem t : 1 = 1 := by rfl",
        "valid",
        tactics=(step,),
        axioms={"t": (), "u": ("propext",)},
        axioms_unseen={"u": ("lemma",)},
    )
    assert display.text(result).split("\n")[:-1] == [
        "Proof of theorem t, at line 1: 1 tactic",
        "    ⊢ 1 = 1",
        "1:25 rfl · goal closed",
        "t rests on no axioms",
        "u rests on propext, as far as this build of Lean knows: it has no proofs of lemma",
    ]
    text = Page(display.html(result)).text
    assert "✓ 1:25 rfl · goal closed" in text
    assert "u rests on propext" in text


def test_data_say_where_in_the_code_and_in_the_text() -> None:
    data = json.loads(json.dumps(display.data(_SWAP)))
    assert data == {
        "version": 2,
        "verdict": "error",
        "code": sha256(_SWAP.code.encode()).hexdigest()[:16],
        "notes": [
            "warning 1:8 1:12 3 3",
            "goal 3:4 3:9 6 11",
            "error 4:10 4:12 14 14",
            "info 5:0 5:6 16 16",
        ],
    }
    lines = display.text(_SWAP).split("\n")
    assert lines[14 - 1] == "4:10 error: Unknown identifier `hq`"
    nowhere = LeanResult("x", "error", (made_message("error", "no", (0, 0)),))
    assert display.data(nowhere)["notes"] == ["error - - 1 1"]
    assert display.data(LeanResult("x", "valid")) == {"version": 2, "verdict": "valid"}


def test_notebooks_get_all_forms_without_the_extension() -> None:
    bundle = _SWAP._repr_mimebundle_(include=None, exclude=None)
    assert bundle == display.mimebundle(_SWAP)
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.lean-magic.result+json"}
    for other in (_SWAP.sorries[0], _SWAP.sorries[0].goal, made_state("⊢ p")):
        assert set(other._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert display.text(_SWAP.sorries[0]) == _GOAL


def test_other_objects_are_refused() -> None:
    for function in (display.text, display.html):
        with pytest.raises(TypeError, match="not str"):
            function("x")


def test_progress_says_how_far_it_is() -> None:
    view = display.ProgressView(Progress("Downloading <Lean>", 12_000_000, 121_500_000, "B"))
    assert str(view) == "Downloading <Lean> … 12.0 MB of 121.5 MB"
    html = view._repr_html_()
    assert Page(html).text == "Downloading <Lean> 12.0 MB of 121.5 MB"
    assert 'value="12000000" max="121500000"' in html
    assert str(display.ProgressView(Progress("Starting Lean"))) == "Starting Lean …"
    assert "value" not in display.ProgressView(Progress("Starting Lean"))._repr_html_()
    assert str(display.ProgressView(Progress("Unpacking", 3, None, "files"))) == "Unpacking … 3 files"


def test_code_in_a_notice_is_set_as_code() -> None:
    notice = display.Notice("`a<b` would be declared by cell [3]; ` and `` are none")
    page = Page(notice._repr_html_())
    assert page.within["code"] == ["a<b"]
    assert page.text == "a<b would be declared by cell [3]; ` and `` are none"
    assert repr(notice).startswith("`a<b`")
