"""``%%lean`` and ``%lean`` in IPython and Jupyter."""

from __future__ import annotations

from lean_magic.magic._bars import show_bar
from lean_magic.magic._extension import load_ipython_extension, unload_ipython_extension
from lean_magic.magic._magic import LeanMagic
from lean_magic.magic._progress import show_progress

__all__ = ["LeanMagic", "load_ipython_extension", "show_bar", "show_progress", "unload_ipython_extension"]
