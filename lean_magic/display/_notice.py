"""A line from us, not from Lean."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from lean_magic.display import _style as style


@dataclass(frozen=True, slots=True)
class Notice:
    """One line that people should read, shown in a cell.

    Parameters
    ----------
    text : str
        The line.
    """

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<div class="lean-magic" role="note" style="{style.RESULT}">{escape(self.text)}</div>'
