"""Cells as one ``.lean`` file, and a ``.lean`` file as cells.

In such a file, ``-- %%`` begins a cell, as in many editors; what follows on the line is the cell's name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.header import split_header
from lean_magic.positions import Position
from lean_magic.session._cell import MAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from lean_magic.results import LeanResult, Update
    from lean_magic.session._session import Session

__all__ = [
    "LEFT_OUT",
    "FileCell",
    "cells_of_file",
    "check_free",
    "file_of_cells",
    "read_code",
    "write",
    "write_notebook",
]

LEFT_OUT = "is left out, since it fails"

_MARK = re.compile(r"^-- %%[ \t]*(?P<name>[\w.-]*)[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
_TOKEN = re.compile(r"""/-|--[^\n]*|'(?:\\.|[^\\'\n])'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_COMMENT_EDGE = re.compile(r"/-|-/")


@dataclass(frozen=True, slots=True)
class FileCell:
    """A cell of a file.

    Parameters
    ----------
    code : str
        Its code.
    name : str
        Its name; empty if it has none.
    """

    code: str
    name: str = ""

    @property
    def source(self) -> str:
        """The cell of a notebook that it becomes."""
        return f"%%lean{f' --as {self.name}' if self.name else ''}\n{self.code}"


def file_of_cells(session: Session, name: str | None = None) -> str:
    """Return the cells that one builds on, and itself, as a text that Lean accepts: imports first.

    Parameters
    ----------
    session : Session
        The cells.
    name : str, optional
        The last of them; by default the last one of the line that unnamed cells continue.
    """
    chain = session.chain
    last = chain.head(chain.line) if name in {None, MAIN} else chain.named[session.find(str(name)).name or ""]
    if last is None:
        return ""
    header = chain.header(last)
    sections = [header] if header else []
    left_out = ""
    for step in chain.path(last):
        cell = chain.cell(step)
        if cell.good is None:
            complaint = cell.last.complaint.replace("\r", "")
            left_out += f"-- {cell.label} {LEFT_OUT}: {complaint}\n"
            continue
        if code := cell.good.text.without_header:
            mark = f"-- %% {cell.name or ''}".rstrip()
            sections.append(f"{mark}\n{left_out}{code}")
            left_out = ""
    if left_out:
        sections.append(f"-- %%\n{left_out}".rstrip("\n"))
    return "\n\n".join(sections) + "\n"


def cells_of_file(text: str, run: Callable[..., LeanResult]) -> list[FileCell]:
    """Return the cells of a file: those between its marks; without marks, groups of commands between empty lines.

    Parameters
    ----------
    text : str
        The text of the file.
    run : callable
        Runs code as `LeanPool.run_sync` does: where a command begins, only Lean knows.
    """
    marks = list(_marks(text))
    if not marks:
        return [FileCell(code) for code in _groups(text, run)]
    starts = [*marks, None]
    cells = [
        FileCell(_trimmed(text[mark.end() : following.start() if following else None]), mark["name"])
        for mark, following in pairwise(starts)
        if mark is not None
    ]
    head = _trimmed(text[: marks[0].start()])
    if head and split_header(head).end == len(head) and cells:  # imports alone
        first = cells[0]
        cells[0] = FileCell(f"{head}\n\n{first.code}" if first.code else head, first.name)
    elif head:
        cells.insert(0, FileCell(head))
    return [cell for cell in cells if cell.code]


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Return the marks that are not within a comment of several lines, or a text."""
    position = depth = 0
    while token := (_COMMENT_EDGE if depth else _TOKEN).search(text, position):
        position = token.end()
        if token[0] in {"/-", "-/"}:
            depth += 1 if token[0] == "/-" else -1
        elif mark := _MARK.match(text, token.start()):
            yield mark


def notebook_of_cells(cells: Iterable[FileCell], title: str) -> str:
    """Return a notebook, in the format of Jupyter, with these cells.

    Parameters
    ----------
    cells : iterable of FileCell
        The cells.
    title : str
        What the notebook is called.
    """
    first = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {title}"}
    sources = ["%load_ext lean_magic", *(cell.source for cell in cells)]
    others: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"lean-{number}",
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": [first, *others], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def write_notebook(
    file: Path, notebook: Path | None, run: Callable[..., LeanResult], *, force: bool = False
) -> tuple[Path, int]:
    """Make a notebook of a ``.lean`` file.

    Parameters
    ----------
    file : Path
        The file.
    notebook : Path or None
        The notebook, by default beside the file.
    run : callable
        Runs code as `LeanPool.run_sync` does.
    force : bool
        Whether to replace a notebook that exists.

    Returns
    -------
    Path
        The notebook.
    int
        How many cells of Lean it has.

    Raises
    ------
    InputError
        The file cannot be read, or has no code in it; or the notebook exists, or cannot be written.
    """
    path = notebook or file.with_suffix(".ipynb")
    check_free(path, force=force)
    cells = cells_of_file(read_code(file), run)
    write(path, notebook_of_cells(cells, file.stem))
    return path, len(cells)


def read_code(file: Path) -> str:
    """Return what is in a file, if it is Lean code."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read as Lean code: {getattr(error, 'strerror', error)}.") from None
    if not text.strip():
        raise InputError(f"There is no Lean code in {file}.")
    return text


def check_free(path: Path, *, force: bool) -> None:
    """See that no file is there that may not be replaced."""
    if path.exists() and not force:
        raise InputError(f"{path} exists already: --force replaces it.")


def write(path: Path, text: str) -> None:
    """Write a file."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None


def _groups(text: str, run: Callable[..., LeanResult]) -> list[str]:
    """Return a text in pieces of whole commands, cut where an empty line stands before a command."""
    begun: list[Position] = []

    def note(update: Update) -> None:
        if update.position is not None:
            begun.append(update.position)

    run(text, None, on_progress=note)
    lines = text.split("\n")
    header_line = Position.at(text, split_header(text).end).line if split_header(text) else 0
    cuts = [0]
    for position in begun:
        if position.column or position.line <= header_line:
            continue
        line = position.line - 1
        while line and lines[line - 1].startswith("--"):  # a comment belongs to what follows it
            line -= 1
        if line and not lines[line - 1].strip() and line > cuts[-1]:
            cuts.append(line)
    pieces = ["\n".join(lines[start:end]) for start, end in pairwise([*cuts, len(lines)])]
    return [piece for piece in map(_trimmed, pieces) if piece]


def _trimmed(text: str) -> str:
    """Return a text without empty lines around it."""
    lines: Sequence[str] = text.split("\n")
    full = [index for index, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[full[0] : full[-1] + 1]).rstrip() if full else ""
