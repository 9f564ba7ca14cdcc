"""Cells as a ``.lean`` file, and a ``.lean`` file as cells, on real Lean."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

import nbformat
import pytest

from lean_magic import InputError, LeanPool
from lean_magic.session import CellKey, Request, Session, cells_of_file, file_of_cells, write_notebook

if TYPE_CHECKING:
    from pathlib import Path


def _session(pool: LeanPool, *cells: str | tuple[str, str]) -> Session:
    """Return a session in which these cells were run, some of them with a name."""
    session = Session(pool.run_sync)
    for number, cell in enumerate(cells, 1):
        code, name = (cell, None) if isinstance(cell, str) else cell
        session.run(Request(CellKey(str(number)), code, name, count=number, may_fail=True))
    return session


_CELLS = (
    "-- Copyright\nimport Std\n\n-- a comment\nnamespace Deep\n\ndef x := 1",
    ("theorem t : x = 1 := by\n\n  rfl", "named"),
    "import Lean\nopen Lean in\n#check (Name : Type)\nend Deep",
    "def broken := nothing\n",
    "/-- α -/\ndef y := Deep.x -- 𝔸\n\n#eval y",
)

_FILE = """\
import Std
import Lean

-- %%
-- Copyright
-- a comment
namespace Deep

def x := 1

-- %% named
theorem t : x = 1 := by

  rfl

-- %%
open Lean in
#check (Name : Type)
end Deep

-- %%
-- [4] is left out, since it fails: 1:14 error: Unknown identifier `nothing`
/-- α -/
def y := Deep.x -- 𝔸

#eval y
"""


def test_cells_become_a_file_that_lean_accepts_and_the_file_becomes_cells(pool: LeanPool) -> None:
    text = file_of_cells(_session(pool, *_CELLS))
    assert text == _FILE
    assert pool.run_sync(text).ok
    cells = cells_of_file(text, pool.run_sync)
    assert [cell.name for cell in cells] == ["", "named", "", ""]
    assert cells[0].source.startswith("%%lean\nimport Std\nimport Lean\n\n-- Copyright\n")
    assert cells[1].source == "%%lean --as named\ntheorem t : x = 1 := by\n\n  rfl"
    again = _session(pool, *[(cell.code, cell.name or None) for cell in cells])
    assert all(cell.last.verdict == "valid" for cell in again.cells)
    assert file_of_cells(again) == text


def test_cells_that_fail_at_the_end_are_mentioned_and_branches_are_files(pool: LeanPool) -> None:
    session = _session(pool, ("def a := 1", "base"), "def b := nothing")
    ending = "-- %%\n-- [2] is left out, since it fails: 1:9 error: Unknown identifier `nothing`\n"
    assert file_of_cells(session).endswith(ending)
    session.run(Request(CellKey("3"), "def c := a", "branch", base="base"))
    assert file_of_cells(session, "branch") == "-- %% base\ndef a := 1\n\n-- %% branch\ndef c := a\n"
    assert file_of_cells(Session(pool.run_sync)) == ""


def test_a_file_without_marks_is_cut_between_commands_only(pool: LeanPool) -> None:
    text = """\
/- Copyright

and so on. -/
import Std

/-! # A title -/

open Nat
-- about x

-- about x, too
def x :=

  1

#eval x
#eval x + 1
def text := "
def no := 1

"

/-
def no := 2

-/
def z := 3

mutual

def even : Nat → Bool
  | 0 => true
  | n + 1 => odd n

def odd : Nat → Bool
  | 0 => false
  | n + 1 => even n

end
#exit

def unread :=
"""
    cells = [cell.code for cell in cells_of_file(text, pool.run_sync)]
    assert [code.splitlines()[0] for code in cells] == [
        "/- Copyright",
        "open Nat",
        "-- about x, too",
        "#eval x",
        "mutual",
    ]
    assert "".join("".join(cells).split()) == "".join(text.split())
    session = Session(pool.run_sync)
    numbers = count()
    verdicts = [session.run(Request(CellKey(str(next(numbers))), code)).result for code in cells[:-1]]
    assert [result.verdict for result in verdicts] == ["valid"] * 4


def test_a_file_becomes_a_notebook_that_jupyter_reads(pool: LeanPool, tmp_path: Path) -> None:
    file = tmp_path / "some.lean"
    file.write_text(_FILE, encoding="utf-8")
    path, number = write_notebook(file, None, pool.run_sync)
    assert (path, number) == (tmp_path / "some.ipynb", 4)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    titles = [cell.source.partition("\n")[0] for cell in notebook.cells]
    assert titles[:3] == [
        "# some",
        "%load_ext lean_magic",
        "%%lean",
    ]
    assert json.loads(path.read_text(encoding="utf-8"))["nbformat_minor"] == 5
    with pytest.raises(InputError, match="exists already: --force"):
        write_notebook(file, None, pool.run_sync)
    with pytest.raises(InputError, match=r"no\.lean cannot be read as Lean code: No such file"):
        write_notebook(tmp_path / "no.lean", None, pool.run_sync)
    (tmp_path / "no.lean").write_text(" \n")
    with pytest.raises(InputError, match="There is no Lean code"):
        write_notebook(tmp_path / "no.lean", None, pool.run_sync)
    with pytest.raises(InputError, match="cannot be written"):
        write_notebook(file, tmp_path / "no" / "x.ipynb", pool.run_sync)


def test_marks_within_comments_and_texts_are_none(pool: LeanPool) -> None:
    text = """-- %% one
/- a comment /- of two levels -/
-- %% none
-/
def c : Char := '"'
def s := "
-- %% none
"
-- %% two
def d := 'x' -- "
-- %%
#eval d
"""
    cells = cells_of_file(text, pool.run_sync)
    assert [cell.name for cell in cells] == ["one", "two", ""]
    assert "-/\ndef c" in cells[0].code
