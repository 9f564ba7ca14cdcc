"""A run that has not come to its end: what Lean has said so far, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._characters import visible
from lean_magic.display._html import frame, notes_html
from lean_magic.display._notes import duration
from lean_magic.display._text import notes_text
from lean_magic.display._view import View, view
from lean_magic.results import LeanResult

if TYPE_CHECKING:
    from lean_magic.results import Message, Update


@dataclass(frozen=True, slots=True)
class RunningView:
    """How far a run is, ready to be shown.

    Parameters
    ----------
    code : str
        What is run.
    messages : tuple of Message
        What Lean has said so far.
    elapsed : float
        Seconds since it began.
    latest : Update or None
        The last news of it.
    """

    code: str
    messages: tuple[Message, ...]
    elapsed: float
    latest: Update | None = None

    @property
    def line(self) -> str:
        """Where it is, as one line."""
        if self.latest is None:
            where = "waiting for Lean"
        elif self.latest.position is None:
            where = "building again what comes before"
        else:
            where = f"at line {self.latest.position.line} of {self.code.rstrip().count(chr(10)) + 1}"
        return f"… running: {where} · {duration(self.elapsed)}"

    def __repr__(self) -> str:
        return visible("\n".join([*notes_text(self._so_far()), self.line]))

    def _repr_html_(self) -> str:
        line = f'<div role="status" style="{style.FOOTER}"><span style="{style.MUTED}">{escape(self.line)}</span></div>'
        return frame(notes_html(self._so_far()) + line)

    def _so_far(self) -> View:
        return view(LeanResult(self.code, "cancelled", self.messages))
