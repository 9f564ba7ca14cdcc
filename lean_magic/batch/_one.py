"""One code, by way of the cache."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from lean_magic.batch._check import Check
from lean_magic.batch._records import record_of
from lean_magic.errors import CrashedError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.pool._checks import Checker, Said
    from lean_magic.pool._work import Elaboration
    from lean_magic.store import Store

__all__ = ["check", "check_sync"]


async def check(
    checker: Checker, store: Store | None, code: str, id: Hashable = None, *, cache: bool = True, source: str = "check"
) -> Check:
    """Run a code unless the cache has what Lean says of it; record it: see `LeanPool.check`."""
    work = checker.work(code)
    key = checker.key(work)
    if store is None:
        return Check(id, work.ref.code, (await checker.run(work)).result)
    said = _kept(checker, work, await asyncio.to_thread(store.find, [key])) if cache else None
    is_cached = said is not None
    if said is None:
        said = await checker.run(work)
    record = record_of(id, key, work.ref.code, said, batch=None, source=source, cached=is_cached)
    await asyncio.to_thread(store.record, [record])
    return Check(id, work.ref.code, said.result, cached=is_cached, at=record.at)


def check_sync(
    checker: Checker, store: Store | None, code: str, id: Hashable = None, *, cache: bool = True, source: str = "check"
) -> Check:
    """Run a code unless the cache has what Lean says of it, blocking: see `LeanPool.check`."""
    work = checker.work(code)
    key = checker.key(work)
    if store is None:
        return Check(id, work.ref.code, checker.run_sync(work).result)
    said = _kept(checker, work, store.find([key])) if cache else None
    is_cached = said is not None
    if said is None:
        said = checker.run_sync(work)
    record = record_of(id, key, work.ref.code, said, batch=None, source=source, cached=is_cached)
    store.record([record])
    return Check(id, work.ref.code, said.result, cached=is_cached, at=record.at)


def _kept(checker: Checker, work: Elaboration, found: dict[str, bytes]) -> Said | None:
    """Return what the cache has; None if it has nothing, or nothing that can be read."""
    for reply in found.values():
        with contextlib.suppress(CrashedError):
            return checker.said(work, reply)
    return None
