from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lean_magic
from lean_magic import Check, InputError, LeanPool, LeanResult
from lean_magic.batch import result_of_record
from lean_magic.store import Store

MakePool = Callable[..., LeanPool]

SWAP = "theorem swap (p q : Prop) : p ∧ q → q ∧ p := by\n  intro h\n  sorry\n#eval 6 * 7"
SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"


@pytest.fixture
def kept(pool: LeanPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LeanPool:
    """The pool that tests share, with a store of its own."""
    monkeypatch.setattr(pool, "_store", Store(tmp_path / "store.sqlite3"))
    return pool


def stored(pool: LeanPool) -> Store:
    assert pool.store is not None
    return pool.store


def result_of(check: Check) -> LeanResult:
    assert check.result is not None
    return check.result


def said(result: LeanResult) -> tuple[object, ...]:
    """What a result says, without what it cost."""
    return (
        result.verdict,
        result.messages,
        [(sorry.goal, sorry.start, sorry.state.ref.id) for sorry in result.sorries],
        [(str(step), step.goals, step.goals_after, step.state.ref.id) for step in result.tactics],
        [(root.goal, root.state.ref.id) for root in result.root_goals],
        result.env,
        result.axioms,
        result.axioms_unseen,
        result.infotree,
        result.detail,
    )


async def test_what_lean_said_comes_from_the_store_the_second_time(kept: LeanPool) -> None:
    asked: dict[str, Any] = {"all_tactics": True, "root_goals": True, "axioms": True, "infotree": "tactics"}
    first = await kept.check(SWAP, id="swap", **asked)
    second = await kept.check(SWAP, **asked)
    third = kept.check_sync(SWAP, **asked)
    assert [check.cached for check in (first, second, third)] == [False, True, True]
    assert said(result_of(first)) == said(result_of(second)) == said(result_of(third))
    assert said(result_of(second)) == said(kept.run_sync(SWAP, **asked))
    assert (first.id, first.verdict, first.ok, first.error) == ("swap", "sorry", False, None)
    assert second.elapsed == first.elapsed
    assert str(second) == f"sorry ({first.elapsed:.2f} s, from the cache)"
    assert [(check.name, check.verdict, check.cached) for check in stored(kept).log()] == [
        ('"swap"', "sorry", False),
        ("null", "sorry", True),
        ("null", "sorry", True),
    ]


def test_what_comes_from_the_store_can_be_gone_on_from(kept: LeanPool) -> None:
    kept.check_sync(SWAP, all_tactics=True)
    result = result_of(kept.check_sync(SWAP, all_tactics=True))
    assert result.sorries[0].state.tactic_sync("exact ⟨h.2, h.1⟩").ok
    assert result.tactics[0].state.tactic_sync("exact fun h => ⟨h.2, h.1⟩").ok
    assert kept.run_sync("#check swap", result.env).ok
    assert kept.check_sync("#check swap", result.env).cached is False
    assert kept.check_sync("#check swap", result.env).cached is True


def test_it_is_also_there_without_a_pool(kept: LeanPool) -> None:
    result = result_of(kept.check_sync(SWAP, options={"pp.all": True}))
    below = result_of(kept.check_sync("#print swap", result.env))
    first, second = map(result_of_record, stored(kept).log())
    assert first is not None
    assert said(first) == said(result)
    with pytest.raises(InputError, match="belongs to no pool"):
        first.sorries[0].state.tactic_sync("exact ⟨h.2, h.1⟩")
    assert kept.tactic_sync(first.sorries[0].state, "exact ⟨h.2, h.1⟩").ok
    assert second is not None
    assert (second.messages, second.env) == (below.messages, None)  # the log has no chain of environments


@pytest.mark.parametrize(
    "other",
    [
        {"code": f"{SWAP} "},
        {"code": f"import Init\n{SWAP}"},
        {"options": {"pp.all": True}},
        {"all_tactics": True},
        {"root_goals": True},
        {"axioms": True},
        {"infotree": "original"},
    ],
    ids=str,
)
def test_what_is_asked_otherwise_is_run(kept: LeanPool, other: dict[str, Any]) -> None:
    kept.check_sync(SWAP)
    assert not kept.check_sync(**{"code": SWAP, **other}).cached
    assert kept.check_sync(SWAP, timeout=33, priority="batch", caller="other").cached


def test_another_environment_or_toolchain_has_results_of_its_own(kept: LeanPool, faulty_pool: MakePool) -> None:
    one, two = (kept.run_sync(f"def n := {n}").env for n in (1, 2))
    assert [message.text for message in result_of(kept.check_sync("#eval n", one)).infos] == ["1"]
    assert [message.text for message in result_of(kept.check_sync("#eval n", two)).infos] == ["2"]
    other = faulty_pool(store=kept.store)
    kept.check_sync("#eval 1")
    assert not other.check_sync("#eval 1").cached
    with pytest.raises(InputError, match="another toolchain"):
        other.check_sync("#eval n", one)


def test_no_opinion_is_never_taken_from_the_store(kept: LeanPool, faulty_pool: MakePool) -> None:
    for _ in range(2):
        check = kept.check_sync(SPIN, timeout=0.3)
        assert (check.verdict, check.cached) == ("timeout", False)
    other = faulty_pool(store=kept.store, memory_limit=300 * 1024**2)
    for _ in range(2):
        assert (other.check_sync("exit 1").verdict, other.check_sync("exit 1").cached) == ("crashed", False)
    assert stored(kept).info().results == 0
    record = list(stored(kept).log())[-1]
    assert (record.verdict, record.reply is None) == ("crashed", False)
    result = result_of_record(record)
    assert result is not None
    assert (result.verdict, result.detail, record.detail) == ("crashed", record.detail, result.detail)


def test_the_cache_can_be_passed_by(kept: LeanPool) -> None:
    code = "#eval IO.monoNanosNow"
    results = [result_of(kept.check_sync(code, cache=False)).infos[0].text for _ in range(2)]
    assert results[0] != results[1]
    assert stored(kept).info().checks == 2


def test_a_pool_may_have_no_store_or_one_in_a_file(faulty_pool: MakePool, tmp_path: Path) -> None:
    pool = faulty_pool(store=False)
    assert pool.store is None
    assert [pool.check_sync("1").cached for _ in range(2)] == [False, False]
    path = tmp_path / "mine.sqlite3"
    assert [faulty_pool(store=store).check_sync("1").cached for store in (path, str(path))] == [False, True]
    with pytest.raises(InputError, match="store must be a Store, the path of one, or False"):
        LeanPool(store=1.5)  # type: ignore[arg-type]


async def test_what_cannot_be_given_to_lean_is_refused(kept: LeanPool) -> None:
    with pytest.raises(InputError, match="half of a surrogate pair"):
        await kept.check("\ud800")
    with pytest.raises(InputError, match="must be text"):
        kept.check_sync(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="axioms must be True or False"):
        kept.check_sync("1", axioms="yes")  # type: ignore[arg-type]


def test_a_result_that_cannot_be_read_any_more_is_run_anew(kept: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.check_sync("#eval 3")
    find = Store.find
    monkeypatch.setattr(Store, "find", lambda self, keys: dict.fromkeys(find(self, keys), b"?"))
    check = kept.check_sync("#eval 3")
    assert (check.cached, result_of(check).infos[0].text) == (False, "3")


async def test_many_threads_and_tasks_use_one_store(kept: LeanPool) -> None:
    codes = [f"#eval {n % 7}" for n in range(40)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checks = await asyncio.gather(
            *[kept.check(code) for code in codes[::2]],
            *[asyncio.to_thread(kept.check_sync, code) for code in codes[1::2]],
        )
    assert [result_of(check).infos[0].text for check in checks] == [code[-1] for code in codes[::2] + codes[1::2]]


def test_the_functions_at_the_top_have_it_too() -> None:
    assert lean_magic.check_sync.__doc__ == LeanPool.check_sync.__doc__
    assert lean_magic.check.__doc__ == LeanPool.check.__doc__
