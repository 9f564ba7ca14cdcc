"""Where something is in a text: the one place that converts positions.

Lean counts lines from 1 and columns from 0, in code points, and ends lines at line feeds only; so does `Position`,
which is always relative to the text the user wrote. JavaScript and the language server protocol count UTF-16 units.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Position"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text.

    Parameters
    ----------
    line : int
        From 1.
    column : int
        From 0, in code points.
    """

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"

    def offset(self, text: str) -> int:
        """Return how many code points of ``text`` come before here; a place beyond the text counts as its end."""
        start = 0
        for _ in range(self.line - 1):
            end = text.find("\n", start)
            if end < 0:
                return len(text)
            start = end + 1
        return min(start + self.column, len(text))

    @classmethod
    def at(cls, text: str, offset: int) -> Position:
        """Return the place of ``text`` that has ``offset`` code points before it."""
        line_start = text.rfind("\n", 0, offset) + 1
        return cls(text.count("\n", 0, offset) + 1, offset - line_start)

    def utf16_column(self, text: str) -> int:
        """Return the column in UTF-16 code units, as editors written in JavaScript count."""
        end = self.offset(text)
        line = text[text.rfind("\n", 0, end) + 1 : end]
        return len(line) + sum(character > "\uffff" for character in line)
