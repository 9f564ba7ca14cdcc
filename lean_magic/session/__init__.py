"""One notebook: which cell built which environment, and where a cell starts from."""

from __future__ import annotations

from lean_magic.session._cell import MAIN, Cell, CellKey, Request, Use
from lean_magic.session._chain import Chain
from lean_magic.session._lean_file import FileCell, cells_of_file, file_of_cells, notebook_of_cells
from lean_magic.session._page import Page, SavedNotebook
from lean_magic.session._runner import Again
from lean_magic.session._session import Run, Session

__all__ = [
    "MAIN",
    "Again",
    "Cell",
    "CellKey",
    "Chain",
    "FileCell",
    "Page",
    "Request",
    "Run",
    "SavedNotebook",
    "Session",
    "Use",
    "cells_of_file",
    "file_of_cells",
    "notebook_of_cells",
]
