"""How much of a result is shown, so that no output can choke a browser or swell a notebook."""

from __future__ import annotations

NOTES = 100
"""Messages and open goals."""

TEXT = 10_000
"""Code points of one message, goal or source line."""

LINES = 30
"""Lines of one message that HTML shows at once; it folds the others away."""

EXCERPT = 160
"""Code points of one source line."""

CODE = 50_000
"""Code points of source up to which its colours are right from line to line, and which the data repeat."""


def clipped(text: str, limit: int = TEXT) -> str:
    """Return a text, or its beginning and how much more there is."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters"


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: ``"1 error"``, ``"2 errors"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
