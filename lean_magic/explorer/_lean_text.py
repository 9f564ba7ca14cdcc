"""Lean code as text: which of its characters are words, and which are comments or strings; its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["code_lines", "dedented", "ends_in_comment", "indented", "masked"]

_TOKEN = re.compile(
    r"""(?P<line>--[^\n]*)"""
    r"""|(?P<block>/-)"""
    r"""|(?P<string>r(?P<hashes>\#+)".*?"(?P=hashes)|r"[^"]*"|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<character>'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.))')"""
    r"""|«[^»]*»|[^\W\d][\w'!?]*""",  # names, which may have quotation marks in them
    re.DOTALL,
)
_EDGE = re.compile(r"/-|-/")
_LINE_END = re.compile(r"\r?\n")


def masked(text: str) -> str:
    """Return code with spaces in place of comments, and of what is within quotation marks; all else stays in place."""
    pieces: list[str] = []
    position = 0
    for kind, start, end in _tokens(text):
        pieces.append(text[position:start])
        if kind == "comment":
            pieces.append(_blank(text[start:end]))
        elif kind == "string":
            pieces.append(f'"{_blank(text[start + 1 : end - 1])}"')
        else:
            pieces.append(text[start:end])
        position = end
    return "".join([*pieces, text[position:]])


def code_lines(text: str) -> list[str]:
    """Return the lines of some code, without their ends; a string over several lines is within one of them."""
    found: list[str] = []
    position = 0
    whole = [(start, end) for kind, start, end in _tokens(text) if kind in {"string", "name"}]
    for match in _LINE_END.finditer(text):
        while whole and whole[0][1] <= match.start():
            whole.pop(0)
        if not whole or match.start() < whole[0][0]:
            found.append(text[position : match.start()])
            position = match.end()
    return [*found, text[position:]]


def indented(text: str, columns: int) -> str:
    """Return code further to the right; what is within strings stays."""
    return "\n".join(f"{' ' * columns}{line}" if line else "" for line in code_lines(text))


def dedented(text: str) -> str:
    """Return code without empty lines around it, and without the indentation that all lines share."""
    found = [line.rstrip(" \t") for line in code_lines(text)]
    margin = min((len(line) - len(line.lstrip(" \t")) for line in found if line), default=0)
    return "\n".join(line[margin:] for line in found).strip(" \t\n")


def ends_in_comment(text: str) -> bool:
    """Whether what is written behind it would belong to a comment."""
    last = text.rpartition("\n")[2]
    return "--" in last and masked(f"{text}.")[-1] != "."


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Return where comments, strings (and characters) and names begin and end."""
    position = 0
    while match := _TOKEN.search(text, position):
        start, position = match.span()
        if match["block"]:
            position = _end_of_comment(text, start)
        is_comment = match["block"] or match["line"]
        kind = "comment" if is_comment else "string" if match["string"] or match["character"] else "name"
        yield kind, start, position


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
