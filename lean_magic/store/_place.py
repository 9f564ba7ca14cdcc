"""Where the store is."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

__all__ = ["STORE_FILE", "store_folder"]

STORE_FILE = "store.sqlite3"


def store_folder() -> Path:
    """Where results, log and jobs are kept: ``$LEAN_MAGIC_STORE``, or the user's data folder."""
    chosen = os.environ.get("LEAN_MAGIC_STORE")
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("lean-magic", appauthor=False)
