"""Figures with their targets, as text."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Row", "percentile", "print_table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Parameters
    ----------
    what
        What was measured.
    value
        The figure, in `unit`.
    unit
        Its unit.
    target
        What it should be at most (or at least, where `at_least`), in the same unit.
    """

    what: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.value >= self.target if self.at_least else self.value <= self.target
        return f"{'>=' if self.at_least else '<='} {self.target:g}  {'met' if met else 'MISSED'}"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; the median is ``percentile(values, 50)``."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def print_table(title: str, rows: Iterable[Row]) -> None:
    """Print the title's first line and a line for each row, as they come."""
    print(f"\n{title.splitlines()[0]}")
    for row in rows:
        print(f"  {row.what:<58} {row.value:>10.3g} {row.unit:<3} {row.verdict}".rstrip(), flush=True)
