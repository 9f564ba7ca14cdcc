"""Which cell is being run."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from lean_magic._running_cell import deleted_cells, request, running_cell
from lean_magic.session import CellKey

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["CellKeys"]

_REQUESTS = 100  # whose runs are counted


class CellKeys:
    """Names for the runs of Lean in a shell; that of a cell is the same when it is run again.

    Notebooks send the identity of the cell with each request. Where nobody does (in a terminal, under nbclient), every
    run is a new one.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._lock = threading.Lock()
        self._parts: dict[str, int] = {}  # by request: its threads and tasks may go on when others have begun
        self._runs = 0

    def next(self) -> CellKey:
        """Return the name of the run that begins now: a cell may contain several ``%lean``."""
        with self._lock:
            cell, run = running_cell(self._shell), self._request()
            if cell is None:
                self._runs += 1
                return CellKey(f"run {self._runs}", lasts=False)
            part = self._parts.pop(run, 0)
            self._parts[run] = part + 1
            if len(self._parts) > _REQUESTS:
                del self._parts[next(iter(self._parts))]
            return CellKey(cell, part)

    @property
    def deleted(self) -> frozenset[str]:
        """The cells that were deleted since the cell before, where the front end says so (JupyterLab does)."""
        return deleted_cells(self._shell)

    @property
    def ran(self) -> tuple[str, int] | None:
        """The cell that runs, and how many runs of Lean it has had so far; None if nobody says which cell it is."""
        cell = running_cell(self._shell)
        return None if cell is None else (cell, self._parts.get(self._request(), 0))

    @property
    def sent(self) -> float | None:
        """When the front end sent the cell, in seconds by its own clock; None if it does not say."""
        date = request(self._shell).get("header", {}).get("date")
        return date.timestamp() if isinstance(date, datetime) else None

    def _request(self) -> str:
        return str(request(self._shell).get("header", {}).get("msg_id", ""))
