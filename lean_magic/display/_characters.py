"""Characters that would do something, rather than be seen, made visible."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Blocks of Unicode with all that is written from right to left, and little else.
_LETTER = "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
RIGHT_TO_LEFT = re.compile(rf"{_LETTER}+(?: +{_LETTER}+)*")
"""Words that are written from right to left."""


def visible(text: str) -> str:
    """Show control characters, bidirectional overrides and lone surrogates instead of obeying them.

    A terminal would run the first, the second make code read other than it is ("Trojan Source"), and the third cannot
    be sent to a notebook at all.
    """
    return _ACTIVE.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def width(text: str) -> int:
    """Return how many columns of a terminal it takes, as it is shown."""
    return sum(map(_width, text))


@lru_cache(maxsize=10_000)
def _width(character: str) -> int:
    if character.isascii() and character.isprintable():
        return 1
    shown = visible(character)
    if len(shown) > 1:
        return len(shown)
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
