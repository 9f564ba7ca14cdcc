"""The tactics that were run, as a script: structured as an author would write it, or flat as they were run.

Each tactic works on one goal of several, in any order. A script works on the goals in the order in which Lean lists
them, the proof of each in one piece. So the steps are sorted by the goals that they come from. A goal whose proof fixes
part of another goes first (``?w`` in ``case h``); a goal that another one's proof has settled is not mentioned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lean_magic.explorer._focus import on_goal, tidy
from lean_magic.explorer._history import FAR_REACHING, GoalNode, History, Move, Step
from lean_magic.explorer._lean_text import code_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Step", "flat", "scripts", "structured"]

_ALTERNATIVES = re.compile(r"(?:cases|induction|fun_cases|fun_induction|rcases|split)\b")
"""Tactics that leave a goal for each case, which one rather tells by their names."""
_ACCESSIBLE = re.compile(r"(?!_)(?!(?:.*\.)?(?:a|pos|neg)(?:\.|$))[^\s✝«»]+")
"""Names of goals that can be written. Lean prints those without the dagger that it makes up itself: these three."""


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
    history = History(steps)
    try:
        return "\n".join(_block(history.start, history.moves, "" if by_name else None))
    except (_Entangled, RecursionError):  # or its goals are within each other more deeply than Python goes
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


class _Family:
    """Tells which of some goals others come from."""

    def __init__(self, goals: Sequence[GoalNode]) -> None:
        self._known: dict[GoalNode, GoalNode | None] = {goal: goal for goal in goals}

    def of(self, node: GoalNode) -> GoalNode | None:
        """Return the one that a goal comes from, or is."""
        line = []
        up: GoalNode | None = node
        while up is not None and up not in self._known:
            line.append(up)
            up = up.parent
        found = None if up is None else self._known[up]
        self._known.update(dict.fromkeys(line, found))
        return found


class _Entangled(Exception):  # noqa: N818 - no error
    """Raised where the proofs of some goals cannot be taken apart."""


def _block(goals: list[GoalNode], moves: list[Move], outer: str | None) -> list[str]:
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


def _are_apart(goals: list[GoalNode], moves: list[Move]) -> bool:
    """Whether each goal can be proved in one piece."""
    family = _Family(goals)
    if any(len({family.of(node) for node in move.on}) > 1 for move in moves):
        return False  # this one was run on several
    return _order(goals, _parts(goals, moves)) is not None


def _in_place(move: Move, goals: list[GoalNode]) -> list[str]:
    """Return the lines that do a move where some goals are left, other than in the proof of one of them."""
    if len(move.on) == 1 and len(goals) > 1:
        place = goals.index(move.on[0])
        if place or FAR_REACHING.search(move.tactic):
            return _lines(on_goal(move.tactic, place, len(goals)))
    if not move.on and len(goals) < len(move.after):
        raise _Entangled  # it would do something else with fewer goals
    return _lines(move.tactic)


def _parts(goals: list[GoalNode], moves: list[Move]) -> dict[GoalNode, list[Move]]:
    """Return the moves that belong to each goal."""
    parts: dict[GoalNode, list[Move]] = {goal: [] for goal in goals}
    family = _Family(goals)
    for move in moves:
        for node in move.on[:1]:
            if (goal := family.of(node)) is not None:
                parts[goal].append(move)
    return parts


def _each(goals: list[GoalNode], moves: list[Move], origin: str, outer: str | None) -> list[str]:
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


def _ahead(order: list[GoalNode], goals: list[GoalNode], parts: dict[GoalNode, list[Move]]) -> list[int]:
    """Return how many others Lean lists ahead of each goal when its turn comes."""
    ahead = []
    waiting = list(goals)
    for goal in order:
        place = waiting.index(goal)
        ahead.append(place)
        waiting = [*waiting[place + 1 :], *waiting[:place]]
        waiting = [other for other in waiting if other.settled_by is None or other.settled_by not in parts[goal]]
    return ahead


def _order(goals: list[GoalNode], parts: dict[GoalNode, list[Move]]) -> list[GoalNode] | None:
    """Return the goals that need a proof as Lean lists them, but each after those whose proofs fix something in it.

    None if there is no such order.
    """
    needed = [goal for goal in goals if parts[goal] or goal.settled_by is None]
    family = _Family(needed)
    everything = {move for moves in parts.values() for move in moves}
    sooner: dict[GoalNode, set[GoalNode]] = {goal: set() for goal in needed}
    for goal in needed:
        for move in parts[goal]:
            if any(node.settled_by in everything and node.settled_by not in parts[goal] for node in move.left):
                return None  # by itself, this proof would leave a goal
            for node in move.changed:
                other = family.of(node)
                if other is None or other is goal:
                    continue
                if any(own.number > move.number for own in parts[other]):
                    sooner[other].add(goal)
                if any(own.number < move.number for own in parts[other]):
                    sooner[goal].add(other)
    order: list[GoalNode] = []
    while len(order) < len(needed):
        ready = next((goal for goal in needed if goal not in order and sooner[goal] <= set(order)), None)
        if ready is None:
            return None
        order.append(ready)
    return order


def _lines(tactic: str) -> list[str]:
    return code_lines(tidy(tactic))
