"""Goals as HTML, with what changed in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._goals import has_changes, plain_lines
from lean_magic.display._highlight import isolated
from lean_magic.display._limits import ALL_GOALS, GOALS, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._goals import GoalLine
    from lean_magic.display._options import DisplayOptions
    from lean_magic.goal_diffs import TextDiff
    from lean_magic.goals import Goal

_NAME = r"(?:«[^»]*»|[^\s:«»])+"
_HEAD = re.compile(rf"(?P<head>case|⊢|{_NAME}(?: {_NAME})*(?= :(?: |$)))(?= )")

_TAGS = {"inserted": ("ins", style.INSERTED, "+ "), "removed": ("del", style.REMOVED, "- ")}


def pre(html: str, styles: str = style.PRE) -> str:
    """Return what keeps its line ends and spaces, whatever becomes of its style."""
    quote = '"' if " " in styles else ""
    return f"<pre style={quote}{styles};{style.WORDS}{quote}>{html}</pre>"


def goals_html(goals: Sequence[Goal], options: DisplayOptions) -> str:
    """Return goals below each other."""
    return folded_html([plain_lines(goal, options) for goal in goals[:ALL_GOALS]], len(goals), options)


def folded_html(goals: list[list[GoalLine]], count: int, options: DisplayOptions) -> str:
    """Return the first goals of `count`, and others folded away."""
    at_once = 1 if options.emphasize_first_goal else GOALS
    shown = pre(lines_html(goals[:at_once]))
    if rest := goals[at_once:]:
        shown += f"<details><summary>{counted(count - at_once, 'more goal')}</summary>{pre(lines_html(rest))}</details>"
    if count > len(goals):
        shown += f"<div>… {count - len(goals):,} more goals</div>"
    return shown


def goal_html(goal: Goal, options: DisplayOptions) -> str:
    """Return the lines of a goal."""
    return "\n".join(map(_line, plain_lines(goal, options)))


def lines_html(goals: Sequence[list[GoalLine]]) -> str:
    """Return goals below each other; where anything changed, what is new has a plus, and what is gone a minus."""
    return "\n\n".join("\n".join(map(_signed if has_changes(goal) else _line, goal)) for goal in goals)


def printed_html(lines: list[str]) -> str:
    """Return text that Lean printed, with the goals in it set like others."""
    html = isolated("\n".join(lines))
    if "⊢ " not in html:
        return html
    return "\n\n".join(_goal_block(block) if "⊢ " in block else block for block in html.split("\n\n"))


def _goal_block(block: str) -> str:
    return "\n".join(
        _HEAD.sub(rf"<b style={style.NAME}>\g<head></b>", line, count=1) if _HEAD.match(line) else line
        for line in block.split("\n")
    )


def _line(line: GoalLine) -> str:
    head = f"<b style={style.NAME}>{isolated(line.head)}</b>{line.between}" if line.head else ""
    before = ["", *(part.change for part in line.parts)]
    # What is gone and what has come instead of it would read as one word.
    return head + "".join(
        f" {_part(part)}" if (last, part.change) == ("removed", "inserted") else _part(part)
        for last, part in zip(before, line.parts, strict=False)
    )


def _signed(line: GoalLine) -> str:
    if line.change == "same":
        return f"  {_line(line)}"
    tag, tint, sign = _TAGS[line.change]
    return f'<{tag} style="{tint};text-decoration:none">{sign}{_line(line)}</{tag}>'


def _part(part: TextDiff) -> str:
    if part.change == "same":
        return isolated(part.text)
    tag, tint, _ = _TAGS[part.change]
    return f"<{tag} style={tint}>{isolated(part.text)}</{tag}>"
