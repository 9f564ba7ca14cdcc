"""``lean-magic batch``: check every code of a table."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._arguments import add_pool_options, count
from lean_magic.cli._columns import CODE, add_columns, codes_in
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import ExitCode
from lean_magic.errors import InputError

if TYPE_CHECKING:
    import argparse

from lean_magic.cli._commands import Commands

__all__ = ["add_to"]

_EPILOG = """\
files:
  IN   JSON lines (.jsonl, .ndjson), a JSON array (.json), CSV (.csv, .tsv), each of them also as .gz; Parquet
       (.parquet), Arrow (.arrow, .feather); or - for JSON lines on standard input. It is read as it is needed.
  OUT  .jsonl, .jsonl.gz, .csv, .parquet or .arrow, with the columns that lean_magic.records documents: id, code,
       verdict, messages, elapsed, ... The other columns of IN are not in it: "place" is the number of the row in IN,
       from 0, to join them by. OUT appears, or is replaced, when it is whole, and not before.
  What cannot be given to Lean (no text, say) is a row as well, with the verdict "refused".

interrupted, killed, or out of power:
  Run the same command again. What was finished, timeouts too, is not run again; what was under way is. The batch is
  known by IN, OUT and --timeout: with another one, the timeouts of before are run again. Another name: --batch.
  --again looks only for what the cache has, not for what the batch has: timeouts and crashes are run again.

exit codes:
  0 OUT is written, whatever the verdicts   66 IN cannot be read   70 Lean could not be run
  73 OUT cannot be written   74 disk full   2 wrong usage   130 interrupted   65, 69, 75 see lean-magic --help

examples:
  lean-magic batch proofs.jsonl checked.jsonl
  lean-magic batch samples.parquet checked.parquet --code-column proof --workers 8 --timeout 30 --unordered
  zcat samples.jsonl.gz | head -1000 | lean-magic batch - checked.csv
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    batch = add_command(
        commands,
        "batch",
        _batch,
        help="check every code of a table",
        description="Check every code of a table, each by itself, and write a table of what Lean says.",
        epilog=_EPILOG,
        failed=ExitCode.MACHINERY,
        interrupted="interrupted; what was finished is kept, so the same command goes on from there",
    )
    batch.add_argument("input", metavar="IN", help="the table to read")
    batch.add_argument("output", metavar="OUT", help="the table to write")
    add_columns(batch, CODE)
    add_pool_options(batch)
    batch.add_argument("--limit", type=count, metavar="N", help="only the first N rows")
    order = batch.add_mutually_exclusive_group()
    order.add_argument(
        "--ordered", action="store_true", default=True, help="write the rows in the order of IN (this is the default)"
    )
    order.add_argument(
        "--unordered", action="store_false", dest="ordered", help="write each row when Lean is done with it"
    )
    batch.add_argument(
        "--all-tactics", action="store_true", help="list every tactic, with the goals before and after it"
    )
    batch.add_argument("--axioms", action="store_true", help="list the axioms that each new declaration rests on")
    batch.add_argument(
        "--no-cache", action="store_true", help="compute what other checks found, too; only what this batch has is kept"
    )
    resumption = batch.add_mutually_exclusive_group()
    resumption.add_argument("--batch", metavar="NAME", help="what the batch is called, to go on with it later")
    resumption.add_argument("--again", action="store_true", help="do not go on with a batch: begin it again")
    batch.add_argument("--quiet", action="store_true", help="no progress bar, no summary")


def _batch(options: argparse.Namespace) -> int:
    from lean_magic import records
    from lean_magic.cli._pool import checks_of, opened_pool
    from lean_magic.cli._tables import rows_in
    from lean_magic.cli._tally import Tally

    output = Path(options.output)
    if options.input != "-" and output.exists() and output.samefile(options.input):
        raise InputError("OUT must be another file than IN.")
    codes = codes_in(rows_in(options.input), options.input, options, limit=options.limit)
    began = time.monotonic()
    tally = Tally()
    with closing(codes), opened_pool(options) as pool:
        checks = checks_of(
            pool,
            codes,
            options,
            ordered=options.ordered,
            progress=not options.quiet,
            total=_total(options),
            batch=None if options.again else options.batch or _name(options),
            cache=not options.no_cache,
            all_tactics=options.all_tactics,
            axioms=options.axioms,
        )
        records.write(tally.counting(checks), output)
    if not options.quiet:
        print(f"{output}: {tally} · {time.monotonic() - began:,.1f} s")  # noqa: T201
    return ExitCode.VALID


def _total(options: argparse.Namespace) -> int | None:
    from lean_magic.cli._tables import count_rows

    total = count_rows(options.input)
    return total if options.limit is None or total is None else min(total, options.limit)


def _name(options: argparse.Namespace) -> str:
    """Return what the batch is called: the same for the same command, wherever in the file system it is given."""
    source = options.input if options.input == "-" else Path(options.input).absolute()
    return f"{source} → {Path(options.output).absolute()}, timeout {options.timeout:g} s"
