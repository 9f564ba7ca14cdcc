"""Colours and measures.

Styles are inline, since JupyterLab drops ``<style>`` from notebooks that are not trusted. There it also drops every
value with ``var(...)``. No one colour is legible as text on white and on the black of its dark theme: 4.35 is the best
contrast with both. So text keeps the colour it has anyway, and what is said by words is said again by bars and tints,
which are plain, and by bold and underlined type. Notebooks keep each of these styles many times: they are short, and
without spaces where that can be, since a quote takes two characters there.
Source: JupyterLab ``packages/apputils/src/sanitizer.ts``.
"""

from __future__ import annotations

_BASE = {"error": "#d43", "goal": "#27c", "warning": "#b60", "info": "#777", "valid": "#284"}
"""Chosen to stand out on white and on black."""

PRE = "margin:0"
WORDS = "word-break:normal"
"""For every `<pre>` by itself: JupyterLab breaks words anywhere there, whatever the elements around it say."""
EXCERPT = "margin:0;background:#8881"
OFFERED = "background:#8883"
BUTTON = "margin:-5px 0 9px 12px;border:1px solid #888;font-size:11px"
INSERTED = "background:#2a43"
REMOVED = "background:#d433"
LIST = "margin:0;padding-left:18px;list-style:none"
INNER_LIST = "list-style:none"
GOALS = "margin:2px 0 6px 18px"
RESULT = "font-size:13px"
CODE_FONT = "font-family:monospace"
"""For what is code nearly all over: nbconvert's pages have ``<pre>`` inherit the font."""
NAME = "color:var(--name)"
KEYWORD = "color:var(--word)"
COLORS = {
    NAME: "--name:var(--jp-mirror-editor-def-color)",
    KEYWORD: "--word:var(--jp-mirror-editor-keyword-color)",
}
"""What defines the colours above, once for each output that uses them: those of the theme, or none."""
FOOTER = "margin-top:6px"
MUTED = "opacity:0.7"
CODE = "font-family:monospace;font-family:var(--jp-code-font-family,monospace);white-space:pre-wrap"


def bar(kind: str) -> str:
    """Return the border of a kind of note."""
    return f"margin:0 0 9px;border-left:3px solid {_BASE[kind]};padding:0 9px"


def tint(kind: str) -> str:
    """Return the background of code that a kind of note is about."""
    return f"background:{_BASE[kind]}3"
