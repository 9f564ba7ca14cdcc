"""Proofs verified: cheats accepted, honest proofs refused, and what it costs beyond running (benchmarks/corpus)."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import corpus, effort
from benchmarks.corpus.cheats import Cheat, cheats
from benchmarks.table import Row, percentile
from lean_magic import STANDARD_AXIOMS, LeanPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.corpus import Theorem
    from lean_magic import EnvRef, ProofCheck, Verification

__all__ = ["Environments", "measure", "verified", "verified_together"]

WORKERS = 2


class Environments:
    """The environments that statements are made in, each built once.

    Parameters
    ----------
    pool
        Where they are built.
    """

    def __init__(self, pool: LeanPool) -> None:
        self._pool = pool
        self._built: dict[str, EnvRef | None] = {"": None}

    def __getitem__(self, context: str) -> EnvRef | None:
        """Return the environment after some code; None for no code."""
        if context not in self._built:
            self._built[context] = self._pool.run_sync(context).env
        return self._built[context]


def verified(pool: LeanPool, case: Cheat | Theorem, environments: Environments) -> Verification:
    """Verify a cheat, or a theorem of the corpus."""
    granted = case.axioms if isinstance(case, Cheat) else None
    return pool.verify_sync(
        case.statement,
        case.proof,
        env=environments[case.context],
        axioms=STANDARD_AXIOMS if granted is None else granted,
        timeout=case.timeout if isinstance(case, Cheat) else None,
        cache=False,
    )


def verified_together(
    pool: LeanPool, cases: Iterable[Cheat | Theorem], environments: Environments
) -> dict[str, ProofCheck]:
    """Verify cheats or theorems, together those that are asked the same; return what came of each, by its name."""
    alike: defaultdict[tuple[str, tuple[str, ...], float | None], dict[object, tuple[str, str]]] = defaultdict(dict)
    for case in cases:
        granted, timeout = (case.axioms, case.timeout) if isinstance(case, Cheat) else (None, None)
        asked = case.context, STANDARD_AXIOMS if granted is None else granted, timeout
        alike[asked][case.name] = case.statement, case.proof
    return {
        str(check.id): check
        for (context, axioms, timeout), proofs in alike.items()
        for check in pool.verify_many_sync(
            proofs, env=environments[context], axioms=axioms, timeout=timeout, cache=False, progress=False
        )
    }


def measure() -> Iterator[Row]:
    """Verify all cheats and all honest proofs; name those that were judged wrong."""
    step = effort.either(1, 10)
    tricks = cheats()[::step]
    honest = [theorem for theorem in corpus.theorems() if theorem.verdict == "valid"][::step]
    with tempfile.TemporaryDirectory() as folder, LeanPool(WORKERS, store=Path(folder) / "store.sqlite3") as pool:
        environments = Environments(pool)
        checks = verified_together(pool, honest, environments)
        wrong = [f"refused: {name} ({check.kind}: {check.reason})" for name, check in checks.items() if not check]
        yield Row(f"honest proofs refused, of {len(honest)}", 100 * len(wrong) / len(honest), "%", 0)
        checks = verified_together(pool, tricks, environments)
        accepted = [f"accepted: {cheat.name}" for cheat in tricks if checks[cheat.name]]
        yield Row(f"cheats accepted, of {len(tricks)}", 100 * len(accepted) / len(tricks), "%", 0)
        otherwise = [cheat for cheat in tricks if checks[cheat.name].kind not in cheat.kinds]
        yield Row("cheats that are refused for another reason than they should be", len(otherwise), "", 0)
        fooling = sum(cheat.fools_run for cheat in tricks)
        yield Row("cheats that come out as valid when they are only run", 100 * fooling / len(tricks), "%")
        yield from _throughput(pool, honest)
    wrong += [*accepted, *(f"refused as {checks[cheat.name].kind}: {cheat.name}" for cheat in otherwise)]
    for case in wrong:
        yield Row(case, 0, "")


def _throughput(pool: LeanPool, theorems: list[Theorem]) -> Iterator[Row]:
    """Verify parts of the corpus in each way, in turns, so that what else the machine does strikes all."""
    proofs = [(f"{one.context}\n\n{one.statement}" if one.context else one.statement, one.proof) for one in theorems]
    beyond = []

    def one_by_one(some: list[tuple[str, str]]) -> None:
        for proof in some:
            verification = pool.verify_sync(*proof, cache=False)
            if verification.result is not None:
                beyond.append(1000 * (verification.elapsed - verification.result.elapsed))

    def together(some: list[tuple[str, str]]) -> None:
        list(pool.verify_many_sync(some, cache=False, progress=False))

    def only_run(some: list[tuple[str, str]]) -> None:
        list(
            pool.check_many_sync([f"{statement} :=\n{proof}" for statement, proof in some], cache=False, progress=False)
        )

    def from_cache(some: list[tuple[str, str]]) -> None:
        list(pool.verify_many_sync(some, progress=False))

    ways: dict[str, Callable[[list[tuple[str, str]]], None]] = {
        "verify, one after another": one_by_one,
        f"verify_many, {WORKERS} workers": together,
        f"check_many of the same, {WORKERS} workers": only_run,
        "verify_many, from the cache": from_cache,
    }
    parts = effort.either(6, 1)
    rounds = [proofs[number::parts] for number in range(parts)]
    seconds = dict.fromkeys(ways, 0.0)
    cpu = dict.fromkeys(ways, 0.0)
    together(rounds[0])  # for warming up
    beyond.clear()
    for some in rounds:
        for what, way in ways.items():
            before, began = _cpu(pool), time.perf_counter()
            way(some)
            seconds[what] += time.perf_counter() - began
            cpu[what] += _cpu(pool) - before
    for what in ways:
        is_cached = what.endswith("cache")
        yield Row(what, len(proofs) / seconds[what], "/s", 5000 if is_cached else None, at_least=is_cached)
        if not is_cached:
            yield Row(f"processor time of Lean for each: {what}", 1000 * cpu[what] / len(proofs), "ms")
    yield Row("what verifying takes beyond running, p50", percentile(beyond, 50), "ms")


def _cpu(pool: LeanPool) -> float:
    """Return the seconds of processor time of all of its processes."""
    status = pool.status()
    return sum(worker.cpu for worker in (*status.workers, *status.judges))
