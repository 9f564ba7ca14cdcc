"""The whole of it in a real kernel on real Lean, seen from where a frontend sits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from frontend import PATIENCE, Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPIN = "%%lean\npartial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"


@pytest.fixture(scope="module")
def shared() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.shutdown()


@pytest.fixture
def kernel(shared: Kernel) -> Kernel:
    """A kernel with a session that holds nothing; Lean is up if a test before needed it."""
    shared.run("%reload_ext lean_magic")
    return shared


def test_first_use_shows_progress_and_then_the_result_in_its_place(kernel: Kernel) -> None:
    kernel.run("lean.shutdown()")
    cell = kernel.run("%%lean\n#eval 6 * 7")
    assert cell.displayed[0].startswith("Starting Lean")
    (output,) = cell.outputs
    assert output["data"]["text/plain"].startswith("   1 │ #eval 6 * 7\n1:0 info: 42\n✓ valid")
    assert "42" in output["data"]["text/html"]
    again = kernel.run("_")
    assert "42" in again.text
    assert kernel.run("%%lean\n#eval 6 * 8").displayed[0].startswith("   1 │ #eval 6 * 8")


def test_a_line_shows_its_result_in_the_place_of_the_progress_and_what_it_keeps_can_be_shown_again(
    kernel: Kernel,
) -> None:
    kernel.run("lean.shutdown()")
    cell = kernel.run("%lean -o kept #eval 6 * 7\nkept")
    assert cell.displayed[0].startswith("Starting Lean")
    assert ["info: 42" in output["data"]["text/plain"] for output in cell.outputs] == [True, True]


def test_progress_of_what_an_earlier_cell_caused_shows_in_the_cell_that_waits(kernel: Kernel) -> None:
    kernel.run("%lean -q partial def count (n : Nat) : Nat := if n = 0 then 0 else count (n - 1)")
    kernel.run("""
import contextvars, threading, time
from lean_magic.toolchain import Progress

def report_later():
    pool = lean.default_pool()
    while pool.on_progress is None:
        time.sleep(0.001)
    pool.on_progress(Progress("Starting another Lean"))

threading.Thread(target=contextvars.copy_context().run, args=(report_later,)).start()
""")
    cell = kernel.run("%%lean\n#eval count 1000000")
    assert cell.displayed[0] == "Starting another Lean …"
    (output,) = cell.outputs
    assert "info: 0" in output["data"]["text/plain"]


def test_a_cell_run_again_replaces_what_it_defined(kernel: Kernel) -> None:
    kernel.run("%%lean\ndef x := 1", "a")
    kernel.run("%lean def y := x\n%lean def z := y", "b")
    assert "info: 1" in kernel.run("%%lean\n#eval z", "c").text
    assert "%leanctl replay runs them again" in kernel.run("%%lean\ndef x := 2", "a").text
    assert kernel.run("%lean def y := x\n%lean def z := y", "b").ename == ""
    assert "info: 2" in kernel.run("%%lean\n#eval z", "c").text


def test_a_cell_inserted_above_one_already_run_is_seen_there_after_the_page_was_run(kernel: Kernel) -> None:
    base, helper = "%%lean\ndef base := 0", "%lean def one := 1\n%lean def helper := one + 40"
    kernel.run(base, "a")
    kernel.run("%%lean\ndef goal := base + 1", "c")
    kernel.run("%%lean\ndef last := goal", "d")
    kernel.run(helper, "h")
    goal = "%lean def goal := base + helper\n%lean #eval goal"
    cell = kernel.run(goal, "c")
    assert "identifier `helper`" in cell.text
    assert "which was first run after this cell" in cell.text
    cells = [kernel.run(code, cell) for code, cell in ((base, "a"), (helper, "h"), (goal, "c"))]
    assert [cell.ename for cell in cells] == ["", "", ""]
    assert "info: 41" in cells[-1].text
    cell = kernel.run("%%lean\n#eval goal + one + two", "d")  # the last cell, so nothing is behind it
    assert "identifier `two`" in cell.text
    assert "first run after" not in cell.text
    assert kernel.run("%%lean\ndef last := goal + one", "d").ename == ""


def test_cells_that_are_sent_at_once_stand_in_that_order(kernel: Kernel) -> None:
    first, second, third = "%%lean\ndef a := 1", "%%lean\ndef b := a", "%%lean\n#eval b"
    for code, cell in ((first, "a"), (second, "b"), (third, "c")):
        kernel.run(code, cell)
    page = (("%%lean\ndef z := 41", "z"), ("%%lean\ndef a := z + 1", "a"), (second, "b"), (third, "c"))
    assert "info: 42" in kernel.run_all(page)[-1].text
    assert "identifier `y`" in kernel.run("%%lean\ndef a := y", "a").text
    kernel.run("%%lean\ndef y := 1", "y")
    assert "identifier `y`" in kernel.run("%%lean\ndef a := y", "a").text


def test_what_is_deleted_or_is_no_lean_any_more_is_gone(kernel: Kernel) -> None:
    kernel.run("%%lean\ndef one := 1", "a")
    kernel.run("%lean def two := 2\n%lean def three := 3", "b")
    assert kernel.run("%%lean\n#eval one + two + three", "c").ename == ""
    assert "identifier `one`" in kernel.run("%%lean\n#eval one + two + three", "c", deleted=["a", "c"]).text
    kernel.run("%lean def two := 2", "b")
    assert "identifier `three`" in kernel.run("%%lean\n#eval two + three", "c").text
    kernel.run("two = 2", "b")
    assert "identifier `two`" in kernel.run("%%lean\n#eval two", "c").text


def test_an_interrupt_stops_the_cell_and_the_next_one_works(kernel: Kernel) -> None:
    kernel.run("%%lean\ndef x := 1", "a")
    cell = kernel.run(_SPIN, "b", busy=kernel.manager.interrupt_kernel)
    assert cell.traceback == ["KeyboardInterrupt: Lean was stopped at line 2; this cell changed nothing."]
    assert cell.text == ""
    cell = kernel.run("%%lean\n#eval x", "b")
    assert cell.ename == "", cell
    assert "info: 1" in cell.text


def test_a_long_cell_shows_how_far_it_is_and_an_interrupt_keeps_what_lean_said(kernel: Kernel) -> None:
    kernel.run("%lean -q #eval 1")
    spin = _SPIN.replace("%%lean\n", "%%lean -o kept\n#eval 6 * 7\n")
    cell = kernel.run(spin, busy=kernel.manager.interrupt_kernel, shows="at line 3 of 3")
    assert any("info: 42" in shown and "… running: at line 3 of 3" in shown for shown in cell.displayed[:-1])
    assert cell.ename == "LeanInterrupt"
    (output,) = cell.outputs
    assert "info: 42" in output["data"]["text/plain"]
    assert "✗ cancelled: stopped at line 3" in output["data"]["text/plain"]
    assert "cancelled" in kernel.run("kept.verdict").text


def test_progress_can_be_switched_off(kernel: Kernel) -> None:
    kernel.run("%lean -q #eval 1")
    kernel.run("%config LeanMagic.progress = False")
    assert len(kernel.run("%%lean\n#eval IO.sleep 1000").displayed) == 1


def test_an_interrupt_while_lean_starts_leaves_nothing_behind(kernel: Kernel) -> None:
    cell = kernel.run(_SPIN, busy=kernel.manager.interrupt_kernel)
    assert cell.ename == "LeanInterrupt"
    assert cell.text == ""
    assert "info: 1" in kernel.run("%lean #eval 1").text


def test_an_interrupt_stops_an_awaited_run_and_the_next_one_works(kernel: Kernel) -> None:
    kernel.run("%lean -q #eval 1")
    code = _SPIN.removeprefix("%%lean\n")
    cell = kernel.run(f"await lean.run({code!r})", busy=kernel.manager.interrupt_kernel)
    assert cell.ename in {"CancelledError", "KeyboardInterrupt"}
    assert "✓ valid" in kernel.run("await lean.run('#eval 1')").text


def test_an_interrupted_stream_is_told_in_one_line(kernel: Kernel) -> None:
    kernel.run("%lean -q #eval 1")
    code = _SPIN.removeprefix("%%lean\n")
    cell = kernel.run(f"async for news in lean.stream({code!r}): pass", busy=kernel.manager.interrupt_kernel)
    assert cell.traceback == [f"{cell.ename}: interrupted; Lean was stopped."]


def test_a_time_limit_stops_a_cell(kernel: Kernel) -> None:
    kernel.run("%lean -q def x := 1")
    cell = kernel.run(_SPIN.replace("%%lean", "%%lean --timeout 1 -o kept"))
    assert cell.ename == "DeadlineError"
    assert len(cell.traceback) == 1
    assert "✗ timeout" in cell.text
    assert "timeout" in kernel.run("kept.verdict").text
    assert "info: 1" in kernel.run("%lean #eval x").text


def test_a_result_that_is_awaited_shows_as_a_cell_does(kernel: Kernel) -> None:
    cell = kernel.run("await lean.run('example (p : Prop) : p := by sorry')")
    (output,) = cell.outputs
    assert "⊢ p" in output["data"]["text/plain"]
    assert "sorry" in output["data"]["text/html"]
    cell = kernel.run("(await lean.prove('example (p : Prop) (h : p) : p')).tactic_sync('exact h')")
    assert cell.text == "✓ completed · after exact h"


def test_nest_asyncio_changes_nothing(kernel: Kernel) -> None:
    kernel.run("import asyncio, nest_asyncio\nnest_asyncio.apply()")
    cell = kernel.run("asyncio.run(lean.run('#eval 5'))")
    assert "info: 5" in cell.text
    assert "info: 6" in kernel.run("%%lean\n#eval 6").text
    assert "info: 7" in kernel.run("await lean.run('#eval 7')").text


def test_nothing_is_left_after_a_restart_or_the_end() -> None:
    kernel = Kernel()
    try:
        assert kernel.children() == []  # nothing is started before it is needed
        kernel.run("%%lean\n#eval 1")
        first = kernel.children()
        assert first
        kernel.restart()
        assert not _alive(first)
        kernel.run("%%lean -q\n#eval 1")
        second = kernel.children()
        assert second
    finally:
        kernel.shutdown()
    assert not _alive(second)


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(processes, timeout=PATIENCE)[1]


def test_a_run_shows_how_far_it_is_and_leaves_only_its_result(kernel: Kernel) -> None:
    kernel.run("%lean -q #eval 1")
    slow = "#eval 6 * 7\n#eval IO.sleep 1500"
    for call in "await lean.run", "lean.run_sync":
        seen = "steps = []\n" + f"(result := {call}({slow!r}, progress=True, on_progress=steps.append)).verdict"
        cell = kernel.run(seen)
        assert any("info: 42" in shown and "… running: at line 2 of 2" in shown for shown in cell.displayed)
        assert [output["data"].get("text/plain") for output in cell.outputs] == [None, "'valid'"]
        assert kernel.run("len(steps) >= 2").text == "True"
