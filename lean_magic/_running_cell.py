"""Which cell a shell runs, by what the front end said when it sent the cell.

Source: ``cellId`` and ``deletedCells`` in the metadata of ``execute_request``, JupyterLab and VS Code.
"""

from __future__ import annotations

from typing import Any

__all__ = ["deleted_cells", "request", "running_cell"]


def request(shell: object) -> dict[str, Any]:
    """Return the request that the shell answers; empty where there are none, as in a terminal."""
    get_parent = getattr(shell, "get_parent", None)  # only a kernel's shell has one
    return (get_parent() if get_parent else None) or {}


def running_cell(shell: object) -> str | None:
    """Return the identity of the cell that runs; None if nobody says."""
    cell = _metadata(shell).get("cellId")
    return str(cell) if cell else None


def deleted_cells(shell: object) -> frozenset[str]:
    """Return the cells that were deleted since the cell before, where the front end says so (JupyterLab does)."""
    deleted = _metadata(shell).get("deletedCells", ())
    return frozenset(map(str, deleted)) - {running_cell(shell)} if isinstance(deleted, list) else frozenset()


def _metadata(shell: object) -> dict[str, Any]:
    return request(shell).get("metadata") or {}
