"""Which cell is being run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lean_magic.session import CellKey

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["CellKeys"]


class CellKeys:
    """Names for the runs of Lean in a shell; that of a cell is the same when it is run again.

    Notebooks send the identity of the cell with each request. Where nobody does (in a terminal, under nbclient), every
    run is a new one. Source: ``cellId`` in the metadata of ``execute_request``, JupyterLab and VS Code.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._request = ""
        self._part = 0
        self._runs = 0

    def next(self) -> CellKey:
        """Return the name of the run that begins now: a cell may contain several ``%lean``."""
        parent = self._parent()
        cell = parent.get("metadata", {}).get("cellId")
        if not cell:
            self._runs += 1
            return CellKey(f"run {self._runs}", lasts=False)
        request = parent.get("header", {}).get("msg_id", "")
        self._part = self._part + 1 if request == self._request else 0
        self._request = request
        return CellKey(str(cell), self._part)

    def _parent(self) -> dict[str, Any]:
        get_parent = getattr(self._shell, "get_parent", None)  # only a kernel's shell has one
        return (get_parent() if get_parent else None) or {}
