"""What goes wrong in the midst of many codes: nothing that is finished is lost, nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from lean_magic import LeanPool, PoolClosedError
from lean_magic.store import Store

MakePool = Callable[..., LeanPool]

SLOW = "sleep 1000"


@pytest.fixture
def quick(faulty_pool: MakePool, tmp_path: Path) -> Iterator[LeanPool]:
    """A pool of two stand-ins with a store of its own, which must be at rest in the end."""
    pool = faulty_pool(workers=2, store=tmp_path / "store.sqlite3")
    yield pool
    at_rest(pool)


def at_rest(pool: LeanPool) -> None:
    """See that nothing runs or waits any more, and no thread of a batch is left."""
    deadline = time.monotonic() + 30
    while (
        pool.stats().running
        or pool.stats().waiting
        or any(thread.name == "lean-magic batch" for thread in threading.enumerate())
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def recorded(pool: LeanPool) -> list[str]:
    assert pool.store is not None
    return sorted(check.code for check in pool.store.log())


# The loop is left


def test_leaving_a_loop_stops_lean_and_keeps_what_is_finished(quick: LeanPool) -> None:
    for check in quick.check_many_sync(["1", "2", SLOW], ordered=False):
        if check.code == "2":
            break
    at_rest(quick)
    assert recorded(quick) == ["1", "2"]


def test_an_error_in_a_loop_stops_lean(quick: LeanPool) -> None:
    with pytest.raises(ZeroDivisionError):
        print([1 / 0 for _ in quick.check_many_sync(["1", SLOW])])
    at_rest(quick)
    checks = quick.check_many_sync(["1", SLOW])
    with pytest.raises(ZeroDivisionError), checks:
        print(len(next(checks).code) / 0)
    assert not any(thread.name == "lean-magic batch" for thread in threading.enumerate())
    assert list(checks) == []


async def test_leaving_an_asynchronous_loop_stops_lean(quick: LeanPool) -> None:
    async for _ in quick.check_many(["1", SLOW]):
        break
    await asyncio.to_thread(at_rest, quick)
    async with quick.check_many(["2", SLOW]) as checks:
        assert (await anext(checks)).code == "2"
    assert not any(thread.name == "lean-magic batch" for thread in threading.enumerate())
    assert [check async for check in checks] == []
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert recorded(quick) == ["1", "2"]


async def test_an_asynchronous_input_is_closed_with_the_loop(quick: LeanPool) -> None:
    is_closed = asyncio.Event()

    async def codes() -> AsyncIterator[str]:
        try:
            yield "1"
            await asyncio.sleep(1000)
        finally:
            is_closed.set()

    async for _ in quick.check_many(codes()):
        break
    await asyncio.wait_for(is_closed.wait(), 10)
    is_closed.clear()
    async with quick.check_many(codes()) as checks:
        await anext(checks)
    assert is_closed.is_set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_what_nobody_holds_ends_also_without_its_loop(quick: LeanPool) -> None:
    async def begin() -> object:
        checks = quick.check_many(["1", SLOW])
        await anext(checks)
        return checks

    checks = asyncio.run(begin())
    del checks
    gc.collect()
    at_rest(quick)
    blocking = quick.check_many_sync(["2", SLOW])
    next(blocking)
    ring = [blocking]
    ring.append(ring)  # type: ignore[arg-type]
    del blocking, ring
    gc.collect()
    at_rest(quick)
    quick.check_many_sync(["never begun"])
    quick.check_many(["never begun"])
    assert recorded(quick) == ["1", "2"]


# Interrupts and errors from outside


def test_ctrl_c_stops_lean_at_once_and_loses_nothing(quick: LeanPool) -> None:
    checks = quick.check_many_sync(["1", "2", SLOW, "3", "4"], batch="b")
    assert [next(checks).code for _ in range(2)] == ["1", "2"]
    deadline = time.monotonic() + 30
    while "4" not in recorded(quick):
        assert time.monotonic() < deadline
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        next(checks)
    assert caught.value._render_traceback_() == ["KeyboardInterrupt: interrupted; Lean was stopped."]  # type: ignore[attr-defined]
    assert not any(thread.name == "lean-magic batch" for thread in threading.enumerate())
    at_rest(quick)
    again = quick.check_many_sync(["1", "2", "sleep 0", "3", "4"], batch="b")
    assert [check.cached for check in again] == [True, True, False, True, True]


async def test_cancelling_who_waits_stops_lean(quick: LeanPool) -> None:
    codes: list[str] = []

    async def read() -> None:
        nonlocal codes
        async for check in quick.check_many(["1", SLOW]):
            codes += [check.code]

    task = asyncio.create_task(read())
    while not codes:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(thread.name == "lean-magic batch" for thread in threading.enumerate())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await anext(quick.check_many([SLOW]))
    assert recorded(quick) == ["1"]


async def test_an_error_in_the_input_stops_lean_and_loses_nothing_finished(quick: LeanPool) -> None:
    def codes() -> Iterator[str]:
        yield SLOW
        yield "1"
        while "1" not in recorded(quick):
            time.sleep(0.01)
        raise ZeroDivisionError

    async def asynchronous() -> AsyncIterator[str]:
        for code in codes():
            yield code

    with pytest.raises(ZeroDivisionError):
        list(quick.check_many_sync(codes()))
    for source in codes(), asynchronous():
        with pytest.raises(ZeroDivisionError):
            [check async for check in quick.check_many(source)]
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert set(recorded(quick)) == {"1"}


def test_a_pool_that_is_shut_down_in_the_midst_ends_the_batch(faulty_pool: MakePool, tmp_path: Path) -> None:
    pool = faulty_pool(workers=2, store=tmp_path / "store.sqlite3")
    checks = pool.check_many_sync(["1", SLOW, *map(str, range(2, 40))], batch="b", ordered=False)
    assert next(checks).ok
    pool.shutdown()
    with pytest.raises(PoolClosedError):
        list(checks)
    at_rest(pool)
    done = {check.code for check in Store(tmp_path / "store.sqlite3").log() if check.verdict == "valid"}
    assert "1" in done
    with pytest.raises(PoolClosedError):
        next(pool.check_many_sync(["new"]))
    other = faulty_pool(workers=2, store=tmp_path / "store.sqlite3")
    again = list(other.check_many_sync(["1", "sleep 0", *map(str, range(2, 40))], batch="b"))
    assert {check.code for check in again if check.cached} == done
    assert all(check.ok for check in again)  # also what had been cancelled


def test_a_restart_cancels_what_runs_and_the_batch_goes_on(quick: LeanPool) -> None:
    checks = quick.check_many_sync(["1", SLOW, "2"], batch="b")
    assert next(checks).ok
    while "2" not in recorded(quick):
        time.sleep(0.01)
    quick.restart()
    assert [(check.code, check.verdict) for check in checks] == [(SLOW, "cancelled"), ("2", "valid")]
    assert next(quick.check_many_sync(["3"])).ok
    again = [check.cached for check in quick.check_many_sync(["1", "2"], batch="b")]
    assert again == [True, True]
    assert [check.verdict for check in quick.check_many_sync([("1", SLOW)], batch="b", timeout=0.3)] == ["timeout"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on Windows")
def test_a_fork_cannot_go_on_with_it(quick: LeanPool) -> None:
    checks = quick.check_many_sync(["1", "2", "3"])
    assert next(checks).code == "1"
    if not (child := os.fork()):
        try:
            next(checks)
        except PoolClosedError as error:
            checks.close()
            os._exit(0 if "forked from" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [check.code for check in checks] == ["2", "3"]


def test_threads_may_share_the_results(quick: LeanPool) -> None:
    checks = quick.check_many_sync(str(n % 50) for n in range(400))
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.extend(check.id for check in checks)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == sorted(map(str, range(400)))


def test_a_mistake_within_reaches_who_waits(quick: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Store, "record", fail)
    with pytest.raises(ZeroDivisionError):
        list(quick.check_many_sync(["1", SLOW]))


# Faults of Lean


def test_a_code_that_kills_lean_costs_nobody_else_anything(quick: LeanPool) -> None:
    codes = ["1", "garbage", "2", "exit 1", "wrong_reply", "3", "garbage"]
    checks = list(quick.check_many_sync(codes))
    assert [check.verdict for check in checks] == [
        "valid",
        "crashed",
        "valid",
        "crashed",
        "crashed",
        "valid",
        "crashed",
    ]
    assert [check.id for check in checks] == list(range(7))


def test_a_batch_waits_for_workers_however_long_it_takes(faulty_pool: MakePool) -> None:
    pool = faulty_pool(workers=1, max_wait=0.1, store=False)
    checks = list(pool.check_many_sync([f"sleep 0.{n}" for n in range(1, 5)]))
    assert [check.verdict for check in checks] == ["valid"] * 4


_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import FaultyToolchain
from lean_magic import LeanPool
notes = Path({notes!r})
with LeanPool(2, toolchain=FaultyToolchain(), store={store!r}) as pool:
    for check in pool.check_many_sync((f"note {{notes}}/{{n}}" for n in range(400)), batch="b", progress=False):
        assert check.verdict == "valid"
        print(check.id, flush=True)
"""


def test_after_a_kill_no_result_is_lost_and_none_is_computed_twice_but_those_under_way(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    script = _RUN.format(tests=str(Path(__file__).parent), notes=str(notes), store=str(tmp_path / "store.sqlite3"))
    given = []
    for kill_after in 100, 250, None:
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            given = []
            for line in process.stdout:
                given.append(int(line))
                if len(given) == kill_after:
                    process.kill()
                    break
    assert given == list(range(400))
    runs = Counter({int(note.name): note.read_text().count("\n") for note in notes.iterdir()})
    assert set(runs) == set(range(400))
    # Under way at each of the two kills: one code for each worker, and what was being recorded.
    assert runs.total() <= 400 + 2 * (2 + 16)
    assert max(runs.values()) <= 3


# Defects of others


async def test_others_lose_failures_order_or_ids(quick: LeanPool) -> None:
    pairs = [(f"id {n}", f"sleep 0.{3 - n}" if n < 3 else f"exit {n}" if n % 2 else str(n)) for n in range(12)]
    for ordered in True, False:
        checks = [check async for check in quick.check_many(pairs, ordered=ordered, cache=False)]
        assert sorted((check.id, check.code) for check in checks) == sorted(pairs)  # type: ignore[type-var]
        assert Counter(check.verdict for check in checks) == {"valid": 7, "crashed": 5}
        assert not ordered or [check.id for check in checks] == [pair[0] for pair in pairs]


def test_others_take_long_texts_for_paths_and_know_codes_by_their_text_only(pool: LeanPool, tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    text = "-- " + "x" * 300 + "\n"
    former, pool._store = pool._store, store
    try:
        codes = [text + "theorem t : True := by sorry", text + "theorem t : True := trivial", text + "import Nowhere"]
        checks = list(pool.check_many_sync(codes))
        assert [check.verdict for check in checks] == ["sorry", "valid", "error"]
        assert [check.ok for check in checks] == [False, True, False]
        assert not any(check.cached for check in pool.check_many_sync(codes, options={"pp.all": True}))
    finally:
        pool._store = former
