"""What the page is told of an explorer, as data that can be written as JSON: see ``explorer/types.d.ts``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.goal_diffs import diff_states, diff_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lean_magic.assistance import Completion
    from lean_magic.explorer import Attempt, Suggestions
    from lean_magic.goal_diffs import GoalDiff, HypothesisDiff, TextDiff
    from lean_magic.goals import Goal, Hypothesis

__all__ = ["attempt_data", "code_points", "completions_data", "details_data", "suggestions_data"]

Data: TypeAlias = dict[str, Any]

_LINE = 500
"""Code points of a target where it stands on one line."""

_TEXT = 10_000
"""Code points of one message or error."""

_GOALS = 100
"""Goals of one state that are told in full."""


def attempt_data(attempt: Attempt) -> Data:
    """Return an attempt, as the tree shows it."""
    goal = attempt.goal
    return {
        "id": attempt.id,
        "parent": None if attempt.parent is None else attempt.parent.id,
        "tactic": attempt.tactic,
        "place": attempt.place,
        "goal": None if goal is None else " ".join(goal.target.split())[:_LINE],
        "status": attempt.status,
        "goals": len(attempt.goals),
        "elapsed": attempt.elapsed,
        "name": attempt.name,
        "marked": attempt.marked,
        "by": attempt.by,
        "error": None if attempt.error is None else _clipped(attempt.error),
        "offers": [offered.text for message in attempt.messages for offered in message.suggestions],
    }


def details_data(attempt: Attempt) -> Data:
    """Return the goals after an attempt, with what is new in them, and what Lean said."""
    before = attempt.goals if attempt.parent is None else attempt.parent.goals
    return {
        "goals": [_goal_data(diff) for diff in diff_states(before, attempt.goals[:_GOALS]).goals],
        "messages": [{"severity": message.severity, "text": _clipped(message.text)} for message in attempt.messages],
        "text": "" if attempt.state is None else str(attempt.state),
    }


def completions_data(completions: Sequence[Completion], text: str, cursor: int) -> Data:
    """Return how a word could go on; from where it is replaced, as JavaScript counts, up to the cursor."""
    start = completions[0].start.offset(text) if completions else code_points(text, cursor)
    items = [
        {"text": each.text, "kind": each.kind}
        | ({} if each.type is None else {"type": each.type})
        | ({} if each.doc is None else {"doc": each.doc})
        for each in completions
        if each.start == completions[0].start
    ]
    return {"start": len(text[:start].encode("utf-16-le")) // 2, "items": items}


def suggestions_data(attempt: Attempt, place: int, found: Suggestions, *, running: bool) -> Data:
    """Return what helps with a goal, as far as it is known."""
    items = [
        {
            "tactic": each.tactic,
            "tried": each.tried,
            "status": each.status,
            "closes": each.closes,
            "goals": each.goals_left,
            "elapsed": each.elapsed,
            "gain": each.gain,
        }
        for each in found.items
    ]
    about = {"attempt": attempt.id, "place": place, "running": running, "done": found.done, "total": found.total}
    return {"kind": "suggestions", **about, "items": items}


def code_points(text: str, offset: int) -> int:
    """Return how many code points come before a place for which JavaScript counts otherwise."""
    return len(text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le", "ignore"))


def _goal_data(diff: GoalDiff) -> Data:
    goal: Goal = diff.after
    return {
        "case": goal.case,
        "hypotheses": [_hypothesis_data(hypothesis) for hypothesis in diff.hypotheses],
        "target": _pieces(diff.target),
        "change": "new" if diff.before is None else "changed" if diff.changed else "same",
        "text": goal.text,
    }


def _hypothesis_data(diff: HypothesisDiff) -> Data:
    hypothesis, before = diff.hypothesis, diff.before
    return {
        "names": [{"text": name, "inaccessible": name in hypothesis.inaccessible} for name in hypothesis.names],
        "type": _pieces(_diff(None if before is None else before.type, hypothesis.type)),
        "value": None if hypothesis.value is None else _pieces(_diff(_value(before), hypothesis.value)),
        "instance": hypothesis.is_instance,
        "change": diff.change,
    }


def _value(hypothesis: Hypothesis | None) -> str | None:
    return None if hypothesis is None else hypothesis.value


def _diff(before: str | None, after: str) -> Sequence[TextDiff]:
    return diff_texts(after if before is None else before, after)


def _pieces(parts: Iterable[TextDiff]) -> list[tuple[str, str]]:
    return [(part.text, part.change) for part in parts]


def _clipped(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}\n… {len(text) - _TEXT:,} more characters"
