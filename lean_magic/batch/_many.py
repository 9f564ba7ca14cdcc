"""Many codes, or many proofs, by way of the cache and the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, get_args

from lean_magic.batch._bar import Bar
from lean_magic.batch._engine import Engine
from lean_magic.batch._inputs import iterator_of, proofs_in, total_of
from lean_magic.batch._kinds import Outcome, of_codes, of_proofs
from lean_magic.batch._stream import AsyncResults, OnError, Results
from lean_magic.batch._window import Window
from lean_magic.errors import InputError
from lean_magic.pool._inputs import check_count, check_flags, check_text

if TYPE_CHECKING:
    from typing import Unpack

    from lean_magic.batch._check import Check
    from lean_magic.batch._inputs import AsyncCodes, AsyncProofs, Codes, Proofs
    from lean_magic.batch._kinds import Kind
    from lean_magic.batch._proof_check import ProofCheck
    from lean_magic.pool._checks import Checker
    from lean_magic.pool._verifier import Verifier
    from lean_magic.store import Store

__all__ = ["Manner", "check_many", "check_many_sync", "verify_many", "verify_many_sync"]

_Outcome = TypeVar("_Outcome", bound=Outcome)


class Manner(TypedDict):
    """How many codes are to be checked, or proofs verified: see `LeanPool.check_many`."""

    ordered: bool
    on_error: OnError
    progress: bool
    batch: str | None
    cache: bool
    window: int
    total: int | None


def check_many(
    checker: Checker, store: Store | None, workers: int, codes: AsyncCodes, **manner: Unpack[Manner]
) -> AsyncResults[Check]:
    """Check many codes: see `LeanPool.check_many`."""
    source = iterator_of(codes, may_be_async=True)
    return AsyncResults(source, *_prepared(of_codes(checker), store, workers, codes, manner))


def check_many_sync(
    checker: Checker, store: Store | None, workers: int, codes: Codes, **manner: Unpack[Manner]
) -> Results[Check]:
    """Check many codes, blocking: see `LeanPool.check_many`."""
    source = iterator_of(codes, may_be_async=False)
    assert isinstance(source, Iterator)
    return Results(source, *_prepared(of_codes(checker), store, workers, codes, manner))


def verify_many(
    verifier: Verifier, store: Store | None, workers: int, proofs: AsyncProofs, **manner: Unpack[Manner]
) -> AsyncResults[ProofCheck]:
    """Verify many proofs: see `LeanPool.verify_many`."""
    source = proofs_in(proofs, may_be_async=True)
    return AsyncResults(source, *_prepared(of_proofs(verifier), store, workers, proofs, manner))


def verify_many_sync(
    verifier: Verifier, store: Store | None, workers: int, proofs: Proofs, **manner: Unpack[Manner]
) -> Results[ProofCheck]:
    """Verify many proofs, blocking: see `LeanPool.verify_many`."""
    source = proofs_in(proofs, may_be_async=False)
    assert isinstance(source, Iterator)
    return Results(source, *_prepared(of_proofs(verifier), store, workers, proofs, manner))


def _prepared(
    kind: Kind[Any, Any, Any, _Outcome], store: Store | None, workers: int, given: object, manner: Manner
) -> tuple[Engine[Any, Any, Any, _Outcome], int, OnError, Bar | None]:
    window, batch = manner["window"], manner["batch"]
    check_flags(ordered=manner["ordered"], progress=manner["progress"], cache=manner["cache"])
    check_count(window, "window")
    if manner["on_error"] not in get_args(OnError):
        raise InputError(f"on_error must be one of {', '.join(get_args(OnError))}, not {manner['on_error']!r}.")
    if batch is not None:
        batch = check_text(batch, "name of the batch")
        if not batch:
            raise InputError("The name of the batch is empty: leave it out, or give it one.")
        if store is None:
            raise InputError("A batch with a name needs a store to remember what is done: this pool has store=False.")
    turns: Window[Any, _Outcome] = Window(ordered=manner["ordered"], lanes=workers, joins_twins=manner["cache"])
    engine = Engine(kind, store, turns, workers, batch=batch, cache=manner["cache"])
    total = total_of(given, manner["total"], f"{kind.unit}s")
    bar = Bar(total, engine.counts, kind.unit) if manner["progress"] else None
    return engine, window, manner["on_error"], bar
