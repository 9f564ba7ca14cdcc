"""Jobs in a real kernel on real Lean, which is restarted and interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from frontend import Kernel


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.shutdown()


def value(kernel: Kernel, code: str) -> Any:
    """Return what a cell prints as JSON."""
    cell = kernel.run(f"import json, lean_magic as lean\n{code}")
    assert not cell.ename, cell
    return json.loads(cell.text)


SUBMITS = r"""
SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"
base = await lean.run("def kept := 41")
done = await lean.submit("theorem done (p : Prop) (h : p) : p := by sorry")
await done.wait()
running = await lean.submit(SPIN, timeout=6)
waiting = await lean.submit("example : kept + 1 = 42 := by decide", env=base.env)
while running.status != "running":
    await asyncio.sleep(0.01)
print(json.dumps([done.id, running.id, waiting.id, waiting.status]))
"""

ASKS = """
results = [await lean.get_result(job) for job in {jobs}]
state = await results[0].sorries[0].state.tactic("exact h")
more = await lean.run("example : done = done := rfl", results[0].env)
print(json.dumps([[result.verdict for result in results], state.completed, more.verdict]))
"""

NESTED = """
import nest_asyncio, asyncio
nest_asyncio.apply()

async def nested():
    job = await lean.submit("#eval 6 * 7")
    return (await job.result()).messages[0].text

print(json.dumps([asyncio.run(nested()), lean.submit_sync("#eval 6 * 8").result_sync().messages[0].text]))
"""


def test_jobs_survive_a_restart_of_the_kernel_and_an_interrupt(kernel: Kernel) -> None:
    *jobs, status = value(kernel, f"import asyncio{SUBMITS}")
    assert status == "pending"
    kernel.restart()
    listed = kernel.run("%leanctl jobs")
    assert [line.split()[0] for line in listed.text.splitlines()[1:4]] == jobs[::-1]
    assert "<table>" in listed.outputs[0]["data"]["text/html"]
    kernel.run("import lean_magic as lean")
    for waits in ("job.wait_sync()", "await job.wait()"):
        wait = f"job = lean.jobs()[1]\n{waits}"
        cell = kernel.run(wait, busy=kernel.manager.interrupt_kernel)
        assert cell.traceback[-1].endswith("interrupted; the job goes on."), cell
    assert value(kernel, ASKS.format(jobs=jobs)) == [["sorry", "timeout", "valid"], True, "sorry"]
    assert value(kernel, NESTED) == ["42", "48"]
