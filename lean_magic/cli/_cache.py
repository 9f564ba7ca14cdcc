"""``lean-magic cache``: look at what is kept of checks, remove it, or write it to a file."""

# ruff: noqa: T201 (what a command prints is its result)
from __future__ import annotations

import argparse
import dataclasses
import json
import math
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._commands import add_command
from lean_magic.store import Store
from lean_magic.toolchain.progress import format_size

if TYPE_CHECKING:
    from lean_magic.cli._commands import Commands

__all__ = ["add_to"]

_DAY = 86400

_EPILOG = """\
Without WHAT, it is info.

The store is one SQLite file: results of Lean, which are not computed again, and a log of every check. Jobs are in it
too; none of these commands touches them.

environment:
  LEAN_MAGIC_STORE   the folder it is in (default: the user's data folder)
"""


def add_to(commands: Commands) -> None:
    """Add the commands."""
    cache = add_command(
        commands,
        "cache",
        _info,
        help="look at what is kept of checks, remove it, or write it to a file",
        description="What is kept of checks: how much, remove it, or write it to a file.",
        epilog=_EPILOG,
    )
    cache.set_defaults(json=False)
    what: Commands = cache.add_subparsers(dest="what", metavar="WHAT")

    info = add_command(
        what,
        "info",
        _info,
        help="say where it is, and how much",
        description="Say where the store is, what it takes, and how many results and checks are in it.",
    )
    info.add_argument("--json", action="store_true", help="as a JSON object; sizes in bytes, times in Unix seconds")

    clear = add_command(
        what,
        "clear",
        _clear,
        help="remove results",
        description="Remove the results that are kept, so that they are computed again when they are needed. "
        "The log keeps their verdicts, but not what else Lean said.",
        interrupted="interrupted; what was removed until then stays so",
    )
    clear.add_argument(
        "--log", action="store_true", help="remove the log of checks too; batches are then no longer resumed"
    )
    clear.add_argument(
        "--older-than",
        type=_days,
        metavar="DAYS",
        help="only the results that were not used for so many days, and checks from before then",
    )

    export = add_command(
        what,
        "export",
        _export,
        help="write the log to a file",
        description="Write all checks of the log to a file, a row each. Its suffix says the format: .csv, .jsonl, "
        ".jsonl.gz, .parquet or .arrow. The file is there when all is written.",
        interrupted="interrupted; nothing was written",
    )
    export.add_argument("out", type=Path, metavar="OUT", help="the file")
    export.add_argument("--batch", metavar="NAME", help="only the checks of this batch")


def _info(options: argparse.Namespace) -> int:
    with closing(Store()) as store:
        info = store.info()
    if options.json:
        print(json.dumps(dataclasses.asdict(info) | {"path": str(info.path)}))
        return 0
    print(f"store    {info.path} ({format_size(info.size) if info.size else 'not there yet'})")
    print(f"results  {info.results:,} ({format_size(info.result_bytes)} of {format_size(info.result_limit)})")
    print(f"checks   {info.checks:,} ({format_size(info.log_bytes)} of {format_size(info.log_limit)})")
    if info.oldest is not None:
        print(f"since    {time.strftime('%Y-%m-%d %H:%M', time.localtime(info.oldest))}")
    return 0


def _clear(options: argparse.Namespace) -> int:
    before = None if options.older_than is None else time.time() - options.older_than * _DAY
    with closing(Store()) as store:
        size = store.info().size
        if not size:
            print("there is nothing to remove")
            return 0
        cleared = store.clear(log=options.log, before=before)
        freed = max(0, size - store.info().size)
    checks = f" and {_counted(cleared.checks, 'check')}" if options.log else ""
    print(f"removed {_counted(cleared.results, 'result')}{checks} ({format_size(freed)})")
    return 0


def _export(options: argparse.Namespace) -> int:
    from lean_magic.records import write

    with closing(Store()) as store:
        count = write(store.log(batch=options.batch), options.out)
    print(f"wrote {_counted(count, 'check')} to {options.out}")
    return 0


def _days(text: str) -> float:
    days = float(text)
    if not (math.isfinite(days) and days >= 0):
        raise argparse.ArgumentTypeError(f"not a number of days: {text!r}")
    return days


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
