"""How much of a result is shown, so that no output can choke a browser or swell a notebook."""

from __future__ import annotations

TEXT = 10_000
"""Code points of one message, goal or source line."""

ALL_TEXT = 300_000
"""Code points of all messages and goals, and again of all tactics."""

HTML = 480_000
"""Characters of HTML of all messages and goals, and again of all tactics."""

IN_MESSAGES = " in .messages of the result"
"""Where all of a message is."""

OPEN = 100
"""Messages and open goals that HTML shows at once; it folds the others away."""

LINES = 30
"""Lines of one message that HTML shows at once."""

GOALS = 8
"""Goals of one state that HTML shows at once."""

ALL_GOALS = 100
"""Goals of one state."""

AXIOMS = 100
"""Declarations whose axioms are listed."""

LEVELS = 20
"""Levels of tactics or trace steps; what is deeper stands on the last one."""

STEPS = 500
"""Steps of one trace."""

EXCERPT = 160
"""Code points of one source line."""

CODE = 30_000
"""Code points of source up to which its emphasis is right from line to line."""


def clipped(text: str, limit: int = TEXT, where: str = "") -> str:
    """Return a text, or its beginning, how much more there is, and where that is."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters{where}"


def more_goals(number: int) -> str:
    """Return one line about goals that there is no room for."""
    return f"… {counted(number, 'more goal')} in .goals_after of the tactic"


def counted(number: int, noun: str) -> str:
    """Return a number and its noun: ``"1 error"``, ``"2 errors"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
