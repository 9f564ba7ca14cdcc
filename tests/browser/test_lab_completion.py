"""What JupyterLab offers while one types Lean."""

from __future__ import annotations

import contextlib

import pytest
from playwright.async_api import Error, expect

from browser.lab import Cell, Open

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def _offered(cell: Cell, code: str) -> list[str]:
    """Return what Tab offers at the end of some code."""
    await cell.write(code)
    matches = cell.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-match")
    for _ in range(10):
        await cell.page.keyboard.press("Tab")
        with contextlib.suppress(Error):  # Lean is given a moment only: on a busy machine, one asks again
            await matches.first.wait_for(timeout=5_000)
            break
    return await matches.all_inner_texts()


async def test_tab_offers_what_lean_knows_and_nothing_of_python(open_notebook: Open) -> None:
    notebook = await open_notebook("prism, printed = 1, 2\n%lean -q def primeval := 1", "")
    await notebook[1].run()
    cell = notebook[2]
    offered = await _offered(cell, "%%lean\n#check pri")
    assert "primeval" in offered
    assert not {"prism", "print", "printed"} & {*offered}
    assert "hp" in await _offered(cell, "%%lean\nexample (p : Prop) (hp : p) : p := by\n  exact h")
    assert "constructor" in await _offered(cell, "%%lean\nexample : True ∧ True := by\n  constr")
    assert "--timeout" in await _offered(cell, "%%lean --ti")
    assert await _offered(cell, "%leanctl re") == ["replay", "restart"]


async def test_tab_turns_the_name_of_a_symbol_into_the_symbol(open_notebook: Open) -> None:
    notebook = await open_notebook("")
    assert (await _offered(notebook[1], "%%lean\nexample (p q : Prop) : p \\to"))[0] == "→"
    await notebook.page.keyboard.press("Enter")
    await expect(notebook[1].editor).to_contain_text("example (p q : Prop) : p →")
    await expect(notebook[1].editor).not_to_contain_text("\\")


async def test_help_tells_what_a_name_is(open_notebook: Open) -> None:
    notebook = await open_notebook("")
    await notebook[1].write("%%lean\n#check Nat.add_comm")
    await notebook.page.keyboard.press("Shift+Tab")
    tooltip = notebook.page.locator(".jp-Tooltip")
    await expect(tooltip).to_contain_text("Nat.add_comm (n m : Nat) : n + m = m + n")
    await expect(tooltip).not_to_contain_text("*")
