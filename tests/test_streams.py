"""How far a run is, while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from lean_magic import InputError, LeanPool, LeanResult, Position, Update

SLOW = "import Lean\n" + "\n".join(f"run_meta IO.sleep 120\n#eval {n}" for n in range(5))
ENDLESS = '#eval "so far"\nrun_meta while true do Lean.Core.checkInterrupted'


def said(updates: list[Update]) -> list[str]:
    return [message.text for update in updates for message in update.messages]


async def test_a_stream_tells_each_message_once_and_ends_with_the_result(pool: LeanPool) -> None:
    news = [each async for each in pool.stream(SLOW)]
    *updates, result = news
    assert isinstance(result, LeanResult)
    assert result.ok
    assert len(updates) >= 3
    assert all(isinstance(update, Update) and update.stage == "running" for update in updates)
    told = said(updates)  # type: ignore[arg-type]
    texts = [message.text for message in result.messages]
    assert told == texts[: len(told)]
    assert texts == [str(n) for n in range(5)]
    positions = [update.position for update in updates]  # type: ignore[union-attr]
    assert positions == sorted(positions)
    assert positions[-1] > Position(2, 0)  # type: ignore[operator]


async def test_a_stream_that_is_left_stops_lean(pool: LeanPool) -> None:
    base = (await pool.run("import Lean")).env
    stopped = pool.stats().stopped
    async with contextlib.aclosing(pool.stream(ENDLESS, base)) as news:
        async for update in news:
            assert isinstance(update, Update)
            break
    async with asyncio.timeout(60):
        while pool.stats().running:
            await asyncio.sleep(0.05)
    assert pool.stats().stopped == stopped + 1
    assert (await pool.run("#eval 1", base)).ok


async def test_a_stream_of_what_times_out_ends_with_that(pool: LeanPool) -> None:
    base = (await pool.run("import Lean")).env
    *_, result = [each async for each in pool.stream(ENDLESS, base, timeout=1)]
    assert isinstance(result, LeanResult)
    assert result.verdict == "timeout"
    assert [message.text for message in result.infos] == ['"so far"']


async def test_bad_input_is_told_by_a_stream_too(pool: LeanPool) -> None:
    with pytest.raises(InputError):
        async for _ in pool.stream(5):  # type: ignore[arg-type]
            pass


async def test_progress_is_told_in_the_caller_s_loop(pool: LeanPool) -> None:
    threads: list[int] = []
    updates: list[Update] = []

    def tell(update: Update) -> None:
        threads.append(threading.get_ident())
        updates.append(update)
        raise RuntimeError("the display is gone")

    assert (await pool.run(SLOW, on_progress=tell)).ok
    assert len(updates) >= 3
    assert set(threads) == {threading.get_ident()}


def test_progress_is_told_in_the_caller_s_thread(pool: LeanPool) -> None:
    threads: list[int] = []
    assert pool.run_sync(SLOW, on_progress=lambda _: threads.append(threading.get_ident())).ok
    assert len(threads) >= 3
    assert set(threads) == {threading.get_ident()}


def test_a_replay_is_told(pool: LeanPool) -> None:
    env = pool.run_sync("def first := 1").env
    env = pool.run_sync("def second := first + 1", env).env
    pool.restart()
    updates: list[Update] = []
    assert pool.run_sync("#eval second", env, on_progress=updates.append).infos[0].text == "2"
    assert [update.stage for update in updates].count("replaying") == 2
    assert "building again" in str(updates[0])
