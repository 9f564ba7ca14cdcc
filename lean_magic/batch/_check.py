"""What came of one code among many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.errors import LeanMagicError
    from lean_magic.results import LeanResult, Verdict

__all__ = ["Check"]


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """What came of one code among many: a result, or an error why there is none; true only if it is valid.

    Parameters
    ----------
    id : hashable
        The id that the code came with; its place in the input, from 0, where it came with none.
    code : str
        The code. Where it could not be given to Lean: the text it was, as far as it was one.
    result : LeanResult or None
        What Lean said; also where Lean gave no opinion, such as after a timeout.
    error : LeanMagicError or None
        Why there is no result: the code could not be given to Lean, or there was no Lean to give it to.
    cached : bool
        Whether no run was needed for it, since there was one before, or one for the same code at the same time. Costs
        are those of that run.
    at : float or None
        When it was logged, as Unix time in seconds; of what this batch had finished before, that is when it was. None
        where there is no store.
    batch : str or None
        The name of its batch, if it has one.
    place : int or None
        Its place among many codes, from 0, by which it can be told from others with the same id.
    """

    id: Hashable
    code: str
    result: LeanResult | None = None
    error: LeanMagicError | None = None
    cached: bool = False
    at: float | None = None
    batch: str | None = None
    place: int | None = None

    _repr_pretty_ = as_printed

    @property
    def verdict(self) -> Verdict | None:
        """That of the result; None where there is an error."""
        return None if self.result is None else self.result.verdict

    @property
    def ok(self) -> bool:
        """Whether the verdict is ``"valid"``."""
        return self.result is not None and self.result.ok

    def __bool__(self) -> bool:
        return self.ok

    @property
    def elapsed(self) -> float:
        """Seconds that Lean took; 0 where there is an error."""
        return 0.0 if self.result is None else self.result.elapsed

    def __str__(self) -> str:
        name = "" if self.id is None else f"{self.id}: "
        if self.result is None:
            return f"{name}{type(self.error).__name__}: {self.error}"
        how = ", from the cache" if self.cached else ""
        return f"{name}{self.verdict} ({self.elapsed:.2f} s{how})"

    def __repr__(self) -> str:
        return f"<Check {self}>"
