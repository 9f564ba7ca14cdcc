"""The jobs of one owner: handed in, begun, and written down; taken over, and given back."""

# ruff: noqa: S608 (what is put into questions are constants)
from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from lean_magic.job._table import CANCEL, CANCELLED, COLUMNS, OPEN, JobRow, JobTable, free
from lean_magic.store import pack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from lean_magic.job._process import Process
    from lean_magic.job._table import Outcome, Submission
    from lean_magic.store import Database

__all__ = ["OwnJobs"]

_ADD = f"INSERT INTO jobs ({COLUMNS}) VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, NULL, NULL, '', '')"
_FINISH = (
    "UPDATE jobs SET status = 'finished', owner = NULL, finished = ?, verdict = ?, detail = ?, packing = ?, reply = ? "
    "WHERE id = ? AND owner = ? AND status = 'running'"
)
_STOP = f"{CANCEL} WHERE id = ? AND owner = ? AND status = 'running'"
_FREE = "owner IS NULL AND status = 'pending' AND toolchain = ?"
_GIVE_BACK = "UPDATE jobs SET status = 'pending', started = NULL WHERE id = ? AND owner = ? AND status = 'running'"
_BEGIN = (
    "UPDATE jobs SET status = 'running', started = ? WHERE id IN "
    "(SELECT id FROM jobs WHERE owner = ? AND status = 'pending' ORDER BY id LIMIT ?) "
    f"RETURNING {COLUMNS}"
)


class OwnJobs(JobTable):
    """The jobs in a store, and what their owner may do with them.

    Every method raises `StoreError` where the file cannot be read or written.

    Parameters
    ----------
    database : Database
        The file that has them.
    owner : str
        The name of this owner.
    process : Process
        Where it lives.
    toolchain, lean : str
        Identity of the toolchain that it can run jobs of, and its version of Lean.
    """

    def __init__(self, database: Database, owner: str, process: Process, toolchain: str, lean: str) -> None:
        super().__init__(database)
        self._process = process
        self.owner = owner
        self.toolchain = toolchain
        self.lean = lean

    def add(self, submissions: Sequence[Submission]) -> None:
        """Take jobs in, which belong to this owner."""
        now = time.time()
        recipes = {one.env[0]: one.env for one in submissions if one.env is not None}.values()
        rows = [
            (
                one.id,
                one.code,
                self.toolchain,
                self.lean,
                one.env and one.env[0],
                one.timeout,
                msgspec.json.encode(one.asked),
                self.owner,
                now,
            )
            for one in submissions
        ]

        def work(connection: sqlite3.Connection) -> None:
            self._sign_in(connection)
            connection.executemany("INSERT OR IGNORE INTO job_environments (id, recipe) VALUES (?, ?)", recipes)
            connection.executemany(_ADD, rows)

        self.database.run(work, needed=True)

    def turn(
        self, outcomes: Sequence[Outcome], given_back: Sequence[str], stopped: Sequence[str], room: int
    ) -> list[JobRow]:
        """Write down how some jobs ended, and begin with others, all at once.

        Parameters
        ----------
        outcomes : sequence of Outcome
            Those that are finished; nothing happens to those that somebody has taken over.
        given_back : sequence of str
            Those that are to wait again.
        stopped : sequence of str
            Those that were stopped since somebody asked for it.
        room : int
            How many more can run.

        Returns
        -------
        list of JobRow
            Those to run now, the oldest first.
        """
        now = time.time()
        finished = [(now, *_written(one), one.id, self.owner) for one in outcomes]

        def work(connection: sqlite3.Connection) -> list[JobRow]:
            connection.executemany(_FINISH, finished)
            connection.executemany(_GIVE_BACK, [(job, self.owner) for job in given_back])
            connection.executemany(_STOP, [(now, CANCELLED, job, self.owner) for job in stopped])
            begun = connection.execute(_BEGIN, (now, self.owner, room)).fetchall() if room else []
            return sorted((JobRow(*row) for row in begun), key=lambda row: row.id)

        return self.database.run(work)

    def to_stop(self) -> list[str]:
        """Return which of this owner's jobs somebody asked to stop."""
        found = self.read(f"SELECT id FROM jobs WHERE owner = ? AND {OPEN} AND cancelling", (self.owner,))
        return [job for (job,) in found]

    def take_over(self) -> int:
        """Take over the jobs of this toolchain that are nobody's, or whose owner is gone; return how many."""
        self.free_gone()
        if not self.read(f"SELECT 1 FROM jobs WHERE {_FREE} LIMIT 1", (self.toolchain,)):
            return 0

        def work(connection: sqlite3.Connection) -> int:
            self._sign_in(connection)
            return connection.execute(f"UPDATE jobs SET owner = ? WHERE {_FREE}", (self.owner, self.toolchain)).rowcount

        return self.database.run(work)

    def give_all_back(self) -> None:
        """Make the jobs of this owner nobody's, and forget it."""
        self.database.run(lambda connection: free(connection, self.owner))

    def show_life(self) -> None:
        """Note that this owner lives."""
        question = "UPDATE job_owners SET seen = ? WHERE name = ?"
        self.database.run(lambda connection: connection.execute(question, (time.time(), self.owner)))

    def _sign_in(self, connection: sqlite3.Connection) -> None:
        process = self._process
        connection.execute(
            "INSERT OR IGNORE INTO job_owners (name, host, pid, process_started, seen) VALUES (?, ?, ?, ?, ?)",
            (self.owner, process.host, process.pid, process.started, time.time()),
        )


def _written(outcome: Outcome) -> tuple[str, str, int, bytes | None]:
    reply, packing = (None, 0) if outcome.reply is None else pack(outcome.reply)
    return outcome.verdict, outcome.detail, packing, reply
