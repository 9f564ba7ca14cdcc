"""The corpus through each system's own interface for many codes, in turns, all on the same Lean server."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from typing import TYPE_CHECKING

from benchmarks.corpus import theorems
from benchmarks.effort import either
from benchmarks.peers import KIMINA, LEAN_INTERACT, OUR_BATCH, Driven, Wrong
from benchmarks.table import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["throughput"]

WORKERS = 2
_SYSTEMS = (OUR_BATCH, LEAN_INTERACT, KIMINA)


def throughput(folder: Path, names: Sequence[str] = _SYSTEMS) -> Iterator[Row]:
    """Give parts of the corpus, in turns; nobody takes anything from a cache of results."""
    corpus = [(theorem.code, theorem.verdict) for theorem in theorems()]
    # Parts that are alike in what they are about, so that turns are short and what else the machine does strikes all.
    parts = either(5, 40)
    rounds = [corpus[number % parts :: parts] for number in range(either(25, 1) + 1)]
    wrong = {name: Wrong() for name in names}
    taken: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        systems = [stack.enter_context(Driven(name, WORKERS, folder)) for name in names]
        for number, judged in enumerate(rounds):
            systems = [*systems[1:], systems[0]]  # nobody is always the first
            for system in systems:
                before = system.cpu()
                given, seconds = system.all_at_once([code for code, _ in judged])
                wrong[system.name].judge(given, judged)
                if number:  # the first round is for warming up
                    taken[system.name].append(seconds / len(judged))
                    cpu[system.name].append((system.cpu() - before) / len(judged))
    for name in names:
        yield Row(f"the corpus, {WORKERS} workers, {name}", 1 / statistics.median(taken[name]), "/s")
        yield Row(f"processor time of a code, {name}, Lean's included", 1000 * statistics.median(cpu[name]), "ms")
    for peer in names[1:]:
        ratio = _ratio(taken[peer], taken[names[0]])
        yield Row(f"the corpus, {WORKERS} workers, {names[0]} by {peer}", ratio, "", 1.0, at_least=True)
        # Where others use the processors too, this says more than time does.
        ratio = _ratio(cpu[peer], cpu[names[0]])
        yield Row(f"processor time of {peer} by that of {names[0]}", ratio, "", 1.0, at_least=True)
    for name in names:
        target = 0 if name == OUR_BATCH else None
        yield Row(f"wrong verdicts, {name}, of {wrong[name].of}", wrong[name].count, "", target)


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    """Return the usual one within a round."""
    return statistics.median(their / our for their, our in zip(theirs, ours, strict=True))
