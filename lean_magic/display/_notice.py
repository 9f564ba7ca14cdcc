"""A line from us, not from Lean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from lean_magic.display import _style as style
from lean_magic.display._characters import visible

_CODE = re.compile(r"`([^`\s](?:[^`\n]*[^`\s])?)`")


@dataclass(frozen=True, slots=True)
class Notice:
    """One line that people should read, shown in a cell.

    Parameters
    ----------
    text : str
        The line.
    """

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        said = _CODE.sub(r"<code>\1</code>", escape(visible(self.text)))
        return f'<div class="lean-magic" role="note" style="{style.RESULT}">{said}</div>'
