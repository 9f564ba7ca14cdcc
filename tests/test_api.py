from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator

import pytest

import lean_magic as lean
from lean_magic import api


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    lean.shutdown()
    yield
    lean.shutdown()
    api._shared.settings = {}


async def test_the_functions_at_the_top_share_one_pool_made_when_needed() -> None:
    result = await lean.run("theorem t (p : Prop) (hp : p) : p := by sorry")
    assert lean.run_sync("#check t", env=result.env).ok
    assert (await lean.tactic(result.sorries[0].state, "exact hp")).ok
    assert lean.tactic_sync(lean.prove_sync("theorem t : 1 = 1"), "rfl").ok
    assert (await lean.prove("theorem t : 1 = 1")).goals[0].target == "1 = 1"
    assert len(lean.status().workers) == 1
    lean.restart()
    lean.shutdown()
    state = result.sorries[0].state
    with pytest.raises(lean.PoolClosedError, match=r"lean_magic\.tactic"):
        await state.tactic("exact hp")
    assert (await lean.tactic(state, "exact hp")).ok


def test_one_pool_is_made_however_many_threads_ask() -> None:
    pools: list[lean.LeanPool] = []
    threads = [threading.Thread(target=lambda: pools.append(lean.default_pool())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pools)) == 1


def test_the_pool_can_be_configured() -> None:
    former = lean.default_pool()
    lean.configure(workers=3, timeout=7)
    assert lean.default_pool() is not former
    assert (lean.status().limit, lean.default_pool().timeout) == (3, 7)
    with pytest.raises(lean.InputError):
        lean.configure(workers=0)
    assert lean.status().limit == 3


def test_functions_look_like_the_methods_they_stand_for() -> None:
    assert list(inspect.signature(lean.run).parameters)[:3] == ["code", "env", "timeout"]
    assert lean.run.__doc__ == lean.LeanPool.run.__doc__
    assert repr(lean.run).startswith("<function run ")
