"""Lean's source text, as far as tactics have to be found in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from lean_magic.positions import Position

__all__ = ["Places", "dedented", "masked", "operand_end"]

_OPAQUE = re.compile(
    r"""--[^\n]* | /-
    | r"[^"]*" | r\#+"(?:.|\n)*?"\#+ | "(?:\\.|[^"\\])*" | (?<![\w'!?.])'(?:\\.[^'\n]*|[^\\'\n])'
    | «[^»\n]*»""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"/-|-/")
_NOT_NEWLINE = re.compile(r"[^\n]")
_OPEN, _CLOSE = "([{⟨", ")]}⟩"


class Places:
    """Positions of a text, and how many code points come before them: quicker than `Position` for many."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self._length = len(text)

    def offset(self, position: Position) -> int:
        """Return how many code points come before a position."""
        line = min(max(position.line, 1), len(self._starts)) - 1
        return min(self._starts[line] + position.column, self._length)

    def position(self, offset: int) -> Position:
        """Return the position that some code points come before."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1])


def masked(code: str) -> str:
    """Return code of the same length with spaces for comments, and ``_`` for what is quoted."""
    parts: list[str] = []
    at = 0
    while found := _OPAQUE.search(code, at):
        parts.append(code[at : found.start()])
        text = found[0]
        end = found.end()
        if text == "/-":
            end = _comment_end(code, end)
        filler = " " if text.startswith(("--", "/-")) else "_"
        parts.append(_NOT_NEWLINE.sub(filler, code[found.start() : end]))
        at = end
    return "".join([*parts, code[at:]])


def _comment_end(code: str, at: int) -> int:
    """Return where a comment ends that may contain others."""
    depth = 1
    for found in _COMMENT_ENDS.finditer(code, at):
        depth += 1 if found[0] == "/-" else -1
        if depth == 0:
            return found.end()
    return len(code)


def operand_end(mask: str, start: int, limit: int, column: int) -> int:
    """Return where a tactic ends that was never run, so that Lean does not tell.

    Parameters
    ----------
    mask : str
        The code, masked.
    start, limit : int
        Where it begins, and where something else does.
    column : int
        The column of the sequence that it is in: what is not to the right of that belongs to the next tactic.
    """
    depth, at, end = 0, start, start
    while at < limit:
        character = mask[at]
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            depth -= 1
        if depth < 0 or (depth == 0 and (character in ",;" or mask.startswith("<;>", at))):
            break
        if character == "\n":
            line = mask[at + 1 : limit].lstrip("\n")
            indentation = len(line) - len(line.lstrip(" "))
            text = line.strip()
            if text and depth == 0 and (indentation <= column or text.startswith(("|", "·"))):
                break
        elif not character.isspace():
            end = at + 1
        at += 1
    return end


def dedented(text: str, column: int) -> str:
    """Return text whose first line began in some column, with the lines below moved to the left as far."""
    first, *others = text.split("\n")
    indentations = [len(line) - len(line.lstrip(" ")) for line in others if line.strip()]
    shift = min([column, *indentations])
    return "\n".join([first, *(line[shift:] if line.strip() else "" for line in others)])
