"""The pool among the event loops of others."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys

import psutil
import pytest

from lean_magic import LeanPool, PoolClosedError

NESTED = """
import asyncio, contextlib, threading
import lean_magic as lean
import nest_asyncio

assert lean.run_sync("#eval 1").ok  # the pool's loop runs before it is applied

async def cell():
    nest_asyncio.apply()
    assert (await lean.run("#eval 2")).ok
    assert lean.run_sync("#eval 3").ok
    assert asyncio.run(nested()).ok
    assert asyncio.get_running_loop().run_until_complete(lean.run("#eval 4")).ok
    results = await asyncio.gather(*[lean.run(f"#eval {n}") for n in range(10)])
    assert [result.infos[0].text for result in results] == [str(n) for n in range(10)]
    result = await lean.run(LOOP, timeout=1)
    assert result.verdict == "timeout"
    task = asyncio.create_task(lean.run(LOOP))
    await asyncio.sleep(0.5)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    else:
        raise AssertionError
    threads = [threading.Thread(target=elsewhere) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lean.restart()
    assert (await lean.run("#eval 6")).ok

async def nested():
    return await lean.run("#eval 7")

def elsewhere():
    with contextlib.closing(asyncio.new_event_loop()) as loop:  # the `asyncio.run` of nest_asyncio never closes its own
        assert loop.run_until_complete(lean.run("#eval 5")).ok

LOOP = "partial def forever (n : Nat) : Nat := forever (n + 1)\\n#eval forever 0"
asyncio.run(cell())
lean.shutdown()
assert lean.run_sync("#eval 8").ok  # and a loop that begins after it is applied
print("done")
"""


@pytest.mark.parametrize("module", ["nest_asyncio", "nest_asyncio2"])
def test_nest_asyncio_may_have_been_applied(module: str) -> None:
    code = NESTED.replace("nest_asyncio", module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_one_pool_serves_loops_that_come_and_go(pool: LeanPool) -> None:
    for _ in range(3):
        assert asyncio.run(pool.run("#eval 1")).ok


def test_nothing_is_left_of_a_pool() -> None:
    import threading

    before = threading.active_count()
    with LeanPool() as pool:
        assert pool.run_sync("#eval 1").ok
        (lean,) = [psutil.Process(worker.pid) for worker in pool.status().workers]
    assert not lean.is_running()
    assert threading.active_count() == before
    gc.collect()  # shows whatever was not closed as a ResourceWarning
    with pytest.raises(PoolClosedError, match="shut down"):
        pool.run_sync("#eval 1")
    pool.shutdown()


async def test_a_pool_is_an_asynchronous_context_manager() -> None:
    async with LeanPool() as pool:
        assert pool.on_progress is None
    with pytest.raises(PoolClosedError):
        await pool.run("#eval 1")


def test_a_fork_cannot_use_or_harm_its_parents_pool(pool: LeanPool) -> None:
    import multiprocessing

    assert pool.run_sync("#eval 1").ok
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def child() -> None:
        try:
            pool.run_sync("#eval 1")
        except PoolClosedError as error:
            pool.shutdown()
            queue.put(str(error))

    process = context.Process(target=child)
    process.start()
    assert "forked" in queue.get(timeout=60)
    process.join()
    assert pool.run_sync("#eval 1").ok
