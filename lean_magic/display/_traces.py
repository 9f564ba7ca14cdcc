"""Traces as HTML: each step opens to the steps that it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._highlight import isolated
from lean_magic.display._limits import LEVELS, STEPS, clipped, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.results import TraceNode

_STEP_TEXT = 1000


def traces_html(traces: Sequence[TraceNode]) -> str:
    """Return the steps of a trace, the first ones of each level first, as far as there is room for them."""
    html: list[str] = []
    # What is to be written, from the end: text, or a step and its level.
    rest: list[str | tuple[int, TraceNode]] = [(0, node) for node in reversed(traces)]
    room = STEPS
    left_out = 0
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            html.append(item)
            continue
        level, node = item
        if room <= 0:
            left_out += 1
            continue
        room -= 1
        said = isolated(clipped(f"[{node.name}] {node.text}" if node.name else node.text, _STEP_TEXT))
        if not node.children:
            html.append(f'<div style="{style.STEP}">{said}</div>')
        elif level >= LEVELS:
            html.append(f'<div style="{style.STEP}">{said} (steps: {len(node.children):,})</div>')
        else:
            html.append(f'<details style="{style.STEP}"><summary>{said}</summary>')
            rest.append("</details>")
            rest += [(level + 1, child) for child in reversed(node.children)]
    if left_out:
        html.append(
            f"<div>… {counted(left_out, 'more step')}, and what they consist of: see .traces of the message</div>"
        )
    return f'<div style="{style.CODE}">{"".join(html)}</div>'
