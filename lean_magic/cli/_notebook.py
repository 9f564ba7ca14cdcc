"""``lean-magic notebook``: make a notebook of a ``.lean`` file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._commands import add_command

if TYPE_CHECKING:
    import argparse

    from lean_magic.cli._commands import Commands

__all__ = ["add_to"]


def add_to(commands: Commands) -> None:
    """Add the command."""
    notebook = add_command(
        commands,
        "notebook",
        _notebook,
        help="make a notebook of a .lean file",
        description="Make a notebook of a .lean file: a cell for each part that a line `-- %%` begins; without such "
        "lines, one for each group of commands between empty lines.",
    )
    notebook.add_argument("file", type=Path, metavar="FILE.lean", help="the file")
    notebook.add_argument(
        "notebook", type=Path, nargs="?", metavar="FILE.ipynb", help="the notebook (default: beside the file)"
    )
    notebook.add_argument("--force", action="store_true", help="replace the notebook if there is one")


def _notebook(options: argparse.Namespace) -> int:
    from lean_magic.pool import LeanPool
    from lean_magic.session import write_notebook
    from lean_magic.toolchain.progress import terminal_progress

    with LeanPool() as pool, terminal_progress() as pool.on_progress:
        path, cells = write_notebook(options.file, options.notebook, pool.run_sync, force=options.force)
    print(f"wrote {path} with {cells} Lean {'cell' if cells == 1 else 'cells'}")  # noqa: T201
    return 0
