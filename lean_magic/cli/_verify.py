"""``lean-magic verify``: whether proofs prove exactly their statements."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast, get_args

from msgspec.structs import replace

from lean_magic.cli._arguments import add_pool_options
from lean_magic.cli._batch import STANDARD_OUTPUT, are_same, opened_output
from lean_magic.cli._carried import Carried
from lean_magic.cli._columns import PROOF, STATEMENT, add_columns, cells_in
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import ExitCode, worst
from lean_magic.cli._terminal import is_coloured, make_writable, painted, standard_input
from lean_magic.conversions import plain
from lean_magic.errors import InputError, LeanError
from lean_magic.pool._inputs import read_code
from lean_magic.verification import Finding

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Hashable, Iterable, Iterator

    from lean_magic.batch import ProofCheck
    from lean_magic.cli._commands import Commands
    from lean_magic.cli._terminal import Colour
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef

__all__ = ["add_to"]

_Given: TypeAlias = "Carried | Generator[tuple[Hashable, str, str], None, None]"

_INPUT = "input"  # the kind of what is no statement, or cannot be given to Lean
_COLOURS: dict[ExitCode, Colour] = {ExitCode.VALID: "green", ExitCode.SORRY: "yellow"}
_ENDS = {
    "proved": ExitCode.VALID,
    "sorry": ExitCode.SORRY,
    "timeout": ExitCode.TIMEOUT,
    "out_of_memory": ExitCode.LOST,
    "crashed": ExitCode.LOST,
    "cancelled": ExitCode.LOST,
}

_EPILOG = """\
A statement is a theorem without its proof, such as `theorem two : 1 + 1 = 2`; a proof is a term, such as `by rfl`. The
statement is trusted, the proof is not: whatever it does when Lean runs it, only a proof of exactly this statement
counts, which Lean's kernel checks again in a process that runs no proofs.

output:
  Of each proof, a line that says whether it proves its statement, and if not, why. With --json, an object per line: id,
  ok, kind, reason, theorem, axioms, axioms_unseen, elapsed, statement, proof, as lean_magic.Verification documents
  them; and code: what Lean ran, in which reason names lines and columns, or null. The kind of what cannot be read, or
  is no statement, is "input", also with --out.

  With --out, a table instead, and at the end one line that counts what came of them: .jsonl, .jsonl.gz, .csv, .parquet
  or .arrow, or - for JSON lines on standard output. It has the columns that lean_magic.records documents (id, kind, ok,
  detail, axioms, claim, ...), and then all of the table, as of lean-magic batch. A row that cannot be read is one, too.

many proofs, interrupted, killed, or out of power:
  Run the same command again. What is decided comes from the cache: --no-cache verifies it again. With --out, what was
  finished is not verified again in either case, timeouts neither, unless --timeout is longer now; --again does so.

exit codes (of several, that of the worst, in this order from bad to good):
  70 Lean could not be run   66 something cannot be read, or a statement is wrong itself
  5 out of memory, or crashed   4 timeout   1 not proved   3 something is left open (sorry)   0 all are proved
  2 wrong usage   130 interrupted   65, 69, 73, 74, 75 see lean-magic --help

examples:
  lean-magic verify statement.lean proof.lean && echo proved
  echo 'by native_decide' | lean-magic verify statement.lean - --axioms propext,Lean.ofReduceBool,Lean.trustCompiler
  lean-magic verify proofs.jsonl --json | jq -c '{id, ok}'
  lean-magic verify samples.parquet --out verified.parquet --workers 8 --timeout 30
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    verify = add_command(
        commands,
        "verify",
        _verify,
        help="say whether proofs prove their statements",
        description="Say whether a proof proves exactly a statement, without sorry and without axioms of its own.",
        epilog=_EPILOG,
        failed=ExitCode.MACHINERY,
        interrupted="interrupted; what was finished is kept, so the same command goes on from there",
    )
    verify.add_argument(
        "statement",
        metavar="STATEMENT",
        help="a file with a statement; or, without PROOF, a table of statements and proofs, as for lean-magic batch; - "
        "for standard input",
    )
    verify.add_argument("proof", nargs="?", metavar="PROOF", help="a file with a proof; - for standard input")
    verify.add_argument(
        "--context",
        metavar="FILE",
        help="Lean code that comes before the statements: imports, definitions; it is trusted",
    )
    verify.add_argument(
        "--axioms",
        metavar="NAMES",
        help="the axioms that proofs may rest on, with commas (default: propext,Classical.choice,Quot.sound)",
    )
    form = verify.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON lines")
    form.add_argument("--out", metavar="OUT", help="write a table instead, as lean-magic batch does")
    verify.add_argument("--no-cache", action="store_true", help="verify what is known from before, too")
    verify.add_argument(
        "--again", action="store_true", help="with --out: do not go on with what was left, but begin again"
    )
    add_columns(verify, STATEMENT, PROOF)
    add_pool_options(verify)


def _verify(options: argparse.Namespace) -> int:
    from lean_magic.cli._pool import opened_pool

    if options.again and options.out is None:
        raise InputError("--again is for --out: without it, nothing is gone on with.")
    if options.out is not None and are_same(options.statement, options.out):
        raise InputError("OUT must be another file than the table.")
    make_writable(sys.stdout, encoding="utf-8" if options.json else None)
    given = _given(options)
    with closing(given), opened_pool(options) as pool:
        env = _context(pool, options.context)
        proofs = cast("Iterable[tuple[Hashable, str, str]]", given.proofs() if isinstance(given, Carried) else given)
        with closing(pool.verify_many_sync(proofs, env=env, **_asked(options))) as checks:
            if options.out is None:
                return _printed(_possible(checks), is_json=options.json)
            return _written(_possible(checks), given, options)


def _context(pool: LeanPool, file: str | None) -> EnvRef | None:
    """Return the environment that statements are in."""
    if file is None:
        return None
    try:
        return pool.run_sync(read_code(file)).raise_for_verdict().env
    except LeanError as error:
        raise InputError(f"{file}: {error}") from None


def _asked(options: argparse.Namespace) -> dict[str, Any]:
    from lean_magic.cli._tables import count_rows

    is_table = options.proof is None
    asked: dict[str, Any] = {
        "timeout": options.timeout,
        "cache": not options.no_cache,
        "progress": is_table and (options.out is not None or not sys.stdout.isatty()),
        "total": count_rows(options.statement) if is_table else 1,
        "batch": None if options.out is None or options.again else _name(options),
    }
    if options.axioms is not None:
        asked["axioms"] = options.axioms.replace(",", " ").split()
    return asked


def _name(options: argparse.Namespace) -> str:
    """Return what the batch is called: the same for the same command, wherever in the file system it is given."""
    sources = [file for file in (options.statement, options.proof) if file is not None]
    named = ", ".join(file if file == "-" else str(Path(file).absolute()) for file in sources)
    return f"verify {named} → {Path(options.out).absolute()}"


def _possible(checks: Iterator[ProofCheck]) -> Iterator[ProofCheck]:
    """Yield what came of proofs; where there is no Lean to give one to, no other would fare better: that is raised."""
    for check in checks:
        if check.error is not None and not isinstance(check.error, InputError | LeanError):
            raise check.error
        yield check


def _printed(checks: Iterator[ProofCheck], *, is_json: bool) -> ExitCode:
    """Print what came of proofs, and return the exit code."""
    ends = set()
    for check in checks:
        ends.add(_end(check))
        _print(check, is_json=is_json)
    return worst(ends)


def _written(checks: Iterator[ProofCheck], given: _Given, options: argparse.Namespace) -> ExitCode:
    """Write a table of what came of proofs, with what was beside them, and return the exit code."""
    from lean_magic.records import record_of

    ends = set()
    counts: Counter[str] = Counter()
    cached = 0
    began = time.monotonic()
    with opened_output(options.statement, options.out, options, STATEMENT, PROOF) as file:
        for check in checks:
            ends.add(_end(check))
            counts[_INPUT if check.kind is None else check.kind] += 1
            cached += check.cached
            row = record_of(check)
            if check.kind is None:
                row = replace(row, kind=_INPUT)
            file.add(row, given.beside(check) if isinstance(given, Carried) else {})
    is_piped = options.out == STANDARD_OUTPUT
    kinds = [kind for kind in (*get_args(Finding), _INPUT) if counts[kind]]
    said = ", ".join(f"{counts[kind]:,} {kind.replace('_', ' ')}" for kind in kinds)
    total = counts.total()
    many = f"{total:,} {'proof' if total == 1 else 'proofs'}{f': {said}' if said else ''}"
    known = f" · {cached:,} known from before" if cached else ""
    name = "standard output" if is_piped else options.out
    print(f"{name}: {many}{known} · {time.monotonic() - began:,.1f} s", file=sys.stderr if is_piped else sys.stdout)
    return worst(ends)


def _end(check: ProofCheck) -> ExitCode:
    return ExitCode.INPUT if check.kind is None else _ENDS.get(check.kind, ExitCode.ERROR)


def _print(check: ProofCheck, *, is_json: bool) -> None:
    from lean_magic.display import visible

    if is_json:
        line = plain(json.dumps(_data(check), ensure_ascii=False))
    else:
        said = visible(f"✗ {check.error}" if check.verification is None else str(check.verification))
        line = f"{check.id}: {painted(said, _COLOURS.get(_end(check), 'red'), is_coloured=is_coloured(sys.stdout))}"
    print(line, flush=True)  # noqa: T201


def _data(check: ProofCheck) -> dict[str, Any]:
    verification = check.verification
    about = check.error if isinstance(check.error, LeanError) else verification
    result = None if about is None else about.result
    return {
        "id": check.id,
        "ok": check.ok,
        "kind": _INPUT if verification is None else verification.kind,
        "reason": check.reason,
        "theorem": "" if verification is None else verification.theorem,
        "axioms": [] if verification is None else verification.axioms,
        "axioms_unseen": [] if verification is None else verification.axioms_unseen,
        "elapsed": check.elapsed,
        "statement": check.statement,
        "proof": check.proof,
        "code": None if result is None else result.code,
    }


def _given(options: argparse.Namespace) -> _Given:
    """Return what goes through the proofs."""
    from lean_magic.cli._tables import rows_in

    if options.proof is None:
        table = options.statement
        return Carried(cells_in(rows_in(table), table, options, STATEMENT, PROOF))
    if options.statement == options.proof == "-":
        raise InputError("Only one of STATEMENT and PROOF can come from standard input.")
    return (case for case in [(options.proof, _read(options.statement), _read(options.proof))])


def _read(file: str) -> str:
    return standard_input() if file == "-" else read_code(file)
