"""Where explorers are shown: in which cells, and what becomes of that when these are run again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython

from lean_magic._running_cell import deleted_cells, running_cell
from lean_magic.widgets._views import Views

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from lean_magic.explorer import Explorer

__all__ = ["close_all", "show"]


def show(explorer: Explorer) -> None:
    """Show an explorer in the output of the running cell.

    Raises
    ------
    NotImplementedError
        There are no cells here, as in a terminal: IPython then shows its text.
    """
    shell = get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        raise NotImplementedError
    _all.show(explorer, shell)


def close_all() -> None:
    """Close what is shown anywhere; the pictures of it stay."""
    _all.close()


_ANYWHERE = 20
"""Explorers that are live where nobody says which cells show them."""


class _All:
    """The explorers that are shown in the notebook of this process."""

    def __init__(self) -> None:
        self._views: dict[Explorer, Views] = {}
        self._left: list[Explorer] = []
        self._lock = threading.Lock()
        self._shell: InteractiveShell | None = None

    def show(self, explorer: Explorer, shell: InteractiveShell) -> None:
        with self._lock:
            if self._shell is None:
                self._shell = shell
                shell.events.register("pre_run_cell", self._begins)
                shell.events.register("post_run_cell", self._ended)
            views = self._views.pop(explorer, None) or Views(explorer)
            self._views[explorer] = views
            views.add(running_cell(shell))
            # Nobody says when these are gone.
            anywhere = [each for each, views in self._views.items() if views.is_anywhere]
            closed = [self._views.pop(each) for each in anywhere[:-_ANYWHERE]]
        for views in closed:
            views.close()

    def close(self) -> None:
        with self._lock:
            views, self._views = [*self._views.values()], {}
            shell, self._shell = self._shell, None
            if shell is not None:
                shell.events.unregister("pre_run_cell", self._begins)
                shell.events.unregister("post_run_cell", self._ended)
        for each in views:
            each.close()

    def _begins(self, _: object) -> None:
        """Close what is shown only in the cell that begins to run again."""
        cell = running_cell(self._shell)
        deleted = deleted_cells(self._shell)
        with self._lock:
            for views in self._views.values():
                views.displace(deleted)
            left = [explorer for explorer, views in self._views.items() if cell and views.lose({cell})]
            closed = [self._views.pop(explorer) for explorer in left]
        for views in closed:
            views.close()
        self._left += left

    def _ended(self, _: object) -> None:
        """Show how things are when a cell ends, and stop what was asked for where nobody sees it any more."""
        for views in [*self._views.values()]:
            views.cell_ended()
        left, self._left = self._left, []
        for explorer in left:
            if explorer in self._views:
                continue
            for attempt in explorer.tree:
                if attempt.status == "running" and attempt.by == "person":
                    explorer.cancel(attempt)


_all = _All()
