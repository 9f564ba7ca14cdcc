"""Results as HTML: no script, no style sheet, nothing from elsewhere; it says as much without any style at all.

Line ends are kept by ``<pre>``, and lists are lists. What is folded is in ``<details>``, which a keyboard opens.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._cell_button import cell_button
from lean_magic.display._characters import visible
from lean_magic.display._goal_html import folded_html, goals_html, pre, printed_html
from lean_magic.display._goal_html import goal_html as goal_lines_html
from lean_magic.display._goals import state_lines
from lean_magic.display._highlight import excerpt_html, isolated, line_emphasis
from lean_magic.display._limits import ALL_GOALS, HTML, IN_MESSAGES, LINES, OPEN, clipped, counted
from lean_magic.display._notes import KINDS, Note, Place, axiom_lines, omitted, summary
from lean_magic.display._outline_html import outlines_html
from lean_magic.display._text import more_messages, state_summary
from lean_magic.display._traces import traces_html
from lean_magic.results import Sorry

if TYPE_CHECKING:
    from lean_magic.display._highlight import Emphasis
    from lean_magic.display._options import DisplayOptions
    from lean_magic.display._view import View
    from lean_magic.goals import Goal
    from lean_magic.results import Message, ProofState, Suggestion


_EXPLORES = "Explore this goal in a new cell"


def result_html(view: View) -> str:
    """Return every message and goal below the line of code it is about, then the verdict."""
    result = view.result
    body = [notes_html(view), outlines_html(view.outlines, view.options)]
    lines = axiom_lines(result)
    if more := omitted(result, view.places):
        lines.append(more)
    body += [pre("\n".join(map(isolated, lines)))] if lines else []
    body.append(_footer(summary(result), {"valid": "valid", "sorry": "goal"}.get(result.verdict, "error")))
    return frame("".join(body))


def notes_html(view: View) -> str:
    """Return the messages and goals of a result, each below the line of code it is about."""
    first, rest = _split(view.places)
    emphasis = line_emphasis(view.result.code, [place.excerpt.line for place in first if place.excerpt])
    shown, folded, room = "", "", HTML
    for number, place in enumerate(view.places):
        html = _place_html(place, emphasis, view.options)
        room -= len(html)
        if room < 0 and number:
            left_out = sum(len(place.notes) for place in view.places[number:])
            folded += f"<div>… {counted(left_out, 'more message')}: all are in .messages of the result</div>"
            break
        if number < len(first):
            shown += html
        else:
            folded += html
    return f"{shown}<details><summary>{_counts(rest)}</summary>{folded}</details>" if folded else shown


def _split(places: list[Place]) -> tuple[list[Place], list[Place]]:
    """Return what is shown at once and what is folded away."""
    notes = 0
    for number, place in enumerate(places):
        notes += len(place.notes)
        if notes > OPEN:
            return places[: number or 1], places[number or 1 :]
    return places, []


def frame(body: str) -> str:
    """Return HTML within the element that every output of ours has around it."""
    # In a saved notebook, each line of a text costs ten characters more.
    lines = visible(body).replace("\n", "<br>")
    styles = ";".join(
        [style.RESULT, style.CODE_FONT, *(meaning for color, meaning in style.COLORS.items() if color in lines)]
    )
    return f"<div class=lean-magic dir=ltr style={styles}>{lines}</div>"


def _footer(text: str, tone: str) -> str:
    verdict, separator, rest = text.partition(" · ")
    return pre(f"<b>{escape(verdict, quote=False)}</b>{escape(separator + rest, quote=False)}", style.bar(tone))


def _counts(rest: list[Place]) -> str:
    kinds = [note.kind for place in rest for note in place.notes]
    parts = ", ".join(counted(kinds.count(kind), kind) for kind in KINDS if kind in kinds)
    return f"{len(kinds):,} more: {parts}"


def _place_html(place: Place, emphasis: dict[int, Emphasis], options: DisplayOptions) -> str:
    excerpt = ""
    if place.excerpt:
        code = excerpt_html(place.excerpt, emphasis.get(place.excerpt.line, []))
        excerpt = pre(f"{place.excerpt.line:>4} │ {code}", style.EXCERPT)
    return excerpt + "".join(_note_html(note, options) for note in place.notes)


def _note_html(note: Note, options: DisplayOptions) -> str:
    label = f"<b>{note.kind}</b>{f' {note.start}' if note.start else ''}"
    styles = style.bar(note.kind)
    about = note.about
    if isinstance(about, Sorry):
        return pre(f"{label}\n{goal_lines_html(about.goal, options)}", styles) + under_open_goal(about)
    if about.traces:
        return f'<div style="{styles}">{pre(label)}{traces_html(about.traces)}</div>'
    if about.suggestions:
        prose = about.text if _says_more(about) else "Try this:"
        offered = "".join(map(_suggestion_html, about.suggestions))
        return f'<div style="{styles}">{_prose_html(label, prose, style.PRE)}{offered}</div>'
    return _prose_html(label, about.text, styles)


def _says_more(message: Message) -> bool:
    """Whether a message has more to say than what it offers: which goals would remain, say."""
    said = _squeezed(message.text)
    for suggestion in message.suggestions:
        said = said.replace(f"[apply]{_squeezed(suggestion.text)}", "", 1)
    return said not in {"Trythis:", "Trythese:"}


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _suggestion_html(suggestion: Suggestion) -> str:
    # Alone in its element, so that it can be copied as it is.
    return pre(f"<code style={style.OFFERED}>{isolated(clipped(suggestion.text))}</code>")


def _prose_html(label: str, text: str, styles: str, where: str = IN_MESSAGES) -> str:
    lines = clipped(text, where=where).rstrip("\n").split("\n")
    between = "\n" if len(lines) > 1 else "  "
    shown = pre(f"{label}{between}{printed_html(lines[:LINES])}", styles)
    if len(lines) <= LINES:
        return shown
    hidden = pre(printed_html(lines[LINES:]))
    title = counted(len(lines) - LINES, "more line")
    return f'{shown}<details style="{styles}"><summary>{title}</summary>{hidden}</details>'


def under_open_goal(sorry: Sorry) -> str:
    """Return what stands under a goal that is left open: what leads on from there, for one of a cell."""
    return "" if sorry.address is None else cell_button(f"%leanctl explore {sorry.address}", _EXPLORES)


def state_html(state: ProofState, options: DisplayOptions) -> str:
    """Return a proof state: its goals, what is new in them, its status, and the tactics that lead there."""
    messages = "".join(
        _prose_html("", str(message), style.PRE, " in .messages of the state") for message in state.messages[:ALL_GOALS]
    )
    if more := more_messages(state):
        messages += f"<div>{more}</div>"
    tone = "valid" if state.completed else "error" if state.status.startswith("Error") else "goal"
    goals = folded_html(state_lines(state, options), len(state.goals), options) if state.goals else ""
    return frame(goals + messages + _footer(state_summary(state), tone))


def goal_html(goal: Goal, options: DisplayOptions) -> str:
    """Return a goal: its hypotheses, and what is to be shown."""
    return frame(goals_html((goal,), options))
