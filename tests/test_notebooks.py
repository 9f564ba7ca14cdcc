"""The notebooks run from top to bottom on real Lean, and what is saved in them is what one sees.

To save the outputs anew: ``jupyter execute --inplace notebooks/quickstart.ipynb``.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

_NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
_DURATION = re.compile(r"[0-9.]+ m?s$", re.MULTILINE)


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


def test_there_is_a_quickstart() -> None:
    assert "quickstart" in [path.stem for path in _NOTEBOOKS]
