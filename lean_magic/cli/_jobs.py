"""``lean-magic jobs``: the jobs in the store, for those who look at them from outside."""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from lean_magic.cli._commands import add_command
from lean_magic.conversions import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.cli._commands import Commands
    from lean_magic.job import JobRow, JobTable

__all__ = ["add_to"]

_STATUSES = ("pending", "running", "finished", "cancelled")

_EPILOG = """\
examples:
  lean-magic jobs                        the newest 50 jobs
  lean-magic jobs list running --limit 5
  lean-magic jobs show ID                its code, and what Lean said
  lean-magic jobs --json | jq .id        for programs
  lean-magic jobs cancel ID              one that waits or runs, whichever process has it
"""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "jobs",
        _list,
        help="list, show and cancel the jobs that were handed in by lean_magic.submit",
        description="List, show and cancel the jobs that were handed in by lean_magic.submit. Nothing is run by this: "
        "that is for the process that handed them in, or the next one that uses jobs.",
        epilog=_EPILOG,
    )
    parser.set_defaults(status=None, limit=50)
    _add_json(parser)
    actions = parser.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="list them, the newest first")
    listing.add_argument("status", nargs="?", choices=_STATUSES, help="only those")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="how many at most (default: 50)")
    _add_json(listing)
    listing.set_defaults(run=_list)
    showing = actions.add_parser("show", help="show one, with its code and result")
    showing.add_argument("id", metavar="ID")
    _add_json(showing)
    showing.set_defaults(run=_show)
    cancelling = actions.add_parser("cancel", help="cancel one")
    cancelling.add_argument("id", metavar="ID")
    cancelling.set_defaults(run=_cancel)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,  # so that it can stand before the action, or behind it
        help="print a JSON object for each job, on a line; times in Unix seconds",
    )


def _list(options: argparse.Namespace) -> int:
    table = _table()
    table.free_gone()
    rows = table.listed(options.status, options.limit)
    if _is_json(options):
        for row in rows:
            _print_json(_data(row))
    else:
        print(_shown(rows))
    return 0


def _is_json(options: argparse.Namespace) -> bool:
    return getattr(options, "json", False)


def _data(row: JobRow) -> dict[str, Any]:
    """Return what is known of a job; in lists, long code is cut off."""
    return {
        "id": row.id,
        "status": row.status,
        "verdict": row.verdict or None,
        "detail": row.detail,
        "code": row.code,
        "timeout": row.timeout if math.isfinite(row.timeout) else None,
        "lean": row.lean,
        "submitted": row.submitted,
        "started": row.started,
        "finished": row.finished,
    }


def _print_json(data: dict[str, Any]) -> None:
    print(plain(json.dumps(data, ensure_ascii=False)))


def _show(options: argparse.Namespace) -> int:
    from lean_magic.job import check_id, result_of_job

    table = _table()
    table.free_gone()
    row, reply = table.whole(check_id(options.id))
    if _is_json(options):
        result = result_of_job(row, reply, table, None) if row.ended else None
        _print_json(_data(row) | {"result": None if result is None else result.to_dict()})
        return 0
    print(_shown([row]))
    print(f"\n{row.code.rstrip()}")
    if row.ended:
        print(f"\n{result_of_job(row, reply, table, None)}")
    return 0


def _cancel(options: argparse.Namespace) -> int:
    from lean_magic.job import check_id

    table = _table()
    job = check_id(options.id)
    number = table.cancel([job])
    status = table.whole(job)[0].status
    if status == "running":
        print("It runs, and the process that runs it was asked to stop it.")
    else:
        print("It is cancelled." if number or status == "cancelled" else "It has ended already.")
    return 0


def _table() -> JobTable:
    from lean_magic.job import JobTable
    from lean_magic.store import default_store

    return JobTable(default_store().database)


def _shown(rows: Sequence[JobRow]) -> str:
    from lean_magic.job import view_of

    return str(view_of(rows))
