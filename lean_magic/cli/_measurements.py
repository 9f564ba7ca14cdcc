"""What ``lean-magic bench`` measures, and its summary as text and as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import msgspec

from lean_magic.cli._tally import REFUSED, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.batch import Check

__all__ = ["PERCENTILES", "Measurements", "Point", "percentile"]

PERCENTILES = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Point:
    """One code.

    Parameters
    ----------
    verdict
        What came of it.
    at
        When it was done, in seconds since the beginning.
    latency
        Seconds that Lean took; None where it was not run.
    """

    verdict: str
    at: float
    latency: float | None


class Measurements:
    """What was measured so far.

    Parameters
    ----------
    dataset
        What the codes come from.
    workers
        How many Lean processes there may be.
    timeout
        Seconds that each code may take.
    lean
        The version of Lean.
    """

    def __init__(self, *, dataset: str, workers: int, timeout: float, lean: str) -> None:
        self.dataset = dataset
        self.workers = workers
        self.timeout = timeout
        self.lean = lean
        self.points: list[Point] = []
        self._tally = Tally()
        self._cpu = 0.0
        self._memory = 0

    def add(self, check: Check, at: float) -> None:
        """Take in what came of a code, and when, in seconds since the beginning."""
        self._tally.add(check)
        ran = check.result is not None and not check.cached
        self.points.append(Point(check.verdict or REFUSED, at, check.elapsed if ran else None))
        if check.result is not None and ran:
            self._cpu += check.result.cpu
            self._memory = max(self._memory, check.result.memory_peak)

    @property
    def elapsed(self) -> float:
        """Seconds from the beginning to the last result."""
        return max((point.at for point in self.points), default=0.0)

    @property
    def latencies(self) -> list[float]:
        """Seconds that Lean took for each code that was run."""
        return [point.latency for point in self.points if point.latency is not None]

    @property
    def heading(self) -> str:
        """What was measured, in one line."""
        workers = f"{self.workers} worker{'' if self.workers == 1 else 's'}"
        limit = f"timeout {self.timeout:g} s" if math.isfinite(self.timeout) else "no timeout"
        return f"{self.dataset} · {len(self.points):,} codes · {workers} · {limit} · Lean {self.lean}"

    def data(self) -> dict[str, Any]:
        """Return the summary as data: times in seconds, memory in bytes; null where nothing was run."""
        latencies = self.latencies
        total = self._tally.total
        return {
            "dataset": self.dataset,
            "lean": self.lean,
            "workers": self.workers,
            "timeout": self.timeout if math.isfinite(self.timeout) else None,
            "codes": total,
            "verdicts": self._tally.counts,
            "declaring_nothing": self._tally.declaring_nothing,
            "elapsed": self.elapsed,
            "first_result": min((point.at for point in self.points), default=None),
            "throughput": total / self.elapsed if self.elapsed else None,
            "lean_time": sum(latencies),
            "cpu_time": self._cpu,
            "latency": {
                "mean": sum(latencies) / len(latencies) if latencies else None,
                **{f"p{percent}": percentile(latencies, percent) for percent in PERCENTILES},
                "max": max(latencies, default=None),
            },
            "memory_peak": self._memory or None,
            "cached": self._tally.cached,
        }

    def json(self) -> str:
        """Return the summary as JSON, on one line."""
        return msgspec.json.encode(self.data()).decode()

    def __str__(self) -> str:
        data = self.data()
        ran = len(self.latencies)
        lines = [self.heading, ""]
        lines += [f"  {'verdict':<14}{'codes':>9}{'%':>9}"]
        lines += [
            f"  {verdict.replace('_', ' '):<14}{number:>9,}{100 * number / data['codes']:>9.1f}"
            for verdict, number in data["verdicts"].items()
        ]
        latency = [f"{name} {_seconds(value)}" for name, value in data["latency"].items() if value is not None]
        first = f" (with the start of Lean; the first result after {_seconds(data['first_result'] or 0)})"
        facts = {
            "elapsed": f"{_seconds(self.elapsed)}{first if ran else ''}",
            "throughput": f"{data['throughput']:,.2f} codes/s" if data["throughput"] else "",
            "Lean time": _total(data["lean_time"], ran),
            "CPU time": _total(self._cpu, ran),
            "latency": ", ".join(latency),
            "memory peak": f"{self._memory / 1e9:.2f} GB (the largest process)" if self._memory else "",
            "from the cache": f"{data['cached']:,} of {data['codes']:,}",
        }
        lines += ["", *(f"  {name:<14}  {fact}" for name, fact in facts.items() if fact)]
        if notes := [*self._tally.notes, *filter(None, [self._tally.refused])]:
            lines += ["", *(f"  {note}" for note in notes)]
        return "\n".join(lines)


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the value that so many percent are not above, interpolated; None where there are no values."""
    if len(values) < 2:
        return values[0] if values else None
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _total(seconds: float, codes: int) -> str:
    return f"{_seconds(seconds)} in all, {_seconds(seconds / codes)} per code" if codes else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 10 else f"{seconds:.3f} s"
