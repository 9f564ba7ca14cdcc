"""Execute the quickstart notebook against real Lean, print what it shows, and write it as a web page."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

HERE = Path(__file__).parent
NOTEBOOK = HERE / "quickstart.ipynb"
PAGE = HERE.parent / "build" / "quickstart.html"


def beside(label: str, text: str) -> str:
    """Put a label before the first line of a text, and as much space before the others."""
    return label + text.rstrip("\n").replace("\n", "\n" + " " * len(label))


def show(cell: NotebookNode, number: int) -> None:
    """Print a cell as a terminal would show it."""
    label = f"In [{number}]: "
    print(beside(label, cell.source))
    for output in cell.outputs:
        text = output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        if text:
            print(beside(" " * len(label), text))
    print()


def main() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": HERE}})
    client.extra_arguments = ["--log-level=ERROR"]  # no warnings about how the kernel is reached
    started = time.monotonic()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    client.on_cell_executed = lambda cell, cell_index, **_: show(cell, code.index(notebook.cells[cell_index]) + 1)
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"{NOTEBOOK.name} failed: {error.evalue}")
    coloured = Config({"HighlightMagicsPreprocessor": {"enabled": True, "languages": {"%%lean": "lean4"}}})
    page, _ = HTMLExporter(config=coloured, template_name="lab").from_notebook_node(notebook)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    print(f"{len(code)} cells in {time.monotonic() - started:.0f} s, with real Lean.")
    print(f"As a web page:     {PAGE}")
    print(f"To work with it:   {sys.executable.replace('/python', '/jupyter')} lab {NOTEBOOK}")


if __name__ == "__main__":
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    main()
