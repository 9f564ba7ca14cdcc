"""A proof by tactics that the code has already, as steps that can be run one by one.

The tactics are read off the text: each line of a block that begins where the block does is one, and what follows a
semicolon. Bullets and ``case`` only choose a goal: what is in them becomes steps on that goal. What contains proofs in
another way stays one step (``induction … with``, ``have … := by``), and so does what is joined by ``<;>``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.explorer._lean_text import dedented, masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.goals import Goal
    from lean_magic.positions import Position
    from lean_magic.proof_tree import ProofNode, ProofTree
    from lean_magic.results import LeanResult, ProofState

__all__ = ["ImportedStep", "block", "first_state", "imported", "whole"]

_BEGINNING = re.compile(r"\b(?:by|decreasing_by)(?=[\s({·.])([\s({·.]*)\Z")
_DECREASING = re.compile(r"decreasing_by\s*")
_BULLET = re.compile(r"[·.]\s+")
_CASE = re.compile(r"(case|next)\b([^=|]*)=>\s*")
_NO_BEGINNING = ("|", "<;>", ")", "]", "}", "⟩", ",", '"')
_OPENING, _CLOSING = "([{⟨", ")]}⟩"


@dataclass(frozen=True, slots=True)
class ImportedStep:
    """A step of a proof in the code.

    Parameters
    ----------
    tactic : str
        As it is written there, without the indentation.
    place : int or None
        Which of the goals that are left it works on, from 0; None if on all of them.
    """

    tactic: str
    place: int | None


def imported(tree: ProofTree, code: str) -> list[ImportedStep]:
    """Return a proof as steps, each to be run on what the one before it leaves.

    Parameters
    ----------
    tree : ProofTree
        The proof.
    code : str
        The code that it is in.

    Returns
    -------
    list of ImportedStep
        Steps to be run from `first_state`. Where Lean says that they do not lead through, `whole` does.
    """
    return list(_Reader(tree, code).steps())


def whole(tree: ProofTree, code: str) -> ImportedStep:
    """Return a proof as one step."""
    start, end = block(tree, code)
    return ImportedStep(_slice(code, start, end), 0)


def first_state(tree: ProofTree, result: LeanResult) -> ProofState:
    """Return the proof state in which a proof of a result begins."""
    return result.tactics[min(node.index for node in tree.roots)].state


def block(tree: ProofTree, code: str) -> tuple[int, int]:
    """Return where the tactics of a proof begin and end in the code, in code points: all that follows ``by``."""
    nodes = [node for _, _, node in tree.walk()]
    words = masked(code)
    start = min(node.start for node in nodes).offset(code)
    if clause := _DECREASING.match(words, start):
        start = clause.end()
    end = max(node.end for node in nodes).offset(code)
    if beginning := _BEGINNING.search(words, 0, start):
        ahead = beginning[1]
        start -= len(ahead.lstrip())
    open_brackets = sum((c in _OPENING) - (c in _CLOSING) for c in words[start:end])
    while open_brackets > 0 and end < len(words):
        open_brackets += (words[end] in _OPENING) - (words[end] in _CLOSING)
        end += 1
    return start, end


class _Tangled(Exception):  # noqa: N818 - no error
    """Raised where a block cannot be run one tactic at a time among other goals."""


class _Reader:
    """Reads the steps off the code."""

    def __init__(self, tree: ProofTree, code: str) -> None:
        self._code = code
        self._words = masked(code)
        self._start, self._end = block(tree, code)
        # Those that begin first contain the others; the same text run on several goals is there several times.
        self._nodes = sorted(
            (node for _, _, node in tree.walk() if node.start.offset(code) >= self._start),
            key=lambda node: (node.start, -node.end.offset(code), node.index),
        )
        self._offsets = [node.start.offset(code) for node in self._nodes]
        self._around: dict[ProofNode, ProofNode | None] = {}
        around: list[ProofNode] = []
        for node in self._nodes:
            while around and (around[-1].end <= node.start or _range(around[-1]) == _range(node)):
                around.pop()
            self._around[node] = around[-1] if around else None
            around.append(node)

    def steps(self) -> Iterator[ImportedStep]:
        """Return all steps."""
        yield from self._block(self._start, self._end, None, 0, is_alone=True)

    def _block(
        self, start: int, end: int, around: ProofNode | None, place: int, *, is_alone: bool
    ) -> Iterator[ImportedStep]:
        """Return the steps of a block whose goals begin at a place; alone, if there are no others."""
        for first, last in self._items(start, end, around):
            if bullet := _BULLET.match(self._words, first, last):
                yield from self._focused(bullet.end(), last, around, place)
                continue
            nodes = self._within(first, last, around)
            if not nodes or not nodes[0].before:
                continue  # `done`, and what is run when nothing is left
            case = _CASE.match(self._words, first, last)
            tag, *names = case[2].split() if case and case[1] == "case" else ["_", *(case[2].split() if case else ())]
            chosen = _chosen(nodes[0], tag) if case and len(nodes) == 1 else None
            if case and chosen is not None:
                if names:
                    yield ImportedStep(f"rename_i {' '.join(names)}", place + chosen)
                yield from self._focused(case.end(), last, nodes[0], place + chosen)
            elif len(nodes[0].before) == 1 or (len(nodes) == 1 and _works_on_first(nodes[0])):
                yield ImportedStep(_slice(self._code, first, last), place)
            elif is_alone:
                yield ImportedStep(_slice(self._code, first, last), None)
            else:
                raise _Tangled

    def _focused(self, start: int, end: int, around: ProofNode | None, place: int) -> Iterator[ImportedStep]:
        """Return the steps of a block that works on one goal among others."""
        try:
            yield from [*self._block(start, end, around, place, is_alone=False)]
        except _Tangled:
            yield ImportedStep(_slice(self._code, start, end), place)

    def _items(self, start: int, end: int, around: ProofNode | None) -> list[tuple[int, int]]:
        """Return where each tactic of a block begins and ends."""
        column = self._column(start)
        starts, ends = [start], []
        depth = 0
        for offset in range(start, end):
            character = self._words[offset]
            depth += (character in _OPENING) - (character in _CLOSING)
            if offset == start or depth - (character in _OPENING) or character.isspace():
                continue
            line = self._words[self._code.rfind("\n", 0, offset) + 1 : offset]
            follows = line.rstrip().endswith(";") and not line.endswith("<;")
            begins = not line.strip() and len(line) == column
            if (begins or follows) and self._is_beginning(offset, end, around):
                ends.append(offset)
                starts.append(offset)
        return [
            (first, first + len(self._words[first:last].rstrip().removesuffix(";").rstrip()))
            for first, last in zip(starts, [*ends, end], strict=True)
        ]

    def _is_beginning(self, offset: int, end: int, around: ProofNode | None) -> bool:
        if self._words.startswith(_NO_BEGINNING, offset):
            return False
        for node, start in zip(self._nodes, self._offsets, strict=True):
            if start >= offset:
                return start < end and self._around[node] is around
        return False

    def _within(self, start: int, end: int, around: ProofNode | None) -> list[ProofNode]:
        return [
            node
            for node, offset in zip(self._nodes, self._offsets, strict=True)
            if start <= offset < end and self._around[node] is around
        ]

    def _column(self, offset: int) -> int:
        return offset - self._code.rfind("\n", 0, offset) - 1


def _chosen(case: ProofNode, tag: str) -> int | None:
    """Return which goal a ``case`` with a name is about; None if that is not seen."""
    inner = _key(case.inner[0].before[0]) if case.inner and case.inner[0].before else None
    keys = [_key(goal) for goal in case.before]
    if inner in keys:
        return keys.index(inner)
    names = [goal.case or "" for goal in case.before]  # its hypotheses get names first, which makes it another goal
    if tag == "_":
        return 0
    exact = [place for place, name in enumerate(names) if name == tag]
    return next(iter(exact or [place for place, name in enumerate(names) if name.endswith(f".{tag}")]), None)


def _range(node: ProofNode) -> tuple[Position, Position]:
    return node.start, node.end


def _works_on_first(node: ProofNode) -> bool:
    """Whether a tactic does something to the first goal, and leaves all others alone."""
    others = [_key(goal) for goal in node.before[1:]]
    after = [_key(goal) for goal in node.after]
    return _key(node.before[0]) not in after and after[len(after) - len(others) :] == others


def _key(goal: Goal) -> object:
    return goal.id or goal.text


def _slice(code: str, start: int, end: int) -> str:
    """Return a part of the code without the indentation of its first line."""
    column = start - code.rfind("\n", 0, start) - 1
    return dedented(" " * column + code[start:end])
