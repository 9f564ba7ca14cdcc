"""Faults that the real Lean server cannot be made to show."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import psutil
import pytest
from conftest import FaultyToolchain

from lean_magic import CrashedError, DeadlineError, OutOfMemoryError, ServerError, StartError
from lean_magic.repl import DiedIdleError, ReplProcess
from lean_magic.toolchain import Launch


async def start(scratch: Path, *arguments: str, memory_limit: int = 2**30, timeout: float = 60) -> ReplProcess:
    launch = FaultyToolchain(*arguments).launch(scratch)
    return await ReplProcess.start(launch, memory_limit=memory_limit, timeout=timeout)


async def ask(process: ReplProcess, command: str, timeout: float = 60) -> bytes:
    return (await process.exchange({"cmd": command}, timeout)).frame


async def end(process: ReplProcess) -> None:
    process.kill()
    await process.wait_closed()
    assert not psutil.pid_exists(process.pid)


async def test_it_answers(tmp_path: Path) -> None:
    process = await start(tmp_path)
    assert process.hello.lean == "4.28.0-pre"
    assert b'"env": 0' in await ask(process, "anything")
    assert process.usage().memory > 0
    await end(process)


async def test_frames_of_100_mb_and_requests_of_10_mb(tmp_path: Path) -> None:
    process = await start(tmp_path)
    assert len(await ask(process, "huge 100000000")) > 100_000_000
    assert b'"env": 1' in await ask(process, "x" * 10_000_000)
    await end(process)


async def test_a_flood_on_standard_error_blocks_nothing_and_its_end_is_kept(tmp_path: Path) -> None:
    process = await start(tmp_path)
    await ask(process, "flood 1000000")
    assert process.stderr.endswith("noise\n")
    assert len(process.stderr) < 100_000
    await end(process)


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("half", CrashedError, "exit status 0"),
        ("exit 3", CrashedError, "exit status 3"),
        ("signal SIGSEGV", CrashedError, "Segmentation fault"),
        ("die_with_words fatal error: disk on fire", CrashedError, "disk on fire"),
        ("die_with_words RangeError: Array buffer allocation failed", OutOfMemoryError, "allocation failed"),
        ("close_stdout", CrashedError, "closed a pipe"),
    ],
)
async def test_a_death_is_told_with_its_cause(
    tmp_path: Path, command: str, kind: type[ServerError], words: str
) -> None:
    process = await start(tmp_path)
    with pytest.raises(kind, match=words):
        await ask(process, command)
    assert not process.alive
    with pytest.raises(DiedIdleError):
        await ask(process, "anything")
    await end(process)


@pytest.mark.parametrize("command", ["sleep 1000", "deaf"])
async def test_a_deadline_ends_the_process(tmp_path: Path, command: str) -> None:
    process = await start(tmp_path)
    with pytest.raises(DeadlineError, match=r"within 0\.2 s"):
        await ask(process, command, 0.2)
    await end(process)


async def test_a_request_that_does_not_fit_into_the_pipe_has_a_deadline_too(tmp_path: Path) -> None:
    process = await start(tmp_path)
    with pytest.raises(DeadlineError):
        await ask(process, "deaf" + " " * 10_000_000, 0.5)
    await end(process)


async def test_memory_over_the_limit_ends_the_process(tmp_path: Path) -> None:
    process = await start(tmp_path, memory_limit=200_000_000)
    with pytest.raises(OutOfMemoryError, match=r"may use 0\.2 GB"):
        await ask(process, "allocate 400000000")
    await end(process)


async def test_what_nobody_asked_for_ends_the_process(tmp_path: Path) -> None:
    process = await start(tmp_path)
    await ask(process, "unasked")
    await process.wait_closed()
    with pytest.raises(CrashedError, match="nobody asked for"):
        await ask(process, "anything")


async def test_cancelling_ends_the_process(tmp_path: Path) -> None:
    process = await start(tmp_path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(process, "sleep 1000")
    await process.wait_closed()
    assert not psutil.pid_exists(process.pid)


@pytest.mark.parametrize("moment", range(8))
async def test_a_start_that_is_given_up_leaves_nothing(tmp_path: Path, moment: int) -> None:
    starting = asyncio.create_task(start(tmp_path, "mute", str(tmp_path)))
    for _ in range(moment):
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(30):
            await starting
    assert not [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in (p.info["cmdline"] or [])]
    gc.collect()  # shows what was not closed


async def test_children_are_killed_too(tmp_path: Path) -> None:
    process = await start(tmp_path)
    await ask(process, "child")
    (child,) = psutil.Process(process.pid).children()
    await end(process)
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


async def test_what_does_not_come_up_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no such library"):
        await start(tmp_path, "dies at start")
    with pytest.raises(StartError, match="within"):
        await start(tmp_path, "mute", timeout=0.5)
    with pytest.raises(StartError, match="No such file"):
        await ReplProcess.start(Launch(("/nowhere/lean",), tmp_path, {}), memory_limit=2**30, timeout=60)
    with pytest.raises(StartError, match="No such file"):
        await start(tmp_path / "nowhere")
