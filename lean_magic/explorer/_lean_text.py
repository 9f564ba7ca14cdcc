"""Lean code as text: which of its characters are words, and which are comments or strings."""

from __future__ import annotations

import re

__all__ = ["ends_in_comment", "masked"]

_TOKEN = re.compile(
    r"""(?P<line>--[^\n]*)"""
    r"""|(?P<block>/-)"""
    r"""|(?P<string>r(?P<hashes>\#+)".*?"(?P=hashes)|r"[^"]*"|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<character>'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.))')"""
    r"""|«[^»\n]*»|[^\W\d][\w'!?]*""",  # names, which may have quotation marks in them
    re.DOTALL,
)
_EDGE = re.compile(r"/-|-/")


def masked(text: str) -> str:
    """Return code with spaces in place of comments, and of what is within quotation marks; all else stays in place."""
    pieces: list[str] = []
    position = 0
    while match := _TOKEN.search(text, position):
        start, end = match.span()
        pieces.append(text[position:start])
        if match["block"]:
            end = _end_of_comment(text, start)
        if match["block"] or match["line"]:
            pieces.append(_blank(text[start:end]))
        elif match["string"] or match["character"]:
            pieces.append(f'"{_blank(text[start + 1 : end - 1])}"')
        else:
            pieces.append(match[0])
        position = end
    return "".join([*pieces, text[position:]])


def ends_in_comment(text: str) -> bool:
    """Whether what is written behind it would belong to a comment."""
    last = text.rpartition("\n")[2]
    return "--" in last and masked(f"{text}.")[-1] != "."


def _end_of_comment(text: str, start: int) -> int:
    depth, position = 1, start + 2
    while depth:
        edge = _EDGE.search(text, position)
        if edge is None:
            return len(text)
        depth += 1 if edge[0] == "/-" else -1
        position = edge.end()
    return position


def _blank(text: str) -> str:
    return "".join(character if character in "\r\n" else " " for character in text)
