"""What a reader sees of some HTML of ours, and what is left of it in a notebook that is not trusted."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from lean_magic.display._style import COLORS

ALLOWED = {
    "b", "bdi", "br", "button", "code", "del", "details", "div", "i", "ins", "li", "pre", "progress", "span", "strong",
    "summary", "u", "ul",
}  # fmt: skip

_COLOR = r"#[0-9a-f]+|rgba?\([\d., ]+\)|[a-z]+"
_LENGTH = r"(?:0|-?[\d.]+(?:px|em))"
# What JupyterLab leaves, as far as we use it. Source: packages/apputils/src/sanitizer.ts.
_STYLES = {
    "background": _COLOR,
    "border": rf"{_LENGTH} solid (?:{_COLOR})",
    "border-left": rf"{_LENGTH} solid (?:{_COLOR})",
    "font-family": r"(?:[\w-]+)(?:, ?[\w-]+)*",
    "font-size": _LENGTH,
    "height": _LENGTH,
    "list-style": "none",
    "margin": rf"{_LENGTH}(?: {_LENGTH}){{0,3}}",
    "margin-right": _LENGTH,
    "margin-top": _LENGTH,
    "opacity": r"1|0(?:\.\d+)?",
    "padding": rf"{_LENGTH}(?: {_LENGTH}){{0,3}}",
    "padding-left": _LENGTH,
    "text-decoration": "none|underline|line-through",
    "vertical-align": "middle",
    "white-space": "pre|pre-wrap|nowrap",
    "width": _LENGTH,
    "word-break": "normal|keep-all|break-all",
}


class Page(HTMLParser):
    """Some HTML, without any style.

    Attributes
    ----------
    text : str
        All that is to be read.
    tags, styles : list of str
        The elements, and the style of those that have one.
    within : dict of str to list of str
        For each kind of element, what stands in each.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.styles: list[str] = []
        self.text = ""
        self.within: dict[str, list[str]] = {}
        self._open: list[tuple[str, int]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.styles += [value or "" for name, value in attrs if name == "style"]
        if tag == "br":
            self.handle_data("\n")
            return
        found = self.within.setdefault(tag, [])
        found.append("")
        self._open.append((tag, len(found) - 1))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag, number in self._open:
            self.within[tag][number] += data

    @property
    def lines(self) -> list[str]:
        """The lines of everything that keeps its line ends."""
        return [line for block in self.within.get("pre", []) for line in block.split("\n")]


def survives(style: str) -> bool:
    """Whether an untrusted notebook keeps each property of a style, at least as it is said first.

    Not the colours of words, which are the theme's: without them, words have that of the text around them.
    """
    said: set[str] = set()
    for declaration in style.split(";"):
        name, value = declaration.split(":", 1)
        if name.startswith("--") or declaration in COLORS:
            continue
        if not re.fullmatch(_STYLES.get(name, "(?!)"), value) and name not in said:
            return False
        said.add(name)
    return True
