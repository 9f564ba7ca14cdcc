"""``lean-magic jobs``: the jobs in the store, for those who look at them from outside."""

# ruff: noqa: T201 (printing is its purpose)
from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.cli._commands import add_command

if TYPE_CHECKING:
    import argparse
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
    actions = parser.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="list them, the newest first")
    listing.add_argument("status", nargs="?", choices=_STATUSES, help="only those")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="how many at most (default: 50)")
    listing.set_defaults(run=_list)
    showing = actions.add_parser("show", help="show one, with its code and result")
    showing.add_argument("id", metavar="ID")
    showing.set_defaults(run=_show)
    cancelling = actions.add_parser("cancel", help="cancel one")
    cancelling.add_argument("id", metavar="ID")
    cancelling.set_defaults(run=_cancel)


def _list(options: argparse.Namespace) -> int:
    table = _table()
    table.free_gone()
    print(_shown(table.listed(options.status, options.limit)))
    return 0


def _show(options: argparse.Namespace) -> int:
    from lean_magic.job import check_id, result_of_job

    table = _table()
    table.free_gone()
    row, reply = table.whole(check_id(options.id))
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
