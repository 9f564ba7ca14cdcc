"""Requests that end before their time: Lean stops, and its process keeps all the rest."""

from __future__ import annotations

import asyncio
import threading
import time

import psutil
import pytest

from lean_magic import DeadlineError, LeanPool, PoolEvent

LOOP = """#eval "so far"
def before := 1
run_meta while true do
  Lean.Core.checkInterrupted
def after := 1"""
UNSTOPPABLE = "example : (List.range 100000).foldl (fun a b => (a * b + 1) % 1000003) 1 = 0 := by decide +kernel"


@pytest.fixture(scope="module")
def lean() -> LeanPool:
    with LeanPool(workers=1, timeout=60) as pool:
        yield pool


def pid(pool: LeanPool) -> int:
    (worker,) = pool.status().workers
    return worker.pid


def test_a_timeout_keeps_the_worker_and_what_lean_said(lean: LeanPool) -> None:
    base = lean.run_sync("import Lean\ndef f := 2")
    first, replays = pid(lean), lean.stats().replays
    result = lean.run_sync(LOOP, base.env, timeout=0.5)
    assert (result.verdict, result.env) == ("timeout", None)
    assert [message.text for message in result.infos] == ['"so far"']
    assert "within 0.5 s" in result.detail
    assert "It was at line " in result.detail
    assert lean.run_sync("#eval f", base.env).infos[0].text == "2"
    assert (pid(lean), lean.stats().replays) == (first, replays)


def test_a_tactic_that_is_stopped_keeps_its_state(lean: LeanPool) -> None:
    state = lean.prove_sync("theorem t (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = f 0")
    first = pid(lean)
    with pytest.raises(DeadlineError, match="within"):
        state.tactic_sync(
            "set_option maxHeartbeats 0 in set_option maxRecDepth 100000000 in (have : f 0 = 1 := by simp only [h])",
            timeout=0.5,
        )
    assert state.tactic_sync("rfl").ok
    assert pid(lean) == first


async def test_who_leaves_is_not_waited_for(lean: LeanPool) -> None:
    base = (await lean.run("import Lean\ndef f := 2")).env
    first = pid(lean)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await lean.run(LOOP, base)
    task = asyncio.create_task(lean.run(LOOP, base))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await lean.run("#eval f", base)).infos[0].text == "2"
    assert pid(lean) == first


async def test_what_waits_can_be_cancelled(lean: LeanPool) -> None:
    base = (await lean.run("import Lean\ndef f := 2")).env
    running = asyncio.create_task(lean.run(LOOP, base, timeout=1))
    waiting = asyncio.create_task(lean.run(LOOP, base))
    while not lean.status().waiting:
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert lean.status().waiting == 0
    assert (await running).verdict == "timeout"


def test_what_does_not_stop_ends_with_its_process_and_loses_nothing() -> None:
    events: list[PoolEvent] = []
    with LeanPool(on_event=events.append) as pool:
        base = pool.run_sync("def f := 2").env
        first = pid(pool)
        result = pool.run_sync(UNSTOPPABLE, base, timeout=0.5)
        assert (result.verdict, result.attempts) == ("timeout", 1)
        assert pool.run_sync("#eval f", base).infos[0].text == "2"
        if pid(pool) != first:  # a Lean that does stop is all the better
            assert not psutil.pid_exists(first)
            assert "worker_ended" in {event.kind for event in events}


def test_each_verdict_has_a_real_cause() -> None:
    """Seven pieces of code, or of fate, and what becomes of them."""
    with LeanPool(memory_limit=1200 * 1024**2, timeout=60) as pool:
        assert pool.run_sync("theorem t : 1 = 1 := rfl").verdict == "valid"
        assert pool.run_sync("theorem t : 1 = 2 := sorry").verdict == "sorry"
        assert pool.run_sync("theorem t : 1 = 2 := rfl").verdict == "error"
        assert pool.run_sync("import Lean\n" + LOOP, timeout=0.5).verdict == "timeout"
        bomb = "def hoard (n : Nat) : List Nat := (List.range n).map (· + 2^40)\n#eval (hoard 100000000).length"
        bombed = pool.run_sync(bomb)
        assert bombed.verdict == "out_of_memory"
        assert "GB" in bombed.detail or "memory" in bombed.detail
        assert bombed.memory_peak > 600_000_000
        crashed = pool.run_sync("import Lean\n#eval (IO.Process.exit 3 : IO Unit)")
        assert (crashed.verdict, crashed.attempts) == ("crashed", 1)
        verdicts: list[str] = []
        thread = threading.Thread(target=lambda: verdicts.append(pool.run_sync("import Lean\n" + LOOP).verdict))
        thread.start()
        while not pool.stats().running:
            time.sleep(0.01)
        pool.restart()
        thread.join()
        assert verdicts == ["cancelled"]
        assert pool.run_sync("theorem t : 1 = 1 := rfl").ok


def test_a_result_tells_what_it_cost(lean: LeanPool) -> None:
    result = lean.run_sync("theorem t (a b c : Nat) (h : a < b) (k : b < c) : a < c := by omega")
    assert result.worker == "worker 1"
    assert result.attempts == 1
    assert 0 < result.cpu < 60
    assert 100_000_000 < result.memory_peak < 4_000_000_000
    assert 0 <= result.queued < 60


def test_a_worker_killed_from_outside_costs_the_request_only_time(lean: LeanPool) -> None:
    base = lean.run_sync("import Lean\ndef f := 2").env
    answers: list[object] = []
    code = "run_meta IO.sleep 1000\n#eval f"
    thread = threading.Thread(target=lambda: answers.append(lean.run_sync(code, base)))
    thread.start()
    while not lean.stats().running:
        time.sleep(0.01)
    psutil.Process(pid(lean)).kill()
    thread.join()
    (result,) = answers
    assert (result.verdict, result.attempts) == ("valid", 2)  # type: ignore[attr-defined]


def test_a_suspended_worker_is_replaced(lean: LeanPool) -> None:
    base = lean.run_sync("import Lean\ndef f := 2").env
    suspended = psutil.Process(pid(lean))
    suspended.suspend()
    result = lean.run_sync("#eval f", base)
    assert (result.verdict, result.attempts) == ("valid", 2)
    assert not suspended.is_running()
