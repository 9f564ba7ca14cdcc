"""How a command is added to ``lean-magic``."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Commands", "add_command", "wrapped"]

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no other name

_MARGIN = 2  # that argparse leaves on the right


def add_command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace], int],
    *,
    help: str,
    description: str,
    epilog: str | None = None,
    failed: int = 1,
    interrupted: str = "interrupted",
) -> argparse.ArgumentParser:
    """Add a command.

    Parameters
    ----------
    commands
        Those of ``lean-magic``.
    name
        What it is called.
    run
        Runs it with the parsed options, and returns the exit code.
    help
        What it does, in a few words: for the list of all commands.
    description
        What it does: for its own ``--help``.
    epilog
        What follows the list of its options there, printed as it is: exit codes, examples.
    failed
        The exit code where it fails for a reason that has none of its own.
    interrupted
        What is said after Ctrl-C, in one line.

    Returns
    -------
    argparse.ArgumentParser
        For its arguments.
    """
    parser = commands.add_parser(
        name,
        help=help,
        description=wrapped(description),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, failed=failed, interrupted=interrupted)
    return parser


def wrapped(text: str) -> str:
    """Return a paragraph in lines as wide as the terminal, as argparse writes them where it formats by itself."""
    return textwrap.fill(text, shutil.get_terminal_size().columns - _MARGIN)
