from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from benchmarks.corpus import Theorem, theorems
from lean_magic import LeanPool, LeanResult

WRONG = [theorem for theorem in theorems() if theorem.verdict != "valid"]


@pytest.fixture(scope="module")
def checked(pool: LeanPool) -> list[tuple[Theorem, LeanResult]]:
    """Every theorem, with what Lean says of it."""

    async def run_all() -> list[LeanResult]:
        return await asyncio.gather(*(pool.run(theorem.code) for theorem in theorems()))

    return list(zip(theorems(), asyncio.run(run_all()), strict=True))


def test_lean_gives_each_theorem_its_verdict(checked: list[tuple[Theorem, LeanResult]]) -> None:
    assert [(theorem.name, result.verdict) for theorem, result in checked] == [
        (theorem.name, theorem.verdict) for theorem in theorems()
    ]


def test_lean_finds_nothing_to_say_of_what_is_right(checked: list[tuple[Theorem, LeanResult]]) -> None:
    assert [(theorem.name, result) for theorem, result in checked if result.ok and result.messages] == []


def test_names_are_unique_and_those_of_the_statements() -> None:
    names = [theorem.name for theorem in theorems()]
    assert len(set(names)) == len(names)
    assert [
        theorem.name for theorem in theorems() if not theorem.statement.startswith(f"theorem {theorem.name} ")
    ] == []


def test_a_twentieth_is_wrong_and_says_why() -> None:
    assert all(theorem.why for theorem in WRONG)
    assert not any(theorem.why for theorem in theorems() if theorem.verdict == "valid")


def test_topics_vary() -> None:
    assert min(Counter(theorem.topic for theorem in theorems()).values()) >= 10
