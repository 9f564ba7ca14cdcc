"""The order of the cells on the page, as far as the saved notebook tells it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from lean_magic.session._cell import CellKey, Entry

__all__ = ["Page", "PageReader", "SavedNotebook", "in_page_order", "place_on_page"]

_LARGEST = 64 * 1024**2  # bytes; reading it must not be felt


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was saved.

    Parameters
    ----------
    cells : tuple of str
        The identities of its cells, in their order.
    saved_at : float
        When, in seconds since 1970.
    sources : mapping of str to str
        What is in its cells, as far as that is known.
    """

    cells: tuple[str, ...]
    saved_at: float
    sources: Mapping[str, str] = field(default_factory=dict)

    def shows(self, cell: str, code: str) -> bool:
        """Whether a cell was saved with this code in it, so that the page is no older than that."""
        return code.strip() in self.sources.get(cell, "")


PageReader: TypeAlias = Callable[[], Page | None]


_MAGIC = "lean"
"""What cells of Lean contain, however they call it; a cell that was made one of text is gone."""


class _SavedCell(msgspec.Struct):
    id: str = ""
    source: str | list[str] = ""


class _Saved(msgspec.Struct):
    cells: list[_SavedCell] = []


class SavedNotebook:
    """Reads the notebook of a kernel from its file, again only when that has changed.

    Jupyter Server says in the environment of the kernel which file it is. Nothing here fails: who moves the file, or
    has another front end, is left with what the order of the runs tells.

    Parameters
    ----------
    path : str or Path, optional
        The file; by default what ``JPY_SESSION_NAME`` says.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        named = os.environ.get("JPY_SESSION_NAME", "") if path is None else str(path)
        self._path = Path(named).absolute() if named.endswith(".ipynb") else None
        self._read_of: tuple[int, int] | None = None
        self._page: Page | None = None

    def __call__(self) -> Page | None:
        """Return the page; None if nobody knows it."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
            if status.st_size > _LARGEST:
                return None
            if self._read_of != (status.st_mtime_ns, status.st_size):
                saved = msgspec.json.decode(self._path.read_bytes(), type=_Saved)
                sources = {cell.id: "".join(cell.source) for cell in saved.cells}
                sources = {cell: source for cell, source in sources.items() if cell and _MAGIC in source}
                self._page = Page(tuple(sources), status.st_mtime, sources) if sources else None
                self._read_of = status.st_mtime_ns, status.st_size
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            return None
        return self._page


def in_page_order(entries: Sequence[Entry], page: Page) -> list[Entry]:
    """Return cells as they are on a page; those that are not on it stay behind those that they were behind."""
    place = {cell: index for index, cell in enumerate(page.cells)}
    groups: list[tuple[tuple[int, int], list[Entry]]] = [((-1, 0), [])]
    for entry in entries:
        if entry.key.cell in place:
            groups.append(((place[entry.key.cell], entry.key.part), [entry]))
        else:
            groups[-1][1].append(entry)
    groups.sort(key=lambda group: group[0])
    return [entry for _, group in groups for entry in group]


def place_on_page(entries: Sequence[Entry], key: CellKey, page: Page | None) -> int | None:
    """Return where a new cell belongs among others; None if nobody knows."""
    for index in range(len(entries) - 1, -1, -1):
        other = entries[index].key
        if key.part and other.cell == key.cell and other.part < key.part:
            return index + 1
    if page is None or key.cell not in page.cells:
        return None
    place = {cell: index for index, cell in enumerate(page.cells)}
    here = place[key.cell]
    known = [(index, place[e.key.cell]) for index, e in enumerate(entries) if e.key.cell in place]
    before = [index for index, there in known if there <= here]
    if before:
        return before[-1] + 1
    return known[0][0] if known else None
