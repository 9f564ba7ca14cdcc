"""One code, or one proof, by way of the cache."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from lean_magic.batch._check import Check
from lean_magic.batch._kinds import Kept, Runner
from lean_magic.batch._records import record_of
from lean_magic.errors import CrashedError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.pool._checks import Checker
    from lean_magic.pool._settled import Settled
    from lean_magic.pool._verifier import Verifier
    from lean_magic.store import Store
    from lean_magic.verification import Verification

__all__ = ["check", "check_sync", "verify", "verify_sync"]

_Work = TypeVar("_Work")
_Kept = TypeVar("_Kept", bound=Kept)


async def check(
    checker: Checker, store: Store | None, code: str, id: Hashable = None, *, cache: bool = True, source: str = "check"
) -> Check:
    """Run a code unless the cache has what Lean says of it; record it: see `LeanPool.check`."""
    work = checker.work(code)
    said, is_cached, at = await _through(checker, store, work, id, source, cache=cache)
    return Check(id, work.ref.code, said.result, cached=is_cached, at=at)


def check_sync(
    checker: Checker, store: Store | None, code: str, id: Hashable = None, *, cache: bool = True, source: str = "check"
) -> Check:
    """Run a code unless the cache has what Lean says of it, blocking: see `LeanPool.check`."""
    work = checker.work(code)
    said, is_cached, at = _through_sync(checker, store, work, id, source, cache=cache)
    return Check(id, work.ref.code, said.result, cached=is_cached, at=at)


async def verify(
    verifier: Verifier, store: Store | None, statement: str, proof: str, id: Hashable = None, *, cache: bool = True
) -> Verification:
    """Verify a proof unless the cache has what came of it; record it: see `LeanPool.verify`."""
    case = verifier.work((statement, proof))
    settled, is_cached, _ = await _through(verifier, store, case, id, "verify", cache=cache)
    return _verification(settled, cached=is_cached)


def verify_sync(
    verifier: Verifier, store: Store | None, statement: str, proof: str, id: Hashable = None, *, cache: bool = True
) -> Verification:
    """Verify a proof unless the cache has what came of it, blocking: see `LeanPool.verify`."""
    case = verifier.work((statement, proof))
    settled, is_cached, _ = _through_sync(verifier, store, case, id, "verify", cache=cache)
    return _verification(settled, cached=is_cached)


def _verification(settled: Settled, *, cached: bool) -> Verification:
    if settled.error is not None:
        raise settled.error
    verification = settled.known(cached=cached)
    assert verification is not None
    return verification


async def _through(
    runner: Runner[_Work, Any, _Kept], store: Store | None, work: _Work, id: Hashable, source: str, *, cache: bool
) -> tuple[_Kept, bool, float | None]:
    """Return what came of it, whether that was cached, and when it was recorded, as Unix time in seconds."""
    known = await asyncio.to_thread(_find, runner, store, work) if cache and store is not None else None
    kept = known if known is not None else await runner.run(work)
    is_cached = known is not None
    if store is None:
        return kept, is_cached, None
    return kept, is_cached, await asyncio.to_thread(_note, runner, store, work, kept, id, source, cached=is_cached)


def _through_sync(
    runner: Runner[_Work, Any, _Kept], store: Store | None, work: _Work, id: Hashable, source: str, *, cache: bool
) -> tuple[_Kept, bool, float | None]:
    """Return the same, blocking."""
    known = _find(runner, store, work) if cache and store is not None else None
    kept = known if known is not None else runner.run_sync(work)
    is_cached = known is not None
    if store is None:
        return kept, is_cached, None
    return kept, is_cached, _note(runner, store, work, kept, id, source, cached=is_cached)


def _find(runner: Runner[_Work, Any, _Kept], store: Store, work: _Work) -> _Kept | None:
    """Return what the cache has; None if it has nothing, or nothing that can be read."""
    for reply in store.find([runner.key(work)]).values():
        with contextlib.suppress(CrashedError):
            return runner.said(work, reply)
    return None


def _note(
    runner: Runner[_Work, Any, _Kept],
    store: Store,
    work: _Work,
    kept: _Kept,
    id: Hashable,
    source: str,
    *,
    cached: bool,
) -> float:
    """Record what came of it; return when that was."""
    record = record_of(id, runner.key(work), runner.code(work), kept, batch=None, source=source, cached=cached)
    store.record([record])
    return record.at
