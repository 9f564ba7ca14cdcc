"""Whether code begins with the header of a Lean file."""

from __future__ import annotations

import re

__all__ = ["has_header"]

_SPACE = re.compile(r"(?:\s|--[^\n]*)*")
_COMMENT_EDGE = re.compile(r"/-|-/")
_HEADER = re.compile(r"(?:module|prelude)\b|(?:public\s+)?(?:meta\s+)?import\b")


def has_header(code: str) -> bool:
    """Whether code begins with ``import``, ``module`` or ``prelude``, comments aside.

    Parameters
    ----------
    code : str
        Lean code.
    """
    return _HEADER.match(code, _start(code)) is not None


def _start(code: str) -> int:
    """Return where the first thing that is neither space nor comment begins."""
    position = _SPACE.match(code).end()  # type: ignore[union-attr]
    while code.startswith("/-", position):
        position = _SPACE.match(code, _comment_end(code, position)).end()  # type: ignore[union-attr]
    return position


def _comment_end(code: str, start: int) -> int:
    """Return where a comment ends; comments may contain comments."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(code, start):
        depth += 1 if edge[0] == "/-" else -1
        if depth == 0:
            return edge.end()
    return len(code)
