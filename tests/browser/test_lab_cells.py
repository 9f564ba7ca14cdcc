"""Cells in JupyterLab: what running, editing, interrupting, restarting and saving do."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from browser.lab import Lab, Notebook, Open

pytestmark = pytest.mark.asyncio(loop_scope="package")

_DURATION = re.compile(r"[0-9.]+ m?s\b")


async def test_a_cell_shows_what_lean_says_at_its_line_and_once(open_notebook: Open) -> None:
    notebook = await open_notebook(
        "%%lean\n#eval 6 * 7\nexample (p : Prop) (h : p) : p ∧ p := by\n  constructor\n  · sorry\n  · exact h"
    )
    cell = notebook[1]
    for _ in range(2):
        await cell.run()
        await expect(cell.result).to_have_count(1)
        await expect(cell.result.get_by_text("#eval 6 * 7")).to_have_count(1)
        await expect(cell.result.get_by_text("info 1:0  42")).to_have_count(1)
        await expect(cell.result.locator("pre", has_text="goal 4:4")).to_have_text(
            re.compile(r"goal 4:4\s*case left\s*p : Prop\s*h : p\s*⊢ p")
        )


async def test_a_changed_cell_starts_from_what_was_before_it_and_later_ones_are_replayed(open_notebook: Open) -> None:
    width, area = "%%lean\ndef width := 6", "%%lean\ndef area := width * 7"
    notebook = await open_notebook(width, area, "%%lean\n#eval area", "%leanctl cells", "%leanctl replay")
    changed, _, shows, cells, replay = (notebook[index] for index in range(1, 6))
    await notebook.run_all()
    await expect(shows.result).to_contain_text("42")
    await expect(cells.output).not_to_contain_text("out of date")
    await changed.write("%%lean\ndef width := 10")
    await changed.run()
    await expect(changed.output).not_to_contain_text("already")
    await expect(changed.output.get_by_role("note")).to_contain_text("2 cells are out of date")
    await cells.run()
    await expect(cells.output.get_by_role("row").filter(has_text="out of date")).to_have_count(2)
    await replay.run()
    await cells.run()
    await expect(cells.output).not_to_contain_text("out of date")
    await shows.run()
    await expect(shows.result).to_contain_text("70")


async def test_a_copy_of_a_cell_is_another_cell(lab: Lab, open_notebook: Open) -> None:
    notebook = await open_notebook("%%lean\ndef two := 2")
    await notebook[1].run()
    await lab.execute("notebook:duplicate-below")
    await notebook[2].run()
    await expect(notebook[2].result).to_contain_text("`two` has already been declared")
    await expect(notebook[2].output.get_by_role("note")).to_contain_text("%leanctl forget")
    await notebook[2].write("%%lean\ndef three := two + 1")
    await notebook[2].run()
    await expect(notebook[2].result).to_contain_text("valid")


async def test_a_deleted_cell_is_gone_at_the_next_run(lab: Lab, open_notebook: Open) -> None:
    notebook = await open_notebook("%%lean\ndef gone := 1", "%%lean\n#eval gone")
    await notebook.run_all()
    await notebook[1].editor.click()
    await lab.execute("notebook:delete-cell")
    await notebook[1].run()
    await expect(notebook[1].result).to_contain_text("Unknown identifier `gone`")


async def test_an_error_ends_run_all_and_the_cell_is_mended_in_its_place(open_notebook: Open) -> None:
    # An error drops what the kernel has been sent by then: so the cell lasts until the next one has been sent.
    lasting = "%%lean\n#eval IO.sleep 3000\ndef two : Nat := tow"
    notebook = await open_notebook(lasting, "%%lean\n#eval two")
    await notebook.run_all()
    await expect(notebook[1].result).to_contain_text("tow")
    await expect(notebook[1].output).not_to_contain_text("Traceback")
    await expect(notebook[2].prompt).to_have_text(re.compile(r"\[ \]"))
    await notebook[1].write("%%lean\ndef two : Nat := 2")
    await notebook.run_all()
    await expect(notebook[2].result).to_contain_text("2")


async def test_a_long_cell_shows_how_far_it_is_and_an_interrupt_keeps_what_lean_said(open_notebook: Open) -> None:
    spin = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"
    notebook = await open_notebook(f"%%lean\n#eval 6 * 7\n{spin}", "%%lean\n#eval 6 * 8")
    cell = notebook[1]
    await cell.start()
    await expect(cell.result.get_by_role("status")).to_contain_text("at line 3 of 3")
    await expect(cell.result).to_contain_text("42")
    await notebook.panel.get_by_role("button", name="Interrupt").click()
    await notebook.settled()
    await expect(cell.result).to_have_count(1)
    await expect(cell.result).to_contain_text("42")
    await expect(cell.result.get_by_role("status")).to_have_count(0)
    await expect(cell.output.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_text(
        "KeyboardInterrupt: Lean was stopped at line 3; this cell changed nothing."
    )
    await notebook[2].run()
    await expect(notebook[2].result).to_contain_text("48")


async def test_a_notebook_survives_a_restart_and_the_end_of_its_kernel(lab: Lab) -> None:
    cells = ["%load_ext lean_magic", "%%lean\ndef half (n : Nat) := n / 2\n#eval half 84", "%lean #check half"]
    notebook = await lab.open(cells, name="life.ipynb")
    await notebook.run_all()
    first = await _shown(notebook)
    assert "42" in first[1]
    assert "half (n : Nat) : Nat" in first[2]
    await notebook.restart()
    await notebook.run_all()
    assert await _shown(notebook) == first

    await notebook.save()
    await notebook.shut_down()
    await lab.close_all()
    notebook = await lab.reopen("life.ipynb")
    await expect(notebook[1].result).to_be_visible()
    assert await _shown(notebook) == first


async def _shown(notebook: Notebook) -> list[str]:
    """Return what the outputs of the cells show, without how long it took."""
    return [
        _DURATION.sub("…", text) for text in await notebook.panel.locator(".jp-Cell-outputWrapper").all_inner_texts()
    ]
