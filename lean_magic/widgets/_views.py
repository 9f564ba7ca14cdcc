"""One explorer in a notebook: a picture of it and the widget, in each cell that shows it."""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import TYPE_CHECKING, Any

from IPython.display import display

from lean_magic.display import html, text
from lean_magic.widgets._explorer import ExplorerWidget

if TYPE_CHECKING:
    from lean_magic.explorer import Explorer

__all__ = ["Views"]

_log = logging.getLogger(__name__)

_PICTURES = 20
"""Pictures of one explorer that are brought up to date: those that were shown last."""
_UPDATED_EVERY = 1.0  # seconds
_VIEW = "application/vnd.jupyter.widget-view+json"


class Views:
    """What is seen of an explorer.

    There are two outputs. The first is a picture, which notebooks keep, and which is all that is seen without a kernel.
    The second is the widget, which hides the picture while it lives: in one output with it, JupyterLab would show
    neither without a kernel, but an error.

    Parameters
    ----------
    explorer : Explorer
        The explorer.
    """

    def __init__(self, explorer: Explorer) -> None:
        self._explorer = explorer
        self._widget = ExplorerWidget(explorer)
        self._cells: set[str | None] = set()
        self._pictures: list[tuple[str | None, Any, contextvars.Context]] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._closed = False
        self._stop_listening = explorer.on_change(lambda _: self._note())

    def add(self, cell: str | None) -> None:
        """Show it in the running cell, of which the front end may have said what it is."""
        handle: Any = display(self._picture(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        view = {"version_major": 2, "version_minor": 1, "model_id": self._widget.model_id}
        display({_VIEW: view, "text/plain": "", "text/html": ""}, raw=True)  # type: ignore[no-untyped-call]
        with self._lock:
            self._cells.add(cell)
            # By its context, output finds its cell.
            self._pictures = [*self._pictures, (cell, handle, contextvars.copy_context())][-_PICTURES:]

    def lose(self, cells: set[str | None]) -> bool:
        """Take note that some cells show it no more; return whether none does now."""
        with self._lock:
            self._cells -= cells
            self._pictures = [picture for picture in self._pictures if not self._cells or picture[0] in self._cells]
            return not self._cells

    def displace(self, cells: frozenset[str]) -> None:
        """Take note that some cells were deleted: cut and pasted, or undone, they show it under another identity."""
        with self._lock:
            self._cells = {None if cell in cells else cell for cell in self._cells}
            self._pictures = [(None if cell in cells else cell, *rest) for cell, *rest in self._pictures]

    @property
    def is_anywhere(self) -> bool:
        """Whether it is only in cells of which nobody has said what they are."""
        return self._cells == {None}

    def close(self) -> None:
        """Close the widget, and bring the pictures up to date for the last time."""
        self._stop_listening()
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._update()
        self._widget.close()

    def cell_ended(self) -> None:
        """Bring the pictures up to date if need be: who runs notebooks without a page listens until a cell ends."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            picture = self._picture()
            for _, handle, _ in self._pictures:
                handle.update(picture, raw=True)

    def _note(self) -> None:
        """Have the pictures brought up to date soon."""
        with self._lock:
            if self._timer is None and not self._closed:
                self._timer = threading.Timer(_UPDATED_EVERY, self._due)
                self._timer.daemon = True
                self._timer.name = "lean-magic picture"
                self._timer.start()

    def _due(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._timer = None
        self._update()

    def _update(self) -> None:
        try:
            picture = self._picture()
            for _, handle, context in self._pictures:
                context.copy().run(handle.update, picture, raw=True)
        except Exception:  # noqa: BLE001 - on a thread of its own, it would be printed below whatever cell runs
            _log.exception("the picture of %r could not be brought up to date", self._explorer)

    def _picture(self) -> dict[str, str]:
        picture = html(self._explorer)
        # The widget finds it by this.
        marked = picture.replace("<div ", f"<div data-lean-magic-explorer={self._widget.conversation.id} ", 1)
        return {"text/plain": text(self._explorer), "text/html": marked}
