"""Many codes: on real Lean what Lean says, on the stand-in for it who is run when, and what is given out when."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lean_magic
from lean_magic import Check, InputError, LeanPool
from lean_magic.batch._check import Check as Outcome
from lean_magic.batch._window import Item, Window
from lean_magic.store import Store

MakePool = Callable[..., LeanPool]

SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"


@pytest.fixture
def kept(pool: LeanPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LeanPool:
    """The pool that tests share, with a store of its own."""
    monkeypatch.setattr(pool, "_store", Store(tmp_path / "store.sqlite3"))
    return pool


@pytest.fixture
def quick(faulty_pool: MakePool, tmp_path: Path) -> LeanPool:
    """A pool of two stand-ins, which run nothing, with a store of its own."""
    return faulty_pool(workers=2, store=tmp_path / "quick.sqlite3")


def stored(pool: LeanPool) -> Store:
    assert pool.store is not None
    return pool.store


def runs(pool: LeanPool) -> int:
    return sum(pool.stats().verdicts.values())


def texts(checks: list[Check]) -> list[object]:
    return [check.result is not None and check.result.infos[0].text for check in checks]


# What Lean says


async def test_each_code_comes_with_its_verdict_in_order(kept: LeanPool) -> None:
    codes = {
        "valid": "theorem t : 1 + 1 = 2 := rfl",
        "sorry": "theorem t : 1 + 1 = 2 := by sorry",
        "error": "theorem t : 1 + 1 = 3 := rfl",
        "with header": "import Std\n#check Std.HashMap",
        3: "#eval 6 * 7",
    }
    checks = [check async for check in kept.check_many(codes)]
    assert [check.id for check in checks] == list(codes)
    assert [check.code for check in checks] == list(codes.values())
    assert [check.verdict for check in checks] == ["valid", "sorry", "error", "valid", "valid"]
    assert [check.ok for check in checks] == [True, False, False, True, True]
    assert not any(check.cached or check.error for check in checks)
    codes["timeout"] = SPIN
    for _ in range(2):
        again = list(kept.check_many_sync(codes, timeout=0.5))
        assert [check.verdict for check in again] == [*(check.verdict for check in checks), "timeout"]
        assert [check.cached for check in again] == [True, True, True, True, True, False]
    state = again[1].result is not None and again[1].result.sorries[0].state
    assert state
    assert state.tactic_sync("rfl").ok


def test_codes_may_start_from_an_environment_and_be_asked_more(kept: LeanPool) -> None:
    env = kept.run_sync("def base := 40").env
    checks = list(
        kept.check_many_sync(["#eval base + 1", "theorem t : base = 40 := by rfl"], env, all_tactics=True, axioms=True)
    )
    assert checks[0].result is not None
    assert checks[0].result.infos[0].text == "41"
    assert checks[1].result is not None
    assert [str(step) for step in checks[1].result.tactics] == ["1:28 rfl"]
    assert checks[1].result.axioms == {"t": ()}


# What they come as

_PAIRS = [("a", "1"), ("b", "2")]


@pytest.mark.parametrize(
    ("codes", "ids"),
    [
        (["1", "2"], [0, 1]),
        (iter(["1", "2"]), [0, 1]),
        (_PAIRS, ["a", "b"]),
        ([list(pair) for pair in _PAIRS], ["a", "b"]),
        (dict(_PAIRS), ["a", "b"]),
        (dict(_PAIRS).values(), [0, 1]),
        (["1", ("b", "2")], [0, "b"]),
        ([("a", "1"), ("a", "2")], ["a", "a"]),
        (pd.Series(["1", "2"], index=[7, 9]), [7, 9]),
        (pd.Series(["1", "2"], index=["columns", "column_names"]), ["columns", "column_names"]),
        (pd.DataFrame({"id": ["x", "y"], "code": ["1", "2"]}).set_index("id")["code"], ["x", "y"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_codes_may_come_in_many_forms(quick: LeanPool, codes: Any, ids: list[object]) -> None:
    checks = list(quick.check_many_sync(codes))
    assert [(check.id, check.code, check.verdict) for check in checks] == [
        (ids[0], "1", "valid"),
        (ids[1], "2", "valid"),
    ]


def test_codes_may_be_a_column_of_arrow(quick: LeanPool) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"code": ["1", None, "2"]})
    checks = list(quick.check_many_sync(table["code"]))
    assert [(check.id, check.verdict) for check in checks] == [(0, "valid"), (1, None), (2, "valid")]
    with pytest.raises(InputError, match="one column"):
        quick.check_many_sync(table)


async def test_codes_may_come_asynchronously(quick: LeanPool) -> None:
    async def codes() -> AsyncIterator[tuple[str, str]]:
        for pair in _PAIRS:
            await asyncio.sleep(0.01)
            yield pair

    assert [check.id async for check in quick.check_many(codes())] == ["a", "b"]
    with pytest.raises(InputError, match="check_many_sync cannot go through an asynchronous"):
        quick.check_many_sync(codes())  # type: ignore[arg-type]
    assert [check.id async for check in quick.check_many([])] == []


async def test_codes_that_come_slowly_are_answered_as_they_come(quick: LeanPool) -> None:
    answers: asyncio.Queue[str] = asyncio.Queue()

    async def codes() -> AsyncIterator[str]:
        yield "1"
        for _ in range(3):  # the next one depends on what came of the one before
            yield f"after {await answers.get()}"

    found = []
    async for check in quick.check_many(codes()):
        found.append(check.code)
        answers.put_nowait(check.code)
    assert found == ["1", "after 1", "after after 1", "after after after 1"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"codes": "theorem t : 1 = 1 := rfl"}, "many, not one text"),
        ({"codes": 3}, "codes must be"),
        ({"codes": pd.DataFrame({"code": ["1"]})}, "one column, not a whole DataFrame"),
        ({"codes": ["1"], "on_error": "ignore"}, "on_error must be one of keep, raise, skip"),
        ({"codes": ["1"], "window": 0}, "window must be a whole number from 1"),
        ({"codes": ["1"], "total": -1}, "total must be"),
        ({"codes": ["1"], "ordered": 1}, "ordered must be True or False"),
        ({"codes": ["1"], "batch": ""}, "name of the batch is empty"),
        ({"codes": ["1"], "batch": 3}, "name of the batch must be text"),
        ({"codes": ["1"], "timeout": 0}, "timeout must be"),
    ],
)
def test_what_makes_no_sense_is_said_at_once(quick: LeanPool, asked: dict[str, Any], words: str) -> None:
    for check_many in quick.check_many, quick.check_many_sync:
        with pytest.raises(InputError, match=words):
            check_many(**asked)


def test_a_batch_with_a_name_needs_a_store(faulty_pool: MakePool) -> None:
    pool = faulty_pool(store=False)
    assert len(list(pool.check_many_sync(["1", "2"]))) == 2
    with pytest.raises(InputError, match="needs a store"):
        pool.check_many_sync(["1"], batch="mine")


# Order, errors and window


async def test_results_come_as_they_are_there_if_the_order_is_of_no_interest(quick: LeanPool) -> None:
    codes = ["sleep 0.5", "1", "2", "3"]
    assert [check.id async for check in quick.check_many(codes)] == [0, 1, 2, 3]
    assert [check.id async for check in quick.check_many(codes, ordered=False, cache=False)] == [1, 2, 3, 0]


@pytest.mark.parametrize("ordered", [True, False])
def test_what_cannot_be_given_to_lean_is_an_item_too(quick: LeanPool, ordered: bool) -> None:
    codes: list[Any] = ["1", "\ud800", None, ("id", 3), "2"]
    checks = list(quick.check_many_sync(codes, ordered=ordered))
    checks.sort(key=lambda check: [0, 1, 2, "id", 4].index(check.id))
    assert [check.verdict for check in checks] == ["valid", None, None, None, "valid"]
    assert "half of a surrogate pair" in str(checks[1].error)
    assert str(checks[3]) == "id: InputError: The code must be text (str), not int."
    assert (checks[3].ok, checks[3].elapsed, checks[3].result) == (False, 0.0, None)
    assert sorted(check.verdict for check in stored(quick).log()) == ["refused"] * 3 + ["valid"] * 2
    assert [check.id for check in quick.check_many_sync(codes, on_error="skip")] == [0, 4]
    found = quick.check_many_sync(codes, on_error="raise")
    assert next(found).ok
    with pytest.raises(InputError, match="half of a surrogate"):
        next(found)
    assert list(found) == []


@pytest.mark.parametrize("on_error", ["keep", "raise"])
def test_that_there_is_no_lean_is_an_item_too(faulty_pool: MakePool, on_error: Any) -> None:
    pool = faulty_pool("dies at start")
    checks = pool.check_many_sync(["1", "2"], on_error=on_error, batch="none")
    if on_error == "raise":
        with pytest.raises(lean_magic.StartError):
            next(checks)
    else:
        assert [type(check.error) for check in checks] == [lean_magic.StartError] * 2
    assert not list(stored(pool).log(batch="none"))  # it is no result, and is tried again


def test_an_endless_input_is_read_no_further_than_the_window(quick: LeanPool) -> None:
    numbers = itertools.count()
    codes = (str(number) for number in numbers)
    checks = quick.check_many_sync(codes, window=20)
    assert repr(checks) == "<Results 0 taken>"
    assert [next(checks).code for _ in range(5)] == ["0", "1", "2", "3", "4"]
    assert repr(checks).startswith("<Results 5 taken (")
    checks.close()
    assert next(numbers) <= 25
    assert list(checks) == []


def test_lean_goes_on_while_the_first_is_slow_and_while_nobody_takes_anything(quick: LeanPool) -> None:
    checks = quick.check_many_sync(itertools.chain(["sleep 1"], map(str, itertools.count())), window=100)
    assert next(checks).code == "sleep 1"
    assert stored(quick).info().checks == 100  # all that the window has, meanwhile


def test_memory_is_bounded_by_the_window(quick: LeanPool) -> None:
    with quick.check_many_sync((str(n % 10) for n in range(3000)), window=300) as checks:
        most = 0
        for _ in checks:
            most = max(most, len(checks._ready) + len(checks._engine._window._order))
    assert most <= 300


# The store


def test_a_code_that_comes_often_is_run_once(quick: LeanPool) -> None:
    checks = list(quick.check_many_sync(["sleep 0.3", *["1"] * 40, "sleep 0.3"]))
    assert runs(quick) == 2
    assert Counter(check.cached for check in checks) == {False: 2, True: 40}
    assert len(list(quick.check_many_sync(["1"] * 5, cache=False))) == 5
    assert runs(quick) == 7


def test_a_batch_goes_on_where_it_was_left_and_runs_what_has_changed(quick: LeanPool) -> None:
    codes: dict[Any, Any] = {"1": "1", 1: "one", "timeout": "sleep 3", "crash": "exit 3", "none": 3}
    first = list(quick.check_many_sync(codes, batch="b", timeout=0.3))
    assert [check.verdict for check in first] == ["valid", "valid", "timeout", "crashed", None]
    assert [check.verdict for check in stored(quick).log(batch="b")].count("refused") == 1
    done = runs(quick)
    second = list(quick.check_many_sync(codes, batch="b", timeout=0.3))
    assert [check.verdict for check in second] == [check.verdict for check in first]
    assert [check.cached for check in second] == [True] * 4 + [False]
    assert [check.result is not None and check.result.detail for check in second] == [
        check.result is not None and check.result.detail for check in first
    ]
    assert runs(quick) == done
    codes["timeout"], codes["1"] = "changed", "changed too"
    third = list(quick.check_many_sync(codes, batch="b", timeout=0.3))
    assert [check.cached for check in third] == [False, True, False, True, False]
    for seconds, cached in (0.2, True), (60, False):  # what may take longer may end
        (check,) = quick.check_many_sync({"timeout": "sleep 3"}, batch="b", timeout=seconds, cache=False)
        assert (check.verdict, check.cached) == ("timeout" if cached else "valid", cached)
    for other in "other", None:
        assert not next(quick.check_many_sync({"crash": "exit 3"}, batch=other)).cached


def test_ids_that_are_there_twice_mix_nothing_up(quick: LeanPool) -> None:
    pairs = [("a", "1"), ("a", "2"), ("b", "3"), ("a", "1")]
    for _ in range(2):
        checks = list(quick.check_many_sync(pairs, batch="twice"))
        assert [(check.id, check.code) for check in checks] == pairs
        assert [check.place for check in checks] == [0, 1, 2, 3]
        assert {check.batch for check in checks} == {"twice"}
        assert all(check.result is not None and check.result.code == check.code for check in checks)
    assert runs(quick) == 3
    endless = [("a", "sleep 50"), ("a", "sleep 60"), ("a", "3")]
    checks = [list(quick.check_many_sync(endless, batch="twice", timeout=0.1)) for _ in range(2)]
    assert [[check.verdict for check in some] for some in checks] == [["timeout", "timeout", "valid"]] * 2
    assert runs(quick) == 5


def test_results_are_in_the_store_before_they_are_given_out(quick: LeanPool) -> None:
    for number, _ in enumerate(quick.check_many_sync(map(str, range(50)), ordered=False), 1):
        assert stored(quick).info().checks >= number


# Whose turn it is


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("abcdef")), max_size=60),
    st.booleans(),
    st.integers(1, 3),
    st.randoms(),
)
def test_whatever_the_order_each_code_is_run_and_given_out_once(
    codes: list[tuple[str, str]], ordered: bool, lanes: int, random: Any
) -> None:
    window = Window(ordered=ordered, lanes=lanes)
    running: list[Item] = []
    ran: list[str] = []
    out: list[Any] = []
    rest = [Item(n, n, code, header=header, key=header + code) for n, (header, code) in enumerate(codes)][::-1]
    while len(out) < len(codes):
        if rest and random.random() < 0.5:
            item = rest.pop()
            window.add(item)
            if not window.join(item):
                window.wait(item)
        if (item_to_run := window.take()) is not None:
            running.append(item_to_run)
        if running and random.random() < 0.5:
            done = running.pop(random.randrange(len(running)))
            ran.append(done.key)
            assert done.key not in [item.key for item in running]  # the same is not under way twice
            for one in (done, *done.twins):
                window.settle(one, Outcome(one.id, one.code), "valid")
        if not rest and random.random() < 0.5:
            window.read_out()
        out += [check.id for check in window.release()]
    assert sorted(out) == list(range(len(codes)))
    if ordered:
        assert out == sorted(out)
    assert set(ran) == {header + code for header, code in codes}
    assert window.counts.total() == len(codes)


def test_codes_with_the_same_header_are_run_one_after_another_but_nobody_waits_for_ever() -> None:
    window = Window(ordered=True, lanes=1)
    for n in range(200):
        window.wait(Item(n, n, str(n), header="ABCD"[n % 4]))
    headers = []
    while (item := window.take()) is not None:
        headers.append(item.header)
    assert [(header, len(list(group))) for header, group in itertools.groupby(headers)] == [(h, 50) for h in "ABCD"]
    window = Window(ordered=True, lanes=2)
    for n in range(600):
        window.wait(Item(n, n, str(n), header="AAABC"[n % 5]))
    headers = []
    while (item := window.take()) is not None:
        headers.append(item.header)
    assert set(headers[:100]) == {"A", "B"}
    assert headers.index("C") < 200


def test_at_the_end_of_the_input_the_longest_codes_are_run_first() -> None:
    window = Window(ordered=True, lanes=2)
    for n in range(200):
        window.wait(Item(n, n, "x" * (n % 20)))
    assert [item.place for _ in range(50) if (item := window.take())] == list(range(50))  # more may come
    window.read_out()
    places = []
    while (item := window.take()) is not None:
        places.append(item.place)
    assert places[:50] == list(range(50, 100))  # what was read first is not put off for long
    assert sorted(places) == list(range(50, 200))
    oldest, longest = places[-64::2], [place % 20 for place in places[-63::2]]
    assert oldest == sorted(oldest)
    assert longest[:20] == sorted(longest[:20], reverse=True)


def test_one_worker_keeps_to_the_order() -> None:
    window = Window(ordered=True, lanes=1)
    for n in range(20):
        window.wait(Item(n, n, "x" * n))
    window.read_out()
    assert [item.place for _ in range(20) if (item := window.take())] == list(range(20))


# What is shown


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_rate_verdicts_and_how_long_it_takes(quick: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    list(quick.check_many_sync(["1", "2", "sleep 0.7", "3"]))
    last = screen.getvalue().rsplit("\r", 1)[-1]
    assert last.startswith("100%|")
    assert "4/4 [" in last
    assert "valid=4" in last
    screen.truncate(0)
    for _ in quick.check_many_sync(["sleep 0.71", "sleep 30"], total=9):
        break
    assert "1/9 [" in screen.getvalue().rsplit("\r", 1)[-1]
    assert screen.getvalue().endswith("\n")


def test_nothing_is_shown_of_what_is_quick_or_seen_by_nobody(
    quick: LeanPool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    list(quick.check_many_sync(["sleep 0.7"]))
    assert capfd.readouterr() == ("", "")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    list(quick.check_many_sync(["1"]))
    list(quick.check_many_sync(["sleep 0.8"], progress=False))
    assert screen.getvalue() == ""


async def test_the_loop_has_its_turns_meanwhile(quick: LeanPool) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    def codes() -> Iterator[str]:
        yield from (str(n % 3) for n in range(5000))

    task = asyncio.create_task(turn())
    assert len([check async for check in quick.check_many(codes())]) == 5000
    task.cancel()
    assert turns > 10


def test_the_functions_at_the_top_have_it_too() -> None:
    assert lean_magic.check_many.__doc__ == LeanPool.check_many.__doc__
    assert lean_magic.check_many_sync.__doc__ == LeanPool.check_many_sync.__doc__
