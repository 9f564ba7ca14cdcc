"""``lean-magic bench``: how fast Lean checks the codes of a dataset, and what it says of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._arguments import add_pool_options, count, default_workers
from lean_magic.cli._columns import CODE, add_columns, codes_in
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import ExitCode
from lean_magic.cli._terminal import complain, make_writable
from lean_magic.errors import MissingPackageError

if TYPE_CHECKING:
    import argparse

    from lean_magic.cli._commands import Commands
    from lean_magic.cli._measurements import Measurements
    from lean_magic.cli._tables import Rows

__all__ = ["add_to"]

_EPILOG = """\
what is measured:
  elapsed      from the beginning to the last result, with the start of Lean; throughput is the codes per second of it
  Lean time    what Lean took for each code, without the wait for a worker; latency is its distribution. A timeout
               counts with the time until Lean was stopped.
  CPU time     what each code cost, of all threads of its process
  memory peak  of the largest process, resident
  What the cache knew (with --cache) counts as throughput, and as nothing else.

files in FOLDER:
  throughput.png, throughput.svg   codes per second over time
  latency.png, latency.svg         how long Lean took for how many codes
  summary.json                     the summary as data: what --json prints

exit codes:
  0 all was run, whatever the verdicts   66 DATASET cannot be read   70 Lean could not be run
  73 FOLDER cannot be written   74 disk full   2 wrong usage   130 interrupted   65, 69, 75 see lean-magic --help

examples:
  lean-magic bench proofs.jsonl --n 1000 --workers 8
  lean-magic bench proofs.parquet --json | jq .throughput
  lean-magic bench OWNER/DATASET --n 100 --timeout 60 --out first-hundred
    (from Hugging Face; where its codes import Mathlib, which is no part of Lean, this Lean refuses them all)
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    bench = add_command(
        commands,
        "bench",
        _bench,
        help="measure how fast the codes of a dataset are checked",
        description="Check codes of a dataset, count the verdicts, measure time and memory, and draw both.",
        epilog=_EPILOG,
        failed=ExitCode.MACHINERY,
    )
    bench.add_argument(
        "dataset",
        metavar="DATASET",
        help="a table, as for lean-magic batch; or the name of a Hugging Face dataset",
    )
    bench.add_argument("--n", type=count, default=100, metavar="N", help="how many codes (default: the first 100)")
    bench.add_argument("--split", default="train", help="which part of a Hugging Face dataset (default: train)")
    bench.add_argument("--subset", metavar="NAME", help="which configuration of a Hugging Face dataset")
    add_columns(bench, CODE)
    add_pool_options(bench)
    bench.add_argument("--cache", action="store_true", help="do not compute what Lean said before")
    bench.add_argument("--json", action="store_true", help="print the summary as JSON")
    bench.add_argument(
        "--out",
        type=Path,
        default=Path("lean-magic-bench"),
        metavar="FOLDER",
        help="where to save the plots and the summary (default: lean-magic-bench)",
    )


def _bench(options: argparse.Namespace) -> int:
    from lean_magic.cli._measurements import Measurements
    from lean_magic.cli._pool import checks_of, opened_pool

    options.workers = options.workers or default_workers()
    # Read before the clock runs: a dataset from elsewhere comes as slowly as the network.
    codes = list(codes_in(_rows(options), options.dataset, options, limit=options.n))
    options.out.mkdir(parents=True, exist_ok=True)
    with opened_pool(options) as pool:
        measurements = Measurements(
            dataset=options.dataset, workers=options.workers, timeout=options.timeout, lean=pool.toolchain.version
        )
        began = time.monotonic()
        for check in checks_of(pool, codes, options, ordered=False, total=len(codes), cache=options.cache):
            measurements.add(check, time.monotonic() - began)
    make_writable(sys.stdout, encoding="utf-8" if options.json else None)
    print(measurements.json() if options.json else measurements, flush=True)  # noqa: T201
    for path in _saved(measurements, options.out):
        if not options.json:
            print(f"saved {path}")  # noqa: T201
    return ExitCode.VALID


def _rows(options: argparse.Namespace) -> Rows:
    from lean_magic.cli._tables import is_table, rows_in

    if options.dataset == "-" or is_table(options.dataset) or Path(options.dataset).is_file():
        return rows_in(options.dataset)
    from lean_magic.cli._hub import rows_of_dataset

    return rows_of_dataset(options.dataset, options.subset, options.split)


def _saved(measurements: Measurements, folder: Path) -> list[Path]:
    """Save all there is, and return where."""
    summary = folder / "summary.json"
    summary.write_text(measurements.json() + "\n", encoding="utf-8")
    try:
        from lean_magic.cli._plots import save_plots

        return [summary, *save_plots(measurements, folder)]
    except MissingPackageError as error:
        complain(str(error))
        return [summary]
