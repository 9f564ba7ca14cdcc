"""Jobs, as a table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._cells import columns
from lean_magic.display._characters import visible
from lean_magic.display._limits import clipped, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["JobView", "JobsView"]

_TITLE = 48  # code points
_ROWS = 50
_MARKS = {"valid": "✓", "sorry": "○", "pending": "…", "running": "▸", "cancelled": "–"}
_TONES = {"valid": "valid", "sorry": "goal", "pending": "info", "running": "info", "cancelled": "info"}
_HEAD = ("job", "status", "handed in", "took", "code")
_CELL = "text-align:left;vertical-align:top"
_STATUSES = ("pending", "running", "finished", "cancelled")


@dataclass(frozen=True, slots=True)
class JobView:
    """A job.

    Parameters
    ----------
    id, status, verdict, code : str
        As `lean_magic.Job` has them.
    submitted, started, finished : float or None
        When it was handed in, began and ended, in Unix time.
    detail : str
        Why Lean gave no opinion, where it did not.
    """

    id: str
    status: str
    verdict: str
    code: str
    submitted: float
    started: float | None
    finished: float | None
    detail: str

    @property
    def state(self) -> str:
        """What came of it, or how far it is."""
        return self.verdict if self.status == "finished" else self.status

    @property
    def fields(self) -> tuple[str, ...]:
        """What its row of the table says."""
        first = visible(self.code.strip().partition("\n")[0])
        title = first if len(first) <= _TITLE else f"{first[: _TITLE - 1]}…"
        submitted = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.submitted))
        took = "" if self.started is None else f"{(self.finished or time.time()) - self.started:.1f} s"
        return self.id, f"{_MARKS.get(self.state, '✗')} {self.state}", submitted, took, title


@dataclass(frozen=True, slots=True)
class JobsView:
    """Jobs.

    Parameters
    ----------
    rows : sequence of JobView
        The newest first.
    """

    rows: Sequence[JobView]

    def __repr__(self) -> str:
        if not self.rows:
            return "There are no jobs."
        shown = self.rows[:_ROWS]
        return "\n".join([*columns([_HEAD, *(row.fields for row in shown)]), *self._remarks()])

    def _repr_html_(self) -> str:
        if not self.rows:
            return f'<div class="lean-magic" style="{style.RESULT}">There are no jobs.</div>'
        head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in _HEAD)
        body = "".join(map(_row_html, self.rows[:_ROWS]))
        remarks = "".join(f"<div>{escape(line)}</div>" for line in self._remarks())
        return (
            f'<div class="lean-magic" role="group" aria-label="Lean jobs" dir="ltr" style="{style.RESULT}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{remarks}</div>"
        )

    def _remarks(self) -> list[str]:
        if len(self.rows) == 1:
            return [visible(clipped(self.rows[0].detail))] if self.rows[0].detail else []
        states = [row.status for row in self.rows]
        counts = ", ".join(f"{states.count(status):,} {status}" for status in _STATUSES if status in states)
        lines = [f"{counted(len(self.rows), 'job')}: {counts}"]
        if len(self.rows) > _ROWS:
            lines.append(f"… {len(self.rows) - _ROWS:,} more are not shown here: they are in the list")
        return lines


def _row_html(row: JobView) -> str:
    job, state, submitted, took, title = map(escape, row.fields)
    tone = _TONES.get(row.state, "error")
    return (
        f'<tr><th scope="row" style="{_CELL}"><code>{job}</code></th>'
        f'<td style="{_CELL};{style.tint(tone)}">{state}</td><td style="{_CELL}">{submitted}</td>'
        f'<td style="{_CELL}">{took}</td><td style="{_CELL}"><code>{title}</code></td></tr>'
    )
