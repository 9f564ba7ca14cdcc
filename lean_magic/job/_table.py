"""The jobs of all processes: rows of the store's file.

A job belongs to an owner, which is what runs the jobs of one pool in one process, from the moment it is handed in.
Only its owner runs it. Whoever finds that an owner's process has ended takes its jobs over, in one transaction with
finding out that they are still that one's; so no two ever run the same. A pool that is shut down gives its jobs back,
and then they are nobody's until somebody takes them.
"""

# ruff: noqa: S608 (what is put into questions are constants)
from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from lean_magic.errors import UnknownJobError
from lean_magic.job._process import Process, owner_is_gone
from lean_magic.store import unpack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from lean_magic.store import Database

__all__ = [
    "CANCEL",
    "CANCELLED",
    "COLUMNS",
    "OPEN",
    "Asked",
    "JobRow",
    "JobStatus",
    "JobTable",
    "Outcome",
    "Submission",
    "free",
    "unknown",
]

JobStatus: TypeAlias = Literal["pending", "running", "finished", "cancelled"]

_TITLE = 200
"""Code points of a code that a list has."""


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job asks about its code."""

    all_tactics: bool = False
    root_goals: bool = False
    axioms: bool = False
    infotree: str | None = None
    options: tuple[tuple[str, bool | int | str], ...] = ()
    cache: bool = True


@dataclass(frozen=True, slots=True)
class Submission:
    """A job as it is handed in.

    Parameters
    ----------
    id : str
        Its id.
    code : str
        Its code.
    timeout : float
        Seconds it may take.
    asked : Asked
        What else it asks.
    env : tuple of (str, str), optional
        The environment to run it in: its identity, and its recipe.
    """

    id: str
    code: str
    timeout: float
    asked: Asked
    env: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """What is known of a job.

    Parameters
    ----------
    id, code, timeout, asked
        As in `Submission`; in lists, the code may be cut off.
    status : {"pending", "running", "finished", "cancelled"}
        How far it is.
    toolchain, lean : str
        Identity of the toolchain it was handed in for, and the version of Lean.
    env : str or None
        Identity of the environment.
    owner : str or None
        Whose it is; None once it has ended, and where it is nobody's.
    submitted, started, finished : float or None
        When it was handed in, began and ended, in Unix time.
    verdict, detail : str
        What came of it; empty until then.
    """

    id: str
    code: str
    status: JobStatus
    toolchain: str
    lean: str
    env: str | None
    timeout: float
    asked: bytes
    owner: str | None
    submitted: float
    started: float | None
    finished: float | None
    verdict: str
    detail: str

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in {"finished", "cancelled"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended.

    Parameters
    ----------
    id : str
        The job.
    verdict : str
        What came of it.
    detail : str
        Why, where Lean gave no opinion.
    reply : bytes or None
        What Lean said.
    """

    id: str
    verdict: str
    detail: str
    reply: bytes | None


COLUMNS = "id, code, status, toolchain, lean, env, timeout, asked, owner, submitted, started, finished, verdict, detail"
_LISTED = COLUMNS.replace("code", f"substr(code, 1, {_TITLE})", 1)
OPEN = "status IN ('pending', 'running')"
_AT_ONCE = 500  # values in a question
CANCEL = "UPDATE jobs SET status = 'cancelled', owner = NULL, finished = ?, verdict = 'cancelled', detail = ?"
_TRIES = 5
"""How many processes may end while they run a job."""
_CRASH = (
    "UPDATE jobs SET status = 'finished', owner = NULL, finished = ?, verdict = 'crashed', detail = ? "
    "WHERE owner = ? AND status = 'running' AND lost >= ?"
)
_LOST = f"{_TRIES} processes were killed or crashed while they ran this job, so it is not run again: submit it anew."
CANCELLED = "The job was cancelled."


def unknown(job: str) -> UnknownJobError:
    """Return what to raise where nobody knows a job."""
    return UnknownJobError(
        f"There is no job {job} in this store: it was forgotten, or belongs to another (see LEAN_MAGIC_STORE); "
        "lean_magic.jobs() lists those there are."
    )


class JobTable:
    """The jobs in a store, and what anybody may do with them.

    Every method raises `StoreError` where the file cannot be read or written.

    Parameters
    ----------
    database : Database
        The file that has them.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def find(self, jobs: Sequence[str]) -> dict[str, JobRow]:
        """Return what is known of some jobs; of their codes, the beginning."""
        found = {}
        for start in range(0, len(jobs), _AT_ONCE):
            some = jobs[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            for row in self.read(f"SELECT {_LISTED} FROM jobs WHERE id IN ({marks})", some):
                found[row[0]] = JobRow(*row)
        return found

    def whole(self, job: str) -> tuple[JobRow, bytes | None]:
        """Return all that is known of a job, and what Lean said.

        Raises
        ------
        UnknownJobError
            Nothing is known of it.
        """
        rows = self.read(f"SELECT {COLUMNS}, packing, reply FROM jobs WHERE id = ?", (job,))
        if not rows:
            raise unknown(job)
        *known, packing, reply = rows[0]
        return JobRow(*known), None if reply is None else unpack(reply, packing)

    def listed(self, status: JobStatus | None, limit: int | None) -> list[JobRow]:
        """Return jobs, the newest first; of their codes, the beginning."""
        chosen, values = ("WHERE status = ?", [status]) if status else ("", [])
        question = f"SELECT {_LISTED} FROM jobs {chosen} ORDER BY id DESC LIMIT ?"
        return [JobRow(*row) for row in self.read(question, [*values, -1 if limit is None else limit])]

    def recipe(self, env: str) -> str:
        """Return how to build an environment."""
        ((recipe,),) = self.read("SELECT recipe FROM job_environments WHERE id = ?", (env,))
        return str(recipe)

    def free_gone(self, *, needed: bool = False) -> None:
        """Make the jobs of owners that are gone nobody's; `needed` as in `Database.transaction`."""
        owners = self.read("SELECT name, host, pid, process_started, seen FROM job_owners")
        gone = [name for name, host, pid, began, seen in owners if owner_is_gone(name, Process(host, pid, began), seen)]

        def work(connection: sqlite3.Connection) -> None:
            for name in gone:
                connection.execute("UPDATE jobs SET lost = lost + 1 WHERE owner = ? AND status = 'running'", (name,))
                connection.execute(_CRASH, (time.time(), _LOST, name, _TRIES))
                free(connection, name)

        if gone:
            self.database.run(work, needed=needed)

    def cancel(self, jobs: Sequence[str]) -> int:
        """Cancel jobs that wait, and ask the owners of those that run to stop them; return how many there were."""
        self.free_gone(needed=True)
        now = time.time()

        def work(connection: sqlite3.Connection) -> int:
            waited = connection.executemany(
                f"{CANCEL} WHERE id = ? AND status = 'pending'", [(now, CANCELLED, job) for job in jobs]
            )
            ran = connection.executemany(
                "UPDATE jobs SET cancelling = 1 WHERE id = ? AND status = 'running'", [(job,) for job in jobs]
            )
            return max(waited.rowcount, 0) + max(ran.rowcount, 0)

        return self.database.run(work, needed=True)

    def forget(self, jobs: Sequence[str] | None = None, *, before: float = math.inf) -> int:
        """Forget jobs that have ended: these, or all, if it was before that time; return how many."""
        question = "DELETE FROM jobs WHERE finished < ?"  # those that have not ended have no such time

        def work(connection: sqlite3.Connection) -> int:
            if jobs is None:
                number = connection.execute(question, (before,)).rowcount
            else:
                number = connection.executemany(f"{question} AND id = ?", [(before, job) for job in jobs]).rowcount
            if number > 0:
                connection.execute(
                    "DELETE FROM job_environments WHERE id NOT IN (SELECT env FROM jobs WHERE env IS NOT NULL)"
                )
            return max(number, 0)

        return self.database.run(work, needed=jobs is not None)

    def read(self, question: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what is found."""
        return self.database.run(
            lambda connection: connection.execute(question, values).fetchall(), write=False, needed=True
        )


def free(connection: sqlite3.Connection, owner: str) -> None:
    """Make the jobs of an owner nobody's; those that somebody asked to stop are cancelled."""
    connection.execute(f"{CANCEL} WHERE owner = ? AND {OPEN} AND cancelling", (time.time(), CANCELLED, owner))
    connection.execute(
        f"UPDATE jobs SET owner = NULL, status = 'pending', started = NULL WHERE owner = ? AND {OPEN}", (owner,)
    )
    connection.execute("DELETE FROM job_owners WHERE name = ?", (owner,))
