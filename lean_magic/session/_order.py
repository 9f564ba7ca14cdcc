"""In which order the cells stand on the page, as far as that can be told."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING

from lean_magic.session._cell import Use
from lean_magic.session._page import in_page_order, place_on_page

if TYPE_CHECKING:
    from lean_magic.session._cell import CellKey, Entry
    from lean_magic.session._page import Page

__all__ = ["as_on", "index_of", "passed", "place_of"]


def as_on(page: Page | None, entries: list[Entry], seen: set[str]) -> list[Entry]:
    """Return cells in the order of the page, without those that were on it and are gone.

    Parameters
    ----------
    page : Page or None
        The page; nothing changes without one, or if it is that of another notebook.
    entries : list of Cell or Use
        The cells.
    seen : set of str
        The cells that were on the page at any time, to which those that are there now are added.
    """
    if page is None:
        return entries
    cells = set(page.cells)
    if entries and cells.isdisjoint(seen) and cells.isdisjoint(entry.key.cell for entry in entries):
        return entries
    kept = [
        entry for entry in entries if entry.at >= page.saved_at or entry.key.cell in cells or _is_elsewhere(entry, seen)
    ]
    seen |= cells
    ordered = in_page_order(kept, page)
    is_same = len(ordered) == len(entries) and all(map(is_, ordered, entries))
    return entries if is_same else ordered


def _is_elsewhere(entry: Entry, seen: set[str]) -> bool:
    """Whether a cell that is not on the page may be in a console, say: it never was there, and others may need it."""
    return entry.key.cell not in seen and (isinstance(entry, Use) or entry.good is not None)


def place_of(key: CellKey, entries: list[Entry], page: Page | None) -> int:
    """Return where a new cell belongs: where it is on the page, or last."""
    place = place_on_page(entries, key, page)
    return len(entries) if place is None else place


def passed(entries: list[Entry], index: int, page: Page | None) -> list[Entry]:
    """Return what was run on the way to a cell from those before it, and comes after it here."""
    target = entries[index]
    since = max((entry.run for entry in entries[:index]), default=0)
    if not target.run or since < target.run:
        return []
    on_page = set(page.cells) if page and target.key.cell in page.cells else set()
    return [
        entry
        for entry in entries[index + 1 :]
        if entry.run > since and entry.key.cell not in on_page and entry.key.cell != target.key.cell
    ]


def index_of(entries: list[Entry], key: CellKey) -> int | None:
    """Return where a cell is; None if it is not there."""
    return next((index for index, entry in enumerate(entries) if entry.key == key), None)
