"""Theorems of core Lean with their proofs, by topic; some of them wrong, with the verdict that is right and why.

Each file of this folder is a topic. Statement and proof are apart, so that one can be asked whether the one proves the
other. What a statement needs beyond the library is its context, code to be run before it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Theorem", "theorems"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem and what is given as its proof.

    Parameters
    ----------
    name
        Its name, which no other theorem of the corpus has.
    topic
        What it is about.
    statement
        ``theorem name … : …``, up to the proof.
    proof
        A term or ``by …``.
    context
        Code that comes before it: imports, then definitions; mostly none.
    verdict
        What is to be said of it: ``"valid"``, ``"sorry"`` or ``"error"``.
    why
        What is wrong, where it is.
    """

    name: str
    topic: str
    statement: str
    proof: str
    context: str = ""
    verdict: str = "valid"
    why: str = ""

    @property
    def theorem(self) -> str:
        """The theorem by itself, to be run after its context."""
        return f"{self.statement} :=\n{self.proof}"

    @property
    def code(self) -> str:
        """All of it as one text."""
        return f"{self.context}\n\n{self.theorem}" if self.context else self.theorem


@cache
def theorems() -> tuple[Theorem, ...]:
    """Return all theorems, topic by topic."""
    return tuple(theorem for path in sorted(_FOLDER.glob("*.toml")) for theorem in _read(path))


def _read(path: Path) -> list[Theorem]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["theorem"]
    topic = path.stem.replace("_", " ")
    return [Theorem(topic=topic, **{key: value.strip("\n") for key, value in entry.items()}) for entry in entries]
