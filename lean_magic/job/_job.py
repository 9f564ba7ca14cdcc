"""A job, and lists of jobs, as users have them."""

# ruff: noqa: ASYNC109 (waiting for a job ends, the job goes on)
from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn, cast, overload

from lean_magic._printed import as_printed
from lean_magic.errors import JobError, StoreError

if TYPE_CHECKING:
    from lean_magic.display import JobsView
    from lean_magic.job._service import JobService
    from lean_magic.job._table import JobRow, JobStatus
    from lean_magic.results import LeanResult, Verdict

__all__ = ["Job", "JobList"]


class Job:
    """Some code that was handed in to be run, by this process or by any other that has the same store.

    `lean_magic.submit` makes them, and `lean_magic.jobs` lists them. Two with the same id are equal.

    Attributes
    ----------
    id : str
        What names it everywhere, also after a restart: a UUID, and later jobs have larger ones.
    """

    __slots__ = ("_row", "_service", "_whole", "id")

    def __init__(self, row: JobRow, service: JobService, code: str | None = None) -> None:
        self.id = row.id
        self._row = row
        self._whole = code
        self._service = service

    _repr_pretty_ = as_printed

    @property
    def code(self) -> str:
        """The code."""
        if self._whole is None:
            self._whole = self._service.whole(self.id)[0].code
        return self._whole

    @property
    def status(self) -> JobStatus:
        """How far it is now: ``"pending"``, ``"running"``, ``"finished"`` or ``"cancelled"``."""
        return self._now().status

    @property
    def verdict(self) -> Verdict | None:
        """That of its result; None until it has ended."""
        verdict = self._now().verdict
        return cast("Verdict", verdict) if verdict else None

    @property
    def submitted(self) -> datetime:
        """When it was handed in, in local time."""
        return _moment(self._row.submitted)

    @property
    def started(self) -> datetime | None:
        """When it was given to a pool, for the last time; None if it waits, or was cancelled before."""
        started = self._now().started
        return None if started is None else _moment(started)

    @property
    def finished(self) -> datetime | None:
        """When it ended, or was cancelled; None until then."""
        finished = self._now().finished
        return None if finished is None else _moment(finished)

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait at most. By default as long as it takes.

        Returns
        -------
        bool
            Whether it has ended: False when the time is up, and the job goes on.

        Raises
        ------
        UnknownJobError
            It was forgotten.
        JobError
            It waits for another toolchain than this pool's.
        ToolchainError, StartError
            There is no Lean to run it; it is tried again at the next use of jobs.
        PoolClosedError
            The pool was shut down meanwhile. The job goes on with another one.
        StoreError
            The store can't be used.
        """
        return await self._service.wait(self.id, timeout)

    def wait_sync(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, blocking: see `wait`."""
        return self._service.wait_sync(self.id, timeout)

    async def result(self, *, wait: bool = True, timeout: float | None = None) -> LeanResult:
        """Return its result: see `LeanPool.get_result`."""
        return await self._service.result(self.id, wait=wait, timeout=timeout)

    def result_sync(self, *, wait: bool = True, timeout: float | None = None) -> LeanResult:
        """Return its result, blocking: see `LeanPool.get_result`."""
        return self._service.result_sync(self.id, wait=wait, timeout=timeout)

    def cancel(self) -> bool:
        """Cancel it, whichever process has it.

        One that waits is cancelled at once; one that runs is stopped within about a second, unless it ends before.

        Returns
        -------
        bool
            Whether there was something to cancel: False if it had ended.

        Raises
        ------
        UnknownJobError
            It was forgotten.
        StoreError
            The store can't be used.
        """
        return self._service.cancel([self.id]) > 0

    def forget(self) -> bool:
        """Remove it and its result from the store, if it has ended.

        Returns
        -------
        bool
            Whether it had ended, and is forgotten now.
        """
        return self._service.forget([self.id]) > 0

    def __reduce__(self) -> NoReturn:
        raise TypeError("A job is known by its id everywhere: send job.id, and use lean_magic.get_result(id) there.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __str__(self) -> str:
        return str(view_of([self._last_known()]))

    def __repr__(self) -> str:
        row = self._last_known()
        what = row.verdict if row.status == "finished" else row.status
        return f"<Job {self.id} {what}>"

    def _repr_html_(self) -> str:
        return view_of([self._last_known()])._repr_html_()

    def _last_known(self) -> JobRow:
        """Return what is known of it now, or else what was known before."""
        with suppress(JobError, StoreError):
            return self._now()
        return self._row

    def _now(self) -> JobRow:
        """Return what is known of it now."""
        if not self._row.ended:
            self._row = self._service.look(self.id)
        return self._row


class JobList(Sequence[Job]):
    """Jobs, the newest first, as they were when they were listed; shows as a table.

    >>> lean_magic.jobs(status="finished").forget()  # doctest: +SKIP
    """

    def __init__(self, rows: Sequence[JobRow], service: JobService) -> None:
        self._rows = rows
        self._service = service

    _repr_pretty_ = as_printed

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Job: ...
    @overload
    def __getitem__(self, index: slice) -> JobList: ...
    def __getitem__(self, index: int | slice) -> Job | JobList:
        if isinstance(index, slice):
            return JobList(self._rows[index], self._service)
        return Job(self._rows[index], self._service)

    def cancel(self) -> int:
        """Cancel all that have not ended: see `Job.cancel`; return how many that were."""
        return self._service.cancel([row.id for row in self._rows if not row.ended])

    def forget(self) -> int:
        """Remove all that have ended, with their results, from the store; return how many that were."""
        return self._service.forget([row.id for row in self._rows])

    def __str__(self) -> str:
        return str(view_of(self._rows))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return view_of(self._rows)._repr_html_()


def view_of(rows: Sequence[JobRow]) -> JobsView:
    """Return what shows jobs as a table."""
    from lean_magic.display import JobsView, JobView

    return JobsView(
        [
            JobView(row.id, row.status, row.verdict, row.code, row.submitted, row.started, row.finished, row.detail)
            for row in rows
        ]
    )


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time).astimezone()
