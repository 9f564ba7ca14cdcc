"""Traces as HTML: lists in which each step opens to the steps that it consists of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._highlight import isolated
from lean_magic.display._limits import LEVELS, STEPS, clipped, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.results import TraceNode

_TEXT = 1000
"""Code points of one step."""


def traces_html(traces: Sequence[TraceNode]) -> str:
    """Return the steps of a trace, as far as there is room for them."""
    html: list[str] = []
    shown = left_out = 0
    # What is still to be written, from its end: text, or a step and its level. A trace may be deeper than Python goes.
    rest: list[str | tuple[TraceNode, int]] = [(node, 0) for node in reversed(traces)]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            html.append(item)
        elif shown >= STEPS:
            left_out += 1
            rest += [(child, 0) for child in item[0].children]
        else:
            shown += 1
            node, level = item
            html.append(f"<li>{_opening(node, level)}")
            rest.append("</li>")
            if node.children and level < LEVELS:
                rest.append("</ul></details>")
                rest += [(child, level + 1) for child in reversed(node.children)]
    more = f"<li>… {counted(left_out, 'more step')} in .traces of the message</li>" if left_out else ""
    return f'<ul style="{style.LIST};{style.CODE}">{"".join(html)}{more}</ul>'


def _opening(node: TraceNode, level: int) -> str:
    said = isolated(clipped(f"[{node.name}] {node.text}" if node.name else node.text, _TEXT))
    if not node.children:
        return said
    if level >= LEVELS:
        return f"{said} (more in .traces of the message)"
    return f"<details><summary>{said}</summary><ul style={style.INNER_LIST}>"
