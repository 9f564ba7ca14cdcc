"""``lean-magic check``: what Lean says about some files."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from lean_magic.cli._arguments import add_pool_options
from lean_magic.cli._columns import CODE, add_columns
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import EXIT_CODES, ExitCode, of_verdict, worst
from lean_magic.cli._terminal import is_coloured, make_writable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from lean_magic.batch import Check
    from lean_magic.cli._commands import Commands

__all__ = ["add_to"]

_EPILOG = f"""\
output:
  Of each file, what Lean says, as compilers print it (FILE:LINE:COLUMN: SEVERITY: TEXT; lines count from 1, columns
  from 0, as Lean counts), and a line with the verdict: valid, sorry (something is left open), error, timeout, out of
  memory or crashed. Colours only on a terminal, and not where NO_COLOR is set. With --json, a JSON object per line,
  with the columns that lean_magic.records documents. Results stand in the order of what was given. Standard input is
  read ahead of them: a program that waits for each answer before it asks on talks to lean-magic repl, or uses Python.

{EXIT_CODES}
examples:
  lean-magic check Proofs.lean Lemmas.lean
  echo 'example : 1 + 1 = 2 := rfl' | lean-magic check -
  echo '{{"id": 7, "code": "example : 1 + 1 = 2 := rfl"}}' | lean-magic check --json - | jq .verdict
  lean-magic check --timeout 10 --axioms Proofs.lean && echo proved
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    check = add_command(
        commands,
        "check",
        _check,
        help="say what Lean says about files",
        description="Say what Lean says about each file, by itself: nothing of one file is known in another. What Lean "
        "said before about the same code is not computed again.",
        epilog=_EPILOG,
        failed=ExitCode.MACHINERY,
    )
    check.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a .lean file; a table of codes (.jsonl, .json, .csv, .parquet), of which each is checked by itself; or - "
        "for standard input",
    )
    check.add_argument("--json", action="store_true", help="print JSON lines")
    check.add_argument(
        "--input",
        choices=["lean", "json"],
        help='what the files are, whatever their names: Lean code, or JSON objects {"id": …, "code": …}, one per line '
        "or in an array (default: by their names; standard input is JSON if it begins with { or [, with which no Lean "
        "code begins)",
    )
    add_columns(check, CODE)
    add_pool_options(check)
    check.add_argument("--no-cache", action="store_true", help="compute again what Lean said before")
    check.add_argument("--axioms", action="store_true", help="list the axioms that each new declaration rests on")
    check.add_argument("--all-tactics", action="store_true", help="list every tactic, with the goals after it")


def _check(options: argparse.Namespace) -> int:
    from lean_magic.cli._check_report import print_json, print_text
    from lean_magic.cli._codes import Codes
    from lean_magic.cli._pool import checks_of, opened_pool

    report: Callable[[Check], None]
    if options.json:
        make_writable(sys.stdout, encoding="utf-8")
        report = print_json
    else:
        make_writable(sys.stdout)
        report = partial(print_text, is_coloured=is_coloured(sys.stdout))
    codes = Codes(options)
    ends: set[ExitCode] = set()
    with opened_pool(options) as pool:
        for check in checks_of(
            pool,
            codes,
            options,
            progress=sys.stderr.isatty() and not sys.stdout.isatty(),
            cache=not options.no_cache,
            all_tactics=options.all_tactics,
            axioms=options.axioms,
        ):
            report(check)
            ends.add(ExitCode.INPUT if check.verdict is None else of_verdict(check.verdict))
    return worst(ends if codes.is_whole else {*ends, ExitCode.INPUT})
