"""The program: its commands, and how it ends."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lean_magic._version import __version__
from lean_magic.cli import _installation, _notebook, _repl
from lean_magic.cli._terminal import complain
from lean_magic.errors import CacheError, ChecksumError, DiskFullError, DownloadError, LeanMagicError, NodeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

# Each has a function `add_to`; in the order of --help.
_COMMANDS = (_installation, _notebook, _repl)

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
    if unknown and not options.ignores_unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return int(options.run(options))
    except LeanMagicError as error:
        complain(str(error))
        return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), 1)
    except KeyboardInterrupt:
        complain(options.interrupted)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lean-magic",
        description="Lean 4 for Python notebooks. Nothing here is needed in a notebook, which sets Lean up by itself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lean-magic {__version__}")
    parser.set_defaults(ignores_unknown=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in _COMMANDS:
        group.add_to(commands)
    return parser
