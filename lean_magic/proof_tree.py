"""Proofs by tactics as trees: each tactic, the goal it works on, and what is done with the goals it leaves.

Lean tells the tactics of a proof in the order of the text. Which of them belong together is seen from the goals: a
tactic comes after the one that left its goal. One whose goal no other tactic left begins a proof, or a proof within the
tactic that contains it (of a ``have``, or of a case of ``induction``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lean_magic._displayed import Displayed
from lean_magic.goal_diffs import StateDiff, diff_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.goals import Goal
    from lean_magic.positions import Position
    from lean_magic.results import TacticStep

__all__ = ["ProofNode", "ProofTree", "proof_trees"]


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
    """

    tactic: str
    start: Position
    end: Position
    index: int
    before: tuple[Goal, ...]
    after: tuple[Goal, ...]
    children: tuple[ProofNode, ...] = ()
    inner: tuple[ProofNode, ...] = ()

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
        What is done first; more than one only where goals were there from the beginning.
    """

    goals: tuple[Goal, ...]
    roots: tuple[ProofNode, ...] = field(repr=False)

    def walk(self) -> Iterator[tuple[int, bool, ProofNode]]:
        """Return all nodes in the order of the text: the level, whether a branch begins, the node.

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
            ``goals``: all goals, each once (``text``, ``case``, ``hypotheses``, ``target``); ``root``: the numbers of
            those it proves; ``nodes``: for each tactic ``tactic``, ``start``, ``end``, ``index``, ``before`` and
            ``after`` (numbers of goals), ``parent`` (number of the node before it, or that contains it; None for a
            root), ``inner`` (whether the parent contains it) and ``level`` (as in `walk`).
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


def proof_trees(tactics: Sequence[TacticStep]) -> tuple[ProofTree, ...]:
    """Return the proofs that some tactics make up, one for each outermost ``by``.

    Parameters
    ----------
    tactics : sequence of TacticStep
        All tactics of a result.
    """
    return _Builder(tactics).trees()


class _Builder:
    """Finds out which tactics belong to which."""

    def __init__(self, tactics: Sequence[TacticStep]) -> None:
        self._tactics = tactics
        self._children: list[list[int]] = [[] for _ in tactics]
        self._inner: list[list[int]] = [[] for _ in tactics]
        self._roots: list[int] = []
        self._origins: dict[object, int] = {}
        for index in range(len(tactics)):
            self._place(index)

    def trees(self) -> tuple[ProofTree, ...]:
        # From the last to the first, since children come after their parents.
        nodes: dict[int, ProofNode] = {}
        for index in reversed(range(len(self._tactics))):
            step = self._tactics[index]
            nodes[index] = ProofNode(
                step.tactic,
                step.start,
                step.end,
                index,
                step.goals,
                step.goals_after,
                tuple(nodes[child] for child in self._children[index]),
                tuple(nodes[child] for child in self._inner[index]),
            )
        return tuple(ProofTree(nodes[root].before, (nodes[root],)) for root in self._roots)

    def _place(self, index: int) -> None:
        step = self._tactics[index]
        goal = _worked_on(step.goals, step.goals_after)
        origin = self._origins.get(_key(goal)) if goal else None
        if origin is not None and self._contains(step.parent, origin):
            self._children[origin].append(index)
        elif step.parent is not None:
            self._inner[step.parent].append(index)
        else:
            self._roots.append(index)
        others = {_key(before) for before in step.goals if before is not goal}
        for left in step.goals_after:
            key = _key(left)
            former = self._origins.get(key)
            # What comes later goes on from the outermost tactic that left the goal.
            if key not in others and (former is None or not self._contains(former, index)):
                self._origins[key] = index

    def _contains(self, outer: int | None, index: int) -> bool:
        """Whether a tactic contains another; None stands for the whole text."""
        inner: int | None = index
        while inner is not None:
            inner = self._tactics[inner].parent
            if inner == outer:
                return True
        return False


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
