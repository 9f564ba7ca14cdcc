"""Proofs by tactics as HTML: a list in which each tactic opens to the goals after it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._goal_html import goals_html, lines_html, pre
from lean_magic.display._highlight import isolated
from lean_magic.display._limits import HTML, more_goals
from lean_magic.display._tactics import omitted_tactics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._options import DisplayOptions
    from lean_magic.display._tactics import Outline, Row

_LIST = f'<ul style="{style.LIST}">'
_INNER_LIST = f"<ul style={style.INNER_LIST}>"


def outlines_html(outlines: Sequence[Outline], options: DisplayOptions) -> str:
    """Return proofs, with their tactics to be seen and the goals after each folded away."""
    html, shown = "", 0
    for outline in outlines:
        goals = goals_html(outline.goals, options) if outline.goals else ""
        head = f"<details open><summary>{isolated(outline.title)}</summary>{goals}"
        rows, number = _list(outline.rows, HTML - len(html) - len(head))
        if not number:
            break
        html += f"{head}{rows}</details>"
        shown += number
    more = omitted_tactics(outlines, shown)
    return f"{html}<div>{more}</div>" if more else html


def _list(rows: Sequence[Row], room: int) -> tuple[str, int]:
    """Return as many tactics as there is room for, as lists in lists; and how many they are."""
    html, depth = "", -1
    for number, row in enumerate(rows):
        if row.level > depth:
            before = _INNER_LIST if row.level else _LIST
        elif row.begins and row.level:
            before = f"{_closed(depth - row.level)}</ul>{_INNER_LIST}"
        else:
            before = _closed(depth - row.level)
        item = f"{before}<li>{_row(row)}"
        if len(html) + len(item) > room:
            return html + "</li></ul>" * (depth + 1), number
        html, depth = html + item, row.level
    return html + "</li></ul>" * (depth + 1), len(rows)


def _closed(levels: int) -> str:
    return "</li></ul>" * levels + "</li>"


def _row(row: Row) -> str:
    symbol = f"{row.symbol} " if row.symbol else ""
    tactic = f"{symbol}{row.node.start} <code>{isolated(row.tactic)}</code>"
    line = " · ".join(filter(None, [tactic, escape(row.outcome, quote=False)]))
    if not row.goals:
        return line
    more = f"<div>{more_goals(row.hidden)}</div>" if row.hidden else ""
    return f"<details><summary>{line}</summary>{pre(lines_html(row.goals), style.GOALS)}{more}</details>"
