"""What changed in the goals between two points of a proof: hypotheses that came and went, the parts of a target.

Hypotheses are the same if Lean says so, though another one of its name may have come and hidden it; or else if they
have the same name, as readers see it: a tactic that changes one often makes all others anew. A text is compared in
tokens, so that a name is never marked in part.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import groupby
from operator import eq
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from lean_magic.goals import Goal, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Change", "GoalDiff", "HypothesisDiff", "StateDiff", "TextDiff", "diff_goals", "diff_states", "diff_texts"]

Change: TypeAlias = Literal["same", "inserted", "removed", "changed"]

_Element = TypeVar("_Element")

_TOKEN = re.compile(r"\s+|[\w.'!?✝]+|.", re.DOTALL)
_WORD = re.compile(r"\w")
_TOKENS_COMPARED = 100
"""Tokens up to which what differs is compared again within itself; the time grows with their square."""


@dataclass(frozen=True, slots=True)
class TextDiff:
    """A piece of a text, or of two.

    Parameters
    ----------
    text : str
        The piece.
    change : {"same", "inserted", "removed"}
        Whether it is in both texts, only in the second, or only in the first.
    """

    text: str
    change: Literal["same", "inserted", "removed"] = "same"


@dataclass(frozen=True, slots=True)
class HypothesisDiff:
    """A hypothesis, or some of one type with the same fate.

    Parameters
    ----------
    change : {"same", "inserted", "removed", "changed"}
        Its fate; changed means that a name has another type or value.
    hypothesis : Hypothesis
        As it is after; as it was before, if it was removed.
    before : Hypothesis or None
        What it was before, if it was changed.
    """

    change: Change
    hypothesis: Hypothesis
    before: Hypothesis | None = None

    @property
    def parts(self) -> tuple[TextDiff, ...]:
        """What stands behind the names, as pieces: the type, and the value if there is one."""
        if self.before is None:
            return (TextDiff(_described(self.hypothesis)),)
        return diff_texts(_described(self.before), _described(self.hypothesis))


@dataclass(frozen=True)
class GoalDiff:
    """A goal, and what is new in it.

    Parameters
    ----------
    after : Goal
        The goal.
    before : Goal or None
        The goal that it comes from; itself, if nothing happened to it; None if it comes from none.
    """

    after: Goal
    before: Goal | None

    @property
    def changed(self) -> bool:
        """Whether it reads differently from what it was."""
        return self.before is None or self.before.text != self.after.text

    @cached_property
    def hypotheses(self) -> tuple[HypothesisDiff, ...]:
        """All hypotheses before and after; those that were removed stand where they were."""
        after = self.after.hypotheses
        before = after if self.before is None else self.before.hypotheses
        # Most stay as they are: only what lies between is taken apart.
        same = _Sameness(before, after)
        start = _common(before, after, same)
        end = _common(before[start:][::-1], after[start:][::-1], same)
        between = _diff_hypotheses(
            _singles(before[start : len(before) - end]), _singles(after[start : len(after) - end])
        )
        return (
            *(HypothesisDiff("same", hypothesis) for hypothesis in after[:start]),
            *_bundles(between),
            *(HypothesisDiff("same", hypothesis) for hypothesis in after[len(after) - end :]),
        )

    @cached_property
    def target(self) -> tuple[TextDiff, ...]:
        """The target before and after, as pieces."""
        if self.before is None or self.before.target == self.after.target:
            return (TextDiff(self.after.target),)
        return diff_texts(self.before.target, self.after.target)


@dataclass(frozen=True, slots=True)
class StateDiff:
    """What happened to the goals.

    Parameters
    ----------
    goals : tuple of GoalDiff
        Those after, in their order.
    closed : tuple of Goal
        Those before that nothing is left of.
    """

    goals: tuple[GoalDiff, ...]
    closed: tuple[Goal, ...]

    @property
    def changed(self) -> bool:
        """Whether anything happened."""
        return bool(self.closed) or any(goal.changed for goal in self.goals)


def diff_states(before: Sequence[Goal], after: Sequence[Goal]) -> StateDiff:
    """Compare the goals at two points of a proof.

    Parameters
    ----------
    before, after : sequence of Goal
        The goals at the first and at the second point.
    """
    gone, new = _without(before, after), _without(after, before)
    sources = dict(zip(map(id, new), _sources(gone, new), strict=True))
    goals = tuple(GoalDiff(goal, sources.get(id(goal), goal)) for goal in after)
    used = {id(source) for source in sources.values()}
    return StateDiff(goals, tuple(goal for goal in gone if id(goal) not in used))


def diff_goals(before: Goal, after: Goal) -> GoalDiff:
    """Compare two goals, of which the second comes from the first."""
    return GoalDiff(after, before)


def diff_texts(before: str, after: str) -> tuple[TextDiff, ...]:
    """Compare two texts, in tokens.

    Returns
    -------
    tuple of TextDiff
        The pieces that are the same or inserted make up the second text, those that are the same or removed the first.
    """
    first, second = _TOKEN.findall(before), _TOKEN.findall(after)
    start = _common(first, second)
    end = _common(first[start:][::-1], second[start:][::-1])
    pieces = [TextDiff("".join(first[:start]))]
    pieces += _compared(first[start : len(first) - end], second[start : len(second) - end])
    pieces.append(TextDiff("".join(first[len(first) - end :])))
    return tuple(piece for piece in pieces if piece.text)


def _identity(goal: Goal) -> tuple[str | None, str]:
    return goal.id, goal.text


def _without(goals: Sequence[Goal], others: Sequence[Goal]) -> list[Goal]:
    """Return the goals that are not among the others, each as often as there are more of it."""
    rest = Counter(map(_identity, others))
    found = []
    for goal in goals:
        rest[key := _identity(goal)] -= 1
        if rest[key] < 0:
            found.append(goal)
    return found


def _sources(gone: list[Goal], new: list[Goal]) -> list[Goal | None]:
    """Return which of the goals that are gone each new one comes from."""
    # A goal into which another one's proof filled something is the same goal and reads differently.
    by_id = {goal.id: goal for goal in gone}
    found = [by_id.get(goal.id) if goal.id else None for goal in new]
    used = set(map(id, found))
    left = [goal for goal in gone if id(goal) not in used]
    if not left:
        return found
    if len(left) == found.count(None):
        in_order = iter(left)
        return [source or next(in_order) for source in found]
    by_case = {goal.case: goal for goal in reversed(left)}
    return [
        source or (by_case.get(goal.case, left[0]) if goal.case else left[0])
        for source, goal in zip(found, new, strict=True)
    ]


def _singles(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    return [
        Hypothesis((name,), found.type, found.value, found.ids[number : number + 1], found.is_instance)
        for found in hypotheses
        for number, name in enumerate(found.names)
    ]


class _Sameness:
    """Whether a hypothesis before and one after are the same, and not one that has come and one that is hidden now."""

    def __init__(self, before: Sequence[Hypothesis], after: Sequence[Hypothesis]) -> None:
        self._before = {known for hypothesis in before for known in hypothesis.ids}
        self._after = {known for hypothesis in after for known in hypothesis.ids}

    def __call__(self, one: Hypothesis, other: Hypothesis) -> bool:
        if one != other:
            return False
        return one.ids == other.ids or (self._after.isdisjoint(one.ids) and self._before.isdisjoint(other.ids))


def _diff_hypotheses(before: list[Hypothesis], after: list[Hypothesis]) -> Iterator[HypothesisDiff]:
    """Compare hypotheses of one name each."""
    sources = _hypothesis_sources(before, after)
    used = set(sources)
    written = 0
    for hypothesis, number in zip(after, sources, strict=True):
        if number is None:
            yield HypothesisDiff("inserted", hypothesis)
            continue
        yield from _removed(before, range(written, number), used)
        written = max(written, number + 1)
        source = before[number]
        if (source.type, source.value) == (hypothesis.type, hypothesis.value):
            yield HypothesisDiff("same", hypothesis)
        else:
            yield HypothesisDiff("changed", hypothesis, source)
    yield from _removed(before, range(written, len(before)), used)


def _hypothesis_sources(before: list[Hypothesis], after: list[Hypothesis]) -> list[int | None]:
    """Return which of the hypotheses before each one after is."""
    known = {hypothesis.ids: number for number, hypothesis in enumerate(before) if hypothesis.ids}
    names = {hypothesis.names for hypothesis in before}
    found: list[int | None] = []
    for hypothesis in after:
        number = known.get(hypothesis.ids)
        # What is hidden by another one of its name, or no longer, is the same; what was renamed reads as another.
        is_same = number is not None and (
            before[number].names == hypothesis.names or bool(hypothesis.inaccessible) or hypothesis.names in names
        )
        found.append(number if is_same else None)
    used = set(found)
    left = {hypothesis.names: number for number, hypothesis in enumerate(before) if number not in used}
    return [left.pop(hypothesis.names, None) if n is None else n for n, hypothesis in zip(found, after, strict=True)]


def _removed(before: list[Hypothesis], numbers: Iterable[int], used: set[int | None]) -> Iterator[HypothesisDiff]:
    return (HypothesisDiff("removed", before[number]) for number in numbers if number not in used)


def _bundles(diffs: Iterable[HypothesisDiff]) -> Iterator[HypothesisDiff]:
    """Put those together that follow each other with one type and one fate, as Lean prints them."""
    for (change, _, _), group in groupby(diffs, key=_fate):
        members = list(group)
        singles = [member.hypothesis for member in members]
        names = tuple(name for single in singles for name in single.names)
        ids = tuple(known for single in singles for known in single.ids)
        last = singles[-1]
        yield HypothesisDiff(
            change, Hypothesis(names, last.type, last.value, ids, last.is_instance), members[-1].before
        )


def _fate(diff: HypothesisDiff) -> tuple[Change, object, object]:
    # Lean prints those with a value on lines of their own.
    own = diff.hypothesis.names if diff.hypothesis.value is not None else None
    return diff.change, (diff.hypothesis.type, own), diff.before and (diff.before.type, diff.before.value)


def _described(hypothesis: Hypothesis) -> str:
    return hypothesis.type if hypothesis.value is None else f"{hypothesis.type} := {hypothesis.value}"


def _common(
    first: Sequence[_Element], second: Sequence[_Element], same: Callable[[_Element, _Element], bool] = eq
) -> int:
    """Return how many elements they begin with in common."""
    number = 0
    for one, other in zip(first, second, strict=False):
        if not same(one, other):
            break
        number += 1
    return number


def _compared(first: list[str], second: list[str]) -> list[TextDiff]:
    """Compare what lies between a common beginning and a common end."""
    words = any(_WORD.search(token) for token in set(first).intersection(second))
    if not words or max(len(first), len(second)) > _TOKENS_COMPARED:
        return [TextDiff("".join(first), "removed"), TextDiff("".join(second), "inserted")]
    pieces: list[TextDiff] = []
    removed = inserted = ""
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
    for tag, i, j, k, m in blocks:
        same = "".join(first[i:j])
        # A space or an operator that happens to be in both says nothing.
        if tag == "equal" and _WORD.search(same):
            pieces += [TextDiff(removed, "removed"), TextDiff(inserted, "inserted"), TextDiff(same)]
            removed = inserted = ""
        else:
            removed += same
            inserted += "".join(second[k:m])
    return [*pieces, TextDiff(removed, "removed"), TextDiff(inserted, "inserted")]
