"""The plots of ``lean-magic bench``."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from lean_magic.cli._measurements import percentile
from lean_magic.errors import MissingPackageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lean_magic.cli._measurements import Measurements

__all__ = ["save_plots"]

# Okabe and Ito's colours, which all kinds of eyes tell apart; and hatches, for print.
_LOOKS = {
    "valid": ("#56B4E9", ""),
    "sorry": ("#F0E442", "//"),
    "error": ("#D55E00", "\\\\"),
    "timeout": ("#CC79A7", "xx"),
    "out_of_memory": ("#009E73", ".."),
    "crashed": ("#000000", ""),
    "cancelled": ("#999999", "--"),
    "refused": ("#0072B2", "++"),
}
_BINS = (10, 40)  # at least, at most
_WIDE = 30  # how many times as long as the fastest the slowest takes, where only a logarithm shows both
_SHORTEST = 1e-3  # seconds
_HEADROOM = 1.05
_DOTS_PER_INCH = 150


def save_plots(measurements: Measurements, folder: Path) -> list[Path]:
    """Save the plots as PNG and SVG, and return where.

    Raises
    ------
    MissingPackageError
        Matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingPackageError("Plots need matplotlib: pip install 'lean-magic[bench]'") from None

    saved = []
    # Figures of their own: no window system, and nothing of a notebook's pyplot is touched.
    with rc_context({"svg.fonttype": "none", "axes.spines.top": False, "axes.spines.right": False}):
        for name, draw in (("throughput", _throughput), ("latency", _latency)):
            figure = Figure(figsize=(8, 4.5), layout="constrained")
            draw(figure, measurements)
            for suffix in ("png", "svg"):
                path = folder / f"{name}.{suffix}"
                figure.savefig(path, dpi=_DOTS_PER_INCH)
                saved.append(path)
    return saved


def _throughput(figure: Figure, measurements: Measurements) -> None:
    """Draw how many codes were done in each part of the time."""
    axes = _axes(figure, measurements, "Throughput")
    elapsed = measurements.elapsed or 1.0
    edges = _edges(0.0, elapsed, len(measurements.points))
    done = {verdict: [point.at for point in measurements.points if point.verdict == verdict] for verdict in _LOOKS}
    _stacked(axes, done, edges, weight=1 / edges[1])
    mean = len(measurements.points) / elapsed
    axes.axhline(mean, color="black", linestyle="--", label=f"mean: {mean:,.2f} codes/s")
    axes.set(xlabel="time since the beginning (s)", ylabel="codes per second", xlim=(0, elapsed * _HEADROOM))
    _legend(axes)


def _latency(figure: Figure, measurements: Measurements) -> None:
    """Draw how long Lean took for how many codes."""
    axes = _axes(figure, measurements, "Latency")
    latencies = measurements.latencies
    if not latencies:
        axes.text(0.5, 0.5, "no code was run", ha="center", transform=axes.transAxes)
        return
    shortest, longest = max(min(latencies), _SHORTEST), max(*latencies, _SHORTEST)
    is_wide = longest > _WIDE * shortest
    if is_wide:
        edges = [math.exp(edge) for edge in _edges(math.log(shortest), math.log(longest), len(latencies))]
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        edges = _edges(0.0, longest, len(latencies))
        axes.set_xlim(0, longest * _HEADROOM)
    axes.locator_params(axis="y", integer=True)
    took: dict[str, list[float]] = {verdict: [] for verdict in _LOOKS}
    for point in measurements.points:
        if point.latency is not None:
            took[point.verdict].append(point.latency)
    _stacked(axes, took, edges)
    for percent, style in ((50, "-"), (90, "--"), (99, ":")):
        value = percentile(latencies, percent) or 0.0
        axes.axvline(value, color="black", linestyle=style, label=f"p{percent}: {value:.3g} s")
    axes.set(xlabel=f"what Lean took (s{', logarithmic' if is_wide else ''})", ylabel="codes")
    _legend(axes)


def _axes(figure: Figure, measurements: Measurements, title: str) -> Axes:
    axes = figure.subplots()
    axes.set_title(f"{title}\n{measurements.heading}", loc="left", fontsize="medium")
    return axes


def _edges(start: float, end: float, values: int) -> list[float]:
    """Return where bars begin and end, of a number that so many values can fill."""
    least, most = _BINS
    bins = min(max(least, round(2 * math.sqrt(values))), most)
    return [start + (end - start) * number / bins for number in range(bins + 1)]


def _stacked(axes: Axes, values: dict[str, list[float]], edges: list[float], *, weight: float = 1.0) -> None:
    """Draw how many values of each verdict are between the edges, on top of each other."""
    below = [0.0] * (len(edges) - 1)
    for verdict, found in values.items():
        if not found:
            continue
        heights = _counted(found, edges)
        colour, hatch = _LOOKS[verdict]
        axes.bar(
            edges[:-1],
            [height * weight for height in heights],
            [right - left for left, right in pairwise(edges)],
            below,
            align="edge",
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.5,
            label=f"{verdict.replace('_', ' ')} ({len(found):,})",
        )
        below = [low + height * weight for low, height in zip(below, heights, strict=True)]
    axes.set_ylim(0, (max(below) or 1) * _HEADROOM)


def _counted(values: list[float], edges: list[float]) -> list[int]:
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return counts


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
