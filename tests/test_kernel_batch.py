"""Many codes from a cell: the bar, and an interrupt, in a real kernel on real Lean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from frontend import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODES = """
lean.default_pool().store.clear()
codes = {"one": "#eval 1", "two": "#eval 2", "spin": "partial def spin (n : Nat) : Nat := spin (n + 1)\\n#eval spin 0"}
found = []
"""
_WARM = """
import time
lean.configure(min_workers=2)
while len(lean.status().workers) < 2:
    lean.run_sync("#eval 0")
    time.sleep(0.1)
"""
_LEFT = """
import threading
again = list(lean.check_many_sync({"one": "#eval 1", "two": "#eval 2"}, progress=False))
print(sum(check.cached for check in again), [thread.name for thread in threading.enumerate() if "batch" in thread.name])
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run(_WARM)
    yield kernel
    kernel.shutdown()


@pytest.mark.parametrize(
    "loop",
    [
        "for check in lean.check_many_sync({}): found.append(check)",
        "async for check in lean.check_many({}): found.append(check)",
    ],
    ids=["blocking", "awaiting"],
)
def test_an_interrupt_stops_it_and_loses_nothing(kernel: Kernel, loop: str) -> None:
    kernel.run(_CODES)
    cell = kernel.run(loop.format("codes"), busy=kernel.manager.interrupt_kernel, shows="%|")
    assert cell.traceback == [f"{cell.ename}: interrupted; Lean was stopped."]
    (bar,) = cell.outputs  # nothing else is shown, and it is no widget any more
    assert list(bar["data"]) == ["text/plain"]
    text = bar["data"]["text/plain"]
    finished = re.search(r"(\d)/3 \[.*code", text)
    assert finished, text
    assert f"valid={finished[1]}" in text or finished[1] == "0"
    assert kernel.run(_LEFT).text == f"{finished[1]} []\n"
