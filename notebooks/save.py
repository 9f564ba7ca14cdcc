"""Execute the notebooks on real Lean, and save what they show: ``python notebooks/save.py [NAME.ipynb …]``."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent


def execute(path: Path) -> NotebookNode:
    """Return a notebook as it is after a run from top to bottom; a cell that fails raises an error."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,
        store_widget_state=False,  # that of an explorer is as long as its program
        record_timing=False,
        resources={"metadata": {"path": HERE}},
    )
    client.extra_arguments = ["--log-level=ERROR"]  # no warnings about how the kernel is reached
    client.execute()
    notebook.metadata.language_info.pop("version", None)  # of the Python that happened to be there
    return notebook


def main() -> None:
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else sorted(HERE.glob("*.ipynb")):
        nbformat.write(execute(path), path)
        print(path)


if __name__ == "__main__":
    main()
