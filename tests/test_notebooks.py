"""The notebooks run from top to bottom on real Lean, and what is saved in them is what one sees.

To save the outputs anew: ``make notebooks``.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from lean_magic import LeanPool

_HERE = Path(__file__).parents[1] / "notebooks"
_NOTEBOOKS = sorted(_HERE.glob("*.ipynb"))
_SOLUTION = re.compile(r"<summary>A solution</summary>\n\n```\n(.*?)```", re.DOTALL)
_DURATION = re.compile(r"\b[0-9.]+ m?s(?![a-z])")


def _outputs(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Return the source of each cell and what it shows as text, without how long it took."""
    return [
        (cell.source, _DURATION.sub("…", "".join(map(_text, cell.outputs))))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _text(output: nbformat.NotebookNode) -> str:
    return str(output.text if output.output_type == "stream" else output.data["text/plain"])


@pytest.mark.parametrize("path", _NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_saved_in_it(path: Path) -> None:
    saved = nbformat.read(path, as_version=4)
    executed = NotebookClient(nbformat.from_dict(saved), timeout=300).execute()  # raises for a cell that fails
    assert _outputs(executed) == _outputs(nbformat.read(path, as_version=4))


def test_the_solutions_of_the_exercises_are_right(pool: LeanPool) -> None:
    """A solution replaces its cell from the line on with which it begins."""
    cells = nbformat.read(_HERE / "teaching.ipynb", as_version=4).cells
    env, solved = None, 0
    for cell, after in itertools.pairwise(cells):
        if not cell.source.startswith("%%lean") or "--no-raise" in cell.source:
            continue
        if after.source.startswith("%leanctl explore"):  # left open, to be explored
            continue
        code = cell.source.partition("\n")[2]
        if solution := _SOLUTION.search(after.source):
            assert pool.run_sync(code, env).verdict == "sorry"
            first_line = solution[1].partition("\n")[0]
            code = code[: code.index(first_line)] + solution[1]
            solved += 1
        result = pool.run_sync(code, env)
        assert result.ok, (code, result)
        env = result.env
    assert solved == len(re.findall(r"\*\*Exercise \d+\.\*\*", "".join(cell.source for cell in cells))) > 4


def test_all_notebooks_are_there() -> None:
    assert [path.stem for path in _NOTEBOOKS] == ["batch", "programs", "quickstart", "search", "teaching"]
