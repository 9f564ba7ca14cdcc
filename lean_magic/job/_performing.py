"""A job as work of its pool: run by way of the cache and the log; and its result, from what was kept."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

import msgspec

from lean_magic.batch._records import record_of
from lean_magic.errors import CrashedError
from lean_magic.exports import read_export
from lean_magic.job._table import Asked, Outcome
from lean_magic.pool._checks import result_from_reply
from lean_magic.results import LeanResult

if TYPE_CHECKING:
    from lean_magic.job._table import JobRow, JobTable
    from lean_magic.pool import LeanPool
    from lean_magic.pool._checks import Checker
    from lean_magic.pool._inputs import InfoTree
    from lean_magic.references import EnvRef

__all__ = ["perform", "result_of_job"]


async def perform(pool: LeanPool, row: JobRow, env: EnvRef | None) -> Outcome | None:
    """Run a job.

    Returns
    -------
    Outcome or None
        What came of it; None if it was stopped with all else, and has to be run again.

    Raises
    ------
    ToolchainError, StartError, PoolBusyError, PoolClosedError
        As `LeanPool.run`: there is no Lean to run it.
    """
    checker = _checker(pool, row, env)
    work = checker.work(row.code)
    key = checker.key(work)
    said = None
    store = pool.store
    asks_cache = msgspec.json.decode(row.asked, type=Asked).cache
    if store is not None and asks_cache and (reply := store.find([key]).get(key)) is not None:
        with contextlib.suppress(CrashedError):  # nobody can read it
            said = checker.said(work, reply)
    is_cached = said is not None
    if said is None:
        said = await checker.run(work)
    result = said.result
    if result.verdict == "cancelled":
        return None
    if store is not None:
        store.record([record_of(row.id, key, row.code, said, batch=None, source="job", cached=is_cached)])
    return Outcome(row.id, result.verdict, result.detail, said.reply)


def result_of_job(row: JobRow, reply: bytes | None, table: JobTable, pool: LeanPool | None) -> LeanResult:
    """Return the result of a job that has ended.

    Parameters
    ----------
    row : JobRow
        The job.
    reply : bytes or None
        What Lean said.
    table : JobTable
        Where it is kept.
    pool : LeanPool or None
        What goes on from its proof states; None for nobody.

    Raises
    ------
    CrashedError
        Nobody can read what Lean said.
    """
    if row.status == "cancelled" or reply is None:
        return LeanResult(row.code, "cancelled" if row.status == "cancelled" else "crashed", (), detail=row.detail)
    if pool is None or row.toolchain != pool.toolchain.identity:
        return result_from_reply(row.code, reply)
    env = None if row.env is None else read_export(table.recipe(row.env)).env()
    checker = _checker(pool, row, env)
    return checker.said(checker.work(row.code), reply).result


def _checker(pool: LeanPool, row: JobRow, env: EnvRef | None) -> Checker:
    asked = msgspec.json.decode(row.asked, type=Asked)
    return pool._checker(  # noqa: SLF001 - a part of it
        env=env,
        timeout=row.timeout,
        all_tactics=asked.all_tactics,
        root_goals=asked.root_goals,
        infotree=cast("InfoTree | None", asked.infotree),
        axioms=asked.axioms,
        options=dict(asked.options),
        priority="batch",
        caller="jobs",
    )
