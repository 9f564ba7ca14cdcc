"""``lean-magic verify``: whether proofs prove exactly their statements."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.cli._arguments import add_pool_options, default_workers
from lean_magic.cli._columns import PROOF, STATEMENT, add_columns, cells_in
from lean_magic.cli._commands import add_command
from lean_magic.cli._exit_codes import ExitCode, worst
from lean_magic.cli._terminal import is_coloured, make_writable, painted, standard_input
from lean_magic.conversions import plain
from lean_magic.errors import InputError, LeanError
from lean_magic.pool._inputs import read_code

if TYPE_CHECKING:
    import argparse
    from collections.abc import Hashable, Iterable, Iterator

    from lean_magic.cli._commands import Commands
    from lean_magic.cli._terminal import Colour
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef
    from lean_magic.verification import Verification

__all__ = ["add_to"]

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
  is no statement, is "input".

exit codes (of several, that of the worst, in this order from bad to good):
  70 Lean could not be run   66 something cannot be read, or a statement is wrong itself
  5 out of memory, or crashed   4 timeout   1 not proved   3 something is left open (sorry)   0 all are proved
  2 wrong usage   130 interrupted   65, 69, 73, 74, 75 see lean-magic --help

examples:
  lean-magic verify statement.lean proof.lean && echo proved
  echo 'by native_decide' | lean-magic verify statement.lean - --axioms propext,Lean.ofReduceBool,Lean.trustCompiler
  lean-magic verify proofs.jsonl --json | jq -c '{id, ok}'
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
    verify.add_argument("--json", action="store_true", help="print JSON lines")
    add_columns(verify, STATEMENT, PROOF)
    add_pool_options(verify)


@dataclass(frozen=True, slots=True)
class _Case:
    """A statement and a proof."""

    name: Hashable
    statement: str
    proof: str


_Outcome: TypeAlias = "Verification | LeanError | InputError"


def _verify(options: argparse.Namespace) -> int:
    from lean_magic.cli._pool import opened_pool

    make_writable(sys.stdout, encoding="utf-8" if options.json else None)
    with opened_pool(options) as pool:
        return asyncio.run(_verify_all(pool, _cases(options), _context(pool, options.context), options))


def _context(pool: LeanPool, file: str | None) -> EnvRef | None:
    """Return the environment that statements are in."""
    if file is None:
        return None
    try:
        return pool.run_sync(read_code(file)).raise_for_verdict().env
    except LeanError as error:
        raise InputError(f"{file}: {error}") from None


async def _verify_all(pool: LeanPool, cases: Iterable[_Case], env: EnvRef | None, options: argparse.Namespace) -> int:
    """Verify some at a time, report them in their order, and return the exit code."""
    ends: set[ExitCode] = set()
    window = 2 * (options.workers or default_workers())
    waiting: deque[tuple[_Case, asyncio.Task[_Outcome]]] = deque()

    async def report_next() -> None:
        case, outcome = waiting.popleft()
        ends.add(_reported(case, await outcome, is_json=options.json))

    try:
        for case in cases:
            waiting.append((case, asyncio.create_task(_outcome(pool, case, env, options))))
            if len(waiting) >= window:
                await report_next()
        while waiting:
            await report_next()
    finally:
        for _, outcome in waiting:
            outcome.cancel()
    return worst(ends)


async def _outcome(pool: LeanPool, case: _Case, env: EnvRef | None, options: argparse.Namespace) -> _Outcome:
    """Return what came of a proof, or what is wrong with its statement; where Lean cannot be run, that is raised."""
    asked: dict[str, Any] = {"env": env, "timeout": options.timeout}
    if options.axioms is not None:
        asked["axioms"] = options.axioms.replace(",", " ").split()
    try:
        return await pool.verify(case.statement, case.proof, **asked)
    except (LeanError, InputError) as error:
        return error


def _reported(case: _Case, outcome: _Outcome, *, is_json: bool) -> ExitCode:
    """Print what came of a proof, and return its exit code."""
    from lean_magic.display import visible

    if isinstance(outcome, LeanError | InputError):
        end, said = ExitCode.INPUT, f"✗ {outcome}"
    else:
        end, said = _ENDS.get(outcome.kind, ExitCode.ERROR), str(outcome)
    if is_json:
        line = plain(json.dumps(_data(case, outcome), ensure_ascii=False))
    else:
        line = f"{case.name}: {painted(visible(said), _COLOURS.get(end, 'red'), is_coloured=is_coloured(sys.stdout))}"
    print(line, flush=True)  # noqa: T201
    return end


def _data(case: _Case, outcome: _Outcome) -> dict[str, Any]:
    verification = None if isinstance(outcome, LeanError | InputError) else outcome
    result = None if isinstance(outcome, InputError) else outcome.result
    return {
        "id": case.name,
        "ok": verification is not None and verification.ok,
        "kind": "input" if verification is None else verification.kind,
        "reason": str(outcome) if verification is None else verification.reason,
        "theorem": "" if verification is None else verification.theorem,
        "axioms": [] if verification is None else verification.axioms,
        "axioms_unseen": [] if verification is None else verification.axioms_unseen,
        "elapsed": 0.0 if verification is None else verification.elapsed,
        "statement": case.statement,
        "proof": case.proof,
        "code": None if result is None else result.code,
    }


def _cases(options: argparse.Namespace) -> Iterator[_Case]:
    from lean_magic.cli._tables import rows_in

    if options.proof is not None:
        if options.statement == options.proof == "-":
            raise InputError("Only one of STATEMENT and PROOF can come from standard input.")
        yield _Case(options.proof, _read(options.statement), _read(options.proof))
        return
    table = options.statement
    for cells in cells_in(rows_in(table), table, options, STATEMENT, PROOF):
        if isinstance(cells.row.cells, InputError):
            raise cells.row.cells
        yield _Case(cells.id, *cells.values)


def _read(file: str) -> str:
    return standard_input() if file == "-" else read_code(file)
