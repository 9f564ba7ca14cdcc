from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks.corpus import theorems
from lean_magic import LeanPool, LeanResult

VALID = [theorem for theorem in theorems() if theorem.verdict == "valid"]
WRONG = [theorem for theorem in theorems() if theorem.verdict != "valid"]
TACTICS = [
    "ac_rfl", "by_cases", "calc", "case", "cases", "congr", "constructor", "contradiction", "conv", "decide",
    "exact", "exists", "ext", "fun_induction", "funext", "grind", "have", "if", "induction", "injection", "match",
    "next", "obtain", "omega", "rcases", "refine", "rfl", "rintro", "rw", "show", "simp", "simp_all", "split",
    "suffices", "unfold",
]  # fmt: skip


@pytest.fixture(scope="module")
def results(pool: LeanPool) -> dict[str, LeanResult]:
    """What Lean says of every theorem."""

    async def run_all() -> list[LeanResult]:
        return await asyncio.gather(*(pool.run(theorem.code) for theorem in theorems()))

    return {theorem.name: result for theorem, result in zip(theorems(), asyncio.run(run_all()), strict=True)}


def test_lean_gives_each_theorem_its_verdict(results: dict[str, LeanResult]) -> None:
    assert {name: result.verdict for name, result in results.items()} == {
        theorem.name: theorem.verdict for theorem in theorems()
    }


def test_lean_has_nothing_to_say_of_what_is_right(results: dict[str, LeanResult]) -> None:
    assert [results[theorem.name] for theorem in VALID if results[theorem.name].messages] == []


def test_what_is_wrong_is_wrong_in_the_theorem(results: dict[str, LeanResult]) -> None:
    for theorem in WRONG:
        first = len(theorem.code.splitlines()) - len(theorem.theorem.splitlines()) + 1
        assert [message for message in results[theorem.name].messages if message.start.line < first] == []


def test_there_are_enough_and_a_twentieth_is_wrong() -> None:
    assert len(theorems()) >= 300
    assert 1 / 22 <= len(WRONG) / len(theorems()) <= 1 / 18
    assert {theorem.verdict for theorem in WRONG} == {"error", "sorry"}


def test_what_is_wrong_says_why_and_nothing_else_does() -> None:
    assert {theorem.name for theorem in theorems() if theorem.why} == {theorem.name for theorem in WRONG}


def test_names_are_unique_and_those_of_the_statements() -> None:
    assert max(Counter(theorem.name for theorem in theorems()).values()) == 1
    assert [theorem for theorem in theorems() if not theorem.statement.startswith(f"theorem {theorem.name} ")] == []


def test_no_theorem_is_there_twice() -> None:
    bare = Counter(theorem.statement.removeprefix(f"theorem {theorem.name} ") + theorem.proof for theorem in theorems())
    assert max(bare.values()) == 1


def test_topics_and_headers_vary() -> None:
    topics = Counter(theorem.topic for theorem in theorems())
    assert len(topics) >= 18
    assert min(topics.values()) >= 10
    assert {theorem.context.partition("\n")[0] for theorem in theorems()} >= {"", "import Std", "import Lean"}


def test_proofs_are_of_every_length_and_kind() -> None:
    lengths = [len(theorem.proof.splitlines()) for theorem in VALID]
    for least, share in (1, 1.0), (2, 0.4), (5, 0.2), (10, 0.05), (20, 0.01), (35, 0.005):
        assert sum(length >= least for length in lengths) >= share * len(lengths), least
    assert max(lengths) <= 45
    assert sum(not theorem.proof.startswith("by") for theorem in VALID) >= len(VALID) / 4


def test_proofs_use_many_tactics() -> None:
    used = {word for theorem in VALID for word in theorem.proof.replace("(", " ").replace(";", " ").split()}
    assert [tactic for tactic in TACTICS if tactic not in used] == []
