"""Colours and measures.

Styles are inline, since JupyterLab drops ``<style>`` from notebooks that are not trusted. There it also drops every
value with ``var(...)`` or ``color-mix(...)``, so each is preceded by a plain one, chosen to be legible on white and on
black (contrast above 4:1 on both). Elsewhere the theme's own colours win.
Source: JupyterLab ``packages/apputils/src/sanitizer.ts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String

if TYPE_CHECKING:
    from lean_magic.display._notes import Kind

_BASE = {"error": "#d9403a", "goal": "#2878d0", "warning": "#b06000", "info": "#76767a", "valid": "#2e8540"}
_THEME = {
    "error": "--jp-error-color1",
    "goal": "--jp-mirror-editor-property-color",
    "warning": "--jp-warn-color1",
    "info": "--jp-ui-font-color2",
    "valid": "--jp-success-color1",
}


def _themed(name: str, plain: str) -> str:
    return f"color:{plain};color:var({name},{plain})"


def tone(kind: str) -> str:
    """Return the text colour of a kind of note: the theme's, moved towards its font colour to be legible."""
    plain = _BASE[kind]
    mixed = f"color-mix(in srgb,var({_THEME[kind]},{plain}) 78%,var(--jp-ui-font-color0,currentColor))"
    return f"color:{plain};color:{mixed}"


def bar(kind: str) -> str:
    """Return the border that marks a kind of note."""
    plain = _BASE[kind]
    return f"border-left:3px solid {plain};border-left-color:var({_THEME[kind]},{plain})"


def _mark(kind: Kind, tint: str) -> str:
    plain = _BASE[kind]
    return (
        f"text-decoration:underline;text-decoration:underline wavy var({_THEME[kind]},{plain}) 1px;"
        f"text-underline-offset:3px;text-decoration-skip-ink:none;background:rgba({tint},0.13)"
    )


MARK: dict[str, str] = {
    "error": _mark("error", "217,64,58"),
    "goal": _mark("goal", "40,120,208"),
    "warning": _mark("warning", "200,120,0"),
}

TOKEN: dict[object, str] = {
    Comment: _themed("--jp-mirror-editor-comment-color", "#408080") + ";font-style:italic",
    Generic.Error: _themed("--jp-error-color1", "#d9403a"),
    Keyword: _themed("--jp-mirror-editor-keyword-color", "#2e8540") + ";font-weight:bold",
    Keyword.Declaration: _themed("--jp-mirror-editor-meta-color", "#a64dff"),
    Keyword.Type: _themed("--jp-mirror-editor-variable-3-color", "#2e8540"),
    Name.Builtin.Pseudo: _themed("--jp-mirror-editor-operator-color", "#9a57d6"),
    Name.Function: _themed("--jp-mirror-editor-def-color", "#2878d0"),
    Number: _themed("--jp-mirror-editor-number-color", "#2e8540"),
    Operator: "",
    String: _themed("--jp-mirror-editor-string-color", "#c94a4a"),
}

MUTED = _themed("--jp-ui-font-color2", "#767676")
CODE = (
    "margin:0;padding:0;text-align:left;background:none;border:0;overflow:visible;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font-family:monospace;font-family:var(--jp-code-font-family,ui-monospace,monospace);"
    "font-size:13px;font-size:var(--jp-code-font-size,13px);line-height:1.45"
)
LABEL = "flex:none;min-width:92px;font-size:12px"
BODY = "flex:1 1 320px;min-width:0"
PLACE = "margin:0 0 10px 0"
EXCERPT = "display:flex;padding:3px 8px 5px 0;background:rgba(128,128,128,0.09);border-radius:3px"
NUMBER = f"{MUTED};flex:none;width:34px;text-align:right;margin-right:12px;user-select:none"
NOTE = "display:flex;flex-wrap:wrap;align-items:baseline;column-gap:8px;margin:4px 0 0 46px;padding:1px 0 1px 10px"
GOAL = (
    "margin:4px 0 4px 0;padding:6px 10px;border:1px solid #8888;border-color:var(--jp-border-color2,#8888);"
    "border-radius:4px;display:table;min-width:200px"
)
TARGET = "margin-top:4px;padding-top:4px;border-top:1px solid #8888;border-top-color:var(--jp-border-color2,#8888)"
HYPOTHESIS = _themed("--jp-mirror-editor-def-color", "#2878d0") + ";font-weight:600"
FOOTER = "margin-top:6px;font-size:12px;font-size:var(--jp-ui-font-size1,13px)"
RESULT = "padding:4px 0;font-size:13px;font-family:sans-serif;font-family:var(--jp-ui-font-family,system-ui,sans-serif)"
