"""What often goes wrong in a first cell, and what to do: where Lean's own words do not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lean_magic._hints import missing_modules, not_part_of_lean, of_mathlib

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lean_magic.results import LeanResult, Message

__all__ = ["advice"]

_NUMBERS = {"ℕ": "Nat", "ℤ": "Int", "ℚ": "Rat"}
_PLACEHOLDER = re.compile(r"\{\{ *([^\W\d]\w*) *\}\}")
_WORD = re.compile(r"[\w.']+")


def advice(
    result: LeanResult, codes: Sequence[str], variables: Mapping[str, object], expanded: Iterable[str]
) -> Iterator[str]:
    """Return what may help, a line each.

    Parameters
    ----------
    result : LeanResult
        What came of the cell.
    codes : sequence of str
        What is in the cells.
    variables : mapping of str to object
        The Python variables that there are.
    expanded : iterable of str
        Those that ``--var`` names.
    """
    yield from map(not_part_of_lean, missing_modules(result))
    for word in sorted({_word_at(result.code, error) for error in result.errors}):
        if (said := of_mathlib(word)) is not None:
            yield said
    if any(error.text.startswith("unsolved goals") for error in result.errors):
        yield "To go on where goals are unsolved: write sorry in that place, run the cell, then `%leanctl explore`."
    for name in sorted(set(_PLACEHOLDER.findall(result.code)) - {*expanded}):
        if result.errors and name in variables:
            yield f"For {{{{{name}}}}} to stand for the value of the Python variable {name}, write %%lean --var {name}."
    for symbol, name in _NUMBERS.items():
        if symbol in result.code and not any(_declares(code, symbol) for code in (result.code, *codes)):
            yield f"Without Mathlib, {symbol} is a name like any other, and not {name}: write {name}."


def _declares(code: str, symbol: str) -> bool:
    return bool(re.search(rf'"\s*{symbol}\s*"|(?:def|abbrev|structure|inductive|axiom|variable)\b[^\n]*{symbol}', code))


def _word_at(code: str, error: Message) -> str:
    """Return the word that an error is in, or just before."""
    lines = code.split("\n")
    if not 0 < error.start.line <= len(lines):
        return ""
    words = _WORD.finditer(lines[error.start.line - 1])
    return next((word[0] for word in words if word.start() <= error.start.column <= word.end()), "")
