"""Code that is handed in now and asked about later: kept on disk, run in the background, whatever process is there."""

from __future__ import annotations

from lean_magic.job._identity import check_id
from lean_magic.job._job import Job, JobList, view_of
from lean_magic.job._performing import result_of_job
from lean_magic.job._service import JobService, check_job, check_limit, check_status
from lean_magic.job._table import JobRow, JobStatus, JobTable

__all__ = [
    "Job",
    "JobList",
    "JobRow",
    "JobService",
    "JobStatus",
    "JobTable",
    "check_id",
    "check_job",
    "check_limit",
    "check_status",
    "result_of_job",
    "view_of",
]
