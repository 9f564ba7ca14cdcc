"""The methods of a pool for jobs: code that is handed in now, and asked about later, also by others."""

# ruff: noqa: ASYNC109 (waiting for a job ends, the job goes on)
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from lean_magic.errors import PoolClosedError
from lean_magic.pool._inputs import check_flags

if TYPE_CHECKING:
    import weakref
    from collections.abc import Callable, Mapping

    from lean_magic.job import Job, JobList, JobService, JobStatus
    from lean_magic.pool import LeanPool
    from lean_magic.pool._inputs import InfoTree, OptionValue
    from lean_magic.pool._queue import Request
    from lean_magic.pool._requests import Requests
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult

__all__ = ["SubmittingPool"]

_making = threading.Lock()


class SubmittingPool:
    """What a `LeanPool` can do for jobs."""

    _requests: Requests
    _max_workers: int
    _at_end: list[Callable[[], None]]
    _finalizer: weakref.finalize[..., LeanPool]
    _jobs: JobService | None = None

    async def submit(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        timeout: float | None = None,
        cache: bool = True,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
    ) -> Job:
        """Hand in code to be run in the background; returns at once.

        The job is in the store then, and what comes of it will be: whatever happens to this process, the result can be
        had from any other that uses the same store, by the job's id. While this pool is there, it runs the job, when no
        interactive request needs its workers. Otherwise, it is run, or run again, by the next pool of the same
        toolchain that anything about jobs is asked of; unless five processes were killed while they ran it.

        Parameters
        ----------
        code, env, timeout, all_tactics, root_goals, infotree, axioms, options
            As in `run`.
        cache : bool
            Whether the result may be one that the store has already, as in `check`: of code that depends on more than
            its text (the time, a file, chance), it has what was true then.

        Returns
        -------
        Job
            To wait for, to cancel, and to ask for its result.

        Raises
        ------
        InputError
            What was passed in cannot be given to Lean.
        StoreError
            The store can't be used, so the job was not taken.
        PoolClosedError
            The pool was shut down.
        """
        request = self._request(code, env, timeout, all_tactics, root_goals, infotree, axioms, options)
        check_flags(cache=cache)
        return await self._job_service().submit(request, cache=cache)

    def submit_sync(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        timeout: float | None = None,
        cache: bool = True,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
    ) -> Job:
        """Hand in code to be run in the background, from synchronous code: see `submit`."""
        request = self._request(code, env, timeout, all_tactics, root_goals, infotree, axioms, options)
        check_flags(cache=cache)
        return self._job_service().submit_sync(request, cache=cache)

    async def get_result(self, job: Job | str, *, wait: bool = True, timeout: float | None = None) -> LeanResult:
        """Return the result of a job, whoever handed it in.

        Parameters
        ----------
        job : Job or str
            The job, or its id.
        wait : bool
            Whether to wait until it has ended.
        timeout : float, optional
            Seconds to wait at most. By default as long as it takes.

        Returns
        -------
        LeanResult
            As `run` returns it, with an environment and proof states that can be gone on from; also after a timeout or
            a crash. Of a job that was cancelled, one with the verdict ``"cancelled"``.

        Raises
        ------
        UnfinishedJobError
            The job goes on, and nobody wants to wait longer.
        UnknownJobError
            There is no such job, or it was forgotten.
        JobError
            It waits for another toolchain than this pool's.
        InputError
            This is no id of a job.
        StoreError
            The store can't be used.
        ToolchainError, StartError, PoolClosedError
            There is no Lean to run it. The job is kept, and tried again at the next use of jobs.
        """
        from lean_magic.job import check_job

        return await self._job_service().result(check_job(job), wait=wait, timeout=timeout)

    def get_result_sync(self, job: Job | str, *, wait: bool = True, timeout: float | None = None) -> LeanResult:
        """Return the result of a job, blocking: see `get_result`."""
        from lean_magic.job import check_job

        return self._job_service().result_sync(check_job(job), wait=wait, timeout=timeout)

    def jobs(self, status: JobStatus | None = None, *, limit: int | None = None) -> JobList:
        """Return the jobs in the store, the newest first; shows as a table.

        Jobs that nobody runs any more, since their process has ended, are taken over by this pool.

        A job that has ended is kept for 30 days, then it is forgotten. ``jobs(...).forget()`` forgets those that have
        ended at once; ``jobs(...).cancel()`` cancels those that have not.

        Parameters
        ----------
        status : {"pending", "running", "finished", "cancelled"}, optional
            Only those.
        limit : int, optional
            How many at most. By default all.

        Raises
        ------
        InputError
            There is no such status.
        StoreError
            The store can't be used.
        PoolClosedError
            The pool was shut down.
        """
        from lean_magic.job import check_limit, check_status

        return self._job_service().jobs(check_status(status), check_limit(limit))

    def _request(
        self,
        code: str,
        env: EnvRef | None,
        timeout: float | None,
        all_tactics: bool,
        root_goals: bool,
        infotree: InfoTree | None,
        axioms: bool,
        options: Mapping[str, OptionValue] | None,
    ) -> Request:
        return self._requests.elaboration(
            code, env, timeout, all_tactics, root_goals, infotree, axioms, options, "batch", None, None, None
        )

    def _job_service(self) -> JobService:
        from lean_magic.job import JobService

        with _making:
            if self._jobs is None:
                if not self._finalizer.alive:
                    raise PoolClosedError("The pool was shut down: use lean_magic.submit, or another LeanPool.")
                self._jobs = JobService(cast("LeanPool", self), self._max_workers)
                self._at_end.append(self._jobs.close)
            return self._jobs
