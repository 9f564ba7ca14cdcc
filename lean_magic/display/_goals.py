"""Goals line by line, with what changed in them: the same for text and HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lean_magic.display._limits import ALL_GOALS, TEXT, clipped
from lean_magic.goal_diffs import GoalDiff, HypothesisDiff, TextDiff, diff_states
from lean_magic.goals import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lean_magic.display._options import DisplayOptions
    from lean_magic.goals import Goal
    from lean_magic.results import ProofState

_TYPE = re.compile(r"(?:Type|Sort)(?: (?:\w+|\(.*\))|\*)?|Prop")
_SIGNS = {"same": " ", "inserted": "+", "removed": "-"}


@dataclass(frozen=True, slots=True)
class GoalLine:
    """A line of a goal (or some, if it is long): what stands at its beginning, and the rest in pieces.

    Parameters
    ----------
    head : str
        ``"case"``, the names of hypotheses, ``"⊢"``, or ``"|"`` in `conv`.
    between : str
        What separates the two.
    parts : tuple of TextDiff
        The rest.
    change : {"same", "inserted", "removed"}
        The fate of the whole line.
    """

    head: str
    between: str
    parts: tuple[TextDiff, ...]
    change: Literal["same", "inserted", "removed"] = "same"


def goal_lines(diff: GoalDiff, options: DisplayOptions) -> list[GoalLine]:
    """Return a goal as it is to be shown."""
    goal = diff.after
    if goal.target == goal.text or len(goal.text) > TEXT:  # in a format of its own, or too long to be compared
        return [GoalLine("", "", (TextDiff(clipped(goal.text)),))]
    lines = [GoalLine("case", " ", (TextDiff(goal.case),))] if goal.case and options.show_goal_names else []
    target = GoalLine(_sign(goal), " ", diff.target)
    hypotheses = [_hypothesis_line(found) for found in _shown(diff.hypotheses, options)]
    return [*lines, target, *hypotheses] if options.target_first else [*lines, *hypotheses, target]


def _sign(goal: Goal) -> str:
    """Return what stands before the target: in `conv`, nothing is to be proved of it."""
    return "|" if f"\n{goal.text}".endswith(f"\n| {goal.target}") else "⊢"


def goal_text(goal: Goal, options: DisplayOptions) -> str:
    """Return a goal as Lean prints it, but for what is not to be shown."""
    if not options.changes_goals:
        return goal.text
    return "\n".join(_text(line) for line in plain_lines(goal, options))


def state_lines(state: ProofState, options: DisplayOptions) -> list[list[GoalLine]]:
    """Return the goals of a proof state, with what the last tactic changed in them."""
    before = state.goals if state.parent is None else state.parent.goals
    return [goal_lines(goal, options) for goal in diff_states(before, state.goals).goals[:ALL_GOALS]]


def plain_lines(goal: Goal, options: DisplayOptions) -> list[GoalLine]:
    """Return a goal in which nothing is new."""
    return goal_lines(GoalDiff(goal, goal), options)


def has_changes(lines: Iterable[GoalLine]) -> bool:
    """Whether anything in a goal is new or gone."""
    return any(line.change != "same" or len(line.parts) > 1 for line in lines)


def lines_text(lines: list[GoalLine]) -> str:
    """Return a goal, with a sign before each line if anything changed: ``+`` new, ``-`` gone."""
    return "\n".join(_signed(lines) if has_changes(lines) else map(_text, lines))


def _signed(lines: Iterable[GoalLine]) -> Iterator[str]:
    for line in lines:
        if len(line.parts) == 1:
            yield f"{_SIGNS[line.change]} {_text(line)}"
        else:
            yield f"- {_text(line, 'inserted')}"
            yield f"+ {_text(line, 'removed')}"


def _text(line: GoalLine, without: str = "") -> str:
    text = "".join(part.text for part in line.parts if part.change != without)
    return f"{line.head}{line.between}{text}"


def _hypothesis_line(diff: HypothesisDiff) -> GoalLine:
    change: Literal["same", "inserted", "removed"] = "same" if diff.change == "changed" else diff.change
    return GoalLine(" ".join(diff.hypothesis.names), " : ", _indented(diff.parts), change)


def _indented(parts: tuple[TextDiff, ...]) -> tuple[TextDiff, ...]:
    """Set the continuation lines of a long type off from the names."""
    if not any("\n" in part.text for part in parts):
        return parts
    return tuple(TextDiff(re.sub(r"\n(?! )", "\n  ", part.text), part.change) for part in parts)


def _shown(diffs: Iterable[HypothesisDiff], options: DisplayOptions) -> Iterator[HypothesisDiff]:
    for diff in diffs:
        hypothesis = diff.hypothesis
        if options.hide_types and _TYPE.fullmatch(hypothesis.type):
            continue
        if options.hide_instances and hypothesis.is_instance:
            continue
        names = hypothesis.names
        if options.hide_inaccessible:
            names = tuple(name for name in names if "✝" not in name)
            if not names:
                continue
        value = None if options.hide_let_values else hypothesis.value
        if names == hypothesis.names and value == hypothesis.value:
            yield diff
        else:
            before = diff.before and Hypothesis(
                diff.before.names, diff.before.type, None if options.hide_let_values else diff.before.value
            )
            yield HypothesisDiff(diff.change, Hypothesis(names, hypothesis.type, value), before)
