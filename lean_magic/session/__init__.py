"""One notebook: which cell built which environment, and where a cell starts from."""

from __future__ import annotations

from lean_magic.session._cell import MAIN, Cell, CellKey, Request, Text, Use
from lean_magic.session._chain import Chain
from lean_magic.session._draft import start_of_draft
from lean_magic.session._lean_file import (
    LEFT_OUT,
    cells_of_file,
    check_free,
    file_of_cells,
    read_code,
    write,
    write_notebook,
)
from lean_magic.session._page import Page, SavedNotebook
from lean_magic.session._runner import Again, Run
from lean_magic.session._session import Session

__all__ = [
    "LEFT_OUT",
    "MAIN",
    "Again",
    "Cell",
    "CellKey",
    "Chain",
    "Page",
    "Request",
    "Run",
    "SavedNotebook",
    "Session",
    "Text",
    "Use",
    "cells_of_file",
    "check_free",
    "file_of_cells",
    "read_code",
    "start_of_draft",
    "write",
    "write_notebook",
]
