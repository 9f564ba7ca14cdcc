"""What is kept: results of Lean by what they depend on, a log of every check, and jobs, in one SQLite file.

Its tables are described in ``README.md`` beside this file.
"""

from __future__ import annotations

from lean_magic.store._database import Database
from lean_magic.store._packing import pack, unpack
from lean_magic.store._place import store_folder
from lean_magic.store._records import OPINIONS, CheckRecord, Cleared, StoreInfo
from lean_magic.store._store import Store, default_store

__all__ = [
    "OPINIONS",
    "CheckRecord",
    "Cleared",
    "Database",
    "Store",
    "StoreInfo",
    "default_store",
    "pack",
    "store_folder",
    "unpack",
]
