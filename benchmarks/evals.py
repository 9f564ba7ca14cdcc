"""How many everyday #evals work (benchmarks/evals.lean)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entry", "entries", "measure"]

LIST = Path(__file__).with_name("evals.lean")
_TITLE = re.compile(r"--\| (?P<title>.*?)(?: \(import (?P<library>\w+)\))?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One `#eval`.

    Parameters
    ----------
    title
        What it is about.
    code
        Lean code, with its import.
    output
        What its messages must say, together.
    severity
        Their severity.
    """

    title: str
    code: str
    output: str
    severity: str

    def works(self, pool: LeanPool) -> bool:
        """Whether it prints what it should."""
        result = pool.run_sync(self.code)
        said = "\n".join(message.text.strip() for message in result.messages)
        return said == self.output and all(message.severity == self.severity for message in result.messages)


def entries() -> Iterator[Entry]:
    """Read the list; its format is described at its top."""
    for part in LIST.read_text(encoding="utf-8").split("\n--| ")[1:]:
        first, *lines = f"--| {part}".splitlines()
        heading = _TITLE.fullmatch(first)
        assert heading is not None, first
        code = [line for line in lines if not line.startswith(("--> ", "--!> ")) and line not in {"-->", "--!>"}]
        output = [line.partition("> ")[2] for line in lines if line.startswith(("-->", "--!>"))]
        severity = "error" if any(line.startswith("--!>") for line in lines) else "info"
        header = [f"import {heading['library']}"] if heading["library"] else []
        yield Entry(heading["title"], "\n".join(header + code).rstrip(), "\n".join(output), severity)


def measure() -> Iterator[Row]:
    """Run each entry; name those that fail."""
    with LeanPool(workers=1) as pool:
        every = list(entries())
        failing = [entry.title for entry in every if not entry.works(pool)]
    yield Row(f"of {len(every)} everyday #evals work", 100 * (1 - len(failing) / len(every)), "%", 80, at_least=True)
    for title in failing:
        yield Row(f"fails: {title}", 0, "")
