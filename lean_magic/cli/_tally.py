"""How many codes came to which verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from lean_magic.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lean_magic.batch import Check

__all__ = ["REFUSED", "Tally"]

REFUSED = "refused"  # what could not be given to Lean
_VERDICTS = (*get_args(Verdict), REFUSED)


class Tally:
    """How many codes came to which verdict, so far.

    Attributes
    ----------
    cached : int
        How many of them were known from before.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.cached = 0

    def add(self, check: Check) -> None:
        """Count a check."""
        self._counts[check.verdict or REFUSED] += 1
        self.cached += check.cached

    def counting(self, checks: Iterable[Check]) -> Iterator[Check]:
        """Yield the checks as they are, counting them."""
        for check in checks:
            self.add(check)
            yield check

    @property
    def total(self) -> int:
        """How many there are."""
        return self._counts.total()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each verdict, in a fixed order, without those that there are none of."""
        return {verdict: self._counts[verdict] for verdict in _VERDICTS if self._counts[verdict]}

    def __str__(self) -> str:
        verdicts = ", ".join(f"{number:,} {verdict.replace('_', ' ')}" for verdict, number in self.counts.items())
        known = f" · {self.cached:,} known from before" if self.cached else ""
        return f"{self.total:,} {'code' if self.total == 1 else 'codes'}{f': {verdicts}' if verdicts else ''}{known}"
