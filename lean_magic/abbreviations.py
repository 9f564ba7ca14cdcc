r"""Lean's abbreviations for what keyboards lack: ``\to`` for →, ``\alpha`` for α, as in its VS Code extension.

Source of the table: see ``abbreviations.origin.md``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["LEADER", "Replacement", "abbreviations_of", "matching", "replacement"]

LEADER = "\\"
"""What an abbreviation is typed after; it is not part of the abbreviation."""

_CURSOR = "$CURSOR"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of an abbreviation.

    Parameters
    ----------
    text : str
        The characters.
    cursor : int
        How many of them come before the cursor: all, but for brackets, between which it is to be.
    """

    text: str
    cursor: int


@cache
def _table() -> dict[str, Replacement]:
    """Return what each abbreviation stands for."""
    symbols = json.loads(files("lean_magic").joinpath("abbreviations.json").read_text(encoding="utf-8"))
    table = {}
    for abbreviation, symbol in symbols.items():
        before, _, after = symbol.partition(_CURSOR)
        table[abbreviation] = Replacement(before + after, len(before) if after else len(before + after))
    return table


def replacement(typed: str) -> Replacement | None:
    r"""Return what takes the place of an abbreviation.

    That is the symbol of the shortest abbreviation that begins so: ``alp`` gives α. Where none does, the longest
    beginning for which there is one is replaced, and the rest stays: ``alp7`` gives α7.

    Parameters
    ----------
    typed : str
        The abbreviation, or some beginning of it, without the leader.

    Returns
    -------
    Replacement or None
        None if no abbreviation begins with the first character.
    """
    for end in range(len(typed), 0, -1):
        found = matching(typed[:end], limit=1)
        if found:
            symbol, rest = found[0][1], typed[end:]
            return Replacement(symbol.text + rest, symbol.cursor + len(rest)) if rest else symbol
    return None


def matching(typed: str, *, limit: int | None = None) -> list[tuple[str, Replacement]]:
    """Return the abbreviations that begin so, with what they stand for: the shortest first.

    Parameters
    ----------
    typed : str
        The beginning, without the leader.
    limit : int, optional
        How many to return at most; by default all.
    """
    found = [(abbreviation, symbol) for abbreviation, symbol in _table().items() if abbreviation.startswith(typed)]
    return sorted(found, key=lambda entry: len(entry[0]))[:limit]


def abbreviations_of(symbol: str) -> list[str]:
    """Return the abbreviations of a symbol, the shortest first: how to type it."""
    return sorted((abbreviation for abbreviation, found in _table().items() if found.text == symbol), key=len)
