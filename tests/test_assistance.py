"""Help with writing Lean in a shell: completion, and what the cursor is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from IPython.core.completer import provisionalcompleter
from ipython_shell import Ended

import lean_magic
from lean_magic import Position
from lean_magic.magic._draft import Draft

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def _complete(shell: InteractiveShell, marked: str) -> list[tuple[str, str]]:
    """Complete at the bar: what each replaces, and what with."""
    offset = marked.index("│")
    cell = marked.replace("│", "")
    with provisionalcompleter():
        found = list(shell.Completer.completions(cell, offset))
    assert all(completion.end == offset for completion in found)
    return [(cell[completion.start : completion.end], completion.text) for completion in found]


def _texts(shell: InteractiveShell, marked: str) -> list[str]:
    return [text for _, text in _complete(shell, marked)]


@pytest.mark.parametrize(
    ("marked", "code", "position", "before"),
    [
        ("%%lean\nexample │", "example ", Position(1, 8), "example "),
        ("\n%%lean --fresh\n\nab│c\nd", "\nabc\nd", Position(2, 2), "ab"),
        ("%%lean --fr│\nexample", None, Position(1, 11), " --fr"),
        ("%lean --no-raise #ev│al 1", "#eval 1", Position(1, 3), "#ev"),
        ("x = 1\n  %lean #ev│", "#ev", Position(1, 3), "#ev"),
        ("%lean --no│", None, Position(1, 10), " --no"),
        ("%lean │", "", Position(1, 0), ""),
    ],
)
def test_lean_is_found_in_a_cell(marked: str, code: str | None, position: Position, before: str) -> None:
    draft = Draft.at(marked.replace("│", ""), Position.at(marked, marked.index("│")))
    assert draft is not None
    assert (draft.code, draft.position if code is not None else position, draft.before) == (code, position, before)


@pytest.mark.parametrize(
    "marked",
    ["x = 1│", "%lea│n", "%leanctl sta│", "%%leaner\nx│", "x\n%%lean\ny│", "# %lean x│", "│%%lean\nx", "%%le│an\nx"],
)
def test_python_is_left_alone(marked: str) -> None:
    assert Draft.at(marked.replace("│", ""), Position.at(marked, marked.index("│"))) is None


def test_python_completes_as_before(lean: InteractiveShell) -> None:
    lean.user_ns["some_variable"] = 1
    assert "some_variable" in _texts(lean, "some_var│")


def test_options_and_their_values(lean: InteractiveShell) -> None:
    assert _texts(lean, "%%lean --no-│\n1") == ["--no-raise"]
    assert "--timeout" in _texts(lean, "%lean -│")
    Ended(lean, "%%lean --as base\ndef base := 1")
    assert _texts(lean, "%%lean --env ba│\n") == ["base"]
    assert _texts(lean, "%%lean --env=│\n") == ["base"]
    lean.user_ns["some_variable"] = 1
    assert _texts(lean, "%%lean --var some_│\n") == ["some_variable"]
    assert _texts(lean, "%%lean --timeout some_│\n") == ["some_"]
    assert "exit" not in _texts(lean, "%%lean -o │\n")


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (r"%%lean\nexample : Nat \to│".replace(r"\n", "\n"), [(r"\to", "→")]),
        (r"%lean #eval \alpha│", [(r"\alpha", "α")]),
        (r"%lean #eval (\<│", [(r"\<", "⟨")]),
        (r"%lean #eval \alp7│", [(r"\alp7", "α7")]),
    ],
)
def test_abbreviations(lean: InteractiveShell, marked: str, expected: list[tuple[str, str]]) -> None:
    assert _complete(lean, marked) == expected


def test_where_several_abbreviations_are_possible_they_are_told(lean: InteractiveShell) -> None:
    found = _texts(lean, "%lean #eval \\alp│")
    assert found == ["α"] or "\\alpha" in found
    assert len(_texts(lean, "%lean #eval \\│")) > 100


def test_lean_completes_in_what_the_cells_before_left(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ndef my_answer := 42\ntheorem my_theorem : my_answer = 42 := rfl")
    assert _complete(lean, "%%lean\n\nexample := my_a│") == [("my_a", "my_answer")]
    assert _complete(lean, "%lean #check my_th│") == [("my_th", "my_theorem")]
    assert _texts(lean, "%%lean\nexample : 1 = 1 := by\n  exact my_th│")[0] == "my_theorem"
    assert "my_answer" not in _texts(lean, "%%lean --fresh\nexample := my_a│")


def test_a_cell_that_is_changed_does_not_see_itself(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ndef first := 1")
    Ended(lean, "%%lean\ndef second := first\ndef third := 1")
    assert _texts(lean, "%%lean\ndef second := firs│")[0] == "first"
    assert "third" not in _texts(lean, "%%lean\ndef second := first\nexample := thir│")


def test_python_names_are_never_offered_in_lean(lean: InteractiveShell) -> None:
    lean.user_ns["zzz_python"] = 1
    Ended(lean, "%lean -q #eval 1")
    assert _texts(lean, "%%lean\nexample := zzz_│") == [""]
    assert _texts(lean, "%%lean\n│") == [""]
    assert _texts(lean, "%lean #eval zzz_│") == [""]


def test_nothing_is_started_for_a_completion(shell: InteractiveShell) -> None:
    lean_magic.shutdown()
    assert _texts(shell, "%%lean\nexample := Nat.ad│") == [""]
    assert not lean_magic.api.pool_if_made()
    assert _texts(shell, "%lean #eval \\to│") == ["→"]


def test_unloading_leaves_no_matcher(shell: InteractiveShell) -> None:
    shell.run_line_magic("unload_ext", "lean_magic")
    try:
        assert shell.Completer.custom_matchers == []
    finally:
        shell.run_line_magic("load_ext", "lean_magic")
    assert len(shell.Completer.custom_matchers) == 1
