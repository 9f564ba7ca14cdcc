"""The explorers that ``%leanctl explore`` has opened: what was tried is there again when its cell is run again."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

from lean_magic.display._limits import counted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from lean_magic.explorer import Explorer, Origin

__all__ = ["Explorers"]

_KEPT = 100
"""Explorers, of which each may have a thread."""

_log = logging.getLogger(__name__)


class Explorers:
    """The explorers that were opened in a notebook, by what they are of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Explorer] = {}

    def opened(self, what: Hashable, explorer: Explorer, *, is_fresh: bool = False) -> tuple[Explorer, str]:
        """Return the explorer to be shown, and what there is to say of it.

        Where the same was explored before, in the same code, it is that explorer. Where the code was changed, but the
        goal reads as before, what was tried is tried again.

        Parameters
        ----------
        what : hashable
            What is explored, by a name that it keeps when its code is changed.
        explorer : Explorer
            A new one.
        is_fresh : bool
            Whether what was tried before is of no interest.
        """
        kept = self._kept.pop(what, None)
        if kept is None or is_fresh:
            said = ""
        elif kept.pool is explorer.pool and not kept.closed and _identity(kept.origin) == _identity(explorer.origin):
            if explorer is not kept:
                explorer.close()
            explorer, said = kept, ""
        else:
            said = _try_again(kept, explorer)
        self._kept[what] = explorer
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return explorer, said


def _identity(origin: Origin) -> tuple[object, ...]:
    return origin.state.ref, origin.code, origin.start, origin.end, origin.cell, origin.is_proof, origin.obstacle


def _try_again(kept: Explorer, explorer: Explorer) -> str:
    """Begin to try what was tried before, if it is the same that is to be proved; return what there is to say."""
    recipe = kept.recipe()
    count = len(recipe["attempts"])
    if not count or _task(kept) != _task(explorer):
        return ""
    way = [(attempt.tactic, attempt.place) for attempt in kept.current.path[1:]]
    threading.Thread(target=_replay, args=(explorer, recipe, way), name="lean-magic replay", daemon=True).start()
    return f"The code was run anew: what was tried before ({counted(count, 'tactic')}) is being tried again."


def _task(explorer: Explorer) -> tuple[list[str], str]:
    """Return what is to be proved, and what stands there now."""
    origin = explorer.origin
    there = ""
    if origin.start is not None and origin.end is not None:
        there = origin.code[origin.start.offset(origin.code) : origin.end.offset(origin.code)]
    return [goal.text for goal in explorer.root.goals], there


def _replay(explorer: Explorer, recipe: dict[str, Any], way: Iterable[tuple[str | None, int | None]]) -> None:
    """Try again what a recipe says, and look at where that way leads, unless somebody looks at something meanwhile."""
    before = explorer.current
    try:
        asyncio.run(explorer.replay(recipe))
        attempt = explorer.tree.root
        for step in way:
            found = [child for child in attempt.children if (child.tactic, child.place) == step]
            if not found:
                break
            attempt = found[0]
        if explorer.current is before:
            explorer.select(attempt)
    except Exception:  # noqa: BLE001 - on a thread of its own, it would be printed below whatever cell runs
        _log.exception("what was tried in %r could not be tried again", explorer)
