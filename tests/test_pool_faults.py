"""What the pool makes of faults that the real Lean server cannot be made to show."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest
from conftest import FaultyToolchain

from lean_magic import EnvRef, LeanPool, LeanResult, PoolClosedError, ProofState, ReplayError, StartError, StateRef
from lean_magic.pool._loop import LoopThread
from lean_magic.protocol import encode

MakePool = Callable[..., LeanPool]


@pytest.mark.parametrize(
    ("command", "verdict", "attempts"),
    [
        ("garbage", "crashed", 2),
        ("not_utf8", "crashed", 2),
        ("wrong_reply", "crashed", 2),
        ("half", "crashed", 1),
        ("exit 1", "crashed", 1),
        ("sleep 1000", "timeout", 2),
    ],
)
def test_a_fault_is_one_request_s_verdict_and_the_pool_goes_on(
    faulty_pool: MakePool, command: str, verdict: str, attempts: int
) -> None:
    pool = faulty_pool(timeout=1)
    before = pool.run_sync("before")
    result = pool.run_sync(command, before.env)
    assert (result.verdict, result.attempts, result.env) == (verdict, attempts, None)
    assert result.detail
    after = pool.run_sync("after", before.env, timeout=60)
    assert (after.verdict, after.infos[0].text) == ("valid", "0")  # the environment was built again, as number 0
    assert pool.status().restarts == attempts


def test_what_needs_too_much_memory_itself_gets_one_fresh_worker(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    before = pool.run_sync("before")
    for attempts in 2, 1:
        result = pool.run_sync("die_with_words out of memory")
        assert (result.verdict, result.attempts, result.env) == ("out_of_memory", attempts, None)
    assert pool.run_sync("after", before.env).infos[0].text == "0"
    assert pool.status().restarts == 3


def test_what_finds_too_little_memory_left_runs_again_on_a_fresh_worker(faulty_pool: MakePool) -> None:
    pool = faulty_pool(workers=2)

    async def three(*commands: str) -> list[LeanResult]:
        return await asyncio.gather(*map(pool.run, commands))

    asyncio.run(three("sleep 0.2", "sleep 0.2", "sleep 0.2"))
    results = asyncio.run(three("cramped", "sleep 1", "cramped"))
    assert [(result.verdict, result.attempts) for result in results] == [("valid", 2), ("valid", 1), ("valid", 2)]
    kept = pool.status().workers[0]
    assert (kept.environments, pool.run_sync("after", results[1].env).attempts) == (2, 1)


def test_who_waits_for_a_fresh_worker_hears_that_none_comes_up(faulty_pool: MakePool, tmp_path: Path) -> None:
    pool = faulty_pool("dies where there is", str(tmp_path / "trouble"), workers=2)
    pool.run_sync("before")
    (tmp_path / "trouble").touch()
    with pytest.raises(StartError, match="no such library"):
        pool.run_sync("cramped")


def test_a_worker_is_replaced_before_it_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyToolchain, "memory_ceiling", 150_000_000)
    with LeanPool(toolchain=FaultyToolchain()) as pool:
        pool.run_sync("hoard 130000000")
        deadline = time.monotonic() + 60
        while not pool.status().restarts:
            assert time.monotonic() < deadline
            assert pool.run_sync("after").ok


def test_the_kernel_limits_the_memory_of_native_programs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyToolchain, "counts_addresses", True)
    with LeanPool(toolchain=FaultyToolchain(), memory_limit=500_000_000) as pool:
        result = pool.run_sync("allocate 100000000000")
        assert result.verdict == "out_of_memory"
        assert "out of memory" in result.detail


def test_the_scratch_folder_of_a_pool_that_was_killed_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from conftest import FaultyToolchain
from lean_magic import LeanPool
pool = LeanPool(toolchain=FaultyToolchain())
pool.run_sync("before")
print("up", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout
        other.stdout.readline()
        (theirs,) = (path for path in tmp_path.iterdir() if path.is_dir())
        with LeanPool(toolchain=FaultyToolchain()) as pool:
            pool.run_sync("before")
            assert theirs.is_dir()  # somebody lives there
            assert len(list(tmp_path.iterdir())) == 4
        other.kill()
        other.wait()
        with LeanPool(toolchain=FaultyToolchain()) as pool:
            pool.run_sync("before")
            assert not theirs.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_died_idle_is_replaced_unnoticed(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    env = pool.run_sync("before").env
    psutil.Process(pool.status().workers[0].pid).kill()
    while pool.status().workers:
        time.sleep(0.01)
    assert pool.run_sync("after", env).infos[0].text == "0"


def test_an_environment_that_a_worker_forgot_is_built_again_once(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    result = pool.run_sync("forget")
    assert (result.verdict, result.attempts) == ("crashed", 2)


def test_a_replay_that_goes_another_way_is_noticed(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    env = pool.run_sync("random").env
    assert pool.run_sync("after", env).ok
    pool.restart()
    result = pool.run_sync("after", env)
    assert result.verdict == "crashed"
    assert "again failed" in result.detail
    assert "depends on more than its text" in result.detail


def test_a_start_that_fails_is_told_to_everyone_who_waits(faulty_pool: MakePool) -> None:
    pool = faulty_pool("dies at start", workers=2)

    async def both() -> list[object]:
        return await asyncio.gather(pool.run("a"), pool.run("b"), return_exceptions=True)

    assert [type(error) for error in asyncio.run(both())] == [StartError, StartError]
    assert "no such library" in pool.status().problem


def test_a_request_that_cannot_be_sent_ends(faulty_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    def encode_some(request: Mapping[str, object]) -> bytes:
        if "unsendable" in str(request):
            raise TypeError("not today")
        return encode(request)

    monkeypatch.setattr("lean_magic.repl._process.encode", encode_some)
    pool = faulty_pool()
    env = pool.run_sync("before").env
    for code, parent in ("unsendable", None), ("after", pool.run_sync("x").env), ("unsendable", env):
        result = pool.run_sync(code, parent, timeout=60)
        assert (result.verdict, "not today" in result.detail) == (
            ("valid", False) if code == "after" else ("crashed", True)
        )
    pool.restart()  # so that what is gone on from has to be sent once more
    assert pool.run_sync("after", env).ok
    assert [check.verdict for check in pool.check_many_sync(["unsendable", "1"])] == ["crashed", "valid"]


def test_a_scratch_folder_that_was_removed_is_made_again(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    pool.run_sync("before")
    shutil.rmtree(psutil.Process(pool.status().workers[0].pid).cwd())
    assert pool.run_sync("exit 1").verdict == "crashed"
    assert pool.run_sync("after").ok


def test_workers_run_at_the_same_time_and_one_waits_for_one(faulty_pool: MakePool) -> None:
    pool = faulty_pool(workers=2)

    async def three() -> list[str | None]:
        return [result.worker for result in await asyncio.gather(*[pool.run("sleep 0.5") for _ in range(3)])]

    assert sorted(filter(None, asyncio.run(three())))[::2] == ["worker 1", "worker 2"]
    assert len(pool.status().workers) == 2


def test_a_worker_that_holds_the_environment_is_preferred(faulty_pool: MakePool) -> None:
    pool = faulty_pool(workers=2)

    async def two() -> list[object]:
        return list(await asyncio.gather(pool.run("sleep 0.2"), pool.run("sleep 0.3")))

    first, second = asyncio.run(two())
    for result in [first, second, first, second]:
        assert pool.run_sync("after", result.env).worker == result.worker


def test_restart_and_shutdown_cancel_what_is_under_way(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    pool.run_sync("before")
    for stop in pool.restart, pool.shutdown:
        verdicts: list[str] = []
        threads = [
            threading.Thread(target=lambda: verdicts.append(pool.run_sync("sleep 1000").verdict)) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while not (pool.status().waiting == 1 and pool.status().workers):
            time.sleep(0.01)
        stop()
        for thread in threads:
            thread.join()
        assert verdicts == ["cancelled", "cancelled"]
    with pytest.raises(PoolClosedError):
        pool.run_sync("after")


async def test_cancelling_a_caller_frees_the_worker(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.gather(pool.run("sleep 1000"), pool.run("sleep 1000"))
    assert (await pool.run("after")).ok
    assert pool.status().waiting == 0


def test_a_pool_that_nobody_holds_ends() -> None:
    pool = LeanPool(toolchain=FaultyToolchain())
    result = pool.run_sync("before")
    process = psutil.Process(pool.status().workers[0].pid)
    del pool
    gc.collect()
    assert result.ok
    assert psutil.wait_procs([process], timeout=10)[1] == []


def test_progress_is_told_and_its_failure_harms_nothing(faulty_pool: MakePool) -> None:
    stages: list[str] = []

    def show(progress: object) -> None:
        stages.append(progress.stage)  # type: ignore[attr-defined]
        raise RuntimeError("the display is gone")

    assert faulty_pool(on_progress=show).run_sync("anything").ok
    assert stages == ["Starting Lean", "Starting Lean"]


def test_a_proof_state_that_is_no_longer_there_is_not_made_up(faulty_pool: MakePool) -> None:
    state = ProofState(StateRef(EnvRef("faulty", "no sorry here"), "sorries", 0), (), "")
    with pytest.raises(ReplayError, match="another answer"):
        faulty_pool().tactic_sync(state, "simp")


def test_shutdown_in_the_midst_of_a_replay_cancels_it(faulty_pool: MakePool) -> None:
    for milliseconds in range(1, 9):
        pool = faulty_pool()
        env = None
        for number in range(40):
            env = pool.run_sync(str(number), env).env
        pool.restart()
        pool.run_sync("warm")
        results: list[LeanResult] = []
        caller = threading.Thread(target=lambda pool=pool, env=env: results.append(pool.run_sync("last", env)))
        started = pool.stats().requests
        caller.start()
        while not pool.stats().running and pool.stats().requests == started:
            pass
        time.sleep(milliseconds / 1000)
        pool.shutdown()
        caller.join(30)
        assert [result.verdict for result in results] in (["cancelled"], ["valid"])


def test_a_fork_may_end_while_another_thread_uses_the_pool() -> None:
    thread = LoopThread("test")
    inside, leave = threading.Event(), threading.Event()

    def stay() -> bool:
        inside.set()
        return leave.wait(60)

    other = threading.Thread(target=thread.hand_over, args=(stay, print))
    other.start()
    inside.wait()
    if not (child := os.fork()):
        signal.alarm(10)
        thread.close(lambda: asyncio.sleep(0))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    leave.set()
    other.join()
    thread.close(lambda: asyncio.sleep(0))


def test_a_finalizer_may_call_from_the_thread_of_the_pool() -> None:
    thread = LoopThread("test")
    called = threading.Event()

    async def finalize() -> None:
        thread.call_soon(called.set)

    thread.call(finalize)
    assert called.wait(10)
    thread.close(lambda: asyncio.sleep(0))
