"""Proofs by tactics as trees: each tactic, the goal it works on, and what is done with the goals it leaves.

Lean tells the tactics of a proof in the order of the text. Which of them belong together is seen from the goals: a
tactic comes after the one that left its goal. One whose goal no other tactic left begins a proof, or a proof within the
tactic that contains it (of a ``have``, or of a case of ``induction``).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lean_magic._displayed import Displayed
from lean_magic.declarations import declarations
from lean_magic.goal_diffs import StateDiff, diff_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.declarations import Declaration
    from lean_magic.goals import Goal
    from lean_magic.positions import Position
    from lean_magic.results import LeanResult, TacticStep

__all__ = ["ProofNode", "ProofTree", "ProofTrees", "proof_trees"]

_NEAR = 50
"""Tactics before a place that are searched for the one that it lies in."""
_GIVING_UP = frozenset({"sorry", "admit"})
_UNKNOWN = "<failed to pretty print>"


@dataclass(frozen=True, eq=False, repr=False)
class ProofNode:
    """A tactic in a proof.

    Parameters
    ----------
    tactic : str
        As Lean prints it.
    start, end : Position
        Where it is in the code.
    index : int
        Its place among the tactics of the result.
    before, after : tuple of Goal
        The goals before and after it, in the part of the proof that it is in.
    children : tuple of ProofNode
        What is done next with the goals that it leaves, in the order of the text.
    inner : tuple of ProofNode
        The beginnings of the proofs within it, and the steps that it consists of.
    has_error : bool
        Whether an error is about it, rather than about a tactic that it contains.
    has_sorry : bool
        Whether it leaves something open with ``sorry``, rather than a tactic that it contains.
    """

    tactic: str
    start: Position
    end: Position
    index: int
    before: tuple[Goal, ...]
    after: tuple[Goal, ...]
    children: tuple[ProofNode, ...] = ()
    inner: tuple[ProofNode, ...] = ()
    has_error: bool = False
    has_sorry: bool = False

    @property
    def goal(self) -> Goal | None:
        """The goal that it works on; None where there was none."""
        return _worked_on(self.before, self.after)

    @cached_property
    def diff(self) -> StateDiff:
        """What it changes."""
        return diff_states(self.before, self.after)

    @property
    def left_open(self) -> tuple[Goal, ...]:
        """The goals that it makes and nothing is done with."""
        known = set(map(_key, self.before)) | {_key(child.goal) for child in self.children if child.goal}
        return tuple(goal for goal in self.after if _key(goal) not in known)

    def __repr__(self) -> str:
        # Those of a long proof contain each other more deeply than Python goes.
        return f"ProofNode({self.tactic!r}, {self.start}, children={len(self.children)}, inner={len(self.inner)})"


@dataclass(frozen=True, slots=True, eq=False)
class ProofTree(Displayed):
    """A proof by tactics.

    ``print`` it, or end a cell with it.

    Parameters
    ----------
    goals : tuple of Goal
        What it proves.
    roots : tuple of ProofNode
        What is done first, and what follows when no goal is left.
    declaration : str or None
        What it proves, as far as the code's lines tell: ``"theorem And.swap"``, ``"example"``.
    is_doubtful : bool
        Whether it rests on a ``sorry``, or may: on one of its own, or that of a theorem which it uses.
    """

    goals: tuple[Goal, ...]
    roots: tuple[ProofNode, ...] = field(repr=False)
    declaration: str | None = None
    is_doubtful: bool = False

    def walk(self) -> Iterator[tuple[int, bool, ProofNode]]:
        """Return all nodes, each branch in the order of the text: the level, whether a branch begins, the node.

        A tactic that goes on with what the one before it has left is on the same level. Where there are several to go
        on, each begins a branch, one level deeper; so does what a tactic contains.
        """
        return _walk(self.roots)

    @property
    def left_open(self) -> tuple[Goal, ...]:
        """The goals that nothing is done with; those given up with ``sorry`` are not among them."""
        return tuple(goal for _, _, node in self.walk() for goal in node.left_open)

    def to_dict(self) -> dict[str, Any]:
        """Return it as data that can be written as JSON, as flat as a table.

        Returns
        -------
        dict
            ``declaration``; ``is_doubtful``; ``goals``: all goals, each once (``text``, ``case``, ``hypotheses``,
            ``target``); ``root``: the numbers of those it proves; ``nodes``: for each tactic ``tactic``, ``start``,
            ``end``, ``index``, ``before`` and ``after`` (numbers of goals), ``parent`` (number of the node before it,
            or that contains it; None for a root), ``inner`` (whether the parent contains it), ``level`` (as in
            `walk`), ``has_error`` and ``has_sorry``.
        """
        from lean_magic.conversions import tree_to_dict

        return tree_to_dict(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON.

        Parameters
        ----------
        indent : int, optional
            Spaces for each level; by default, all is on one line.
        """
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def __str__(self) -> str:
        from lean_magic.display import text

        return text(self)


class ProofTrees(tuple[ProofTree, ...], Displayed):
    """The proofs of a result: a tuple that is shown as what is in it."""

    __slots__ = ()

    def __str__(self) -> str:
        from lean_magic.display import text

        return text(self)


def proof_trees(tactics: Sequence[TacticStep], result: LeanResult | None = None) -> ProofTrees:
    """Return the proofs that some tactics make up, one for each outermost ``by``.

    Parameters
    ----------
    tactics : sequence of TacticStep
        All tactics of a result.
    result : LeanResult, optional
        The result: its errors and what it leaves open are told of the tactics that they are about.
    """
    return ProofTrees(_Builder(tactics, result).trees())


class _Builder:
    """Finds out which tactics belong to which."""

    def __init__(self, tactics: Sequence[TacticStep], result: LeanResult | None) -> None:
        self._tactics = tactics
        self._lines = [] if result is None else result.code.split("\n")
        self._declarations = _declarations(result) if result is not None and tactics else []
        self._children: list[list[int]] = [[] for _ in tactics]
        self._inner: list[list[int]] = [[] for _ in tactics]
        self._roots: list[list[int]] = []
        self._origins: dict[object, int] = {}
        self._repeated: dict[int, int] = {}
        warnings = () if result is None else result.warnings
        self._warned = [said.start.line for said in warnings if said.text.startswith("declaration uses `sorry`")]
        self._rests_on_sorry = result is not None and result.verdict == "sorry"
        self._resting = frozenset(() if result is None else result._resting)  # noqa: SLF001 - of no use to others
        for index in range(len(tactics)):
            self._place(index)
        errors, sorries = _errors_and_sorries(tactics, result)
        self._errors, self._sorries = (
            {self._repeated.get(index, index) for index in found} for found in (errors, sorries)
        )

    def trees(self) -> tuple[ProofTree, ...]:
        # From the last to the first, since children come after their parents.
        nodes: dict[int, ProofNode] = {}
        for index in reversed(range(len(self._tactics))):
            step = self._tactics[index]
            nodes[index] = ProofNode(
                self._text(step),
                step.start,
                step.end,
                index,
                step.goals,
                step.goals_after,
                tuple(nodes[child] for child in self._children[index]),
                tuple(nodes[child] for child in self._inner[index]),
                index in self._errors,
                index in self._sorries,
            )
        return tuple(self._tree([nodes[root] for root in roots]) for roots in self._roots)

    def _tree(self, roots: list[ProofNode]) -> ProofTree:
        line = roots[0].start.line
        found = self._declarations[line - 1] if 0 < line <= len(self._declarations) else None
        is_doubtful = self._is_doubtful(found, line, roots)
        return ProofTree(roots[0].before, tuple(roots), str(found) if found else None, is_doubtful)

    def _is_doubtful(self, found: Declaration | None, last: int, roots: list[ProofNode]) -> bool:
        if any((found.line if found else 1) <= line <= last for line in self._warned):
            return True
        name = found.name if found else None
        if name and any(f".{resting}".endswith(f".{name}") for resting in self._resting):
            return True
        if not name:
            used = (self._tactics[node.index].used_constants for _, _, node in _walk(roots))
            if any(not self._resting.isdisjoint(constants) for constants in used):
                return True
        # Where the option `warn.sorry` is off, who knows which of those without a name.
        return self._rests_on_sorry and not self._warned and not (name and self._resting)

    def _text(self, step: TacticStep) -> str:
        """Return a tactic; as it is written where Lean cannot print it."""
        first, last = step.start.line, step.end.line
        if step.tactic != _UNKNOWN or not 0 < first <= last <= len(self._lines):
            return step.tactic
        lines = self._lines[first - 1 : last]
        lines[-1] = lines[-1][: step.end.column]
        lines[0] = lines[0][step.start.column :]
        return "\n".join(lines) or step.tactic

    def _place(self, index: int) -> None:
        step = self._tactics[index]
        parent = None if step.parent is None else self._repeated.get(step.parent, step.parent)
        if parent is not None and _is_same(step, self._tactics[parent]):
            self._repeated[index] = parent  # a block in `conv`, and the one sequence in it
            return
        goal = _worked_on(step.goals, step.goals_after)
        origin = self._origins.get(_key(goal)) if goal else None
        if origin is not None and self._contains(parent, origin):
            while (outer := self._outer(origin)) is not None and outer != parent:
                origin = outer  # which this one comes after, with all that it contains
            self._children[origin].append(index)
        elif parent is not None:
            self._inner[parent].append(index)
        elif goal is None and self._roots:
            # A proof begins with a goal: this one goes on when there is none left.
            self._roots[-1].append(index)
        else:
            self._roots.append([index])
        others = {_key(before) for before in step.goals if before is not goal}
        if reordered(step.goals, step.goals_after):
            others = set()
        for left in step.goals_after:
            key = _key(left)
            former = self._origins.get(key)
            # What comes later goes on from the outermost tactic that left the goal.
            if key not in others and (former is None or not self._contains(former, index)):
                self._origins[key] = index

    def _outer(self, index: int) -> int | None:
        parent = self._tactics[index].parent
        return None if parent is None else self._repeated.get(parent, parent)

    def _contains(self, outer: int | None, index: int) -> bool:
        """Whether a tactic contains another; None stands for the whole text."""
        inner: int | None = index
        while inner is not None:
            inner = self._tactics[inner].parent
            if inner == outer:
                return True
        return False


def reordered(before: Sequence[Goal], after: Sequence[Goal]) -> bool:
    """Whether goals are the same in another order."""
    first, second = list(map(_key, before)), list(map(_key, after))
    return first != second and len(first) == len(second) and set(first) == set(second)


def unchanged(before: Sequence[Goal], after: Sequence[Goal]) -> bool:
    """Whether goals are known to be the same, in the same order, and not only to read the same."""
    known = [goal.id for goal in before]
    return bool(known) and None not in known and known == [goal.id for goal in after]


def _declarations(result: LeanResult) -> list[Declaration | None]:
    return declarations(result.code, None if result.env is None else result.env.parent)


def _errors_and_sorries(tactics: Sequence[TacticStep], result: LeanResult | None) -> tuple[set[int], set[int]]:
    """Return which tactics errors are about, and which leave something open: the innermost ones."""
    errors, sorries = set(), set()
    if result is not None:
        order = sorted(range(len(tactics)), key=lambda index: (_pair(tactics[index].start), index))
        starts = [_pair(tactics[index].start) for index in order]
        for place in {_pair(error.start) for error in result.errors}:
            around = _around(place, tactics, order, starts)
            # One that is run on several goals is met several times: those that did nothing failed.
            idle = [index for index in around if _is_idle(tactics[index])]
            errors.update(idle or [index for index in around if _uses_sorry(tactics[index])] or around[:1])
        for place in {_pair(sorry.start) for sorry in result.sorries if sorry.start}:
            around = _around(place, tactics, order, starts)
            sorries.update([index for index in around if _uses_sorry(tactics[index])] or around[:1])
    # Lean gives up with `sorry` whatever has an error, and so whatever contains that: it is not what the user wrote.
    excused = set(errors)
    for index in reversed(range(len(tactics))):  # what contains others comes before them
        step = tactics[index]
        if index in sorries or (_uses_sorry(step) and index not in excused):
            sorries.add(index)
            excused.add(index)
        if index in excused and step.parent is not None:
            excused.add(step.parent)
    return errors, sorries


def _around(
    place: tuple[int, int], tactics: Sequence[TacticStep], order: list[int], starts: list[tuple[int, int]]
) -> list[int]:
    """Return the innermost tactic around a place, and those with the very same text, the last one first."""
    last = bisect_right(starts, place)
    # What begins last and is not over yet is the innermost one.
    around = [index for index in reversed(order[max(0, last - _NEAR) : last]) if place < _pair(tactics[index].end)]
    if not around:
        return []
    inner = tactics[around[0]]
    return [index for index in around if (tactics[index].start, tactics[index].end) == (inner.start, inner.end)]


def _is_same(step: TacticStep, other: TacticStep) -> bool:
    """Whether Lean tells of one tactic twice."""
    return (step.tactic, step.start, step.end) == (other.tactic, other.start, other.end) and all(
        list(map(_key, found)) == list(map(_key, others))
        for found, others in ((step.goals, other.goals), (step.goals_after, other.goals_after))
    )


def _is_idle(step: TacticStep) -> bool:
    return unchanged(step.goals, step.goals_after) or not (step.goals or step.goals_after)


def _uses_sorry(step: TacticStep) -> bool:
    # `done` where a goal is left fails, and Lean then goes on as if there were none.
    gives_up = "sorryAx" in step.used_constants or step.tactic in _GIVING_UP
    return gives_up and bool(step.goals) and step.tactic != "done"


def _pair(position: Position) -> tuple[int, int]:
    return position.line, position.column


def _key(goal: Goal) -> object:
    return goal.id or goal.text


def _worked_on(before: Sequence[Goal], after: Sequence[Goal]) -> Goal | None:
    """Return the first goal that is gone, or the first one where all stay."""
    kept = set(map(_key, after))
    return next((goal for goal in before if _key(goal) not in kept), before[0] if before else None)


def _walk(roots: Sequence[ProofNode]) -> Iterator[tuple[int, bool, ProofNode]]:
    # Without recursion: a proof may be longer than Python goes deep.
    rest = [(0, True, node) for node in reversed(roots)]
    while rest:
        level, _, node = found = rest.pop()
        yield found
        branches = len(node.children) > 1
        rest += [(level + branches, branches, child) for child in reversed(node.children)]
        rest += [(level + 1, True, child) for child in reversed(node.inner)]
