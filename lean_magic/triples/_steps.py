"""The tactics of a result as a tree, from what Lean tells with ``all_tactics=True`` or from its elaboration trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lean_magic.goals import Goal
from lean_magic.positions import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.results import LeanResult, ProofState
    from lean_magic.triples._source import Places

__all__ = ["Step", "steps_of"]

_HOLDING = frozenset(
    {
        "null",
        "cdot",
        "Lean.cdot",
        "Lean.cdotTk",
        "Lean.Parser.Term.byTactic",
        "Lean.Parser.Tactic.tacticSeq",
        "Lean.Parser.Tactic.tacticSeq1Indented",
        "Lean.Parser.Tactic.tacticSeqBracketed",
        "Lean.Parser.Tactic.«tactic_<;>_»",
        "Lean.Parser.Tactic.tactic_<;>_",
        "Lean.Parser.Tactic.paren",
    }
)
"""Kinds of syntax that only hold tactics together."""


@dataclass(slots=True, eq=False)
class Step:
    """A run of a tactic.

    Parameters
    ----------
    start, end : int
        Where it is, in code points of the code.
    printed : str
        As Lean prints it.
    before, after : tuple of Goal
        The goals.
    children : list of Step
        The runs of the tactics within it.
    state : ProofState or None
        The state before it, if known.
    uses_sorry : bool
        Whether its proof contains ``sorry``.
    """

    start: int
    end: int
    printed: str
    before: tuple[Goal, ...]
    after: tuple[Goal, ...]
    children: list[Step] = field(default_factory=list)
    state: ProofState | None = None
    uses_sorry: bool = False


def steps_of(result: LeanResult, places: Places) -> list[Step]:
    """Return the outermost tactics of a result, in the order in which they were run."""
    if not result.tactics:
        return _of_trees(result.infotree or [], places)
    steps: list[Step] = []
    outermost: list[Step] = []
    for tactic in result.tactics:
        start, end = places.offset(tactic.start), places.offset(tactic.end)
        step = Step(start, end, tactic.tactic, tactic.goals, tactic.goals_after, state=tactic.state)
        step.uses_sorry = "sorryAx" in tactic.used_constants
        steps.append(step)
        (outermost if tactic.parent is None else steps[tactic.parent].children).append(step)
    return outermost


def _of_trees(trees: Sequence[Any], places: Places) -> list[Step]:
    # Without recursion: terms may be deeper than Python goes.
    outermost: list[Step] = []
    rest: list[tuple[Any, list[Step]]] = [(tree, outermost) for tree in reversed(trees)]
    while rest:
        tree, siblings = rest.pop()
        node = tree.get("node") or {}
        below = siblings
        if (step := _step(node, places)) is not None:
            siblings.append(step)
            below = step.children
        rest += [(child, below) for child in reversed(tree.get("children") or [])]
    return outermost


def _step(node: dict[str, Any], places: Places) -> Step | None:
    """Return what a node of an elaboration tree tells; None if it is no tactic that the user wrote."""
    syntax = node.get("stx") or {}
    place = syntax.get("range") or {}
    name = node.get("name")
    if "goalsBefore" not in node or place.get("synthetic", True) or name is None or name in _HOLDING:
        return None
    start, end = (places.offset(Position(place[side]["line"], place[side]["column"])) for side in ("start", "finish"))
    printed = syntax.get("pp") or ""
    before, after = (tuple(map(Goal.parse, node[side])) for side in ("goalsBefore", "goalsAfter"))
    return Step(start, end, printed, before, after, uses_sorry=printed in {"sorry", "admit"})
