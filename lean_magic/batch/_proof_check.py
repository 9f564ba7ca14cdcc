"""What came of one proof among many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.errors import LeanMagicError
    from lean_magic.verification import Finding, Verification

__all__ = ["ProofCheck"]


@dataclass(frozen=True, slots=True, eq=False)
class ProofCheck:
    """What came of one proof among many: a verification, or an error why there is none; true only if it is proved.

    Parameters
    ----------
    id : hashable
        The id that the proof came with; its place in the input, from 0, where it came with none.
    statement, proof : str
        What was given. Where it could not be given to Lean: the texts it was, as far as it was some.
    verification : Verification or None
        Whether the proof proves the statement, and if not, why; also where Lean gave no opinion.
    error : LeanMagicError or None
        Why there is no verification: the statement itself is wrong (`LeanError`), the two could not be given to Lean,
        or there was no Lean to give them to.
    cached : bool
        Whether nothing had to be run for it, since it was known from before, or the same came at the same time. Costs
        are those of then.
    at : float or None
        When it was logged, as Unix time in seconds; of what this batch had finished before, that is when it was. None
        where there is no store.
    batch : str or None
        The name of its batch, if it has one.
    place : int or None
        Its place among many proofs, from 0, by which it can be told from others with the same id.
    """

    id: Hashable
    statement: str
    proof: str
    verification: Verification | None = None
    error: LeanMagicError | None = None
    cached: bool = False
    at: float | None = None
    batch: str | None = None
    place: int | None = None

    _repr_pretty_ = as_printed

    @property
    def kind(self) -> Finding | None:
        """That of the verification; None where there is an error."""
        return None if self.verification is None else self.verification.kind

    @property
    def ok(self) -> bool:
        """Whether the proof proves the statement."""
        return self.verification is not None and self.verification.ok

    def __bool__(self) -> bool:
        return self.ok

    @property
    def reason(self) -> str:
        """Why it is proved or not, in one line."""
        return str(self.error) if self.verification is None else self.verification.reason

    @property
    def elapsed(self) -> float:
        """Seconds that Lean took; 0 where there is an error."""
        return 0.0 if self.verification is None else self.verification.elapsed

    def __str__(self) -> str:
        name = "" if self.id is None else f"{self.id}: "
        if self.verification is None:
            return f"{name}{type(self.error).__name__}: {self.error}"
        how = ", from the cache" if self.cached else ""
        return f"{name}{self.verification} ({self.elapsed:.2f} s{how})"

    def __repr__(self) -> str:
        return f"<ProofCheck {self}>"
