"""Whether a proof proves a statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from lean_magic.results import LeanResult

__all__ = ["STANDARD_AXIOMS", "Finding", "Verification"]

STANDARD_AXIOMS = ("propext", "Classical.choice", "Quot.sound")
"""The axioms that Lean's own library is built on."""

Finding: TypeAlias = Literal[
    "proved",
    "syntax",
    "error",
    "sorry",
    "axiom",
    "statement",
    "declaration",
    "kernel",
    "missing",
    "timeout",
    "out_of_memory",
    "crashed",
    "cancelled",
]
"""What came of a verification; see `Verification`."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a proof proves exactly a statement; true only if it does.

    Parameters
    ----------
    kind : Finding
        ``"proved"``; or why not. ``"syntax"``: the text is not one proof. ``"error"``: Lean refuses it. ``"sorry"``: it
        rests on `sorry`. ``"axiom"``: it rests on an axiom that was not allowed. ``"statement"``: it proves something
        else. ``"declaration"``: it needs something that no proof may declare, such as a type or unsafe code.
        ``"kernel"``: Lean's kernel refuses what came of it. ``"missing"``: nothing came of it that could be judged.
        The others say why there is no opinion: ``"timeout"``, ``"out_of_memory"``, ``"crashed"``, ``"cancelled"``.
    reason : str
        One line: why, and what to do. Lines in it count from the first one of the proof, unless it says otherwise.
    statement, proof : str
        What was given.
    code : str
        Both as they were run; positions are places in it.
    theorem : str
        Name of the theorem.
    axioms : tuple of str
        The axioms that the proof is known to rest on, sorted; empty where it did not come that far.
    axioms_unseen : tuple of str
        The library's theorems that it rests on besides, and which this build of Lean has without their proofs, so that
        nobody can say which axioms they rest on in turn. They are trusted, as the library is.
    result : LeanResult or None
        What the process said that ran the proof; None if it was not run. A proof may run code there, which can make it
        say anything: nothing of the other fields depends on it, but where it has errors, the proof is refused.
    elapsed : float
        Seconds that Lean took for all of it.
    cpu : float
        Seconds of processor time that it cost.
    memory_peak : int
        The most resident bytes that one of its processes was seen to have; 0 if unknown.
    cached : bool
        Whether it was known from before: what it cost, it did then.
    """

    kind: Finding
    reason: str
    statement: str
    proof: str
    code: str = field(repr=False)
    theorem: str = ""
    axioms: tuple[str, ...] = ()
    axioms_unseen: tuple[str, ...] = field(default=(), repr=False)
    result: LeanResult | None = field(default=None, repr=False)
    elapsed: float = 0.0
    cpu: float = 0.0
    memory_peak: int = 0
    cached: bool = False

    @property
    def ok(self) -> bool:
        """Whether the proof proves the statement."""
        return self.kind == "proved"

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.reason}"

    _repr_pretty_ = as_printed
