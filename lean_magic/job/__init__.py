"""Code that is handed in now and asked about later: kept on disk, run in the background, whatever process is there."""

from __future__ import annotations

from lean_magic.job._job import Job, JobList
from lean_magic.job._service import JobService, check_job, check_limit, check_status
from lean_magic.job._table import JobStatus

__all__ = ["Job", "JobList", "JobService", "JobStatus", "check_job", "check_limit", "check_status"]
