"""Notebooks that were run, as nbconvert writes them: no kernel, no JupyterLab, no script."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter, LatexExporter, MarkdownExporter
from nbformat import NotebookNode
from traitlets.config import Config

_NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
_TEMPLATES = Path(__file__).parents[1] / "share" / "jupyter" / "nbconvert" / "templates"
_RESULT = "application/vnd.lean-magic.result+json"


@cache
def _notebook() -> NotebookNode:
    """Return what was saved, code cells only: for others, LaTeX needs Pandoc."""
    notebook = nbformat.read(_NOTEBOOKS / "quickstart.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return notebook


def _results() -> list[NotebookNode]:
    outputs = [output for cell in _notebook().cells for output in cell.outputs]
    return [output.data for output in outputs if _RESULT in output.get("data", {})]


def _said() -> list[str]:
    """Return what Lean said in the notebook, goals included, line by line."""
    lines = []
    for data in _results():
        lines.append(data[_RESULT]["verdict"])
        text = data["text/plain"].splitlines()
        for note in data[_RESULT].get("notes", []):
            kind, _, _, first, last = note.split()
            said = text[int(first) - 1 : int(last)]
            said[0] = said[0].partition(f"{kind}:")[2]
            lines += [line.strip() for line in said if line.strip()]
    assert len(lines) > 20
    return lines


class _Reader(HTMLParser):
    """What one reads of a page in which no script runs."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self._unseen = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self._unseen else data


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _missing(text: str) -> list[str]:
    return [line for line in _said() if _squeezed(line) not in _squeezed(text)]


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_a_web_page_says_without_scripts_all_that_lean_said(template: str) -> None:
    page, _ = HTMLExporter(template_name=template).from_notebook_node(_notebook())
    assert _missing(_Reader(page).text) == []


def test_markdown_says_all_that_lean_said() -> None:
    text, _ = MarkdownExporter().from_notebook_node(_notebook())
    assert _missing(_Reader(text).text) == []


def test_latex_says_all_that_lean_said() -> None:
    text, _ = LatexExporter().from_notebook_node(_notebook())
    assert _missing(re.sub(r"\\([_#{}])", r"\1", text)) == []


def test_the_template_for_pdf_takes_a_font_that_has_leans_symbols() -> None:
    exporter = LatexExporter(template_name="lean_latex", extra_template_basedirs=[str(_TEMPLATES)])
    text, _ = exporter.from_notebook_node(_notebook())
    assert _missing(re.sub(r"\\([_#{}])", r"\1", text)) == []
    preamble = text.partition(r"\begin{document}")[0]
    assert r"\usepackage{fontspec}" in preamble.partition("DejaVu Sans Mono")[0]


def test_lean_cells_are_coloured_as_lean() -> None:
    languages = {"%%lean": "lean4"}
    config = Config({"HighlightMagicsPreprocessor": {"enabled": True, "languages": languages}})
    page, _ = HTMLExporter(config=config).from_notebook_node(_notebook())
    plain, _ = HTMLExporter().from_notebook_node(_notebook())
    keyword = re.compile('<span class="k[a-z]*">theorem</span>')
    assert keyword.search(page)
    assert not keyword.search(plain)
