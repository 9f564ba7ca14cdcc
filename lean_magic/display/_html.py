"""Results as HTML: no script, no style sheet, nothing from elsewhere; it says as much without any style at all."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._characters import visible
from lean_magic.display._highlight import code_html, excerpt_html, isolated, line_styles
from lean_magic.display._limits import LINES, NOTES, clipped, counted
from lean_magic.display._notes import Note, Place, axiom_lines, goal_is_long, omitted, parts, places, summary
from lean_magic.display._text import state_summary
from lean_magic.goals import Goal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._highlight import Styles
    from lean_magic.goals import Hypothesis
    from lean_magic.results import LeanResult, ProofState

_GOALS = 8
"""Goals of one state that are shown at once; the others are folded away."""


def result_html(result: LeanResult) -> str:
    """Return every message and goal below the line of code it is about, then the verdict."""
    body = [notes_html(result)]
    if result.tactics:
        body.append(_tactics_html(result))
    body += [f"<div>{isolated(line)}</div>" for line in axiom_lines(result)]
    if more := omitted(result):
        body.append(f'<div style="{style.MUTED}">{escape(more)}</div>')
    tone = {"valid": "valid", "sorry": "goal"}.get(result.verdict, "error")
    body.append(_footer(summary(result), tone))
    return frame("".join(body), "Lean result")


def notes_html(result: LeanResult) -> str:
    """Return the messages and goals of a result, each below the line of code it is about."""
    shown = places(result)
    styles = line_styles(result.code, (place.excerpt.line for place in shown if place.excerpt))
    return "".join(_place_html(place, styles) for place in shown)


def frame(body: str, label: str) -> str:
    """Return HTML within the element that every output of ours has around it."""
    return f'<div class="lean-magic" role="group" aria-label="{label}" dir="ltr" style="{style.RESULT}">{body}</div>'


def _footer(text: str, tone: str) -> str:
    verdict, separator, rest = visible(text).partition(" · ")
    return (
        f'<div style="{style.FOOTER}"><strong style="{style.tone(tone)}">{escape(verdict)}</strong>'
        f'<span style="{style.MUTED}">{escape(separator + rest)}</span></div>'
    )


def _place_html(place: Place, styles: dict[int, Styles]) -> str:
    excerpt = ""
    if place.excerpt:
        code = excerpt_html(place.excerpt, styles.get(place.excerpt.line, []))
        excerpt = (
            f'<div style="{style.EXCERPT}"><pre style="{style.CODE};{style.NUMBER}">{place.excerpt.line}</pre>'
            f'<pre dir="ltr" style="{style.CODE}">{code}</pre></div>'
        )
    return f'<div style="{style.PLACE}">{excerpt}{"".join(map(_note_html, place.notes))}</div>'


def _note_html(note: Note) -> str:
    body = parts(note.body) if isinstance(note.body, str) else [note.body]
    content = "".join(_goal_html(part) if isinstance(part, Goal) else _prose_html(part) for part in body)
    return (
        f'<div style="{style.NOTE};{style.bar(note.kind)}">{_label(note)}'
        f'<div style="{style.BODY}">{content}</div></div>'
    )


def _label(note: Note) -> str:
    where = ""
    if note.start:
        said = f"line {note.start.line}, column {note.start.column}"
        where = f'<span title="{said}" style="{style.MUTED}">{note.start}</span>'
    return f'<div style="{style.LABEL}"><b style="{style.tone(note.kind)}">{note.kind}</b> {where}</div>'


def _prose_html(text: str) -> str:
    lines = visible(text).split("\n")
    shown = _prose(_joined(lines[:LINES]))
    if len(lines) <= LINES:
        return shown
    hidden = lines[LINES:]
    return f"{shown}<details><summary>{counted(len(hidden), 'more line')}</summary>{_prose(_joined(hidden))}</details>"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _prose(text: str) -> str:
    # With dir=auto on <pre>, browsers choose the direction of each line by itself.
    return f'<pre dir="auto" style="{style.CODE}">{escape(text)}</pre>'


def _goal_html(goal: Goal) -> str:
    if goal_is_long(goal) or goal.target == goal.text:  # the latter is in a format of its own
        return f'<div style="{style.GOAL}">{_prose_html(clipped(goal.text))}</div>'
    case = f'<div style="{style.MUTED}">case <bdi>{escape(visible(goal.case))}</bdi></div>' if goal.case else ""
    hypotheses = "".join(map(_hypothesis_html, goal.hypotheses))
    target = (
        f'<div style="{style.TARGET if hypotheses else ""}"><span title="to show" style="{style.tone("goal")}">'
        f"<b>⊢</b></span> {code_html(goal.target)}</div>"
    )
    return (
        f'<div role="group" aria-label="goal" style="{style.GOAL}">'
        f'<pre dir="ltr" style="{style.CODE}">{case}{hypotheses}{target}</pre></div>'
    )


def _hypothesis_html(hypothesis: Hypothesis) -> str:
    names = isolated(" ".join(hypothesis.names))
    value = "" if hypothesis.value is None else f" := {code_html(hypothesis.value)}"
    return f'<div><span style="{style.HYPOTHESIS}">{names}</span> : {code_html(hypothesis.type)}{value}</div>'


def goals_html(goals: Sequence[Goal]) -> str:
    """Return goals below each other."""
    shown = "".join(map(_goal_html, goals[:_GOALS]))
    rest = goals[_GOALS:NOTES]
    if rest:
        shown += (
            f"<details><summary>{counted(len(rest), 'more goal')}</summary>{''.join(map(_goal_html, rest))}</details>"
        )
    if len(goals) > NOTES:
        shown += f'<div style="{style.MUTED}">… {len(goals) - NOTES:,} more goals</div>'
    return shown


def _tactics_html(result: LeanResult) -> str:
    steps = "".join(
        f'<div style="{style.PLACE}"><span style="{style.MUTED}">{step.start}</span> '
        f'<pre dir="ltr" style="{style.CODE}">{code_html(clipped(step.tactic))}</pre>'
        f"{goals_html(step.goals)}</div>"
        for step in result.tactics[:NOTES]
    )
    more = len(result.tactics) - NOTES
    steps += f"<div>… {more:,} more in .tactics of the result</div>" if more > 0 else ""
    title = f"{counted(len(result.tactics), 'tactic')}, each with the goals before it"
    return f"<details><summary>{title}</summary>{steps}</details>"


def state_html(state: ProofState) -> str:
    """Return a proof state: its goals, its status, and the tactics that lead there."""
    messages = "".join(_prose_html(clipped(str(message))) for message in state.messages[:NOTES])
    tone = "valid" if state.completed else "error" if state.status.startswith("Error") else "goal"
    return frame(goals_html(state.goals) + messages + _footer(state_summary(state), tone), "Lean proof state")


def goal_html(goal: Goal) -> str:
    """Return a goal: its hypotheses, and what is to be shown."""
    return frame(_goal_html(goal), "Lean goal")
