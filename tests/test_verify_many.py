"""Many proofs at once, and one by way of the store: what is given out, what is kept, and what must never be."""

from __future__ import annotations

import asyncio
import doctest
import inspect
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import lean_magic
from lean_magic import InputError, LeanError, LeanPool, PoolClosedError, ProofCheck, Verification, records
from lean_magic.batch import verification_of_record
from lean_magic.pool._judges import Judges
from lean_magic.pool._verifier import Verifier
from lean_magic.store import Store

TWO = "theorem two : 1 + 1 = 2"
THREE = "theorem three : 1 + 1 = 3"

CASES: dict[object, Any] = {
    "good": (TWO, "rfl"),
    "bad": (THREE, "by decide"),
    "left open": (THREE, "by sorry"),
    "no term": (TWO, "rfl)"),
    "wrong": ("theorem t : 1 = ", "rfl"),
    "no text": (TWO, 5),
    "no pair": "rfl",
    7: ("import Std\ntheorem t (p : Prop) : p ∨ ¬ p", "Classical.em p"),
    "twin": (TWO, "rfl"),
}
KINDS = ["proved", "error", "sorry", "syntax", None, None, None, "proved", "proved"]


@pytest.fixture
def kept(pool: LeanPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LeanPool]:
    """The pool that tests share, with a store of its own."""
    store = Store(tmp_path / "store.sqlite3")
    monkeypatch.setattr(pool, "_store", store)
    yield pool
    store.close()


def carried_out(pool: LeanPool) -> int:
    """Return how many verifications Lean has carried out."""
    return sum(pool.stats().verifications.values())


def log_of(pool: LeanPool) -> list[tuple[str, str, bool]]:
    assert pool.store is not None
    return [(check.name, check.verdict, check.cached) for check in pool.store.log(source="verify")]


async def test_each_proof_comes_with_what_came_of_it_in_order(kept: LeanPool) -> None:
    checks = [check async for check in kept.verify_many(CASES)]
    assert [check.id for check in checks] == list(CASES)
    assert [check.kind for check in checks] == KINDS
    assert [check.place for check in checks] == list(range(len(CASES)))
    assert [bool(check) for check in checks] == [check.ok for check in checks] == [kind == "proved" for kind in KINDS]
    assert [check.cached for check in checks] == [False] * 8 + [True]  # the twin was not run
    assert [(check.statement, check.proof) for check in checks[:5]] == list(CASES.values())[:5]
    assert [type(check.error) for check in checks[4:7]] == [LeanError, InputError, InputError]
    assert "Lean refuses the statement" in checks[4].reason
    assert "must be text" in checks[5].reason
    assert "a pair" in checks[6].reason
    assert str(checks[0]).startswith("good: ✓ two is proved, without axioms. (")
    assert str(checks[6]).startswith("no pair: InputError: ")
    assert checks[1].verification is not None
    assert checks[1].verification.result is not None
    assert len(log_of(kept)) == len(CASES)
    before = carried_out(kept)
    again = list(kept.verify_many_sync(CASES))
    assert [check.kind for check in again] == KINDS
    assert [check.cached for check in again] == [kind is not None for kind in KINDS]
    assert carried_out(kept) == before + 1  # of the statement that is wrong
    for first, second in zip(checks, again, strict=True):
        assert first.reason == second.reason
        if first.verification is not None and second.verification is not None:
            assert second.verification.cached
            assert first.verification.axioms_unseen == second.verification.axioms_unseen
            assert (first.verification.result is None) == (second.verification.result is None)
    rows = records.to_dataframe(again)
    assert rows["kind"].tolist() == [kind or "" for kind in KINDS]
    verdicts = ["valid", "error", "sorry", "error", "refused", "refused", "refused", "valid", "valid"]
    assert rows["verdict"].tolist() == verdicts
    assert rows["ok"].tolist() == [check.ok for check in checks]
    assert rows["claim"][0] == {"statement": TWO, "proof": "rfl", "theorem": "two"}
    assert rows["claim"][4] == {"statement": "theorem t : 1 = ", "proof": "rfl", "theorem": ""}
    assert rows["axioms"][7] == [{"declaration": "t", "axioms": [], "unseen": ["Classical.em"]}]


@pytest.mark.parametrize(
    ("proofs", "ids"),
    [
        ([(TWO, "rfl"), (TWO, "rfl")], [0, 1]),
        ([("a", TWO, "rfl"), ["b", TWO, "rfl"]], ["a", "b"]),
        ({"a": [TWO, "rfl"]}, ["a"]),
        ([{"statement": TWO, "proof": "rfl", "id": "a", "more": 1}, {"statement": TWO, "proof": "rfl"}], ["a", 1]),
        (pd.DataFrame({"statement": [TWO], "proof": ["rfl"]}, index=["label"]), ["label"]),
        (pd.DataFrame({"id": [3], "proof": ["rfl"], "statement": [TWO]}), [3]),
        (pa.table({"statement": [TWO] * 2, "proof": ["rfl"] * 2}), [0, 1]),
        ([], []),
    ],
)
def test_proofs_may_come_in_many_forms(pool: LeanPool, proofs: Any, ids: list[object]) -> None:
    checks = list(pool.verify_many_sync(proofs))
    assert [check.id for check in checks] == ids
    assert all(checks)


@pytest.mark.parametrize(
    ("proofs", "asked", "words"),
    [
        (TWO, {}, "pairs of statement and proof"),
        ({"statement": TWO, "proof": "rfl"}, {}, "use verify for one"),
        ({"statement": [TWO], "proof": ["rfl"]}, {}, "not of columns"),
        (5, {}, "not int"),
        (pd.DataFrame({"proof": ["rfl"]}), {}, "no column statement"),
        ([], {"axioms": "propext"}, "axioms must be names"),
        ([], {"on_error": "panic"}, "on_error"),
        ([], {"total": -1}, "number of proofs"),
    ],
)
def test_what_makes_no_sense_is_said_at_once(pool: LeanPool, proofs: Any, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        pool.verify_many_sync(proofs, **asked)


def test_what_is_no_proof_is_one_item_and_the_others_follow(pool: LeanPool) -> None:
    odd = [(), (TWO,), ("a", TWO, "rfl", "more"), [TWO], TWO, None, 5, {}, {"statement": TWO}, {"proof": "rfl"}]
    proofs = [*odd, ("last", TWO, "rfl")]
    *errors, last = pool.verify_many_sync(iter(proofs))
    assert [check.id for check in errors] == [*range(len(odd))]
    assert all(isinstance(check.error, InputError) for check in errors)
    assert "not as tuple of 4" in errors[2].reason
    assert last.id == "last"
    assert last
    assert [check.id for check in pool.verify_many_sync(proofs, on_error="skip")] == ["last"]
    with pytest.raises(InputError, match="pair of texts"):
        list(pool.verify_many_sync(proofs, on_error="raise"))
    named = {"a": ("x", TWO, "rfl"), "b": ("x",), "c": None, "d": (TWO, "rfl")}
    assert [check.ok for check in pool.verify_many_sync(named)] == [False, False, False, True]


def test_wrong_options_are_not_the_fault_of_a_statement(pool: LeanPool) -> None:
    for options, said in (
        ({"nope": True}, "Unknown option `nope`"),
        ({"pp.all": 3}, "`pp.all` must be like its default"),
    ):
        (check,) = pool.verify_many_sync([(TWO, "rfl")], options=options)
        assert isinstance(check.error, LeanError)
        assert check.reason.startswith("Lean refuses the options: ")
        assert said in check.reason


def test_the_example_of_the_docstring_says_what_comes_of_it(pool: LeanPool) -> None:
    given, loop = doctest.DocTestParser().get_examples(LeanPool.verify_many.__doc__ or "")
    names: dict[str, Any] = {}
    exec(given.source, names)
    found = [f"{check.id} {check.kind}" for check in pool.verify_many_sync(names["proofs"])]
    assert found == loop.want.splitlines()


def test_what_becomes_of_a_wrong_statement(kept: LeanPool) -> None:
    proofs = [(TWO, "rfl"), ("theorem t : 1 = ", "rfl"), (TWO, "by decide")]
    assert [check.id for check in kept.verify_many_sync(proofs, on_error="skip")] == [0, 2]
    with pytest.raises(LeanError, match="refuses the statement"):
        list(kept.verify_many_sync(proofs, on_error="raise"))
    assert kept.verify_sync(TWO, "by decide").cached


def test_what_decides_is_in_the_key_and_no_key_is_one_of_code(pool: LeanPool) -> None:
    env = pool.run_sync("def answer := 42").env

    def key(statement: str = TWO, proof: str = "rfl", **asked: Any) -> str:
        usual = {"env": None, "axioms": (), "timeout": None, "options": None, "priority": "batch", "caller": None}
        verifier: Verifier = pool._verifier(**{**usual, **asked})
        return verifier.key(verifier.work((statement, proof)))

    same = [key(), key(timeout=5, priority="interactive", caller="me"), key(axioms=[])]
    others = [
        key(statement=f"{TWO} "),
        key(statement="theorem two : 1 + 1 = 2 :=", proof="rfl"),
        key(proof="rfl "),
        key(statement=f"{TWO} :=\nrfl", proof=""),
        key(env=env),
        key(axioms=["propext"]),
        key(axioms=["propext", "Quot.sound"]),
        key(options={"autoImplicit": False}),
        key(options={"autoImplicit": True}),
    ]
    assert len(set(same)) == 1
    assert len({*same, *others}) == 1 + len(others)
    checker = pool._checker(
        env=None, timeout=None, all_tactics=False, root_goals=False, infotree=None, axioms=False, options=None,
        priority="batch", caller=None,
    )  # fmt: skip
    assert ":" not in checker.key(checker.work(f"{TWO} :=\nrfl"))
    assert all(found.startswith("verification:") for found in (*same, *others))


def test_what_was_only_run_counts_for_nothing(kept: LeanPool) -> None:
    code = f"{TWO} :=\nrfl"
    assert kept.check_sync(code)
    first = kept.verify_sync(TWO, "rfl")
    assert first
    assert not first.cached
    assert kept.check_sync(code).cached
    assert kept.store is not None
    run, verified, _ = kept.store.log()
    assert verification_of_record(run) is None
    assert run.reply is not None
    assert isinstance(verification_of_record(verified), Verification)
    # Even where the file says so: what is there for code, or for another proof, is not read as a verification of this.
    bad = kept.verify_sync(THREE, "by decide")
    (*_, refused) = kept.store.log()
    assert not bad
    kept.store.close()
    for reply in run.reply, verified.reply, b"{}", b"":
        with sqlite3.connect(kept.store.path) as connection:
            changed = connection.execute(
                "UPDATE results SET reply = ?, packing = 0 WHERE key = ?", (reply, refused.key)
            )
            assert changed.rowcount == 1
        connection.close()
        again = kept.verify_sync(THREE, "by decide")
        assert (again.kind, again.cached) == ("error", False)
    assert kept.verify_sync(THREE, "by decide").cached


CLOCK = """by
  run_tac do
    if (← IO.monoMsNow) > 0 then throwError "not now"
  rfl"""
PATIENT = "by\n  run_tac IO.sleep 1\n  rfl"


def test_what_may_be_otherwise_next_time_is_not_kept(kept: LeanPool) -> None:
    env = kept.run_sync("import Lean\nopen Lean Elab Tactic").env
    proofs = {"clock": (TWO, CLOCK), "code": (TWO, PATIENT)}
    assert [check.kind for check in kept.verify_many_sync(proofs, env=env, batch="night")] == ["error", "proved"]
    again = kept.verify_many_sync(proofs, env=env, batch="night")
    assert [(check.kind, check.cached) for check in again] == [("error", True), ("proved", True)]  # the batch has them
    assert len(log_of(kept)) == 2
    assert kept.verify_sync(*proofs["code"], env=env).cached
    refused = kept.verify_sync(*proofs["clock"], env=env)
    assert (refused.kind, refused.cached) == ("error", False)
    for cached in False, True:
        late, twin = kept.verify_many_sync({"late": (TWO, "rfl"), "twin": (TWO, "rfl")}, timeout=1e-6, batch="day")
        assert (late.kind, late.cached, twin.kind) == ("timeout", cached, "timeout")
    assert twin.cached
    assert len(log_of(kept)) == 6
    (check,) = kept.verify_many_sync({"late": (TWO, "rfl")}, batch="day")  # it may take longer now
    assert (check.kind, check.cached) == ("proved", False)
    rows = list(records.rows(kept.store.log() if kept.store else []))
    assert [(row.kind, row.verdict) for row in rows if row.id == "late"] == [
        ("timeout", "timeout"),
        ("proved", "valid"),
    ]
    assert {row.claim.statement for row in rows if row.claim} == {TWO}


def test_a_batch_goes_on_where_it_was_left(kept: LeanPool, tmp_path: Path) -> None:
    proofs = [(f"theorem t{n} : {n} + 1 = {n + 1}", "rfl") for n in range(12)]
    with kept.verify_many_sync(iter(proofs), batch="b", window=4, ordered=False) as checks:
        some = [next(checks) for _ in range(5)]
    assert all(some)
    assert all(judge.cases == 0 for judge in kept._judges._judges)  # nothing is left on anybody's table
    done = len(log_of(kept))
    assert done >= 5
    rest = list(kept.verify_many_sync(proofs, batch="b"))
    assert all(rest)
    assert sum(check.cached for check in rest) == done
    assert len(log_of(kept)) == 12
    assert kept.store is not None
    assert records.write(kept.store.log(batch="b"), tmp_path / "log.parquet") == 12
    assert {row.kind for row in records.read(tmp_path / "log.parquet")} == {"proved"}


async def test_proofs_may_come_asynchronously_and_the_pool_tells_of_them(kept: LeanPool) -> None:
    async def proofs() -> AsyncIterator[tuple[str, str]]:
        for number in range(16):
            await asyncio.sleep(0)
            yield f"theorem later{number} : {number} < {number + 1}", "by decide"

    kinds = []
    async with kept.verify_many(proofs(), window=16) as checks:
        async for check in checks:
            kinds.append(check.kind)
            assert isinstance(check, ProofCheck)
    assert kinds == ["proved"] * 16
    status, stats = kept.status(), kept.stats()
    assert stats.verifications["proved"] >= 16
    assert "judge 1: " in str(status)
    assert " proved" in str(stats)


def judge_of(way: Any) -> object:
    """Return whose way it is."""
    return way.__self__


def test_judges_share_the_work_and_keep_to_the_statements_that_they_know() -> None:
    def make() -> LeanPool:
        raise AssertionError  # nobody asks anything

    judges = Judges(make, 2)
    with ExitStack() as stack:
        ways = [stack.enter_context(judges.seat(f"statement {number}")) for number in range(12)]
    first, second = judge_of(ways[0]), judge_of(ways[4])
    assert [judge_of(way) for way in ways[:4]] == [first] * 4  # one is enough for so many
    assert [judge_of(way) for way in ways].count(second) == 6
    assert first is not second
    for way, number in zip(ways, range(12), strict=True):
        with judges.seat(f"statement {number}") as again:
            assert judge_of(again) is judge_of(way)
    assert judges.workers() == ()


def test_a_pool_that_is_shut_down_ends_the_batch(faulty_pool: Callable[..., LeanPool]) -> None:
    pool = faulty_pool(workers=1, store=False)
    with pool.verify_many_sync(((TWO, f"rfl -- {number}") for number in range(2000)), window=4) as checks:
        assert next(checks).kind == "crashed"  # it is no Lean, and no judge
        pool.shutdown()
        with pytest.raises(PoolClosedError):
            list(checks)


def test_the_functions_at_the_top_have_it_too() -> None:
    for name in "verify", "verify_sync", "verify_many", "verify_many_sync":
        _, *expected = inspect.signature(getattr(LeanPool, name)).parameters
        assert [*inspect.signature(getattr(lean_magic, name)).parameters] == expected
        assert name in lean_magic.__all__
