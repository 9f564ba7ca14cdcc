"""Whose turn it is, and how many workers there are: with the stand-in, whose requests take as long as they say."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lean_magic import InputError, LeanPool, LeanResult, PoolBusyError, PoolClosedError, PoolEvent

MakePool = Callable[..., LeanPool]


async def in_order(pool: LeanPool, *runs: tuple[str, dict[str, Any]]) -> list[str]:
    """Submit some code while the only worker is busy; return in which order it was run."""
    order: list[str] = []

    async def run(code: str, asked: dict[str, Any]) -> None:
        await pool.run(code, **asked)
        order.append(code)

    busy = asyncio.create_task(pool.run("sleep 1"))
    while pool.stats().running == 0:
        await asyncio.sleep(0.01)
    tasks = [asyncio.create_task(run(*each)) for each in runs]
    await asyncio.gather(busy, *tasks)
    return order


async def test_interactive_requests_overtake_batch_ones(faulty_pool: MakePool) -> None:
    batch = [(f"batch {n}", {"priority": "batch"}) for n in range(3)]
    order = await in_order(faulty_pool(), *batch, ("interactive", {}))
    assert order == ["interactive", "batch 0", "batch 1", "batch 2"]


async def test_callers_take_turns(faulty_pool: MakePool) -> None:
    runs = [(f"{caller} {n}", {"caller": caller}) for caller in ("a", "b") for n in range(3)]
    assert await in_order(faulty_pool(), *runs) == ["a 0", "b 0", "a 1", "b 1", "a 2", "b 2"]


async def test_many_callers_take_turns(faulty_pool: MakePool) -> None:
    runs = [(f"{n} of {caller}", {"caller": caller}) for caller in range(40) for n in range(1 + caller % 3)]
    order = await in_order(faulty_pool(), *runs)
    assert sorted(order) == sorted(code for code, _ in runs)
    assert [int(code.split()[0]) for code in order] == [0] * 40 + [1] * 26 + [2] * 13


def test_threads_are_callers(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    order: list[str] = []

    async def many(name: str, number: int) -> None:
        async def run(code: str) -> None:
            await pool.run(code)
            order.append(name)

        await asyncio.gather(*[run(f"sleep 0.05 {name} {n}") for n in range(number)])

    greedy = threading.Thread(target=asyncio.run, args=(many("greedy", 10),))
    greedy.start()
    while pool.status().waiting < 5:
        time.sleep(0.01)
    asyncio.run(many("modest", 1))
    assert order.index("modest") < 7
    greedy.join()


async def test_a_worker_first_takes_what_it_is_prepared_for_but_starves_nobody(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    await pool.run("import Lean\nfirst")
    prepared = [(f"import Lean\n{n}", {"caller": "same"}) for n in range(20)]
    order = await in_order(pool, ("import Std\nother", {"caller": "same"}), *prepared)
    assert order[0] == "import Lean\n0"
    assert 1 < order.index("import Std\nother") < 20


async def test_more_requests_than_the_queue_takes_wait_before_it(faulty_pool: MakePool) -> None:
    pool = faulty_pool(queue_limit=2)
    runs = [(str(n), {"caller": n % 2}) for n in range(10)]
    assert sorted(await in_order(pool, *runs)) == sorted(map(str, range(10)))
    # Within the queue callers take turns; the others enter in the order in which they came.
    assert pool.status().waiting == 0


async def test_who_may_not_wait_longer_is_told(faulty_pool: MakePool) -> None:
    pool = faulty_pool(min_workers=1, max_wait=0.2)
    while not pool.status().workers:
        await asyncio.sleep(0.02)
    busy = asyncio.create_task(pool.run("sleep 2"))
    while not pool.stats().running:
        await asyncio.sleep(0.02)
    with pytest.raises(PoolBusyError, match=r"0\.2 s"):
        await pool.run("after")
    assert (await busy).ok
    assert (await pool.run("after")).ok


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_workers_are_there_from_the_beginning_and_come_and_go_with_the_load(faulty_pool: MakePool) -> None:
    pool = faulty_pool(min_workers=2, max_workers=3, idle_timeout=0.3)
    eventually(lambda: len(pool.status().workers) == 2)

    async def load() -> None:
        await asyncio.gather(*[pool.run("sleep 0.5") for _ in range(4)])

    asyncio.run(load())
    assert pool.stats().workers_started == 3
    eventually(lambda: len(pool.status().workers) == 2)
    time.sleep(1)
    assert len(pool.status().workers) == 2


def test_spares_have_their_header_ready_and_are_kept_for_it(faulty_pool: MakePool) -> None:
    pool = faulty_pool(max_workers=2, init={"import Lean": 1})
    eventually(lambda: len(pool.status().workers) == 1)
    assert pool.status().workers[0].headers == ("import Lean",)

    async def both() -> list[LeanResult]:
        return await asyncio.gather(pool.run("sleep 0.3"), pool.run("sleep 1"))

    while len(pool.status().workers) < 2:
        asyncio.run(both())
    spare = next(worker.name for worker in pool.status().workers if "import Lean" in worker.headers)
    assert pool.run_sync("anything").worker != spare
    assert pool.run_sync("import  Lean -- and so on\nanything").worker == spare
    pool.run_sync("import Lean\nexit 1")
    eventually(lambda: any("import Lean" in worker.headers for worker in pool.status().workers))


@pytest.mark.parametrize(("setting", "reason"), [({"max_uses": 3}, "requests"), ({"max_age": 0.5}, "older")])
def test_worn_workers_are_replaced_without_dropping_a_request(
    faulty_pool: MakePool, setting: dict[str, Any], reason: str
) -> None:
    events: list[PoolEvent] = []
    pool = faulty_pool(workers=2, on_event=events.append, **setting)
    env = pool.run_sync("before").env

    async def many() -> list[LeanResult]:
        return await asyncio.gather(*[pool.run("sleep 0.1", env) for _ in range(12)])

    results = asyncio.run(many())
    assert [result.verdict for result in results] == ["valid"] * 12
    assert {result.attempts for result in results} == {1}
    ends = [event for event in events if event.kind == "worker_ended"]
    assert ends
    assert all(reason in event.detail for event in ends)


def test_a_pool_that_is_drained_ends_what_it_was_given(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    verdicts: list[str] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(pool.run_sync("sleep 0.2").verdict), daemon=True)
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: pool.stats().running + pool.stats().waiting == 3)
    draining = threading.Thread(target=pool.drain)
    draining.start()
    refused = False
    while not refused:
        try:
            pool.run_sync("late")
        except PoolClosedError:
            refused = True
    for thread in [*threads, draining]:
        thread.join()
    assert verdicts == ["valid"] * 3


def test_workers_that_are_too_large_together_are_ended_the_idle_ones_first(faulty_pool: MakePool) -> None:
    events: list[PoolEvent] = []
    pool = faulty_pool(min_workers=2, pool_memory_limit=600_000_000, on_event=events.append)
    eventually(lambda: len(pool.status().workers) == 2)

    async def both(*codes: str) -> list[LeanResult]:
        return await asyncio.gather(*map(pool.run, codes))

    first, second = asyncio.run(both("hoard 400000000", "hoard 400000000"))
    eventually(lambda: any("The pool used" in event.detail for event in events if event.kind == "worker_ended"))
    eventually(lambda: len(pool.status().workers) == 1)
    assert pool.run_sync("after", first.env).ok
    assert pool.run_sync("after", second.env).ok
    alone = pool.run_sync("allocate 900000000")
    assert alone.verdict == "out_of_memory"
    assert "pool" in alone.detail
    assert "GB" in alone.detail


def test_stats_tell_what_happened(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    env = pool.run_sync("one").env
    pool.run_sync("exit 1")
    pool.run_sync("two", env)
    pool.run_sync("garbage")
    stats = pool.stats()
    assert (stats.requests, stats.verdicts) == (5, {"valid": 2, "crashed": 2})
    assert (stats.replays, stats.retried, stats.workers_ended) == (1, 1, 3)
    assert 0 < stats.utilisation <= 1
    assert "5 requests; verdicts on code: 2 crashed, 2 valid" in str(stats)


def test_events_are_told_and_a_listener_that_fails_harms_nothing(faulty_pool: MakePool) -> None:
    events: list[PoolEvent] = []

    def listen(event: PoolEvent) -> None:
        events.append(event)
        raise RuntimeError("the listener is broken")

    assert faulty_pool(on_event=listen).run_sync("anything").ok
    assert [event.kind for event in events] == ["worker_started", "request_started", "request_ended"]
    assert events[0].worker == "worker 1"


@pytest.mark.parametrize(
    "settings",
    [
        {"min_workers": 3, "max_workers": 2},
        {"workers": 2, "max_workers": 3},
        {"init": {"import Lean": 2}, "workers": 1},
        {"init": {"import Lean": 0}},
        {"max_uses": 0},
        {"max_age": 0},
        {"idle_timeout": "soon"},
        {"queue_limit": 0},
        {"max_wait": float("nan")},
        {"pool_memory_limit": 1.5},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        LeanPool(**settings)


def test_a_priority_that_there_is_not_is_refused(faulty_pool: MakePool) -> None:
    with pytest.raises(InputError, match="interactive, batch"):
        faulty_pool().run_sync("code", priority="urgent")  # type: ignore[arg-type]


async def within(seconds: float, pool: LeanPool, code: str = "after") -> LeanResult:
    async with asyncio.timeout(seconds):
        return await pool.run(code)


async def test_a_listener_may_ask_the_pool(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    await pool.run("before")
    asked: list[int] = []

    def listen(_: PoolEvent) -> None:
        threading.Thread(target=lambda: asked.append(pool.stats().requests)).start()

    pool.on_event = listen
    assert (await within(30, pool)).ok
    pool.on_event = None
    eventually(lambda: bool(asked))


async def test_draining_ends_also_where_the_last_request_is_cancelled(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    await pool.run("before")
    running = asyncio.create_task(pool.run("sleep 0.5"))
    waiting = asyncio.create_task(pool.run("never"))
    while not pool.status().waiting:
        await asyncio.sleep(0.01)
    draining = asyncio.create_task(pool.aclose(drain=True))
    waiting.cancel()
    async with asyncio.timeout(30):
        assert (await running).ok
        await draining


async def test_a_worker_is_not_worn_out_by_getting_ready(faulty_pool: MakePool) -> None:
    pool = faulty_pool(max_uses=1, init={"import Lean": 1})
    for _ in range(3):
        assert (await within(60, pool)).ok
    assert pool.stats().workers_started <= 5


def test_workers_that_start_together_have_names_of_their_own(faulty_pool: MakePool) -> None:
    pool = faulty_pool(max_workers=3, init={"import Lean": 2, "import Std": 1})
    eventually(lambda: len(pool.status().workers) == 3)
    assert len({worker.name for worker in pool.status().workers}) == 3


def test_a_restart_while_a_header_is_loaded_is_no_trouble(faulty_pool: MakePool) -> None:
    pool = faulty_pool(init={"import Lean": 1})
    for _ in range(5):
        pool.restart()
    assert pool.run_sync("after").ok


async def test_the_queue_survives_the_death_of_a_worker_that_has_just_answered(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    await pool.run("before")
    async with asyncio.timeout(120):
        results = await asyncio.gather(pool.run("answer_and_die"), *[pool.run(f"code {n}") for n in range(500)])
    assert {result.verdict for result in results[1:]} == {"valid"}


async def test_cancelling_between_the_steps_of_a_replay_frees_the_worker(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    env = None
    for n in range(8):
        env = (await pool.run(f"link {n}", env)).env
    for n in range(8):
        pool.restart()
        task = asyncio.create_task(pool.run("sleep 1000", env))
        while not pool.stats().running:
            await asyncio.sleep(0.002)
        await asyncio.sleep(n / 1000)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert (await within(20, pool)).ok


async def two_workers(make_pool: MakePool) -> LeanPool:
    pool = make_pool(workers=2, min_workers=2)
    async with asyncio.timeout(60):
        while len(pool.status().workers) < 2:
            await asyncio.sleep(0.01)
    return pool


async def test_what_is_prepared_is_at_hand_on_all_workers(faulty_pool: MakePool) -> None:
    pool = await two_workers(faulty_pool)
    env = (await pool.run("second", (await pool.run("first")).env)).env
    assert env is not None
    pool.prepare(env)
    async with asyncio.timeout(60):
        while not all(worker.state == "idle" and worker.environments > 1 for worker in pool.status().workers):
            await asyncio.sleep(0.01)
    results = await asyncio.gather(*[pool.run(f"sleep 0.1{n}", env) for n in range(4)])
    assert all(result.ok for result in results)
    assert pool.stats().replays == 0
    with pytest.raises(InputError, match="EnvRef"):
        pool.prepare("code")  # type: ignore[arg-type]


async def test_preparation_makes_way_for_whoever_needs_the_worker(faulty_pool: MakePool, tmp_path: Path) -> None:
    pool = await two_workers(faulty_pool)
    gate, notes = tmp_path / "gate", tmp_path / "gate.notes"
    gate.touch()
    env = (await pool.run(f"wait {gate}")).env
    assert env is not None
    gate.unlink()
    pool.prepare(env)
    async with asyncio.timeout(60):
        while notes.read_text().count("began") < 2:
            await asyncio.sleep(0.01)
        busy = asyncio.create_task(pool.run("sleep 1000"))
        while pool.stats().running == 0:
            await asyncio.sleep(0.01)
        assert (await pool.run("after")).ok
    busy.cancel()


async def test_what_a_caller_leaves_in_the_moment_of_its_answer_is_not_kept(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    await pool.run("before")
    for _ in range(300):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.0005):
                await pool.run("quick")
    kept = pool.status().workers[0]
    assert (await within(20, pool)).ok
    assert kept.environments <= 60


def test_a_caller_that_cannot_be_told_from_others_is_refused(faulty_pool: MakePool) -> None:
    with pytest.raises(InputError, match="hashable"):
        faulty_pool().run_sync("code", caller=["me"])  # type: ignore[arg-type]


def test_figures_can_be_asked_for_after_the_end(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    pool.run_sync("before")
    pool.shutdown()
    assert (pool.stats().requests, pool.status().workers) == (1, ())


def test_a_header_that_costs_the_worker_is_given_up(faulty_pool: MakePool) -> None:
    pool = faulty_pool("dies of headers", init={"import Lean": 1})
    assert pool.run_sync("after").ok
    assert pool.stats().workers_started == 1
