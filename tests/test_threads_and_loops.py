"""One pool among many threads: loops of their own, and callers without any, all at once."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable

import pytest
from loop_checks import CHECKS, check_sync

from lean_magic import LeanPool


def at_once(*functions: Callable[[], object]) -> None:
    """Run each in a thread; raise what any of them raised."""
    errors: list[BaseException] = []

    def guarded(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - whatever it was
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("check", CHECKS)
async def test_it_works_on_a_loop(pool: LeanPool, check: str) -> None:
    await CHECKS[check](pool, 1000)


def test_it_works_on_eight_loops_and_four_threads_without_one_at_the_same_time(pool: LeanPool) -> None:
    async def everything(number: int) -> None:
        checks = list(CHECKS.values())
        random.Random(number).shuffle(checks)
        for check in checks:
            await check(pool, number)

    looping = [lambda n=n: asyncio.run(everything(1000 + 20 * n)) for n in range(8)]
    blocking = [lambda n=n: check_sync(pool, 2000 + n) for n in range(4)]
    at_once(*looping, *blocking)
    assert pool.status().waiting == 0
    deadline = time.monotonic() + 30  # what was cancelled last takes a moment to stop
    while {worker.state for worker in pool.status().workers} != {"idle"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_loops_that_end_in_the_midst_of_it_hold_nothing_up(pool: LeanPool) -> None:
    async def leave(number: int) -> None:
        task = asyncio.create_task(pool.run(f"partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin {number}"))
        await asyncio.sleep(0.1)
        task.add_done_callback(lambda task: task.cancelled() or task.exception())  # asyncio.run cancels it

    at_once(*[lambda n=n: asyncio.run(leave(n)) for n in range(6)])
    assert pool.run_sync("#eval 1").infos[0].text == "1"
    assert pool.status().waiting == 0


def test_what_one_thread_started_another_goes_on_with(pool: LeanPool) -> None:
    env = pool.run_sync("def f := 2").env
    states = asyncio.run(asyncio.wait_for(pool.prove("theorem t (p : Prop) (h : p) : p ∧ f = 2", env), 100))
    steps: list[bool] = []

    async def go_on() -> None:
        steps.append((await (await states.tactic("refine ⟨h, ?_⟩")).tactic("rfl")).completed)

    at_once(*[lambda: asyncio.run(go_on()) for _ in range(6)])
    assert steps == [True] * 6
