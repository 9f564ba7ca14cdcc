"""Which goals each step of a proof works on, where they are run one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.goals import Goal

__all__ = ["goal_places"]

_Goals: TypeAlias = "tuple[Goal, ...]"
_Uses: TypeAlias = "dict[str | None, dict[str | None, int]]"
"""Of ids of goals, and of texts: the last step that works on such a goal, for each id."""
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
    last_use: _Uses = {}
    for number, (before, _) in enumerate(steps):
        for goal in before:
            last_use.setdefault(_bare(goal), {})[goal.id] = number
            if goal.id:
                last_use.setdefault(goal.id, {})[goal.id] = number
    goals = list(steps[0][0])
    found: list[tuple[int, ...] | None] = []
    for number, (before, after) in enumerate(steps):
        # Of goals that Lean tells once more, it says what their unknowns have become.
        known = {goal.id: goal for goal in before if goal.id}
        goals = [known.get(goal.id or "", goal) for goal in goals]
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


def _is_settled(goal: Goal, goals: Sequence[Goal], last_use: _Uses, number: int) -> bool:
    """Whether no step works on a goal from now on, nor can any settle it: no other goal speaks of it."""
    others = {other.id for other in goals if other.id and other is not goal}
    for key in (goal.id, _bare(goal)):
        # What reads the same may be another that is there, too.
        if any(last >= number and used not in others for used, last in last_use.get(key, {}).items()):
            return False
    name = re.compile(rf"\?{re.escape(goal.case)}(?![\w.'])" if goal.case else r"\?m\.")
    return not any(name.search(other.text) for other in goals if other is not goal)


def _bare(goal: Goal) -> str:
    """Return a goal without its name, and without the numbers that Lean gives anew."""
    return _NUMBER.sub("?m", _CASE.sub("", goal.text))
