"""What people do to cells in JupyterLab, and what becomes of them in the session."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from browser.lab import Lab, Notebook

pytestmark = pytest.mark.asyncio(loop_scope="package")

_DO = "window.openedLast.content"


async def _do(notebook: Notebook, command: str, *, at: int) -> None:
    """Carry out a command of the notebook's menus at a cell."""
    await notebook.page.evaluate(f"{_DO}.activeCellIndex = {at}; {_DO}.mode = 'command'; {_DO}.deselectAll()")
    await notebook.lab.execute(f"notebook:{command}")


async def test_cells_are_split_moved_copied_merged_and_deleted_as_people_expect(lab: Lab) -> None:
    cells = ["%load_ext lean_magic", "%%lean\ndef a := 1\ndef b := 2", "%%lean\ndef c := a + b", "%leanctl cells"]
    notebook = await lab.open(cells, name="session.ipynb")
    await notebook.run_all()

    # Split: in front of the second definition.
    await notebook.page.evaluate(
        f"{_DO}.activeCellIndex = 1; {_DO}.activeCell.editor.setCursorPosition({{line: 2, column: 0}})"
    )
    await notebook.lab.execute("notebook:split-cell-at-cursor")
    await notebook[2].write("%%lean\ndef b := 2")
    for index in 1, 2, 3:
        await notebook[index].run()
        await expect(notebook[index].result).to_contain_text("valid")
    await notebook[4].run()
    await expect(notebook[4].output).not_to_contain_text("out of date")

    # Move one up with the notebook saved: the order on the page is known.
    await _do(notebook, "move-cell-up", at=2)
    await notebook.save()
    await notebook[4].run()
    rows = notebook[4].output.get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("def b := 2")
    await expect(rows.filter(has_text="out of date")).to_have_count(3)
    await notebook[4].write("%leanctl replay")
    await notebook[4].run()
    await expect(notebook[4].output).to_contain_text("All cells are up to date.")

    # Cut and paste keeps the cell, copy makes another.
    await _do(notebook, "cut-cell", at=1)
    await _do(notebook, "paste-cell-below", at=1)
    await notebook[2].run()
    await expect(notebook[2].result).to_contain_text("valid")
    await _do(notebook, "copy-cell", at=2)
    await _do(notebook, "paste-cell-below", at=2)
    await notebook[3].run()
    await expect(notebook[3].output.get_by_role("note")).to_contain_text("is declared by cell")

    # Delete it and save; merge the first two.
    await _do(notebook, "delete-cell", at=3)
    await notebook.save()
    await notebook[4].write("%leanctl cells")
    await notebook[4].run()
    await expect(notebook[4].output.get_by_role("row")).to_have_count(4)
    await notebook.page.evaluate(f"{_DO}.activeCellIndex = 1; {_DO}.mode = 'command'; {_DO}.deselectAll()")
    await notebook.lab.execute("notebook:merge-cell-below")
    await notebook[1].write("%%lean\ndef a := 1\n\ndef b := 2")
    await notebook.save()  # a merged cell is a new one, and JupyterLab does not tell that the others are gone
    await notebook[1].run()
    await expect(notebook[1].result).to_contain_text("valid")
    await notebook[2].run()
    await expect(notebook[2].result).to_contain_text("valid")
    await notebook[3].run()
    await expect(notebook[3].output).not_to_contain_text("out of date")
    await notebook.shut_down()
