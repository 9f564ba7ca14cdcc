"""``%%lean`` and ``%lean`` in IPython and Jupyter."""

from __future__ import annotations

from lean_magic.magic._bars import bar_in_cell
from lean_magic.magic._extension import load_ipython_extension, unload_ipython_extension
from lean_magic.magic._magic import LeanMagic
from lean_magic.magic._progress import show_progress

__all__ = ["LeanMagic", "bar_in_cell", "load_ipython_extension", "show_progress", "unload_ipython_extension"]
