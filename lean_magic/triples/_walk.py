"""Which goals each step of a proof works on, where they are run one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.goals import Goal

__all__ = ["goal_places"]

_Goals: TypeAlias = "tuple[Goal, ...]"
_NUMBER = re.compile(r"\?m\.\d+")
_CASE = re.compile(r"\Acase [^\n]*\n")


def goal_places(steps: Sequence[tuple[_Goals, _Goals]]) -> list[tuple[int, ...] | None]:
    """Return the places of the goals of each step among those that are left when its turn comes.

    Parameters
    ----------
    steps : sequence of (tuple of Goal, tuple of Goal)
        The goals before and after each step of a proof. What a step leaves is in the place of the first goal that it
        works on.

    Returns
    -------
    list of (tuple of int or None)
        None where the steps before do not lead to the goals.
    """
    if not steps:
        return []
    last_use: dict[str, int] = {}
    for number, (before, _) in enumerate(steps):
        last_use.update((key, number) for goal in before for key in _keys(goal))
    goals = list(steps[0][0])
    found: list[tuple[int, ...] | None] = []
    for number, (before, after) in enumerate(steps):
        goals = [goal for goal in goals if not _is_settled(goal, goals, last_use, number)]
        places = _places(before, goals)
        found.append(places)
        if places is None:
            continue
        first = min(places, default=0)
        ahead = [goal for place, goal in enumerate(goals) if place < first]
        behind = [goal for place, goal in enumerate(goals) if place >= first and place not in places]
        goals = [*ahead, *after, *behind]
    return found


def _places(wanted: _Goals, goals: Sequence[Goal]) -> tuple[int, ...] | None:
    places: list[int] = []
    for goal in wanted:
        free = [place for place in range(len(goals)) if place not in places]
        same = [place for place in free if goal.id and goals[place].id == goal.id]
        # One with an unknown in it reads otherwise when that has come to be known, but stays the same.
        place = next(iter(same or [place for place in free if _bare(goals[place]) == _bare(goal)]), None)
        if place is None:
            return None
        places.append(place)
    return tuple(places)


def _is_settled(goal: Goal, goals: Sequence[Goal], last_use: dict[str, int], number: int) -> bool:
    """Whether no step works on a goal from now on, nor can any settle it: no other goal speaks of it."""
    if any(last_use.get(key, -1) >= number for key in _keys(goal)):
        return False
    name = f"?{goal.case}" if goal.case else "?m."
    return not any(name in other.text for other in goals if other is not goal)


def _keys(goal: Goal) -> tuple[str, ...]:
    return (goal.id, _bare(goal)) if goal.id else (_bare(goal),)


def _bare(goal: Goal) -> str:
    """Return a goal without its name, and without the numbers that Lean gives anew."""
    return _NUMBER.sub("?m", _CASE.sub("", goal.text))
