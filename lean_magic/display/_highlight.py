"""Lean code as HTML: keywords bold, comments slanted, what a message is about underlined.

In one colour of the theme: others are too faint on a tint, and each costs more than the word it is for.
"""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name

from lean_magic.display import _style as style
from lean_magic.display._characters import RIGHT_TO_LEFT
from lean_magic.display._limits import CODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

    from lean_magic.display._notes import Excerpt, Kind

# The element that each code point of a line is in; "" for none.
Emphasis: TypeAlias = list[str]


@cache
def _lexer() -> Lexer:
    return get_lexer_by_name("lean4")


@cache
def _element(token: _TokenType) -> str:
    return "b" if token in Keyword else "i" if token in Comment else ""  # type: ignore[comparison-overlap]


def _emphasis(code: str) -> Emphasis:
    elements: Emphasis = []
    command = False
    # Without the lexer's preprocessing, which would drop and add line ends.
    for _, token, text in _lexer().get_tokens_unprocessed(code):
        if command and token in Name:  # type: ignore[comparison-overlap]
            # The lexer takes `#eval` apart.
            elements[-1:] = ["b"] * (len(text) + 1)
        else:
            elements += [_element(token)] * len(text)
        command = text == "#"
    return elements


def line_emphasis(code: str, numbers: Iterable[int]) -> dict[int, Emphasis]:
    """Return the emphasis in some lines of a source, which depends on the lines before (comments can be long)."""
    wanted = set(numbers)
    lines = code.split("\n")
    if len(code) > CODE:
        return {number: _emphasis(lines[number - 1][:CODE]) for number in wanted}
    lines = lines[: max(wanted, default=0)]
    elements, found, start = _emphasis("\n".join(lines)), {}, 0
    for number, line in enumerate(lines, 1):
        if number in wanted:
            found[number] = elements[start : start + len(line)]
        start += len(line) + 1
    return found


def excerpt_html(excerpt: Excerpt, emphasis: Emphasis) -> str:
    """Return a line of code with what the notes are about underlined."""
    text = excerpt.text.ljust(len(excerpt.marks))
    emphasis = emphasis[excerpt.start : excerpt.start + len(text)]
    html, start = "", 0
    for kind, run in groupby(excerpt.marks):
        end = start + len(list(run))
        # On a tint, not every theme's colour of keywords is legible.
        html += _marked(_elements(text[start:end], emphasis[start:end], has_colors=kind is None), kind)
        start = end
    return f"{'…' if excerpt.start else ''}{html}{'…' if excerpt.cut else ''}"


def _marked(html: str, kind: Kind | None) -> str:
    # <u>, not <mark>: it keeps the colours of the theme where the style is dropped.
    return f"<u style={style.tint(kind)}>{html}</u>" if kind else html


def _elements(text: str, emphasis: Emphasis, *, has_colors: bool) -> str:
    html, start = "", 0
    for element, run in groupby(emphasis + [""] * (len(text) - len(emphasis))):
        end = start + len(list(run))
        piece = isolated(text[start:end])
        if element and not piece.isspace():
            color = f" style={style.KEYWORD}" if element == "b" and has_colors else ""
            html += f"<{element}{color}>{piece}</{element}>"
        else:
            html += piece
        start = end
    return html


def isolated(text: str) -> str:
    """Return text as HTML; words that are written from right to left leave the order of what is around them alone."""
    html = escape(text, quote=False)
    return html if html.isascii() else RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", html)
