"""Characters that would do something, rather than be seen, made visible."""

from __future__ import annotations

import re
import unicodedata

_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


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


def right_to_left(text: str) -> bool:
    """Whether some of it is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def width(text: str) -> int:
    """Return how many columns of a terminal it takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
