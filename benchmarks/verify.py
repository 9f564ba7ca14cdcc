"""Proofs verified: cheats accepted, honest proofs refused, and the time beyond running them (benchmarks/corpus)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import corpus, effort
from benchmarks.corpus.cheats import Cheat, cheats
from benchmarks.table import Row, percentile
from lean_magic import STANDARD_AXIOMS, LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.corpus import Theorem
    from lean_magic import EnvRef, Verification

__all__ = ["Environments", "measure", "verified"]


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


def measure() -> Iterator[Row]:
    """Verify all cheats and all honest proofs; name those that were judged wrong."""
    step = effort.either(1, 10)
    tricks = cheats()[::step]
    honest = [theorem for theorem in corpus.theorems() if theorem.verdict == "valid"][::step]
    wrong, beyond = [], []
    with LeanPool(workers=1) as pool:
        environments = Environments(pool)
        for theorem in honest:
            verification = verified(pool, theorem, environments)
            if not verification.ok:
                wrong.append(f"refused: {theorem.name} ({verification.kind})")
            elif verification.result is not None:
                beyond.append(1000 * (verification.elapsed - verification.result.elapsed))
        yield Row(f"honest proofs refused, of {len(honest)}", 100 * len(wrong) / len(honest), "%", 0)
        accepted = [cheat for cheat in tricks if verified(pool, cheat, environments).ok]
        yield Row(f"cheats accepted, of {len(tricks)}", 100 * len(accepted) / len(tricks), "%", 0)
    wrong += [f"accepted: {cheat.name}" for cheat in accepted]
    fooling = sum(cheat.fools_run for cheat in tricks)
    yield Row("cheats that come out as valid when they are only run", 100 * fooling / len(tricks), "%")
    yield Row("what verifying takes beyond running, p50", percentile(beyond, 50), "ms")
    for case in wrong:
        yield Row(case, 0, "")
