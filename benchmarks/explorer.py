"""The explorer in JupyterLab: what a tactic costs besides Lean, and how fast a large tree is drawn."""

from __future__ import annotations

import asyncio
import importlib
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.effort import either
from benchmarks.table import Row, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_TESTS = Path(__file__).parents[1] / "tests"
_NODES = 500

_OPEN = """import lean_magic as lean
explorer = lean.explore("theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q")"""

# Twice as many attempts for each level, and some that fail, as a person or a search leaves them.
_GROW = f"""attempts = [explorer.tree.root]
number = 0
while len(explorer.tree) < {_NODES}:
    parent = attempts[number // 3]
    tactic = "exact hp" if number % 7 == 3 else f"have h{{number}} : {{number}} = {{number}} := rfl"
    attempt = explorer.add_sync(tactic, parent)
    attempts += [attempt] if attempt.goals else []
    number += 1"""

# Until what has come of a tactic is drawn; the attempt itself says how long Lean took.
_ROUND_TRIP = """async ([root, tactic]) => {
    const field = root.querySelector('textarea');
    const drawn = () => [...root.querySelectorAll('[role=treeitem] title')].some(
        title => title.textContent.includes(tactic) && !title.textContent.includes('running'));
    field.value = tactic;
    field.dispatchEvent(new InputEvent('input', {bubbles: true}));
    const began = performance.now();
    field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
    await new Promise(done => {
        const observer = new MutationObserver(() => { if (drawn()) { observer.disconnect(); done(); } });
        observer.observe(root, {subtree: true, childList: true, characterData: true, attributes: true});
    });
    await new Promise(requestAnimationFrame);
    return performance.now() - began;
}"""

# Another view of the same widget, as another output shows it.
_FIRST_PAINT = """async model => {
    const mime = 'application/vnd.jupyter.widget-view+json';
    const view = openedLast.content.rendermime.createRenderer(mime);
    document.querySelector('.jp-Cell-outputArea').append(view.node);
    const began = performance.now();
    const data = {[mime]: {model_id: model, version_major: 2, version_minor: 1}};
    view.renderModel({data, metadata: {}, trusted: true});
    while (!view.node.querySelector('[role=treeitem]')) await new Promise(requestAnimationFrame);
    await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
    const took = performance.now() - began;
    const nodes = view.node.querySelectorAll('[role=treeitem]').length;
    view.dispose();
    return [took, nodes];
}"""

_STEP = """async ([root, number]) => {
    const node = root.querySelectorAll('[role=treeitem]')[number];
    const began = performance.now();
    node.dispatchEvent(new MouseEvent('click', {bubbles: true}));
    while (node.getAttribute('aria-selected') !== 'true') await new Promise(requestAnimationFrame);
    await new Promise(drawn => setTimeout(drawn));
    return performance.now() - began;
}"""


def measure() -> Iterator[Row]:
    """Use it as a person does, in a browser of its own."""
    sys.path.insert(0, str(_TESTS))
    lab = importlib.import_module("browser.lab")
    if lab.find_chromium() is None:
        print("  (needs Chromium)")
        return
    added, paints, steps, nodes = asyncio.run(_measured(lab))
    yield Row("a tactic, from Enter until drawn, besides Lean: p50", percentile(added, 50), "ms", 80)
    yield Row("... p95", percentile(added, 95), "ms")
    yield Row(f"a tree of {nodes} attempts is drawn", statistics.median(paints), "ms", 150)
    yield Row("a step in it: another attempt is selected", statistics.median(steps), "ms", 30)


async def _measured(module: ModuleType) -> tuple[list[float], list[float], list[float], int]:
    with tempfile.TemporaryDirectory() as folder:
        async with module.browse(Path(folder)) as lab:
            cells = [
                _OPEN,
                "explorer",
                _GROW,
                "print(*(each.elapsed for each in explorer.tree if each.elapsed))",
                "explorer",
            ]
            notebook = await lab.open(cells, name="explorer.ipynb")
            await notebook[0].run()
            await notebook[1].run()
            root = notebook[1].output.locator(".lean-magic-explorer")
            await root.wait_for()
            took = []
            for number in range(either(60, 4)):
                tactic = f"have k{number} : {number} = {number} := rfl"
                took.append(await lab.page.evaluate(_ROUND_TRIP, [await root.element_handle(), tactic]))
            await notebook[3].run()
            inside = map(float, (await notebook[3].output.inner_text()).split())
            added = [whole - 1000 * part for whole, part in zip(took, inside, strict=True)]
            await notebook[0].run()
            await notebook[2].run()
            await notebook[4].run()
            large: Any = notebook[4].output.locator(".lean-magic-explorer")
            await large.locator("[role=treeitem]").nth(10).wait_for(state="attached")
            model = (await notebook.save()).cells[4].outputs[1]["data"]["application/vnd.jupyter.widget-view+json"]
            paints = [await lab.page.evaluate(_FIRST_PAINT, model["model_id"]) for _ in range(either(9, 2))]
            handle = await large.element_handle()
            steps = [await lab.page.evaluate(_STEP, [handle, 7 * number + 3]) for number in range(either(30, 2))]
            return added, [paint for paint, _ in paints], steps, int(paints[0][1])
