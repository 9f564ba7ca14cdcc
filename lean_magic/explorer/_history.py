"""What becomes of each goal in the course of a proof: which step works on it, and what is left of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.goals import Goal

__all__ = ["FAR_REACHING", "GoalNode", "History", "Move", "Step", "kept_goals"]

FAR_REACHING = re.compile(
    r"(?:all_goals|any_goals|first|try|repeat1?'?|iterate|rotate_\w+|swap|on_goal|pick_goal|case'?|next|exacts|done)\b"
    r"|[^<];|\n|--"
)
"""Tactics that may see more goals than the first."""


@dataclass(frozen=True, slots=True)
class Step:
    """A tactic that was run.

    Parameters
    ----------
    tactic : str
        As it was given.
    place : int or None
        Which of the goals before it was run on, from 0; None if it was run on all of them as they are.
    before, after : tuple of Goal
        The goals before and after it: those before the place, what it leaves, those after the place.
    """

    tactic: str
    place: int | None
    before: tuple[Goal, ...]
    after: tuple[Goal, ...]


@dataclass(eq=False, slots=True)
class GoalNode:
    """A goal in the course of a proof."""

    goal: Goal
    parent: GoalNode | None = None
    settled_by: Move | None = None
    """What made it vanish, though it was run on another goal."""


@dataclass(eq=False, slots=True)
class Move:
    """What a step did."""

    number: int
    tactic: str
    on: list[GoalNode]
    """The goals that it worked on: one; several, if it was run on all; none, if it only changes their order."""
    left: list[GoalNode] = field(default_factory=list)
    changed: list[GoalNode] = field(default_factory=list)
    """The goals of others in which it fixed something."""
    after: list[GoalNode] = field(default_factory=list)


class History:
    """Follows the goals through the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.start = [GoalNode(goal) for goal in steps[0].before]
        self.moves: list[Move] = []
        live = self.start
        for number, step in enumerate(steps):
            live = self._follow(number, step, live)

    def _follow(self, number: int, step: Step, live: list[GoalNode]) -> list[GoalNode]:
        before = [node.goal for node in live]
        place = 0 if step.place is None and len(live) == 1 else step.place
        kept = kept_goals(before, step.after, place)
        gone = [index for index in range(len(live)) if index not in kept]
        worked_on = gone if place is None else [place]
        if place is None and not FAR_REACHING.search(step.tactic):
            first = worked_on[:1]
            if all(_is_part_of(before[index], before[first[0]]) for index in worked_on[1:]):
                worked_on = first
        move = Move(number, step.tactic, [live[index] for index in worked_on])
        parent = _common(move.on)
        found = {there: live[here] for here, there in kept.items()}
        for there, goal in enumerate(step.after):
            node = found.get(there)
            if node is None:
                node = GoalNode(goal, parent)
                move.left.append(node)
            elif node.goal.text != goal.text:
                node.goal = goal
                move.changed.append(node)
            move.after.append(node)
        for index in gone:
            if index not in worked_on:
                live[index].settled_by = move
        self.moves.append(move)
        return move.after


def kept_goals(before: Sequence[Goal], after: Sequence[Goal], place: int | None) -> dict[int, int]:
    """Return which goals stay, and where they are afterwards.

    Parameters
    ----------
    before, after : sequence of Goal
        The goals before and after a tactic.
    place : int or None
        Which of those before it was run on, from 0, which counts as gone; None if it was run on all of them.
    """
    kept: dict[int, int] = {}
    free = dict.fromkeys(range(len(after)))
    others = [index for index in range(len(before)) if index != place]

    def keep(here: int, there: int) -> None:
        kept[here] = there
        del free[there]

    for here in others:
        there = next((there for there in free if before[here].id and before[here].id == after[there].id), None)
        if there is not None:
            keep(here, there)
    is_same_process = bool(kept)
    for here in others:
        there = next((there for there in free if before[here].text == after[there].text), None)
        if here not in kept and there is not None:
            keep(here, there)
    if not is_same_process and place is not None:
        for here in others:
            there = here if here < place else len(after) - len(before) + here
            if here not in kept and there in free and before[here].case == after[there].case:
                keep(here, there)
    return kept


def _is_part_of(goal: Goal, other: Goal) -> bool:
    """Whether a goal is a metavariable of another."""
    return bool(goal.case) and f"?{goal.case}" in other.text


def _common(nodes: list[GoalNode]) -> GoalNode | None:
    """Return the goal that some goals come from."""
    if len(nodes) == 1:
        return nodes[0]
    above: list[list[GoalNode]] = []
    for node in nodes:
        line, up = [node], node.parent
        while up is not None:
            line.append(up)
            up = up.parent
        above.append(line)
    return next((node for node in above[0] if all(node in line for line in above[1:])), None) if above else None
