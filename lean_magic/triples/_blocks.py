"""Sequences of tactics in the source: which tactics follow each other, and which make one with ``<;>``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.triples._source import operand_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.triples._steps import Step

__all__ = ["Block", "Item", "blocks_of"]

_SPACE = re.compile(r"\s*")
_CLOSING = {"(": ")", "{": "}"}


@dataclass(slots=True, eq=False)
class Item:
    """A tactic of a sequence, or several that ``<;>`` makes one.

    Parameters
    ----------
    start, end : int
        Where it is.
    runs : list of list of Step
        For each tactic in it, in the order of the text, its runs.
    """

    start: int
    end: int
    runs: list[list[Step]]
    is_compound: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """A sequence of tactics.

    Parameters
    ----------
    start, end : int
        Where it is, with its bullets, parentheses and braces.
    items : list of Item
        What it consists of.
    """

    start: int
    end: int
    items: list[Item]


@dataclass(slots=True)
class _Token:
    kind: str
    """``"tactic"``, ``"<;>"``, ``"("``, ``")"``, ``";"`` or ``"·"``."""
    start: int
    end: int
    runs: list[Step]


def blocks_of(steps: Sequence[Step], mask: str, start: int, end: int) -> list[Block]:
    """Return the sequences that some tactics are in, which nothing but such sequences contains.

    Parameters
    ----------
    steps : sequence of Step
        The tactics.
    mask : str
        The code, masked.
    start, end : int
        The part of the code that they are in.
    """
    places: dict[tuple[int, int], list[Step]] = {}
    for step in steps:
        if step.start < step.end:  # what is missing from the text is nowhere
            places.setdefault((step.start, step.end), []).append(step)
    tactics = [_Token("tactic", *place, runs) for place, runs in sorted(places.items(), key=_outer_first)]
    blocks: list[Block] = []
    at = 0
    while at < len(tactics):
        if blocks and tactics[at].start < blocks[-1].end:
            at += 1  # within what Lean does not say to contain it
            continue
        opening = _opening(mask, blocks[-1].end if blocks else start, tactics[at].start)
        tokens, at = _tokens(tactics, at, mask, opening, end)
        blocks.append(Block(tokens[0].start, tokens[-1].end, _Parser(tokens).items()))
    return blocks


def _outer_first(entry: tuple[tuple[int, int], list[Step]]) -> tuple[int, int]:
    (start, end), _ = entry
    return start, -end


def _opening(mask: str, start: int, first: int) -> int:
    """Return where the bullets and brackets begin that are before the first tactic of a sequence."""
    at = first
    while at > start and (mask[at - 1].isspace() or mask[at - 1] in "·({" or mask[at - 2 : at + 1] == " . "):
        at -= 1
    return at


def _tokens(tactics: list[_Token], first: int, mask: str, start: int, limit: int) -> tuple[list[_Token], int]:
    """Return what a sequence consists of that begins with some tactic, and which tactic is the first after it."""
    column = tactics[first].start - (mask.rfind("\n", 0, tactics[first].start) + 1)
    tokens: list[_Token] = []
    open_brackets: list[str] = []
    number, at = first, start
    end = 0  # of the tokens that belong to it for sure
    while True:
        at = _SPACE.match(mask, at).end()  # type: ignore[union-attr]
        while number < len(tactics) and tactics[number].start < at:
            number += 1
        is_operand = bool(tokens) and tokens[-1].kind == "<;>"
        following = tactics[number].start if number < len(tactics) else limit
        if number < len(tactics) and at == tactics[number].start:
            tokens.append(tactics[number])
            at = tactics[number].end
            number += 1
        elif at >= limit:
            break
        elif mask.startswith("<;>", at):
            tokens.append(_Token("<;>", at, at + 3, []))
        elif is_operand and (unknown := operand_end(mask, at, limit, column)) > at and unknown <= following:
            tokens.append(_Token("tactic", at, unknown, []))
        elif mask[at] in _CLOSING:
            open_brackets.append(_CLOSING[mask[at]])
            tokens.append(_Token("(", at, at + 1, []))
        elif open_brackets and mask[at] == open_brackets[-1]:
            open_brackets.pop()
            tokens.append(_Token(")", at, at + 1, []))
        elif mask[at] == ";":
            tokens.append(_Token(";", at, at + 1, []))
        elif mask[at] == "·" or (mask[at] == "." and mask[at + 1 : at + 2].isspace()):
            tokens.append(_Token("·", at, at + 1, []))
        else:
            break
        at = tokens[-1].end
        if tokens[-1].kind in {"tactic", ")", ";"}:
            end = len(tokens)
    return tokens[:end] or [tactics[first]], max(number, first + 1)


class _Parser:
    """Finds out what ``<;>`` makes one of."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def items(self) -> list[Item]:
        """Return what follows, up to the end or a closing bracket."""
        found: list[Item] = []
        while self._at < len(self._tokens) and self._tokens[self._at].kind != ")":
            if self._tokens[self._at].kind in {"tactic", "("}:
                found += self._chain()
            else:
                self._at += 1
        return found

    def _chain(self) -> list[Item]:
        start = self._tokens[self._at].start
        items, end = self._operand()
        is_compound = False
        while self._at + 1 < len(self._tokens) and self._tokens[self._at].kind == "<;>":
            self._at += 1
            if self._tokens[self._at].kind not in {"tactic", "("}:
                break
            is_compound = True
            more, end = self._operand()
            items += more
        if not is_compound:
            return items
        return [Item(start, end, [runs for item in items for runs in item.runs], is_compound=True)]

    def _operand(self) -> tuple[list[Item], int]:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "tactic":
            return [Item(token.start, token.end, [token.runs])], token.end
        items = self.items()
        end = items[-1].end if items else token.end
        if self._at < len(self._tokens):
            end = self._tokens[self._at].end
            self._at += 1
        return items, end
