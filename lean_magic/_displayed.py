"""What the layer of displays, above, does for objects below: imported when somebody looks."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lean_magic.pool import LeanPool
    from lean_magic.results import Update

__all__ = ["Displayed", "DisplayedLive", "progress_shown"]


class Displayed:
    """An object that `lean_magic.display` knows how to show, in any notebook, with or without the extension."""

    __slots__ = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from lean_magic.display import mimebundle

        return mimebundle(self)  # type: ignore[arg-type]

    def to_html(self) -> str:
        """Return it as HTML that stands alone: no script, no style sheet, nothing from elsewhere."""
        from lean_magic.display import html

        return html(self)  # type: ignore[arg-type]


class DisplayedLive(Displayed):
    """An object that notebooks show as a widget, and that is text where there are none."""

    __slots__ = ()

    def _ipython_display_(self) -> None:
        from lean_magic.widgets import show

        show(self)  # type: ignore[arg-type]


@contextmanager
def progress_shown(
    pool: LeanPool, code: str, on_progress: Callable[[Update], None] | None, *, is_wanted: bool
) -> Iterator[Callable[[Update], None] | None]:
    """Show how far code is while it runs, if that is wanted; yields what is to be called with each update."""
    if not is_wanted:
        yield on_progress
        return
    from lean_magic.magic import show_progress  # a layer above, which knows cells

    with show_progress(pool, code) as live:

        def update(update: Update) -> None:
            live.update(update)
            if on_progress is not None:
                on_progress(update)

        try:
            yield update
        except (KeyboardInterrupt, asyncio.CancelledError):
            result = live.interrupted()
            if not (result.messages and live.replace_by(result)):
                live.clear()
            raise
        finally:
            live.close()
        live.clear()
