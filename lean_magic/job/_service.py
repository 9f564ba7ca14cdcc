"""What a pool does for jobs: hand them in, wait for them, look at them, in any thread and on any event loop."""

# ruff: noqa: ASYNC109 (waiting for a job ends, the job goes on)
from __future__ import annotations

import asyncio
import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast, get_args

import msgspec

from lean_magic.errors import InputError, PoolClosedError, StoreError, UnfinishedJobError
from lean_magic.job._identity import check_id, new_id
from lean_magic.job._job import Job, JobList
from lean_magic.job._performing import result_of_job
from lean_magic.job._runner import JobRunner
from lean_magic.job._table import Asked, JobRow, JobStatus, JobTable, Submission, unknown
from lean_magic.pool._inputs import check_count
from lean_magic.pool._loop import told_in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.pool import LeanPool
    from lean_magic.pool._loop import Promise
    from lean_magic.pool._queue import Request
    from lean_magic.pool._work import Elaboration
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult

__all__ = ["JobService", "check_job", "check_limit", "check_status"]

_GOES_ON = "interrupted; the job goes on."


class JobService:
    """The jobs of a store, for one pool.

    Parameters
    ----------
    pool : LeanPool
        What runs them.
    workers : int
        How many run at once.

    Raises
    ------
    StoreError
        The pool has no store.
    """

    def __init__(self, pool: LeanPool, workers: int) -> None:
        store = pool.store
        if store is None:
            raise StoreError("Jobs are kept in the store, and this pool has none: use one without store=False.")
        self._pool = pool
        self._table = JobTable(store.database)
        self._runner = JobRunner(pool, store.database, workers)
        self._last_env: tuple[str, str] | None = None
        self.close = self._runner.close

    # Handing in

    async def submit(self, request: Request, *, cache: bool) -> Job:
        """Hand in what is requested; `cache` is whether the result may come from there."""
        submission = self._submission(request, cache)
        promise = self._runner.submit(submission)
        try:
            await promise.wait_async()
        finally:
            promise.withdraw()
        return self._handed_in(submission)

    def submit_sync(self, request: Request, *, cache: bool) -> Job:
        """Hand in what is requested, blocking."""
        submission = self._submission(request, cache)
        promise = self._runner.submit(submission)
        try:
            promise.wait()
        finally:
            promise.withdraw()
        return self._handed_in(submission)

    def _submission(self, request: Request, cache: bool) -> Submission:
        work = cast("Elaboration", request.work)
        ref = work.ref
        parent = ref.parent
        env = None if parent is None else self._recipe(parent)
        asked = Asked(work.all_tactics, work.root_goals, work.axioms, work.infotree, ref.options, cache)
        return Submission(new_id(), ref.code, request.seconds, asked, env)

    def _recipe(self, env: EnvRef) -> tuple[str, str]:
        """Return the identity of an environment and how to build it; often, it is that of the job before."""
        last = self._last_env
        if last is None or last[0] != env.id:
            self._last_env = last = env.id, self._pool.export_state_sync(env)
        return last

    def _handed_in(self, submission: Submission) -> Job:
        toolchain = self._pool.toolchain
        row = JobRow(
            id=submission.id,
            code=submission.code,
            status="pending",
            toolchain=toolchain.identity,
            lean=toolchain.version,
            env=submission.env and submission.env[0],
            timeout=submission.timeout,
            asked=msgspec.json.encode(submission.asked),
            owner=None,
            submitted=time.time(),
            started=None,
            finished=None,
            verdict="",
            detail="",
        )
        return Job(row, self, submission.code)

    # Waiting

    async def wait(self, job: str, timeout: float | None) -> bool:
        """Wait until a job has ended; return whether it has."""
        if (await asyncio.to_thread(self.look, job)).ended:
            return True
        with self._watching(job, timeout) as promise:
            return await promise.wait_async()

    def wait_sync(self, job: str, timeout: float | None) -> bool:
        """Wait until a job has ended, blocking; return whether it has."""
        if self.look(job).ended:
            return True
        with self._watching(job, timeout) as promise:
            return promise.wait()

    @contextmanager
    def _watching(self, job: str, timeout: float | None) -> Iterator[Promise[bool]]:
        seconds = _check_patience(timeout)
        try:
            promise = self._runner.watch(job, seconds)
        except PoolClosedError:
            raise PoolClosedError(
                "The pool of this job was shut down: lean_magic.get_result(job.id) goes on with another one."
            ) from None
        try:
            yield promise
        except (KeyboardInterrupt, asyncio.CancelledError) as error:
            told_in_one_line(error, _GOES_ON)
            raise
        finally:
            if promise.open:
                self._runner.unwatch(job, promise)

    async def result(self, job: str, *, wait: bool, timeout: float | None) -> LeanResult:
        """Return the result of a job."""
        if wait:
            await self.wait(job, timeout)
        return await asyncio.to_thread(self._result, job, timeout if wait else 0)

    def result_sync(self, job: str, *, wait: bool, timeout: float | None) -> LeanResult:
        """Return the result of a job, blocking."""
        if wait:
            self.wait_sync(job, timeout)
        return self._result(job, timeout if wait else 0)

    def _result(self, job: str, timeout: float | None) -> LeanResult:
        row, reply = self.whole(job)
        if not row.ended:
            waited = f" after {timeout:g} s" if timeout else ""
            raise UnfinishedJobError(f"The job {job} is {row.status} still{waited}: ask again later.")
        return result_of_job(row, reply, self._table, self._pool)

    # Looking

    def jobs(self, status: JobStatus | None, limit: int | None) -> JobList:
        """Return jobs, the newest first, once those that nobody runs any more are taken over."""
        self._runner.look_around().wait()
        return JobList(self._table.listed(status, limit), self)

    def look(self, job: str) -> JobRow:
        """Return what is known of a job; of its code, the beginning."""
        rows = self._table.find([job])
        if job not in rows:
            raise unknown(job)
        return rows[job]

    def whole(self, job: str) -> tuple[JobRow, bytes | None]:
        """Return all that is known of a job, and what Lean said."""
        return self._table.whole(job)

    def cancel(self, jobs: Sequence[str]) -> int:
        """Cancel jobs; return how many had not ended."""
        number = self._table.cancel(jobs)
        self._runner.look_now()
        return number

    def forget(self, jobs: Sequence[str]) -> int:
        """Forget jobs that have ended; return how many."""
        return self._table.forget(jobs)


def check_job(job: object) -> str:
    """Return the id of a job."""
    return job.id if isinstance(job, Job) else check_id(job)


def check_status(status: object) -> JobStatus | None:
    """Return the status, if it is one."""
    if status is not None and status not in get_args(JobStatus):
        raise InputError(f"status must be one of {', '.join(get_args(JobStatus))}, not {status!r}.")
    return status  # type: ignore[return-value]


def check_limit(limit: int | None) -> int | None:
    """Return how many there may be, if it is a number."""
    if limit is not None:
        check_count(limit, "limit")
    return limit


def _check_patience(timeout: object) -> float | None:
    if timeout is None or timeout == math.inf:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0:  # so says nan, too
        raise InputError(f"timeout must be a number of seconds from 0, or None for no limit, not {timeout!r}.")
    return float(timeout)
