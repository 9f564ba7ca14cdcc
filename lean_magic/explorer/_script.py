"""The tactics that were run, as a script: structured as an author would write it, or flat as they were run.

Each tactic works on one goal of several, in any order. A script works on the goals in the order in which Lean lists
them, the proof of each in one piece. So the steps are sorted by the goals that they come from. A goal whose proof fixes
part of another goes first (``?w`` in ``case h``); a goal that another one's proof has settled is not mentioned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lean_magic.explorer._focus import on_goal, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lean_magic.goals import Goal

__all__ = ["Step", "flat", "scripts", "structured"]

_ALTERNATIVES = re.compile(r"(?:cases|induction|fun_cases|fun_induction|rcases|split)\b")
"""Tactics that leave a goal for each case, which one rather tells by their names."""
_ACCESSIBLE = re.compile(r"(?!_)(?!(?:.*\.)?(?:a|pos|neg)(?:\.|$))[^\s✝«»]+")
"""Names of goals that can be written. Lean prints those without the dagger that it makes up itself: these three."""
_FAR_REACHING = re.compile(
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


def scripts(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return scripts for the same steps, the nicest first; the last one does exactly what was done."""
    return tuple(dict.fromkeys((structured(steps), structured(steps, by_name=False), flat(steps))))


def structured(steps: Sequence[Step], *, by_name: bool = True) -> str:
    """Return a proof as structured Lean: what follows ``by``, on lines of its own.

    Where a tactic leaves several goals, each proof has a bullet, or a ``case`` with the name of its goal: after
    ``cases`` and ``induction``, and where they cannot be proved in the order in which Lean lists them. What was run on
    all goals at once stays so.

    Parameters
    ----------
    steps : sequence of Step
        The tactics of one path, each run on what the one before it left.
    by_name : bool
        Whether goals may be chosen by name.

    Returns
    -------
    str
        The script, with ``sorry`` for each goal that is left.
    """
    if not steps:
        return "sorry"
    history = _History(steps)
    try:
        return "\n".join(_block(history.start, history.moves, "" if by_name else None))
    except _Entangled:
        return flat(steps)


def flat(steps: Sequence[Step]) -> str:
    """Return a proof as it was run: a tactic after the other, goals chosen by rotation."""
    lines: list[str] = []
    for step in steps:
        tactic = step.tactic if step.place is None else on_goal(step.tactic, step.place, len(step.before))
        lines += _lines(tactic)
    left = len(steps[-1].after) if steps else 1
    if left:
        lines.append("sorry" if left == 1 else "all_goals sorry")
    return "\n".join(lines)


class _Entangled(Exception):  # noqa: N818 - no error
    """Raised where the proofs of some goals cannot be taken apart."""


@dataclass(eq=False, slots=True)
class _Node:
    """A goal in the course of a proof."""

    goal: Goal
    parent: _Node | None = None
    settled_by: _Move | None = None
    """What made it vanish, though it was run on another goal."""

    def within(self, others: Iterable[_Node]) -> _Node | None:
        """Return the one of the others that it comes from, or is."""
        known = set(others)
        node: _Node | None = self
        while node is not None and node not in known:
            node = node.parent
        return node


@dataclass(eq=False, slots=True)
class _Move:
    """What a step did."""

    number: int
    tactic: str
    on: list[_Node]
    """The goals that it worked on: one; several, if it was run on all; none, if it only changes their order."""
    left: list[_Node] = field(default_factory=list)
    changed: list[_Node] = field(default_factory=list)
    """The goals of others in which it fixed something."""
    after: list[_Node] = field(default_factory=list)


class _History:
    """Follows the goals through the steps."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.start = [_Node(goal) for goal in steps[0].before]
        self.moves: list[_Move] = []
        live = self.start
        for number, step in enumerate(steps):
            live = self._follow(number, step, live)

    def _follow(self, number: int, step: Step, live: list[_Node]) -> list[_Node]:
        before = [node.goal for node in live]
        place = 0 if step.place is None and len(live) == 1 else step.place
        kept = _kept(before, step.after, place)
        gone = [index for index in range(len(live)) if index not in kept]
        worked_on = gone if place is None else [place]
        if place is None and not _FAR_REACHING.search(step.tactic):
            first = worked_on[:1]
            if all(_is_part_of(before[index], before[first[0]]) for index in worked_on[1:]):
                worked_on = first
        move = _Move(number, step.tactic, [live[index] for index in worked_on])
        parent = _common(move.on)
        found = {there: live[here] for here, there in kept.items()}
        for there, goal in enumerate(step.after):
            node = found.get(there)
            if node is None:
                node = _Node(goal, parent)
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


def _kept(before: Sequence[Goal], after: Sequence[Goal], place: int | None) -> dict[int, int]:
    """Return which goals stay, and where they are afterwards."""
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


def _common(nodes: list[_Node]) -> _Node | None:
    """Return the goal that some goals come from."""
    if len(nodes) == 1:
        return nodes[0]
    above: list[list[_Node]] = []
    for node in nodes:
        line, up = [node], node.parent
        while up is not None:
            line.append(up)
            up = up.parent
        above.append(line)
    return next((node for node in above[0] if all(node in line for line in above[1:])), None) if above else None


def _block(goals: list[_Node], moves: list[_Move], outer: str | None) -> list[str]:
    """Return the lines that prove some goals, with the moves that were made on them.

    Within ``case``, the names of goals begin anew: ``outer`` is the name of the goal whose ``case`` this is; None if no
    goal is to be chosen by name.
    """
    lines: list[str] = []
    origin = ""
    while moves:
        if len(goals) > 1 and _are_apart(goals, moves):
            break
        move, moves = moves[0], moves[1:]
        origin = move.tactic if len(goals) == 1 else ""
        lines += _in_place(move, goals)
        if len(move.on) == 1:
            place = goals.index(move.on[0])
            goals = [*goals[:place], *move.left, *goals[place + 1 :]]
            goals = [goal for goal in goals if goal.settled_by is not move]
        else:
            members = {*goals, *move.left}
            goals = [node for node in move.after if node in members]
    if len(goals) == 1:
        return [*lines, "sorry"]
    return lines + _each(goals, moves, origin, outer)


def _are_apart(goals: list[_Node], moves: list[_Move]) -> bool:
    """Whether each goal can be proved in one piece."""
    if any(len({node.within(goals) for node in move.on}) > 1 for move in moves):
        return False  # this one was run on several
    return _order(goals, _parts(goals, moves)) is not None


def _in_place(move: _Move, goals: list[_Node]) -> list[str]:
    """Return the lines that do a move where some goals are left, other than in the proof of one of them."""
    if len(move.on) == 1 and len(goals) > 1:
        place = goals.index(move.on[0])
        if place or _FAR_REACHING.search(move.tactic):
            return _lines(on_goal(move.tactic, place, len(goals)))
    if not move.on and len(goals) < len(move.after):
        raise _Entangled  # it would do something else with fewer goals
    return _lines(move.tactic)


def _parts(goals: list[_Node], moves: list[_Move]) -> dict[_Node, list[_Move]]:
    """Return the moves that belong to each goal."""
    parts: dict[_Node, list[_Move]] = {goal: [] for goal in goals}
    for move in moves:
        for node in move.on[:1]:
            if (goal := node.within(goals)) is not None:
                parts[goal].append(move)
    return parts


def _each(goals: list[_Node], moves: list[_Move], origin: str, outer: str | None) -> list[str]:
    """Return the lines that prove several goals, each in one piece."""
    parts = _parts(goals, moves)
    order = _order(goals, parts) or []
    ahead = _ahead(order, goals, parts)
    names = [_relative(goal.goal.case or "", outer) for goal in goals]
    is_named = all(map(_ACCESSIBLE.fullmatch, names)) and len(set(names)) == len(names)
    is_named = is_named and (any(ahead) or bool(_ALTERNATIVES.match(origin)))
    lines: list[str] = []
    for goal, skipped in zip(order, ahead, strict=True):
        body = _block([goal], parts[goal], (goal.goal.case or "") if is_named else outer)
        if len(order) == len(body) == 1 and goal is goals[0]:
            return body
        if is_named:
            lines += _headed(f"case {names[goals.index(goal)]} =>", body)
        else:
            lines += [f"rotate_left {skipped}" if skipped > 1 else "rotate_left"] if skipped else []
            lines += [f"{'  ' if index else '· '}{line}" if line else "" for index, line in enumerate(body)]
    return lines


def _relative(name: str, outer: str | None) -> str:
    return "" if outer in {None, name} else name.removeprefix(f"{outer}.")


def _headed(head: str, body: list[str]) -> list[str]:
    if len(body) == 1:
        return [f"{head} {body[0]}"]
    return [head, *(f"  {line}" if line else "" for line in body)]


def _ahead(order: list[_Node], goals: list[_Node], parts: dict[_Node, list[_Move]]) -> list[int]:
    """Return how many others Lean lists ahead of each goal when its turn comes."""
    ahead = []
    waiting = list(goals)
    for goal in order:
        place = waiting.index(goal)
        ahead.append(place)
        waiting = [*waiting[place + 1 :], *waiting[:place]]
        waiting = [other for other in waiting if other.settled_by is None or other.settled_by not in parts[goal]]
    return ahead


def _order(goals: list[_Node], parts: dict[_Node, list[_Move]]) -> list[_Node] | None:
    """Return the goals that need a proof as Lean lists them, but each after those whose proofs fix something in it.

    None if there is no such order.
    """
    needed = [goal for goal in goals if parts[goal] or goal.settled_by is None]
    everything = {move for moves in parts.values() for move in moves}
    sooner: dict[_Node, set[_Node]] = {goal: set() for goal in needed}
    for goal in needed:
        for move in parts[goal]:
            if any(node.settled_by in everything and node.settled_by not in parts[goal] for node in move.left):
                return None  # by itself, this proof would leave a goal
            for node in move.changed:
                other = node.within(needed)
                if other is None or other is goal:
                    continue
                if any(own.number > move.number for own in parts[other]):
                    sooner[other].add(goal)
                if any(own.number < move.number for own in parts[other]):
                    sooner[goal].add(other)
    order: list[_Node] = []
    while len(order) < len(needed):
        ready = next((goal for goal in needed if goal not in order and sooner[goal] <= set(order)), None)
        if ready is None:
            return None
        order.append(ready)
    return order


def _lines(tactic: str) -> list[str]:
    return tidy(tactic).split("\n")
