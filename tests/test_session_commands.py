"""``%leanctl`` about the cells, in a shell, on real Lean; and sessions in real kernels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from frontend import Kernel
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from ipython_shell import Ended

from lean_magic import InputError, LeanError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _run(shell: InteractiveShell, *cells: str) -> list[Ended]:
    return [Ended(shell, cell) for cell in cells]


def _said(shell: InteractiveShell, line: str) -> str:
    ended = Ended(shell, f"%leanctl {line}")
    assert ended.error is None
    return "\n".join(ended.texts)


def _number(shell: InteractiveShell) -> int:
    """Return the number of the cell that was run last."""
    return shell.execution_count - 1


def test_cells_are_shown_as_a_table_and_as_a_graph(lean: InteractiveShell) -> None:
    assert _said(lean, "cells") == "No cell has been run yet."
    _run(lean, "%%lean --as base\nimport Std\ndef a := 1\n-- more", "%%lean --env base --as side\ndef b := a")
    _run(lean, "%leanctl use side", "%%lean\n-- to c\ndef c := b", "%leanctl use main", "%%lean\ndef <b>d</b> := 1")
    ended = Ended(lean, "%%lean --as base --no-raise\nimport Std\ndef a := 2")
    assert ended.texts[-1] == "3 cells are out of date now: %leanctl replay runs them again."
    (output,) = Ended(lean, "%leanctl cells").outputs
    n = _number(lean)
    text = output["text/plain"]
    assert text.split("\n")[0].split("  ")[0] == "cell"
    graph = text.partition("branches are indented):\n")[2].partition("\n\n")[0]
    assert graph.splitlines() == [
        "base def a := 2",
        "└─ side def b := a (out of date)",
        f"   [{n - 4}] def c := b (out of date)",
        f"[{n - 2}] def <b>d</b> := 1 (out of date)",
    ]
    assert "out of date: cell base changed" in text
    assert "✗ error" in text
    assert "imports: Std" in text
    assert f"unnamed cells continue from: main, after cell [{n - 2}]" in text
    page = output["text/html"]
    assert page.count("<tr>") == 5
    assert '<th scope="col"' in page
    assert page.count("<li>") == 4
    assert "def &lt;b&gt;d" in page
    for refused in "<script", "<style", "<svg", "http":
        assert refused not in page


def test_replay_shows_what_came_of_each_cell(lean: InteractiveShell) -> None:
    _run(
        lean,
        "%%lean --as one\ndef a := 1",
        "%%lean --as two\ndef b := a",
        "%%lean --as three\ntheorem t : b = 1 := rfl",
    )
    assert _said(lean, "replay") == "All cells were up to date already."
    _run(lean, "%%lean --as one\ndef a := 0 + 1")
    assert _said(lean, "replay").splitlines() == [
        "✓ valid  two    def b := a",
        "✓ valid  three  theorem t : b = 1 := rfl",
        "All cells are up to date.",
    ]
    _run(lean, "%%lean --as one\ndef a := 2")
    ended = Ended(lean, "%leanctl replay")
    assert "✗ error  three  theorem t : b = 1 := rfl  1:" in ended.texts[0]
    assert ended.texts[0].endswith("Stopped at cell three, which fails.")
    assert "<ul" in ended.outputs[0]["text/html"]
    assert isinstance(ended.error, LeanError)
    assert str(ended.error).startswith("cell three: 1:")
    _run(lean, "%%lean --as one\ndef a := 1")
    assert len(_said(lean, "replay --all").splitlines()) == 4


def test_use_and_forget_say_what_they_did(lean: InteractiveShell) -> None:
    _run(lean, "%%lean --as one\ndef a := 1", "%%lean --as two --env one\ndef b := a")
    assert _said(lean, "use") == "Unnamed cells continue from main, after cell one."
    assert _said(lean, "use two") == "Unnamed cells continue from two, after cell two."
    _run(lean, "%lean #eval b")
    number = _number(lean)
    assert _said(lean, "use main").startswith("Unnamed cells continue from main")
    assert isinstance(Ended(lean, "%lean #eval b").error, LeanError)
    for line, said in {"use tow": "did you mean two", "forget 999": "there are one, two"}.items():
        assert said in str(Ended(lean, f"%leanctl {line}").error)
    assert _said(lean, f"forget [{number}]") == f"Forgot cell [{number}] (#eval b)."
    assert "out of date now: 2 cells" in _said(lean, "forget one")
    ended = Ended(lean, "%%lean --env one\n#eval a")
    assert isinstance(ended.error, InputError)
    assert isinstance(Ended(lean, "%leanctl forget").error, UsageError)
    assert _said(lean, "forget --all") == "Forgot all cells."
    assert _said(lean, "cells") == "No cell has been run yet."


def test_export_writes_what_lean_accepts_and_import_makes_a_notebook(lean: InteractiveShell, tmp_path: Path) -> None:
    file = tmp_path / "some.lean"
    assert "no cell has been run" in str(Ended(lean, f"%leanctl export {file}").error)
    _run(lean, "%%lean --as one\ndef a := 1", "%%lean --no-raise\ndef b := no", "%lean example : a = 2 := sorry")
    said = _said(lean, f"export {file}")
    assert said == (
        f"Wrote {file}: Lean accepts it, but something in it is left open (sorry). Left out, since they fail: 1."
    )
    assert file.read_text().startswith("-- %% one\ndef a := 1\n")
    assert "--force" in str(Ended(lean, f"%leanctl export {file}").error)
    assert _said(lean, f"export --force --env one {file}") == f"Wrote {file}: Lean accepts it."
    _run(lean, "%%lean --as one\ndef c := 1", "%lean --as two #eval c", "%%lean --as one\ndef a := 1")
    error = Ended(lean, f"%leanctl export --force --env two {file}").error
    assert "Nothing was written, since" in str(error)
    assert "%leanctl replay" in str(error)
    assert file.read_text() == "-- %% one\ndef a := 1\n"
    assert _said(lean, f"import {file}") == f"The cell below has what is in {file}."
    assert lean.rl_next_input == "%%lean --as one\ndef a := 1"
    file.write_text("def a := 1\n\n#eval a")
    assert (
        _said(lean, f"import {file}") == f"Wrote {tmp_path / 'some.ipynb'} with 2 Lean cells: open it beside this one."
    )
    assert "exists already" in str(Ended(lean, f"%leanctl import {file}").error)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kernel, Path]]:
    """A kernel with a saved notebook."""
    path = tmp_path_factory.mktemp("notebook") / "some.ipynb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JPY_SESSION_NAME", str(path))
        kernel = Kernel()
        yield kernel, path
        kernel.shutdown()


_NOTEBOOK = {
    "a": "%%lean --as base\ndef a := 1",
    "b": "%%lean --as side --env base\ndef b := a + 1",
    "u": "%leanctl use side",
    "c": "%lean def c := b\n%lean #eval c",
    "m": "%leanctl use main",
    "d": "%%lean\nimport Std\nopen Std in\n#check HashMap Nat Nat",
    "e": "%%lean --no-raise\n#eval c",
    "f": "%%lean\n#print axioms Nat.add_comm\n#eval a",
}


def _all(kernel: Kernel) -> list[tuple[str, list[str]]]:
    cells = [kernel.run(code, cell) for cell, code in _NOTEBOOK.items()]
    # Where a cell takes long, its result takes the place of the progress, and comes first.
    return [(cell.ename, sorted(_lasting(output["data"]) for output in cell.outputs)) for cell in cells]


def _lasting(data: dict[str, Any]) -> str:
    """Return what is shown but for how long it took."""
    return "\n".join(line.partition(" · ")[0] for line in data["text/plain"].splitlines() if "[" not in line)


def test_a_restart_and_run_all_give_the_same_again(kernel: tuple[Kernel, Path]) -> None:
    notebook, _ = kernel
    first = _all(notebook)
    assert [ename for ename, _ in first] == [""] * 8
    again = _all(notebook)  # without a restart
    assert [ename for ename, _ in again] == [""] * 8
    assert "out of date" not in notebook.run("%leanctl cells").text
    notebook.restart()
    assert _all(notebook) == first
    cells = notebook.run("%leanctl cells").text
    assert "out of date" not in cells
    assert [line.split()[0] for line in cells.splitlines() if "✓" in line or "✗" in line][:2] == ["base", "side"]


def test_the_saved_notebook_tells_the_order_and_what_is_gone(kernel: tuple[Kernel, Path]) -> None:
    notebook, path = kernel

    def save(*cells: str) -> None:
        saved = [{"id": cell, "source": ["%%lean\n", "x"], "outputs": [{}]} for cell in cells]
        if "r" not in cells:
            saved.append({"id": "r", "source": "made a cell of text", "outputs": []})
        path.write_text(json.dumps({"cells": [*saved, {"source": "of an older format"}]}))

    notebook.run("%reload_ext lean_magic")
    notebook.run("%%lean\ndef a := 1", "p")
    notebook.run("%%lean\ndef c := a", "r")
    save("p", "q", "r")
    assert notebook.run("%%lean\ndef b := c", "q").ename == "LeanError"
    assert notebook.run("%%lean\ndef b := a", "q").ename == ""
    text = notebook.run("%leanctl replay").text
    assert "def c := a" in text
    assert "All cells are up to date." in text
    save("p", "r")
    assert "def b := a" not in notebook.run("%leanctl cells").text
    assert notebook.run("%%lean\ndef c := b", "r").ename == "LeanError"
    save("p")
    assert "def c := " not in notebook.run("%leanctl cells").text
    path.write_text("{ no notebook")
    assert notebook.run("%%lean\ndef c := a", "r").ename == ""
    path.unlink()
    assert notebook.run("%%lean\ndef c := a", "r").ename == ""


def test_an_interrupt_stops_a_replay_and_keeps_what_was_done(kernel: tuple[Kernel, Path]) -> None:
    notebook, _ = kernel
    notebook.run("%reload_ext lean_magic")
    spin = "def spin (n : Nat) : IO Unit := do\n  for _ in [0:n] do\n    IO.sleep 10"
    notebook.run(f"%%lean\n{spin}\ndef times := 0", "a")
    notebook.run("%%lean\ndef quick := times", "b")
    notebook.run("%%lean\n#eval spin (1000000 * quick)", "c")
    notebook.run("%%lean\n#eval quick", "d")
    notebook.run(f"%%lean\n{spin}\ndef times := 1", "a")
    cell = notebook.run("%leanctl replay", busy=notebook.manager.interrupt_kernel, shows="1 of 3")
    assert cell.ename == "LeanInterrupt"
    (output,) = cell.outputs
    assert output["data"]["text/plain"].splitlines()[-1] == "Stopped: those after it are as they were."
    cells = notebook.run("%leanctl cells").text
    assert cells.count("out of date: cell") == 2
