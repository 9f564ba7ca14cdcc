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
    said = await _found(checker, store, work) if cache else None
    is_cached = said is not None
    if said is None:
        said = await checker.run(work)
    at = await _noted(checker, store, work, said, id, source, is_cached=is_cached)
    return Check(id, work.ref.code, said.result, cached=is_cached, at=at)


def check_sync(
    checker: Checker, store: Store | None, code: str, id: Hashable = None, *, cache: bool = True, source: str = "check"
) -> Check:
    """Run a code unless the cache has what Lean says of it, blocking: see `LeanPool.check`."""
    work = checker.work(code)
    said = _find(checker, store, work) if cache else None
    is_cached = said is not None
    if said is None:
        said = checker.run_sync(work)
    at = _note(checker, store, work, said, id, source, is_cached=is_cached)
    return Check(id, work.ref.code, said.result, cached=is_cached, at=at)


async def verify(
    verifier: Verifier, store: Store | None, statement: str, proof: str, id: Hashable = None, *, cache: bool = True
) -> Verification:
    """Verify a proof unless the cache has what came of it; record it: see `LeanPool.verify`."""
    case = verifier.work((statement, proof))
    settled = await _found(verifier, store, case) if cache else None
    is_cached = settled is not None
    if settled is None:
        settled = await verifier.run(case)
    await _noted(verifier, store, case, settled, id, "verify", is_cached=is_cached)
    return _verification(settled, cached=is_cached)


def verify_sync(
    verifier: Verifier, store: Store | None, statement: str, proof: str, id: Hashable = None, *, cache: bool = True
) -> Verification:
    """Verify a proof unless the cache has what came of it, blocking: see `LeanPool.verify`."""
    case = verifier.work((statement, proof))
    settled = _find(verifier, store, case) if cache else None
    is_cached = settled is not None
    if settled is None:
        settled = verifier.run_sync(case)
    _note(verifier, store, case, settled, id, "verify", is_cached=is_cached)
    return _verification(settled, cached=is_cached)


def _verification(settled: Settled, *, cached: bool) -> Verification:
    if settled.error is not None:
        raise settled.error
    verification = settled.known(cached=cached)
    assert verification is not None
    return verification


async def _found(runner: Runner[_Work, Any, _Kept], store: Store | None, work: _Work) -> _Kept | None:
    return None if store is None else await asyncio.to_thread(_find, runner, store, work)


def _find(runner: Runner[_Work, Any, _Kept], store: Store | None, work: _Work) -> _Kept | None:
    """Return what the cache has; None if it has nothing, or nothing that can be read."""
    found = {} if store is None else store.find([runner.key(work)])
    for reply in found.values():
        with contextlib.suppress(CrashedError):
            return runner.said(work, reply)
    return None


async def _noted(
    runner: Runner[_Work, Any, _Kept],
    store: Store | None,
    work: _Work,
    said: _Kept,
    id: Hashable,
    source: str,
    *,
    is_cached: bool,
) -> float | None:
    if store is None:
        return None
    return await asyncio.to_thread(_note, runner, store, work, said, id, source, is_cached=is_cached)


def _note(
    runner: Runner[_Work, Any, _Kept],
    store: Store | None,
    work: _Work,
    said: _Kept,
    id: Hashable,
    source: str,
    *,
    is_cached: bool,
) -> float | None:
    """Record what came of it; return when that was, as Unix time in seconds."""
    if store is None:
        return None
    record = record_of(id, runner.key(work), runner.code(work), said, batch=None, source=source, cached=is_cached)
    store.record([record])
    return record.at
