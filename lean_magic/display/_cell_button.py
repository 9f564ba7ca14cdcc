"""A button that adds a cell below and runs it; where nobody acts on it, it says what to type."""

from __future__ import annotations

import json
from html import escape

from lean_magic.display import _style as style

__all__ = ["cell_button"]

_COMMANDS = "notebook:insert-cell-below", "notebook:replace-selection", "notebook:run-cell"
"""Each is given the same arguments, of which only the second takes any: the text of the cell."""


def cell_button(code: str, does: str) -> str:
    """Return a button that runs some code in a new cell.

    JupyterLab carries out the command that stands at a button in an output; it asks first where the output is not the
    user's own. Elsewhere, nothing happens. Source: JupyterLab ``packages/apputils/src/commandlinker.ts``.

    Parameters
    ----------
    code : str
        The code, which also stands on the button.
    does : str
        What the button does, in a few words: for who points at it, or hears of it.
    """
    told = json.dumps({"commands": _COMMANDS, "args": {"text": code}}, separators=(",", ":"), ensure_ascii=False)
    asked = escape(told, quote=False).replace("'", "&#39;")
    return (
        f'<button title="{escape(does)}" style="{style.BUTTON}" data-commandlinker-command=apputils:run-all-enabled '
        f"data-commandlinker-args='{asked}'>{escape(code, quote=False)}</button>"
    )
