"""The program: its commands, and how it ends."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from lean_magic._version import __version__
from lean_magic.cli import _batch, _bench, _cache, _check, _installation, _jobs, _notebook, _repl, _verify
from lean_magic.cli._commands import wrapped
from lean_magic.cli._exit_codes import ExitCode
from lean_magic.cli._signals import StoppedError, stopped_by_signals
from lean_magic.cli._terminal import complain, in_words, warnings_in_lines
from lean_magic.errors import (
    CacheError,
    ChecksumError,
    DiskFullError,
    DownloadError,
    InputError,
    LeanMagicError,
    NodeError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

# Each has a function `add_to`; in the order of --help.
_COMMANDS = (_installation, _check, _batch, _verify, _bench, _jobs, _cache, _notebook, _repl)

# As in sysexits.h, so that a script can tell what is wrong.
_EXIT_CODES: dict[type[LeanMagicError], int] = {
    ChecksumError: 65,
    InputError: ExitCode.INPUT,
    NodeError: 69,
    CacheError: 73,
    DiskFullError: 74,
    DownloadError: 75,
}
_INTERRUPTED = 130
_BROKEN_PIPE = 141  # as shells say of a program that ends so
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_NOT_WRITABLE = {errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ENOTDIR, errno.EPERM, errno.EROFS}

_EPILOG = """\
exit codes:
  0 all is well   1 something is wrong   2 wrong usage   65 wrong checksum   66 input cannot be read
  69 Node.js missing or too old   73 something cannot be written   74 disk full   75 download failed   130 interrupted
  143 stopped by SIGTERM   129 stopped by SIGHUP
  of lean-magic check and others that have more: see their own --help

environment:
  LEAN_MAGIC_CACHE   folder for downloads and installed Lean (default: the user's cache folder)
  LEAN_MAGIC_STORE   folder for results, log and jobs (default: the user's data folder)
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
        with stopped_by_signals(), warnings_in_lines():
            code: int = options.run(options)
        sys.stdout.flush()
    except LeanMagicError as error:
        complain(str(error))
        return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), options.failed)
    except BrokenPipeError:
        _drop_output()  # whoever reads has read enough
        return _BROKEN_PIPE
    except OSError as error:
        complain(in_words(error))
        if error.errno in _DISK_FULL:
            _drop_output()
            return _EXIT_CODES[DiskFullError]
        return _EXIT_CODES[CacheError] if error.errno in _NOT_WRITABLE else options.failed
    except StoppedError as stop:
        with suppress(OSError):  # the terminal is gone
            complain(options.interrupted.replace("interrupted", f"stopped by {stop.name}", 1))
        return stop.exit_code
    except KeyboardInterrupt:
        complain(options.interrupted)
        return _INTERRUPTED
    return code


def _drop_output() -> None:
    """Let what is not written yet go nowhere: Python would complain at the end that it cannot write it."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lean-magic",
        description=wrapped(
            "Lean 4 for Python notebooks, and for proofs by the thousand. Nothing here is needed in a notebook, which "
            "sets Lean up by itself."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lean-magic {__version__}")
    parser.set_defaults(ignores_unknown=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for group in _COMMANDS:
        group.add_to(commands)
    return parser
