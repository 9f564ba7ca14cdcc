"""What must work on every event loop: the same checks for a plain loop, in a kernel, and where one may be nested.

Each takes the package or a pool, which have the same functions, and a number that Lean's answers must show.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import lean_magic

SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin {n}"


async def run(lean: Any, n: int) -> None:
    result = await lean.run(f"theorem t{n} : {n} = {n} := rfl\n#eval {n}")
    assert (result.verdict, [message.text for message in result.infos]) == ("valid", [str(n)])
    result = await lean.run(f"#check t{n}", result.env)
    assert result.infos[0].text == f"t{n} : {n} = {n}"


async def gather(lean: Any, n: int) -> None:
    results = await asyncio.gather(*[lean.run(f"#eval {n} + {m}") for m in range(10)])
    assert [result.infos[0].text for result in results] == [str(n + m) for m in range(10)]


async def tactic(lean: Any, n: int) -> None:
    state = await lean.prove(f"theorem t (p : Nat → Prop) (h : p {n}) : p {n} ∧ {n} = {n}")
    state = await state.tactic("constructor")
    first, second = await asyncio.gather(state.tactic("exact h"), lean.tactic(state, "case right => rfl"))
    assert [goal.target for goal in first.goals] == [f"{n} = {n}"]
    assert [goal.target for goal in second.goals] == [f"p {n}"]
    assert (await first.tactic("rfl")).completed
    with pytest.raises(lean_magic.TacticError, match=f"unknown{n}"):
        await second.tactic(f"exact unknown{n}")


async def timeout(lean: Any, n: int) -> None:
    env = (await lean.run(f"def kept := {n}")).env
    assert (await lean.run(SPIN.format(n=n), env, timeout=0.5)).verdict == "timeout"
    assert (await lean.run("#eval kept", env)).infos[0].text == str(n)


async def timeout_of_asyncio(lean: Any, n: int) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await lean.run(SPIN.format(n=n), timeout=1000)
    await run(lean, n)


async def cancel(lean: Any, n: int) -> None:
    task = asyncio.create_task(lean.run(SPIN.format(n=n), timeout=1000))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run(lean, n)


async def stream(lean: Any, n: int) -> None:
    code = "\n".join(f"#eval (do IO.sleep 60; IO.println {n + m} : IO Unit)" for m in range(5))
    *updates, result = [news async for news in lean.stream(code)]
    assert [message.text.strip() for message in result.infos] == [str(n + m) for m in range(5)]
    seen = [message for update in updates for message in update.messages]
    assert seen == list(result.messages[: len(seen)])
    lines = [update.position.line for update in updates if update.position is not None]
    assert lines == sorted(lines)
    assert len(lines) > 1


async def stream_that_is_left(lean: Any, n: int) -> None:
    news = lean.stream(f"#eval 0\n{SPIN.format(n=n)}", timeout=1000)
    async for _ in news:
        break
    await news.aclose()
    await run(lean, n)


async def progress(lean: Any, n: int) -> None:
    thread, told = threading.get_ident(), []
    await lean.run(f"#eval {n}\n#eval {n + 1}", on_progress=lambda update: told.append((threading.get_ident(), update)))
    assert told
    assert {where for where, _ in told} == {thread}


async def many(lean: Any, n: int) -> None:
    codes = {m: f"#eval {n} + {m}" for m in range(5)}
    texts = {check.id: check.result.infos[0].text async for check in lean.check_many(codes, progress=False)}
    assert texts == {m: str(n + m) for m in range(5)}
    async for check in lean.check_many([f"#eval {n}", SPIN.format(n=n)], timeout=1000, progress=False):
        assert check.ok
        break
    assert [check.cached for check in lean.check_many_sync([f"#eval {n}"], progress=False)] == [True]


async def sync_in_a_running_loop(lean: Any, n: int) -> None:
    assert lean.run_sync(f"#eval {n}").infos[0].text == str(n)
    state = lean.prove_sync(f"theorem t : {n} = {n}")
    assert state.tactic_sync("rfl").completed
    assert lean.run_sync(SPIN.format(n=n), timeout=0.3).verdict == "timeout"
    results = await asyncio.gather(asyncio.to_thread(lean.run_sync, f"#eval {n}"), lean.run(f"#eval {n + 1}"))
    assert [result.infos[0].text for result in results] == [str(n), str(n + 1)]


CHECKS: dict[str, Callable[[Any, int], Awaitable[None]]] = {
    check.__name__: check
    for check in (
        run,
        gather,
        tactic,
        timeout,
        timeout_of_asyncio,
        cancel,
        stream,
        stream_that_is_left,
        progress,
        many,
        sync_in_a_running_loop,
    )
}


def check_sync(lean: Any, n: int) -> None:
    """The same for who has no loop."""
    result = lean.run_sync(f"def kept := {n}\n#eval kept")
    assert (result.verdict, result.infos[0].text) == ("valid", str(n))
    assert lean.run_sync(SPIN.format(n=n), result.env, timeout=0.3).verdict == "timeout"
    state = lean.prove_sync(f"theorem t (p : Nat → Prop) (h : p kept) : p {n}", result.env)
    assert [goal.target for goal in state.goals] == [f"p {n}"]
    assert state.tactic_sync("exact h").completed
