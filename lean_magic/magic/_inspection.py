"""Help for what the cursor is on (Shift+Tab): in Lean cells, what Lean knows of it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from lean_magic.display import visible
from lean_magic.magic._draft import Draft, ask
from lean_magic.positions import Position

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.assistance import Hover
    from lean_magic.magic._draft import Desk

__all__ = ["Inspection"]

_MODULE = re.compile(r"\*(import \S+)\*")  # in italics


class Inspection:
    """Answers a kernel's requests for help inside of Lean cells; elsewhere, the kernel does so as before.

    IPython has no place for this, so the kernel's method is put behind one of ours, on this one kernel.

    Parameters
    ----------
    kernel : object
        The kernel.
    desk : callable
        Returns the magic of the shell.
    """

    def __init__(self, kernel: Any, desk: Callable[[], Desk]) -> None:  # noqa: ANN401 - ipykernel's
        self._former: Callable[..., Any] = kernel.do_inspect
        self._desk = desk

    def __call__(self, code: str, cursor_pos: int, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        draft = Draft.at(code, Position.at(code, cursor_pos))
        if draft is None or draft.code is None:
            return self._former(code, cursor_pos, *arguments, **keywords)
        desk = self._desk()
        text, env = draft.lean(desk.session)
        hover: Hover | None = ask(desk.pool_if_made, lambda pool: pool.hover(text, draft.position, env), None)
        return {"status": "ok", "found": hover is not None, "data": _bundle(hover) if hover else {}, "metadata": {}}


def _bundle(hover: Hover) -> dict[str, str]:
    blocks = [*_blocks(hover.text), *((visible(goal.text), True) for goal in hover.goals)]
    return {
        "text/plain": "\n\n".join(text for text, _ in blocks),
        "text/html": "".join(
            f"<pre>{html.escape(text)}</pre>" if is_code else f"<p>{html.escape(text)}</p>" for text, is_code in blocks
        ),
    }


def _blocks(markdown: str) -> list[tuple[str, bool]]:
    """Return the parts of what Lean says, and whether each is code."""
    blocks = []
    for index, part in enumerate(markdown.split("```")):
        is_code = index % 2 == 1
        text = part.partition("\n")[2] if is_code else _MODULE.sub(r"\1", part.replace("***", ""))
        if text.strip():
            blocks.append((visible(text.strip()), is_code))
    return blocks
