"""What an error of one cell has to do with other cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lean_magic.results import LeanResult
    from lean_magic.session._cell import Cell
    from lean_magic.session._chain import Chain

__all__ = ["declared_twice", "hints", "split"]

_TWICE = re.compile(r"`([^`]+)` has already been declared|'([^']+)' has already been declared")
_UNKNOWN = re.compile(r"[Uu]nknown (?:identifier|constant) [`']([^`']+)[`']")
_DECLARES = (
    r"(?:def|theorem|lemma|abbrev|structure|inductive|class|instance|axiom|opaque|constant|coinductive|initialize)"
    r"\s+(?:[\w.«»]+\.)?"
)


def declared_twice(result: LeanResult) -> set[str]:
    """Return the names that Lean says are declared already."""
    return {match[1] or match[2] for error in result.errors for match in _TWICE.finditer(error.text)}


def split(code: str, cells: Sequence[Cell], names: set[str]) -> Cell | None:
    """Return the cell that a new one is the first part of, so that it was probably split."""
    part = code.strip()
    for cell in reversed(cells):
        whole = cell.last.text.code.strip()
        if whole != part and f"{whole}\n".startswith(f"{part}\n") and _declares(cell, names):
            return cell
    return None


def hints(chain: Chain, index: int, result: LeanResult) -> list[str]:
    """Return what other cells have to do with the errors of a cell."""
    cell = chain.cell(index)
    path = [step for step in chain.path(index)[:-1] if chain.cell(step).good is not None]
    for name in declared_twice(result):
        culprit = _declarer(chain, reversed(path), name)
        if culprit is not None:
            return [_twice(name, chain.cell(culprit), lasts=cell.key.lasts)]
    unknown = {match[1] for error in result.errors for match in _UNKNOWN.finditer(error.text)}
    others = [other for other in chain.indices() if other not in path and other != index]
    for name in unknown:
        found = _declarer(chain, others, name)
        if found is not None:
            return [_hidden(name, chain, found, index)]
    return []


def _twice(name: str, culprit: Cell, *, lasts: bool) -> str:
    forget = f"%leanctl forget {culprit.label.strip('[]')}"
    if lasts:
        return f"`{name}` is declared by {culprit}; if that cell is no longer on the page, {forget} takes it out."
    return (
        f"`{name}` is declared by {culprit}, and nobody says here which cell is run again: {forget} takes that out; "
        "cells with the same --as NAME replace each other; --fresh starts over."
    )


def _hidden(name: str, chain: Chain, found: int, index: int) -> str:
    culprit = chain.cell(found)
    if culprit.good is None:
        return f"`{name}` would be declared by {culprit}, which failed."
    if culprit.base is not None or chain.cell(index).base is not None:
        env = f"%%lean --env {culprit.name} builds on it" if culprit.name else "see %leanctl cells"
        return f"`{name}` is declared by {culprit}, on which this cell does not build: {env}."
    if found > index:
        return (
            f"`{name}` is declared by {culprit}, which was first run after this cell: if it is above it, save the "
            "notebook, or run the cells in their order (Run All)."
        )
    return f"`{name}` is declared by {culprit}, on which this cell does not build: see %leanctl cells."


def _declarer(chain: Chain, indices: Iterable[int], name: str) -> int | None:
    return next((index for index in indices if _declares(chain.cell(index), {name})), None)


def _declares(cell: Cell, names: set[str]) -> bool:
    code = (cell.good or cell.last).text.code
    return any(re.search(rf"\b{_DECLARES}{re.escape(name.rpartition('.')[2])}(?![\w'.!?])", code) for name in names)
