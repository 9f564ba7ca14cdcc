"""Results as plain text: for terminals, logs, diffs and language models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.display._characters import RIGHT_TO_LEFT, visible, width
from lean_magic.display._goals import goal_text, lines_text, state_lines
from lean_magic.display._limits import ALL_GOALS, IN_MESSAGES, clipped, counted, more_goals
from lean_magic.display._notes import Excerpt, Note, axiom_lines, omitted, summary
from lean_magic.display._tactics import omitted_tactics
from lean_magic.results import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.display._options import DisplayOptions
    from lean_magic.display._tactics import Outline, Row
    from lean_magic.display._view import View
    from lean_magic.goals import Goal
    from lean_magic.results import ProofState

_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of the text, and what they tell of."""

    text: str
    about: Note | Row | None = None


def result_text(view: View) -> str:
    """Return every message and goal below the line of code it is about, then the verdict."""
    return visible("\n".join(block.text for block in result_blocks(view)))


def result_blocks(view: View) -> Iterator[Block]:
    """Yield the text in blocks."""
    yield from _notes_blocks(view)
    yield from _outlines_blocks(view.outlines, view.options)
    for line in axiom_lines(view.result):
        yield Block(line)
    if more := omitted(view.result, view.places):
        yield Block(more)
    yield Block(summary(view.result))


def notes_text(view: View) -> Iterator[str]:
    """Yield the messages and goals of a result, each below the line of code it is about."""
    return (block.text for block in _notes_blocks(view))


def _notes_blocks(view: View) -> Iterator[Block]:
    for place in view.places:
        if place.excerpt:
            yield Block("\n".join(_excerpt_lines(place.excerpt)))
        for note in place.notes:
            yield Block(_note_text(note, view.options), note)


def _excerpt_lines(excerpt: Excerpt) -> Iterator[str]:
    # A tab is as wide as a space here, so that what is below it stays below it.
    code = visible(excerpt.text).replace("\t", " ")
    before, after = "…" if excerpt.start else "", "…" if excerpt.cut else ""
    yield f"{excerpt.line:>4} │ {before}{code}{after}".rstrip()
    # A terminal shows right-to-left text in another order than it is written: no mark below it would be right.
    if any(excerpt.marks) and not RIGHT_TO_LEFT.search(code):
        yield f"     │ {' ' * len(before)}{_underline(excerpt)}"


def _underline(excerpt: Excerpt) -> str:
    text = excerpt.text.ljust(len(excerpt.marks))
    marks = ("^" if mark else " " for mark in excerpt.marks)
    return "".join(mark * width(character) for character, mark in zip(text, marks, strict=True)).rstrip()


def _note_text(note: Note, options: DisplayOptions) -> str:
    where = f"{note.start} " if note.start else ""
    about = note.about
    text = about.text if isinstance(about, Message) else goal_text(about.goal, options)
    text = clipped(text, where=IN_MESSAGES if isinstance(about, Message) else "").rstrip("\n")
    if note.kind in {"goal", "info"} and "\n" in text:
        # Its lines belong below each other.
        return f"{where}{note.kind}:\n{_indented(text)}"
    first, *rest = text.split("\n")
    return "\n".join([f"{where}{note.kind}: {first}", *map(_indented, rest)])


def _outlines_blocks(outlines: Sequence[Outline], options: DisplayOptions) -> Iterator[Block]:
    shown = 0
    for outline in outlines:
        if not outline.rows:
            break
        goals = f"\n{_indented(goals_text(outline.goals, options))}" if outline.goals else ""
        yield Block(f"{outline.title}{goals}")
        for row in outline.rows:
            yield Block(_row_text(row), row)
        shown += len(outline.rows)
    if more := omitted_tactics(outlines, shown):
        yield Block(more)


def _row_text(row: Row) -> str:
    indent = "  " * row.level
    line = " · ".join(filter(None, [f"{indent}{row.node.start} {row.tactic}", row.outcome]))
    if not row.goals:
        return line
    goals = "\n\n".join(clipped(lines_text(goal)) for goal in row.goals)
    if row.hidden:
        goals += f"\n\n{more_goals(row.hidden)}"
    return f"{line}\n{_indented(goals, indent + _INDENT)}"


def _indented(text: str, indent: str = _INDENT) -> str:
    return "\n".join(f"{indent}{line}".rstrip() for line in text.split("\n"))


def goals_text(goals: Sequence[Goal], options: DisplayOptions) -> str:
    """Return goals below each other."""
    text = "\n\n".join(clipped(goal_text(goal, options)) for goal in goals[:ALL_GOALS]) or "no goals"
    return text + (f"\n\n… {len(goals) - ALL_GOALS:,} more goals" if len(goals) > ALL_GOALS else "")


def outlines_text(outlines: Sequence[Outline], options: DisplayOptions) -> str:
    """Return proofs: their tactics, with the goals after each."""
    return visible("\n".join(block.text for block in _outlines_blocks(outlines, options))) or "no proofs by tactics"


def state_text(state: ProofState, options: DisplayOptions) -> str:
    """Return a proof state: its goals, what is new in them, its status, and the tactics that lead there."""
    lines = ["\n\n".join(clipped(lines_text(goal)) for goal in state_lines(state, options))] if state.goals else []
    if len(state.goals) > ALL_GOALS:
        lines.append(f"… {len(state.goals) - ALL_GOALS:,} more goals")
    lines += [clipped(str(message)) for message in state.messages[:ALL_GOALS]]
    if more := more_messages(state):
        lines.append(more)
    lines.append(state_summary(state))
    return visible("\n".join(lines))


def more_messages(state: ProofState) -> str:
    """Return one line about the messages that there is no room for; empty where all are shown."""
    more = len(state.messages) - ALL_GOALS
    return f"… {counted(more, 'more message')} in .messages of the state" if more > 0 else ""


def state_summary(state: ProofState) -> str:
    """Return the status of a proof state as one line, with its tactics."""
    symbol = "✓" if state.completed else "✗" if state.status.startswith("Error") else "○"
    status = state.status[:1].lower() + state.status[1:]
    script = clipped("; ".join(tactic.replace("\n", " ") for tactic in state.script), 1000)
    return f"{symbol} {clipped(status)}{f' · after {script}' if script else ''}"


def one_goal_text(goal: Goal, options: DisplayOptions) -> str:
    """Return a goal as Lean prints it."""
    return visible(clipped(goal_text(goal, options)))
