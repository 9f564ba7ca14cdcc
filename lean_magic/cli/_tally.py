"""How many codes came to which verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from lean_magic._hints import missing_modules, not_part_of_lean
from lean_magic.records._declaring import declares
from lean_magic.results import Verdict

if TYPE_CHECKING:
    from lean_magic.batch import Check

__all__ = ["REFUSED", "Tally"]

REFUSED = "refused"  # what could not be given to Lean
_MODULES = 3  # that are named
_VERDICTS = (*get_args(Verdict), REFUSED)


class Tally:
    """How many codes came to which verdict, so far.

    Attributes
    ----------
    cached : int
        How many of them were known from before.
    declaring_nothing : int
        How many of the valid ones declare nothing.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first_refused = ""
        self._missing: Counter[str] = Counter()
        self.declaring_nothing = 0
        self.cached = 0

    def add(self, check: Check) -> None:
        """Count a check."""
        self._counts[check.verdict or REFUSED] += 1
        self.cached += check.cached
        if check.result is not None:
            self.declaring_nothing += check.ok and not declares(check.code)
            self._missing.update(missing_modules(check.result))
        if check.error is not None and not self._first_refused:
            self._first_refused = str(check.error)

    @property
    def notes(self) -> list[str]:
        """What one should know of the verdicts, in lines."""
        lines = []
        if number := self.declaring_nothing:
            does = "is valid, but declares" if number == 1 else "are valid, but declare"
            lines.append(f"{_codes(number)} {does} nothing (no theorem, no example): nothing is proved by that.")
        lines += [
            f"{_codes(number)} {'imports' if number == 1 else 'import'} {module}. {not_part_of_lean(module)}"
            for module, number in self._missing.most_common(_MODULES)
        ]
        return lines

    @property
    def refused(self) -> str:
        """What could not be given to Lean, in a sentence that names the first; empty if there is no such thing."""
        if not (number := self._counts[REFUSED]):
            return ""
        if number == self.total == 1:
            return f"What is in the only row could not be given to Lean: {self._first_refused}"
        return f"{number:,} of {self.total:,} rows could not be given to Lean. The first: {self._first_refused}"

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
        return f"{_codes(self.total)}{f': {verdicts}' if verdicts else ''}{known}"


def _codes(number: int) -> str:
    return f"{number:,} {'code' if number == 1 else 'codes'}"
