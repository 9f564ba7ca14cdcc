"""Cheats: what looks like the proof of a statement and is none, each with why it is none.

Each file of this folder is about one kind of trick. A verifier that accepts one of them can be fooled. Many of them
come out as valid when they are only run: Lean reports what it sees, and code in a proof can choose what that is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Cheat", "cheats"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Cheat:
    """A statement, and what is given as its proof but is none.

    Parameters
    ----------
    name
        Its name, which no other cheat has.
    trick
        The kind of trick.
    why
        Why it is a cheat.
    statement
        ``theorem foo … : …``, up to the proof.
    proof
        The text that is given as a proof.
    kinds
        What the verdict may be, of `lean_magic.verification.Finding`; mostly one.
    context
        Code of the environment in which the statement is made: imports, then definitions; mostly none.
    axioms
        The axioms that are granted; None for Lean's own.
    timeout
        Seconds that it is given; None if it takes few, whatever Lean thinks of it.
    fools_run
        Whether the verdict is ``"valid"`` where statement and proof are only run.
    """

    name: str
    trick: str
    why: str
    statement: str
    proof: str
    kinds: tuple[str, ...]
    context: str = ""
    axioms: tuple[str, ...] | None = None
    timeout: float | None = None
    fools_run: bool = False

    @property
    def theorem(self) -> str:
        """Both as one text, to be run after the context."""
        return f"{self.statement} :=\n{self.proof}"


@cache
def cheats() -> tuple[Cheat, ...]:
    """Return all cheats, trick by trick."""
    return tuple(cheat for path in sorted(_FOLDER.glob("*.toml")) for cheat in _read(path))


def _read(path: Path) -> list[Cheat]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["cheat"]
    return [
        Cheat(
            trick=path.stem,
            kinds=(kind,) if isinstance(kind := entry.pop("kind"), str) else tuple(kind),
            axioms=tuple(axioms) if (axioms := entry.pop("axioms", None)) is not None else None,
            **entry,
        )
        for entry in entries
    ]
