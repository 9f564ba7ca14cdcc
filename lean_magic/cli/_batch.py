"""``lean-magic batch``: check every code of a table."""

from __future__ import annotations

import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._arguments import add_pool_options, count, table
from lean_magic.cli._columns import CODE, add_columns, cells_in, found_in
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import ExitCode
from lean_magic.cli._terminal import complain
from lean_magic.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from lean_magic.cli._columns import Column
    from lean_magic.cli._commands import Commands
    from lean_magic.records import Record
    from lean_magic.records._files import RowFile
    from lean_magic.records._sinks import Others, Sink

__all__ = ["STANDARD_OUTPUT", "add_to", "are_same", "opened_output"]

STANDARD_OUTPUT = "-"

_EPILOG = """\
files:
  IN   JSON lines (.jsonl, .ndjson), a JSON array (.json), CSV (.csv, .tsv), each of them also as .gz; Parquet
       (.parquet), Arrow (.arrow, .feather); or - for JSON lines on standard input. It is read as it is needed.
  OUT  .jsonl, .jsonl.gz, .csv, .parquet or .arrow, which appears, or is replaced, when it is whole, and not before;
       or - for JSON lines on standard output, each as soon as its turn comes.

columns of OUT:
  Those that lean_magic.records documents: id, code, verdict, messages, elapsed, ..., place (the number of the row in
  IN, from 0). Then all columns of IN, with their names, values and types. One that has a name of ours is called in_...
  (verdict: in_verdict); but the code, and an id that is text, stand once. Where JSON or CSV becomes Parquet or Arrow,
  types are found: values that have none in common are text, as JSON. Of columns of IN with the same name, the second
  is called a.1, say. JSON has no infinity and no NaN: both are null there.

what cannot be given to Lean:
  A line that is no JSON, an empty code, what is no text: each is a row with the verdict "refused", and "detail" says
  what is wrong and in which line. The other rows are checked, OUT is written, and the exit code is 66. Where rows have
  an id, one without is called by its line: "line 7".

interrupted, killed, or out of power:
  Run the same command again. What was finished, timeouts too, is not run again; what was under way is. The batch is
  known by IN, OUT and --timeout: with another one, the timeouts of before are run again. Another name: --batch.
  --again looks only for what the cache has, not for what the batch has: timeouts and crashes are run again.

exit codes:
  0 OUT is written, whatever the verdicts   66 something in IN, or all of it, could not be read, or given to Lean
  70 Lean could not be run   73 OUT cannot be written   74 disk full   2 wrong usage   130 interrupted
  143, 129 stopped by SIGTERM, SIGHUP   65, 69, 75 see lean-magic --help

examples:
  lean-magic batch proofs.jsonl checked.jsonl
  lean-magic batch samples.parquet checked.parquet --code-column proof --workers 8 --timeout 30 --unordered
  zcat samples.jsonl.gz | head -1000 | lean-magic batch - checked.csv
  lean-magic batch samples.jsonl - | jq -c '{problem_id, verdict}'
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
    batch.add_argument("input", type=table, metavar="IN", help="the table to read; - for standard input")
    batch.add_argument("output", type=table, metavar="OUT", help="the table to write; - for standard output")
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
    from lean_magic.cli._carried import Carried
    from lean_magic.cli._pool import checks_of, opened_pool
    from lean_magic.cli._tables import rows_in
    from lean_magic.cli._tally import Tally
    from lean_magic.records import record_of

    is_piped = options.output == STANDARD_OUTPUT
    if not is_piped and are_same(options.input, options.output):
        raise InputError("OUT must be another file than IN.")
    carried = Carried(cells_in(rows_in(options.input), options.input, options, CODE, limit=options.limit))
    began = time.monotonic()
    tally = Tally()
    with (
        closing(carried),
        opened_pool(options) as pool,
        opened_output(options.input, options.output, options, CODE) as file,
    ):
        for check in checks_of(
            pool,
            carried.codes(),
            options,
            ordered=options.ordered,
            progress=not options.quiet and not (is_piped and sys.stdout.isatty()),
            total=_total(options),
            batch=None if options.again else options.batch or _name(options),
            cache=not options.no_cache,
            all_tactics=options.all_tactics,
            axioms=options.axioms,
        ):
            tally.add(check)
            file.add(record_of(check), carried.beside(check))
    if not options.quiet:
        name = "standard output" if is_piped else options.output
        summary = f"{name}: {tally} · {time.monotonic() - began:,.1f} s"
        print("\n".join([summary, *tally.notes]), file=sys.stderr if is_piped else sys.stdout)
    if tally.refused:
        complain(f"{tally.refused} Each has a row, with the verdict refused.")
        return ExitCode.INPUT
    return ExitCode.VALID


def are_same(source: str, output: str) -> bool:
    """Whether a table is to be written over the one that is read."""
    paths = Path(source), Path(output)
    return source != "-" and all(path.exists() for path in paths) and paths[0].samefile(paths[1])


@contextmanager
def opened_output(
    source: str, output: str, options: argparse.Namespace, *columns: Column
) -> Iterator[RowFile[Record] | Sink]:
    """Open what takes the rows, and what is beside these columns in the table that they come from."""
    from lean_magic.cli._carried import other_columns
    from lean_magic.cli._tables import columns_of
    from lean_magic.records import Record
    from lean_magic.records._files import RowFile
    from lean_magic.records._sinks import live_lines

    if output == STANDARD_OUTPUT:
        yield live_lines(sys.stdout.buffer)
        return
    others: Others = "any"
    if (table := columns_of(source)) is not None:
        others = other_columns(table, found_in(table.names, source, options, *columns))
    with RowFile(output, Record, others=others) as file:
        yield file


def _total(options: argparse.Namespace) -> int | None:
    from lean_magic.cli._tables import count_rows

    total = count_rows(options.input)
    return total if options.limit is None or total is None else min(total, options.limit)


def _name(options: argparse.Namespace) -> str:
    """Return what the batch is called: the same for the same command, wherever in the file system it is given."""
    source = options.input if options.input == "-" else Path(options.input).absolute()
    output = options.output if options.output == STANDARD_OUTPUT else Path(options.output).absolute()
    return f"{source} → {output}, timeout {options.timeout:g} s"
