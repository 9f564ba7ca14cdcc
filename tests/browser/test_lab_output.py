"""How results look in JupyterLab: in light and dark, trusted and not, for the keyboard and for screen readers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from nbconvert import HTMLExporter
from playwright.async_api import Page, expect

from browser.lab import Lab, Notebook, Open, faint

pytestmark = pytest.mark.asyncio(loop_scope="package")

_EVERYTHING = """%%lean --no-raise
/-- Swaps the parts of a conjunction. -/
theorem and_swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  obtain ⟨hp, hq⟩ := h
  constructor
  · exact hp
  · sorry

#check and_swap
#eval s!"{2 ^ 64} is large"  -- a comment
theorem unused (p : Prop) (h : p) (x : Nat) : p := h
example : 2 + 2 = 5 := by sorry
example : 2 + 2 = 5 := by decide
"""
_STEPS = """await lean.run('''theorem zero_add_again (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ k ih => rw [← Nat.add_assoc, ih]''', all_tactics=True)"""

_LEGIBLE = 4.5  # the contrast that WCAG 2.2 AA asks of text of this size

_UNFOLD = "root => root.querySelectorAll('details').forEach(part => { part.open = true })"


@pytest_asyncio.fixture(loop_scope="package", params=["light", "dark"])
async def everything(lab: Lab, open_notebook: Open, request: pytest.FixtureRequest) -> Notebook:
    """A notebook with all kinds of output, nothing of it folded, in each theme."""
    notebook = await open_notebook(_EVERYTHING, _STEPS, "%leanctl cells")
    await notebook.run_all()
    await lab.use_theme(request.param)
    for cell in (notebook[1], notebook[2], notebook[3]):
        await expect(cell.result).to_have_count(1)
        await cell.result.evaluate(_UNFOLD)
    return notebook


async def test_all_text_is_legible(everything: Notebook) -> None:
    for index in (1, 2, 3):
        assert await faint(everything[index].result, _LEGIBLE) == ""


async def test_axe_finds_nothing_serious(everything: Notebook) -> None:
    assert await _violations(everything.page) == ""


async def _violations(page: Page) -> str:
    """Return what axe-core finds serious or worse in our outputs."""
    # In JupyterLab the body of the page has no height, from which axe-core concludes that nothing in it can be seen.
    await page.add_style_tag(content="body { height: 100vh }")
    found = (await Axe().run(page, {"include": [[".lean-magic"]]}, {})).response
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}, found["incomplete"]
    return "\n".join(
        f"{rule['id']}: {node['html']}\n{node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    )


async def test_nothing_is_asked_of_another_host(everything: Notebook) -> None:
    asked = {urlsplit(url).netloc for url in everything.lab.requests if urlsplit(url).scheme not in {"data", "blob"}}
    assert asked == {urlsplit(everything.page.url).netloc}


async def test_what_is_folded_opens_by_keyboard(open_notebook: Open) -> None:
    notebook = await open_notebook(_STEPS)
    await notebook[1].run()
    step = notebook[1].result.locator("details:not(:has(details))").first
    state = step.locator("pre")
    await expect(step.locator("summary")).to_contain_text("rfl")
    await expect(state).to_be_hidden()
    await notebook[1].result.locator("summary").first.focus()
    await notebook.page.keyboard.press("Tab")
    await notebook.page.keyboard.press("Enter")
    await expect(state).to_be_visible()
    await expect(state).to_contain_text("⊢ 0 + 0 = 0")


async def test_what_somebody_else_has_saved_says_the_same(lab: Lab, everything: Notebook) -> None:
    trusted = await everything[1].result.inner_text()
    saved = await everything.save()
    saved.cells[0].metadata["from"] = "somebody else"  # so that JupyterLab does not know the notebook
    foreign = await lab.open(saved, name=f"foreign-{everything.path.name}", kernel=await everything.kernel())
    await expect(foreign[1].result).to_be_visible()
    assert await foreign.trusts(1) is False
    await foreign[1].result.evaluate(_UNFOLD)
    assert await foreign[1].result.inner_text() == trusted
    assert await faint(foreign[1].result, _LEGIBLE) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_all_text_of_a_web_page_is_legible(lab: Lab, theme: str) -> None:
    exporter = HTMLExporter(template_name="lab", theme=theme)
    html, _ = exporter.from_filename(Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb")
    assert lab.page.context.browser
    async with await lab.page.context.browser.new_page(java_script_enabled=False) as page:
        await page.set_content(html)
        results = page.locator(".lean-magic")
        assert await results.count() > 5
        for index in range(await results.count()):
            assert await faint(results.nth(index), _LEGIBLE) == ""
