"""Results as plain text: for terminals, logs, diffs and language models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.display._characters import right_to_left, visible, width
from lean_magic.display._limits import NOTES, clipped, counted
from lean_magic.display._notes import Excerpt, Note, axiom_lines, omitted, places, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.goals import Goal
    from lean_magic.results import LeanResult, ProofState

_INDENT = "    "


def result_text(result: LeanResult) -> str:
    """Return every message and goal below the line of code it is about, then the verdict."""
    return visible("\n".join(_result_lines(result)))


def notes_text(result: LeanResult) -> Iterator[str]:
    """Yield the messages and goals of a result, each below the line of code it is about."""
    for place in places(result):
        if place.excerpt:
            yield from _excerpt_lines(place.excerpt)
        for note in place.notes:
            yield _note_text(note)


def _result_lines(result: LeanResult) -> Iterator[str]:
    yield from notes_text(result)
    if result.tactics:
        yield from _tactic_lines(result)
    yield from axiom_lines(result)
    if more := omitted(result):
        yield more
    yield summary(result)


def _excerpt_lines(excerpt: Excerpt) -> Iterator[str]:
    # A tab is as wide as a space here, so that what is below it stays below it.
    code = visible(excerpt.text).replace("\t", " ")
    before, after = "…" if excerpt.start else "", "…" if excerpt.cut else ""
    yield f"{excerpt.line:>4} │ {before}{code}{after}".rstrip()
    # A terminal shows right-to-left text in another order than it is written: no mark below it would be right.
    if any(excerpt.marks) and not right_to_left(code):
        yield f"     │ {' ' * len(before)}{_underline(excerpt)}"


def _underline(excerpt: Excerpt) -> str:
    line = ""
    for character, mark in zip(excerpt.text.ljust(len(excerpt.marks)), excerpt.marks, strict=True):
        line += ("^" if mark else " ") * width(visible(character))
    return line.rstrip()


def _note_text(note: Note) -> str:
    where = f"{note.start} " if note.start else ""
    text = clipped(note.body if isinstance(note.body, str) else note.body.text).rstrip("\n")
    if note.kind in {"goal", "info"} and "\n" in text:
        # Its lines belong below each other.
        return f"{where}{note.kind}:\n{_indented(text)}"
    first, *rest = text.split("\n")
    return "\n".join([f"{where}{note.kind}: {first}", *map(_indented, rest)])


def _tactic_lines(result: LeanResult) -> Iterator[str]:
    yield f"{counted(len(result.tactics), 'tactic')}, each with the goals before it:"
    for step in result.tactics[:NOTES]:
        yield f"{step.start} {clipped(step.tactic)}"
        yield _indented(goals_text(step.goals))
    if len(result.tactics) > NOTES:
        yield f"… {len(result.tactics) - NOTES:,} more in .tactics of the result"


def _indented(text: str) -> str:
    return "\n".join(f"{_INDENT}{line}".rstrip() for line in text.split("\n"))


def goals_text(goals: tuple[Goal, ...]) -> str:
    """Return goals below each other."""
    text = "\n\n".join(clipped(goal.text) for goal in goals[:NOTES]) or "no goals"
    return text + (f"\n\n… {len(goals) - NOTES:,} more goals" if len(goals) > NOTES else "")


def state_text(state: ProofState) -> str:
    """Return a proof state: its goals, its status, and the tactics that lead there."""
    lines = [goals_text(state.goals)] if state.goals else []
    lines += [clipped(str(message)) for message in state.messages[:NOTES]]
    lines.append(state_summary(state))
    return visible("\n".join(lines))


def state_summary(state: ProofState) -> str:
    """Return the status of a proof state as one line, with its tactics."""
    symbol = "✓" if state.completed else "✗" if state.status.startswith("Error") else "○"
    status = state.status[:1].lower() + state.status[1:]
    script = clipped("; ".join(tactic.replace("\n", " ") for tactic in state.script), 1000)
    return f"{symbol} {clipped(status)}{f' · after {script}' if script else ''}"


def goal_text(goal: Goal) -> str:
    """Return a goal as Lean prints it."""
    return visible(clipped(goal.text))
