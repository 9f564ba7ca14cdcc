"""The same on the loop of a real kernel: as it is, and where `nest_asyncio` or `nest_asyncio2` has been applied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from frontend import Kernel
from loop_checks import CHECKS, SPIN

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLIED = {
    "as it is": "",
    "nest_asyncio": "import nest_asyncio\nnest_asyncio.apply()\n",
    "nest_asyncio2": "import nest_asyncio2\nnest_asyncio2.apply()\n",
}
NESTED = [name for name, code in APPLIED.items() if code]
CODE = SPIN.format(n=0)


@pytest.fixture(scope="module", params=APPLIED)
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    kernel = Kernel()
    path = str(Path(__file__).parent)
    cell = kernel.run(f"import asyncio, sys\nsys.path.append({path!r})\n{APPLIED[request.param]}import loop_checks")
    assert cell.ename == "", cell
    kernel.nested = request.param in NESTED  # type: ignore[attr-defined]
    yield kernel
    kernel.shutdown()


def done(kernel: Kernel, code: str) -> None:
    """See that a cell runs to its end, and prints nothing else on the way."""
    cell = kernel.run(f"{code}\nprint('done')")
    assert (cell.text, cell.ename) == ("done\n", ""), cell


@pytest.mark.parametrize("check", CHECKS)
def test_it_works_in_a_cell(kernel: Kernel, check: str) -> None:
    done(kernel, f"await loop_checks.{check}(lean, 1000)")


@pytest.mark.parametrize("check", CHECKS)
def test_it_works_on_a_loop_within_the_loop(kernel: Kernel, check: str) -> None:
    inner = f"asyncio.run(loop_checks.{check}(lean, 2000))"
    if kernel.nested:  # type: ignore[attr-defined]
        done(kernel, inner)
    else:  # within a loop Python refuses it
        done(
            kernel,
            f"import threading\nthread = threading.Thread(target=lambda: {inner})\nthread.start(); thread.join()",
        )


def test_it_works_everywhere_at_once(kernel: Kernel) -> None:
    code = """
import threading
threads = [threading.Thread(target=loop_checks.check_sync, args=(lean, n)) for n in range(3000, 3003)]
threads += [threading.Thread(target=lambda n=n: asyncio.run(loop_checks.gather(lean, n))) for n in range(3100, 3103)]
for thread in threads: thread.start()
checks = set(loop_checks.CHECKS.values()) - {loop_checks.sync_in_a_running_loop}  # which would stop this loop
await asyncio.gather(*[check(lean, n) for n, check in enumerate(checks, 3200)])
for thread in threads: await asyncio.to_thread(thread.join)
"""
    done(kernel, code)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(f"await lean.run({CODE!r})", id="awaited"),
        pytest.param(f"lean.run_sync({CODE!r})", id="blocking"),
        pytest.param(f"%%lean\n{CODE}", id="magic"),
        pytest.param(f"asyncio.run(lean.run({CODE!r}))", id="nested"),
    ],
)
def test_an_interrupt_stops_it_and_the_next_cell_works(kernel: Kernel, code: str) -> None:
    if code.startswith("asyncio.run") and not kernel.nested:  # type: ignore[attr-defined]
        pytest.skip("there is no loop within a loop")
    done(kernel, "kept = lean.run_sync('def kept := 5').env")
    cell = kernel.run(code, busy=kernel.manager.interrupt_kernel)
    assert cell.ename in {"KeyboardInterrupt", "CancelledError", "LeanInterrupt"}, cell
    done(kernel, "assert (await lean.run('#eval kept', kept)).infos[0].text == '5'")
    done(kernel, "assert lean.status().waiting == 0")


def test_cells_that_come_while_one_waits_are_run_in_their_turn(kernel: Kernel) -> None:
    cells = [f"print((await lean.run('#eval {n}')).infos[0].text)" for n in range(5)]
    for code in cells[:-1]:
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": False}
        kernel.client.shell_channel.send(kernel.client.session.msg("execute_request", content))
    assert kernel.run(cells[-1]).text == "4\n"
