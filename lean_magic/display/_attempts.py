"""Attempts at a proof, alone and as a tree, and the script that came of them: the same for text and HTML.

It is what a notebook keeps of an explorer, and what is seen of it where no widget is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._characters import visible
from lean_magic.display._goal_html import folded_html, goals_html, pre
from lean_magic.display._goals import lines_text, state_lines
from lean_magic.display._highlight import isolated
from lean_magic.display._limits import ALL_GOALS, HTML, LEVELS, LINES, clipped, counted
from lean_magic.display._notes import duration
from lean_magic.display._tactics import clipped_line
from lean_magic.display._text import goals_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._options import DisplayOptions
    from lean_magic.explorer import Attempt, AttemptTree, Explorer

__all__ = ["attempt_html", "attempt_text", "explorer_html", "explorer_text", "tree_html", "tree_text"]

_LIST = '<ul style="margin:0;padding-left:18px">'

_ROWS = 500
"""Attempts that are shown."""

_REASON = 160
"""Code points of why an attempt failed."""

_SYMBOLS = {"finished": "✓", "open": "○", "sorry": "○", "running": "…"}

_TONES = {"finished": "valid", "open": "goal", "sorry": "goal", "running": "info"}

_HINT = (
    "To go on after a restart, or where “Error displaying widget” stands below: run the cells above, then this one; "
    "the widget then offers to replay."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """An attempt, how deep it stands, and whether it begins a branch, rather than going on with the one above it."""

    attempt: Attempt
    level: int
    begins: bool


def tree_text(tree: AttemptTree, options: DisplayOptions) -> str:
    """Return a tree of attempts: what is to be proved, then an attempt on each line."""
    rows = _rows(tree)
    best = tree.best
    lines = [goals_text(tree.root.goals, options)]
    lines += [f"{'  ' * row.level}{'- ' if row.begins else '  '}{_line(row.attempt, best)}" for row in rows]
    if more := _omitted(tree, rows):
        lines.append(more)
    return visible("\n".join([*lines, _summary(tree)]))


def explorer_text(explorer: Explorer, options: DisplayOptions) -> str:
    """Return the tree of an explorer, and the best script so far."""
    lines = [explorer.title, tree_text(explorer.tree, options)]
    if script := _script(explorer):
        lines += [f"{_script_title(explorer)}:", *(f"  {line}" for line in clipped(script).split("\n"))]
    return visible("\n".join(lines))


def tree_html(tree: AttemptTree, options: DisplayOptions) -> str:
    """Return a tree of attempts as HTML."""
    rows = _rows(tree)
    shown, number = _list(rows, tree.best)
    more = _omitted(tree, rows[:number])
    return (
        f"{goals_html(tree.root.goals, options) if tree.root.goals else ''}"
        f"<details{' open' if number <= LINES else ''}><summary>{_summary(tree)}</summary>"
        f"{shown}{f'<div>{more}</div>' if more else ''}</details>"
    )


def explorer_html(explorer: Explorer, options: DisplayOptions) -> str:
    """Return the tree of an explorer as HTML, the best script so far, and how to go on."""
    found = ""
    if script := _script(explorer):
        found = f"<div>{_script_title(explorer)}:</div>{pre(isolated(clipped(script)), style.EXCERPT)}"
    tone = _TONES.get(explorer.best.status, "error")
    head = pre(f"<b>{isolated(clipped(explorer.title, 1000))}</b>", style.bar(tone))
    return f"{head}{tree_html(explorer.tree, options)}{found}<div style={style.MUTED}>{_HINT}</div>"


def attempt_text(attempt: Attempt, options: DisplayOptions) -> str:
    """Return an attempt: its tactic, and the goals after it, with what it changed in them, or what Lean says."""
    said = _said(attempt)
    if attempt.goals and attempt.state is not None:
        goals = "\n\n".join(clipped(lines_text(goal)) for goal in state_lines(attempt.state, options))
        said = [goals, *([more] if (more := _more_goals(attempt)) else []), *said]
    return visible("\n".join([_attempt_line(attempt), *said]))


def attempt_html(attempt: Attempt, options: DisplayOptions) -> str:
    """Return an attempt as HTML."""
    head = pre(isolated(_attempt_line(attempt)), style.bar(_TONES.get(attempt.status, "error")))
    goals = ""
    if attempt.goals and attempt.state is not None:
        goals = folded_html(state_lines(attempt.state, options), len(attempt.goals), options)
    said = "\n".join(_said(attempt))
    return f"{head}{goals}{pre(isolated(said)) if said else ''}"


def _attempt_line(attempt: Attempt) -> str:
    tactic = "beginning" if attempt.tactic is None else clipped(attempt.tactic)
    return " · ".join([f"{_symbol(attempt)} {tactic}", *_words(attempt, None, with_reason=False)])


def _said(attempt: Attempt) -> list[str]:
    """Return what Lean said of an attempt."""
    said = [str(message) for message in attempt.messages[:ALL_GOALS]]
    if attempt.error and attempt.error.strip() not in "\n".join(said):
        said.insert(0, attempt.error)
    return [clipped(text.rstrip()) for text in said]


def _more_goals(attempt: Attempt) -> str:
    more = len(attempt.goals) - ALL_GOALS
    return f"… {counted(more, 'more goal')}" if more > 0 else ""


def _rows(tree: AttemptTree) -> list[_Row]:
    rows: list[_Row] = []
    rest = [(child, 0, True) for child in reversed(tree.root.children)]
    while rest and len(rows) < _ROWS:
        attempt, level, begins = rest.pop()
        rows.append(_Row(attempt, min(level, LEVELS), begins))
        branches = len(attempt.children) > 1
        rest += [(child, level + branches, branches) for child in reversed(attempt.children)]
    return rows


def _line(attempt: Attempt, best: Attempt) -> str:
    return " · ".join([f"{_symbol(attempt)} {clipped_line(attempt.tactic or '')}", *_words(attempt, best)])


def _symbol(attempt: Attempt) -> str:
    return _SYMBOLS.get(attempt.status, "✗")


def _words(attempt: Attempt, best: Attempt | None, *, with_reason: bool = True) -> list[str]:
    """Return what there is to say of an attempt besides its tactic."""
    words = [_outcome(attempt, with_reason=with_reason)]
    if attempt.place:
        words.insert(0, f"on goal {attempt.place + 1}")
    if attempt.elapsed is not None:
        words.append(duration(attempt.elapsed))
    if attempt.name:
        words.append(clipped_line(attempt.name))
    if attempt.marked:
        words.append("marked")
    if attempt is best:
        words.append("best")
    return words


def _outcome(attempt: Attempt, *, with_reason: bool) -> str:
    if attempt.status == "open":
        return f"{counted(len(attempt.goals), 'goal')} left"
    if attempt.status == "sorry":
        return "no goals left, but it proves nothing yet"
    reason = (attempt.error or "").strip().partition("\n")[0][:_REASON] if with_reason else ""
    return ": ".join(filter(None, [attempt.status.replace("_", " "), reason]))


def _summary(tree: AttemptTree) -> str:
    """Return how many attempts there are, and what came of them."""
    attempts = [attempt for attempt in tree if attempt.tactic is not None]
    if not attempts:
        return "no attempts yet"
    finished = sum(attempt.status == "finished" for attempt in attempts)
    failed = sum(attempt.status not in _SYMBOLS for attempt in attempts)
    running = sum(attempt.status == "running" for attempt in attempts)
    counts = ((finished, "finished"), (failed, "failed"), (running, "running"))
    return ", ".join([counted(len(attempts), "attempt"), *(f"{number:,} {word}" for number, word in counts if number)])


def _omitted(tree: AttemptTree, rows: Sequence[_Row]) -> str:
    more = len(tree) - 1 - len(rows)
    return f"… {counted(more, 'more attempt')}: all are in .tree of the explorer" if more > 0 else ""


def _script(explorer: Explorer) -> str | None:
    """Return the best script, if there is more in it than a ``sorry``."""
    return explorer.script if explorer.best.depth else None


def _script_title(explorer: Explorer) -> str:
    return "Script, checked by Lean" if explorer.best.status == "finished" else "Script so far, not finished"


def _list(rows: Sequence[_Row], best: Attempt) -> tuple[str, int]:
    """Return as many attempts as there is room for, as lists of branches in lists; and how many they are."""
    html, depth = "", -1
    for number, row in enumerate(rows):
        before = ""
        if row.begins:
            closed = f"{'</li></ul>' * (depth - row.level)}</li>"
            before = f"{_LIST if row.level > depth else closed}<li>"
        tactic = f"{_symbol(row.attempt)} <code>{isolated(clipped_line(row.attempt.tactic or ''))}</code>"
        said = " · ".join([tactic, *map(isolated, _words(row.attempt, best))])
        item = f"{before}<div>{said}</div>"
        if len(html) + len(item) > HTML:
            return html + "</li></ul>" * (depth + 1), number
        html, depth = html + item, row.level
    return html + "</li></ul>" * (depth + 1), len(rows)
