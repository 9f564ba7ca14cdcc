"""The explorer in JupyterLab: from a sorry to a proof in its place, and what it survives."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from browser.lab import Lab, Notebook, Open

if TYPE_CHECKING:
    from playwright.async_api import Locator

pytestmark = pytest.mark.asyncio(loop_scope="package")

SWAP = "%%lean\ntheorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by\n  sorry"
_NUMBERS = itertools.count()
SLOW = "exact absurd (show (List.range 30000000).foldl (· + ·) 0 = 7 by decide +kernel) (by omega)"


class Explorer:
    """An explorer in the output of a cell, used as a person does."""

    def __init__(self, notebook: Notebook, index: int) -> None:
        self.page = notebook.page
        self.root = notebook[index].output.locator(".lean-magic-explorer")
        self.field = self.root.get_by_label("Tactic", exact=True)
        self.state = self.root.locator(".lean-magic-state")
        self.script = self.root.locator(".lean-magic-script")

    def node(self, tactic: str, outcome: str = "") -> Locator:
        """Return the attempts with a tactic, of which something is said."""
        return self.root.get_by_role("treeitem", name=re.compile(f"^{re.escape(tactic)}, .*{re.escape(outcome)}"))

    async def run(self, tactic: str, outcome: str) -> None:
        """Type a tactic, and wait until it is seen what came of it."""
        await self.field.click()
        await self.field.press("Control+a")
        await self.field.press_sequentially(tactic)
        await self.field.press("Enter")
        await expect(self.node(written(tactic), outcome)).not_to_have_count(0)


def written(tactic: str) -> str:
    """Return a tactic as it is after Lean's abbreviations are replaced."""
    return tactic.replace("\\<", "⟨").replace("\\>", "⟩")


async def explored(notebook: Notebook, index: int = 1) -> Explorer:
    """Run a cell with a goal left open, and click on the button below it."""
    await notebook[index].run()
    await notebook[index].output.get_by_role("button", name="explore").click()
    explorer = Explorer(notebook, index + 1)
    await expect(explorer.root.get_by_role("treeitem")).to_have_count(1)
    await notebook.settled()
    return explorer


@pytest.fixture
def open_alone(lab: Lab, open_notebook: Open) -> Open:
    """Open a notebook with no other beside it: of several on one kernel, JupyterLab gives widgets the first one.

    Each has a theorem of its own, since the explorer of one that was explored before is shown again.
    """

    async def open_alone(*cells: str) -> Notebook:
        await lab.close_all()
        name = f"swap_{next(_NUMBERS)}"
        return await open_notebook(*(cell.replace("theorem swap", f"theorem {name}") for cell in cells))

    return open_alone


async def test_from_a_sorry_to_a_proof_in_its_place(open_alone: Open) -> None:
    notebook = await open_alone(SWAP)
    explorer = await explored(notebook)
    await expect(explorer.state).to_contain_text("q ∧ p")
    await explorer.run("refine \\<?_, ?_\\>", "2 goals left")
    await expect(explorer.state).to_contain_text("Goal 1 of 2")
    await explorer.run("exact h.1", "failed")
    await expect(explorer.root.get_by_role("alert")).to_contain_text("Type mismatch")
    # Back to the beginning, and another way.
    await explorer.root.get_by_role("treeitem").first.click()
    await explorer.run("constructor", "2 goals left")
    await explorer.node("refine ⟨?_, ?_⟩").click()
    await explorer.run("exact h.2", "1 goal left")
    await explorer.run("exact h.1", "finished")
    await expect(explorer.script).to_contain_text("Lean accepts it")
    await explorer.script.get_by_role("button", name="Insert into the cell").click()
    await expect(notebook[1].editor).to_contain_text("exact h.2")
    await expect(notebook[1].editor).not_to_contain_text("sorry")
    await explorer.script.get_by_role("button", name="Run the cell").click()
    await expect(notebook[1].result).to_contain_text("✓ valid")


async def test_it_goes_on_while_a_cell_runs_and_a_tactic_is_cancelled(open_alone: Open) -> None:
    notebook = await open_alone(SWAP, "import time\nwhile True: time.sleep(0.05)")
    explorer = await explored(notebook)
    await notebook[3].start()
    try:
        await expect(notebook[3].prompt).to_contain_text("*")
        await explorer.run("constructor", "2 goals left")
        await explorer.run(SLOW, "running")
        await explorer.state.get_by_role("button", name="Cancel").click()
        await expect(explorer.node(SLOW, "cancelled")).to_have_count(1)
        await expect(notebook[3].prompt).to_contain_text("*")
    finally:
        await notebook.lab.execute("notebook:interrupt-kernel")
        await notebook.settled()


async def test_two_views_show_one_tree_that_python_has_too(open_alone: Open) -> None:
    notebook = await open_alone(SWAP, "explorer", "explorer.add_sync('constructor')\nexplorer.select(explorer.tree[1])")
    first = await explored(notebook)
    await notebook[3].run()
    second = Explorer(notebook, 3)
    await notebook[4].run()
    for each in first, second:
        await expect(each.state).to_contain_text("Goal 1 of 2")
    await second.run("exact h.2", "1 goal left")
    await expect(first.node("exact h.2", "1 goal left")).to_have_count(1)
    await expect(notebook[2].result).not_to_be_visible()


async def test_a_page_that_is_loaded_again_shows_the_tree(lab: Lab, open_alone: Open) -> None:
    notebook = await open_alone(SWAP)
    explorer = await explored(notebook)
    await explorer.run("constructor", "2 goals left")
    await notebook[1].editor.click()
    await notebook.save()
    kernel = await notebook.kernel()
    await lab.load()
    notebook = await lab.reopen(notebook.path.name, kernel={"id": kernel})
    explorer = Explorer(notebook, 2)
    await expect(explorer.node("constructor", "2 goals left")).to_have_count(1)
    await explorer.run("exact h.2", "1 goal left")


async def test_the_picture_stays_where_no_kernel_is(lab: Lab, open_alone: Open) -> None:
    notebook = await open_alone(SWAP)
    explorer = await explored(notebook)
    await explorer.run("exact \\<h.2, h.1\\>", "finished")
    picture = notebook[2].result
    await expect(picture).not_to_be_visible()
    await expect(picture).to_contain_text("✓ exact ⟨h.2, h.1⟩")
    await notebook[1].editor.click()
    await notebook.save()
    await lab.close_all()
    # Under its own name it would be connected to its kernel again.
    copy = notebook.path.rename(notebook.path.with_stem("moved"))
    notebook = await lab.reopen(copy.name)
    await notebook.shut_down()
    await expect(notebook[2].result).to_be_visible()
    await expect(notebook[2].result).to_contain_text("Script, checked by Lean")


async def test_a_tree_of_before_a_restart_is_replayed(lab: Lab) -> None:
    await lab.close_all()
    notebook = await lab.open(["%load_ext lean_magic", SWAP], name="restarted.ipynb")
    await notebook[0].run()
    explorer = await explored(notebook)
    await explorer.run("constructor", "2 goals left")
    await explorer.run("exact h.2", "1 goal left")
    await notebook.restart()
    await expect(explorer.root).to_contain_text("The kernel was restarted.")
    await expect(notebook[2].result).to_be_visible()
    await explorer.root.get_by_role("button", name="Replay").click()
    await expect(explorer.node("exact h.2", "1 goal left")).to_have_attribute("aria-selected", "true")
    await notebook.settled()
    await notebook.shut_down()


async def test_it_is_used_by_keyboard_alone(open_alone: Open) -> None:
    notebook = await open_alone(SWAP)
    await notebook[1].run()
    page = notebook.page
    await notebook[1].output.get_by_role("button", name="explore").focus()
    await page.keyboard.press("Enter")
    explorer = Explorer(notebook, 2)
    await expect(explorer.root.get_by_role("treeitem")).to_have_count(1)
    await expect(explorer.field).to_be_focused()
    await explorer.root.get_by_role("treeitem").focus()
    for _ in range(40):
        if await explorer.field.evaluate("field => field === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type("constructor")
    await page.keyboard.press("Enter")
    await expect(explorer.node("constructor", "2 goals left")).to_have_count(1)
    await expect(explorer.field).to_have_value("")
    await page.keyboard.type("exact h.2")
    await page.keyboard.press("Enter")
    await expect(explorer.node("exact h.2", "1 goal left")).to_have_count(1)
    await explorer.node("exact h.2").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(explorer.state).to_contain_text("Goal 1 of 2")


async def test_clicks_come_fast(open_alone: Open) -> None:
    notebook = await open_alone(SWAP, "print(explorer.current.tactic)")
    explorer = await explored(notebook)
    await explorer.run("constructor", "2 goals left")
    await explorer.run("exact h.2", "1 goal left")
    await explorer.root.evaluate(
        """async root => {
            for (let number = 0; number < 200; number++) {
                const items = root.querySelectorAll('[role=treeitem]');
                items[number % items.length].dispatchEvent(new MouseEvent('click', {bubbles: true}));
                await new Promise(later => setTimeout(later, 10));
            }
        }"""
    )
    await explorer.node("constructor").click()
    await expect(explorer.state).to_contain_text("After constructor")
    await notebook[3].run()
    await expect(notebook[3].output).to_contain_text("constructor")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everybody_can_read_it(lab: Lab, open_alone: Open, theme: str) -> None:
    notebook = await open_alone(SWAP)
    explorer = await explored(notebook)
    await explorer.run("constructor", "2 goals left")
    await explorer.run("exact h.1", "failed")
    await explorer.run("exact h.2", "1 goal left")
    await explorer.run("exact h.1", "finished")
    await lab.use_theme(theme)
    results = await Axe().run(lab.page, context=".lean-magic-explorer")
    assert results.violations_count == 0, results.generate_report()
