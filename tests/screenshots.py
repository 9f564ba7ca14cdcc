"""Pictures of a notebook in JupyterLab, in light and dark, to look at and for the documentation.

``python tests/screenshots.py notebooks/teaching.ipynb`` writes teaching-light.png and teaching-dark.png into
build/screenshots/; that of the README is remade by
``python tests/screenshots.py docs/quickstart.lean --execute --cells 1 --scale 2 --width 860 --to docs``.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import nbformat
from browser.lab import Lab, Notebook, browse

ROOT = Path(__file__).parents[1]

# What marks the active cell.
_UNSELECTED = """
.jp-cell-toolbar { display: none !important }
.jp-Collapser { visibility: hidden }
.jp-Notebook-cell { box-shadow: none !important }
.jp-MarkdownOutput, .jp-Notebook-cell { border-color: transparent !important; outline: none !important }
"""


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "notebook", nargs="+", type=Path, help="an .ipynb, or a .py or .lean file: a notebook of one cell"
    )
    options.add_argument("--execute", action="store_true", help="run it first, instead of showing what is saved in it")
    options.add_argument("--foreign", action="store_true", help="show it as one that is not trusted")
    options.add_argument("--cells", help="only these cells: 3 or 2:5")
    options.add_argument("--scale", type=float, default=1, help="dots for each pixel (default: 1)")
    options.add_argument("--width", type=int, default=1000, help="pixels (default: 1000)")
    options.add_argument("--to", type=Path, default=ROOT / "build" / "screenshots", help="folder")
    asked = options.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with browse(Path(folder), scale=asked.scale) as lab:
            for path in asked.notebook:
                await _take(lab, path, asked)


async def _take(lab: Lab, path: Path, asked: argparse.Namespace) -> None:
    notebook = await lab.open(_read(path), name=f"{path.stem}.ipynb", trusted=not asked.foreign)
    if asked.execute:
        await notebook.run_all()
    for theme in ("light", "dark"):
        await lab.use_theme(theme)
        picture = asked.to / f"{path.stem}-{theme}.png"
        await _picture(notebook, picture, asked)
        print(picture)
    await notebook.shut_down()
    await lab.close_all()


def _read(path: Path) -> nbformat.NotebookNode:
    if path.suffix == ".ipynb":
        return nbformat.read(path, as_version=4)
    source = path.read_text(encoding="utf-8")
    cells = [source] if path.suffix == ".py" else ["%load_ext lean_magic", f"%%lean --no-raise\n{source.rstrip()}"]
    return nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))


async def _picture(notebook: Notebook, picture: Path, asked: argparse.Namespace) -> None:
    """Make the page as high as the notebook, and take a picture of the cells."""
    cells = notebook.panel.locator(".jp-Cell")
    first, _, last = (asked.cells or f"0:{await cells.count() - 1}").partition(":")
    await notebook.page.set_viewport_size({"width": asked.width, "height": 900})
    content = notebook.panel.locator(".jp-WindowedPanel-outer")
    height = await content.evaluate("content => { content.scrollTop = 0; return content.scrollHeight }")
    await notebook.page.set_viewport_size({"width": asked.width, "height": min(16_000, height + 200)})
    await notebook.page.add_style_tag(content=_UNSELECTED)
    top = await cells.nth(int(first)).bounding_box()
    bottom = await cells.nth(int(last or first)).bounding_box()
    assert top
    assert bottom
    frame = {"x": top["x"], "y": top["y"], "width": top["width"], "height": bottom["y"] + bottom["height"] - top["y"]}
    await notebook.page.screenshot(path=picture, clip=frame, animations="disabled")


if __name__ == "__main__":
    asyncio.run(main())
