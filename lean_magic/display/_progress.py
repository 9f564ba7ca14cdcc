"""The one output that first shows how far the start is, and then what came of the code."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.toolchain.progress import format_size

if TYPE_CHECKING:
    from lean_magic.toolchain import Progress


@dataclass(frozen=True, slots=True)
class ProgressView:
    """A report of progress, ready to be shown.

    Parameters
    ----------
    report : Progress
        The latest report.
    """

    report: Progress

    def __repr__(self) -> str:
        return f"{self._stage()} … {self._amount()}".rstrip()

    def _stage(self) -> str:
        return self.report.stage[:1].upper() + self.report.stage[1:]

    def _amount(self) -> str:
        done, total, unit = self.report.done, self.report.total, self.report.unit
        if not unit:
            return ""
        if unit == "B":
            return f"{format_size(done)} of {format_size(total)}" if total else format_size(done)
        return f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"

    def _repr_html_(self) -> str:
        total = self.report.total
        # Without a value, the browser shows that something moves but not how far it is.
        value = f' value="{min(self.report.done, total)}" max="{total}"' if total else ""
        return (
            f'<div class="lean-magic" role="status" style="{style.RESULT}">'
            f'<progress{value} style="width:160px;height:10px;vertical-align:middle;margin-right:10px"></progress>'
            f"<span>{escape(self._stage())}</span> "
            f'<span style="{style.MUTED}">{escape(self._amount())}</span></div>'
        )
