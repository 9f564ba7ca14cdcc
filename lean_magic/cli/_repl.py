"""``lean-magic repl``: be a Lean REPL on standard input and output."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._commands import add_command
from lean_magic.errors import ToolchainError
from lean_magic.toolchain import resolve_toolchain
from lean_magic.toolchain.progress import terminal_progress

if TYPE_CHECKING:
    import argparse

    from lean_magic.cli._commands import Commands

__all__ = ["add_to"]


def add_to(commands: Commands) -> None:
    """Add the command."""
    repl = add_command(
        commands,
        "repl",
        _repl,
        help="be a Lean REPL on standard input and output",
        description="Be a Lean REPL, as github.com/leanprover-community/repl is one: a JSON object and an empty line "
        "on standard input, the answer on standard output. Other arguments are ignored.",
    )
    repl.add_argument(
        "--scratch",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder that Lean code works in, the only one it may write to (default: the current one)",
    )
    repl.add_argument(
        "--mount",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="another folder that Lean code may read; can be given several times",
    )
    repl.set_defaults(ignores_unknown=True)


def _repl(options: argparse.Namespace) -> int:
    """Become the server: this process is it, so that signals, pipes and the exit code are its own."""
    for folder in (options.scratch, *options.mount):
        if not folder.is_dir():
            raise ToolchainError(f"there is no folder {folder}; name an existing one with --scratch or --mount")
    toolchain = resolve_toolchain()
    with terminal_progress() as progress:
        toolchain.prepare(progress)
    readable = [folder.absolute() for folder in options.mount]
    launch = toolchain.launch(options.scratch.absolute(), readable=readable, resident=False)
    os.chdir(launch.directory)
    os.execve(launch.arguments[0], launch.arguments, launch.environment)  # noqa: S606
