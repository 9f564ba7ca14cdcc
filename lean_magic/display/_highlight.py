"""Lean code in colour, as HTML that needs no style sheet."""

from __future__ import annotations

from functools import cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from pygments.lexers import get_lexer_by_name
from pygments.token import Keyword, Name

from lean_magic.display._characters import right_to_left, visible
from lean_magic.display._limits import CODE
from lean_magic.display._style import MARK, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pygments.lexer import Lexer
    from pygments.token import _TokenType

    from lean_magic.display._notes import Excerpt, Kind

# The style of each code point of a line; "" for none.
Styles: TypeAlias = list[str]


@cache
def _lexer() -> Lexer:
    return get_lexer_by_name("lean4")


@cache
def _style(token: _TokenType) -> str:
    while token not in TOKEN and token.parent is not None:
        token = token.parent
    return TOKEN.get(token, "")


def _styles(code: str) -> Styles:
    styles: Styles = []
    command = False
    # Without the lexer's preprocessing, which would drop and add line ends.
    for _, token, text in _lexer().get_tokens_unprocessed(code):
        if command and token in Name:  # type: ignore[comparison-overlap]
            # The lexer takes `#eval` apart.
            styles[-1:] = [_style(Keyword)] * (len(text) + 1)
        else:
            styles += [_style(token)] * len(text)
        command = text == "#"
    return styles


def line_styles(code: str, numbers: Iterable[int]) -> dict[int, Styles]:
    """Return the styles of some lines of a source, which depend on the lines before (comments can be long)."""
    wanted = set(numbers)
    lines = code.split("\n")
    if len(code) > CODE:
        return {number: _styles(lines[number - 1][:CODE]) for number in wanted}
    styles, found, start = _styles(code), {}, 0
    for number, line in enumerate(lines, 1):
        if number in wanted:
            found[number] = styles[start : start + len(line)]
        start += len(line) + 1
    return found


def code_html(code: str) -> str:
    """Return code as coloured HTML."""
    return _spans(code, _styles(code) if len(code) <= CODE else [])


def excerpt_html(excerpt: Excerpt, styles: Styles) -> str:
    """Return a line of code as coloured HTML, with what the notes are about underlined."""
    text = excerpt.text.ljust(len(excerpt.marks))
    styles = styles[excerpt.start : excerpt.start + len(text)]
    html, start = "", 0
    for kind, run in groupby(excerpt.marks):
        end = start + sum(1 for _ in run)
        html += _marked(_spans(text[start:end], styles[start:end]), kind)
        start = end
    return f"{'…' if excerpt.start else ''}{html}{'…' if excerpt.cut else ''}"


def _marked(html: str, kind: Kind | None) -> str:
    # <u>, not <mark>: it keeps the colours of the theme where the style is dropped.
    return f'<u style="{MARK[kind]}">{html}</u>' if kind else html


def _spans(text: str, styles: Styles) -> str:
    html, start = "", 0
    for style, run in groupby(styles + [""] * (len(text) - len(styles))):
        end = start + sum(1 for _ in run)
        piece = isolated(text[start:end])
        html += f'<span style="{style}">{piece}</span>' if style else piece
        start = end
    return html


def isolated(text: str) -> str:
    """Return text as HTML; if some of it is written from right to left, the order of what is around it is kept."""
    html = escape(visible(text))
    return f"<bdi>{html}</bdi>" if right_to_left(text) else html
