"""Side by side with LeanInteract's and Kimina's pools, all on the same Lean server.

Overhead is what a system adds to the time that Lean takes, as seen by the caller: a recorder between each system and
its Lean server notes when a request had arrived and when its answer left, so that what Lean takes longer for one
request than for another is not counted as anybody's overhead. The same is measured for a bare pipe and subtracted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.effort import either
from benchmarks.peers import codes, environments
from benchmarks.table import Row, percentile
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from benchmarks.peers.codes import Judged

__all__ = ["measure"]

_DRIVER = Path(__file__).with_name("driver.py")
_CHECKOUT = Path(__file__).parents[2]

OURS, LEAN_INTERACT, KIMINA, BARE = "lean-magic", "LeanInteract", "Kimina", "bare pipe"
POOLS = (OURS, LEAN_INTERACT, KIMINA)
TARGET_WORKERS = 2
OUR_BATCH = "lean-magic, check_many"
_MODULES = {
    OURS: "our_pool",
    OUR_BATCH: "our_batch",
    LEAN_INTERACT: "lean_interact_pool",
    KIMINA: "kimina",
    BARE: "bare_pipe",
}


@dataclass
class Wrong:
    """How many verdicts of a system were wrong."""

    count: int = 0
    of: int = 0

    def judge(self, given: Sequence[str], judged: Sequence[Judged]) -> None:
        self.of += len(judged)
        self.count += sum(verdict != right for verdict, (_, right) in zip(given, judged, strict=True))


class Driven:
    """A system in a process of its own."""

    def __init__(self, name: str, workers: int, folder: Path, *, recorded: bool = False) -> None:
        self.name = name
        own = Path(tempfile.mkdtemp(dir=folder))
        self._notes = own / "notes"
        lake = environments.make_lake(own / "lake", self._notes if recorded else None, codes.TRIVIAL_MARK)
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        match name:
            case "LeanInteract":
                python = environments.python_with(environments.LEAN_INTERACT)
            case "Kimina":
                python = environments.python_with(environments.KIMINA)
            case _:
                python = Path(sys.executable)
                environment["PYTHONPATH"] = str(_CHECKOUT)
        self._process = subprocess.Popen(
            [python, _DRIVER, _MODULES[name], lake],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # each has its own share of the processors
        )
        self._ask("open", workers=workers)

    def _ask(self, what: str, **asked: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"ask": what, **asked}), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended while asked for {what}")
        read: dict[str, Any] = json.loads(answer)
        return read

    def one_by_one(
        self, codes: list[str], *, asynchronous: bool = False
    ) -> tuple[list[str], list[tuple[float, float]]]:
        """Run codes one after the other; return their verdicts, and when each began and ended."""
        answer = self._ask("one_by_one", codes=codes, asynchronous=asynchronous)
        return answer["verdicts"], answer["spans"]

    def all_at_once(self, codes: list[str]) -> tuple[list[str], float]:
        """Run codes; return their verdicts, and how many seconds all took together."""
        answer = self._ask("all_at_once", codes=codes)
        return answer["verdicts"], answer["seconds"]

    def cpu(self) -> float:
        """Return how many seconds of processor time it has taken so far, with its Lean servers."""
        this = psutil.Process(self._process.pid)
        taken = 0.0
        for process in this, *this.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                taken += sum(process.cpu_times()[:4])  # also of children that are no more: servers that were replaced
        return taken

    def added(self, repeats: int, wrong: Wrong, *, asynchronous: bool) -> list[float]:
        """Return what it adds to Lean's own time for some trivial requests, in ms."""
        noted = len(self._noted())
        verdicts, spans = self.one_by_one([codes.TRIVIAL] * repeats, asynchronous=asynchronous)
        wrong.judge(verdicts, [(codes.TRIVIAL, "valid")] * repeats)
        while len(times := self._noted()[noted:]) < repeats:  # the last may not be written yet
            time.sleep(0.01)
        return [
            1000 * ((ended - began) - (answered - arrived))
            for (began, ended), (arrived, answered) in zip(spans, times, strict=True)
        ]

    def _noted(self) -> list[tuple[float, float]]:
        lines = self._notes.read_text().splitlines(keepends=True) if self._notes.exists() else []
        whole = [line.split() for line in lines if line.endswith("\n")]
        return [(float(arrived), float(answered)) for arrived, answered in whole]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        self._process.wait()
        for child in children:
            if child.is_running():
                child.kill()
        psutil.wait_procs(children, timeout=5)
        for pipe in self._process.stdin, self._process.stdout:
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()


def measure() -> Iterator[Row]:
    """Measure overhead, then throughput, then verdicts that are easily got wrong."""
    resolve_toolchain().prepare()
    wrong = {name: Wrong() for name in (*POOLS, BARE)}
    with tempfile.TemporaryDirectory() as folder:
        yield from overhead(Path(folder), wrong)
        for workers in (1, 2, 4):
            yield from throughput(workers, Path(folder), wrong)
    for name in POOLS:
        yield Row(f"wrong verdicts, {name}, of {wrong[name].of}", wrong[name].count, "")
    yield from verdicts()


def overhead(folder: Path, wrong: dict[str, Wrong]) -> Iterator[Row]:
    """Ask all for the same trivial theorem, in turns."""
    rounds, repeats = either(20, 2), 10
    ways = {"sync": False, "async": True}
    taken: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        systems = [stack.enter_context(Driven(name, 1, folder, recorded=True)) for name in (*POOLS, BARE)]
        for number in range(rounds + 1):
            for system in systems:
                for way, asynchronous in ways.items():
                    added = system.added(repeats, wrong[system.name], asynchronous=asynchronous)
                    if number:  # the first round is for warming up
                        taken.setdefault((system.name, way), []).extend(added)
    pipe = percentile([*taken[BARE, "sync"], *taken[BARE, "async"]], 50)
    beyond = {key: [value - pipe for value in values] for key, values in taken.items()}
    for name in POOLS:
        for way in ways:
            yield Row(f"added to a bare pipe, {name}, {way}, p50", percentile(beyond[name, way], 50), "ms")
            yield Row(f"added to a bare pipe, {name}, {way}, p90", percentile(beyond[name, way], 90), "ms")
    for peer, target in (LEAN_INTERACT, 1 / 2), (KIMINA, 1 / 5):
        for way in ways:
            ratio = percentile(beyond[OURS, way], 50) / percentile(beyond[peer, way], 50)
            yield Row(f"overhead of {OURS}, {way}, by that of {peer}", ratio, "", target)


def throughput(workers: int, folder: Path, wrong: dict[str, Wrong]) -> Iterator[Row]:
    """Give all the same codes at once, in turns; the next round has other codes, which nobody has seen."""
    with ExitStack() as stack:
        systems = [stack.enter_context(Driven(name, workers, folder)) for name in POOLS]
        for kind, headers, rounds, number in (
            ("uniform", codes.UNIFORM, either(8, 1), either(100, 10)),
            ("mixed", codes.MIXED, either(3, 1), either(30, 5)),
        ):
            taken: dict[str, list[float]] = {name: [] for name in POOLS}
            for round_ in range(rounds + 1):
                work = codes.workload(headers, number if round_ else either(20, 5), 1000 * round_)
                systems = [*systems[1:], systems[0]]  # nobody is always the first
                for system in systems:
                    given, seconds = system.all_at_once([code for code, _ in work])
                    wrong[system.name].judge(given, work)
                    if round_:  # the first round is for warming up
                        taken[system.name].append(seconds)
            for name in POOLS:
                rate = number / statistics.median(taken[name])
                yield Row(f"{kind} headers, {workers} workers, {name}", rate, "/s")
            for peer in LEAN_INTERACT, KIMINA:
                ratios = [theirs / ours for ours, theirs in zip(taken[OURS], taken[peer], strict=True)]
                target = 1.0 if workers == TARGET_WORKERS else None
                what = f"{kind} headers, {workers} workers, {OURS} by {peer}"
                yield Row(what, statistics.median(ratios), "", target, at_least=True)


def verdicts() -> Iterator[Row]:
    """Run what is easily got wrong, by one worker."""
    judged = codes.tricky(1)
    with tempfile.TemporaryDirectory() as folder:
        for name in POOLS:
            wrong = Wrong()
            with Driven(name, 1, Path(folder)) as system:
                wrong.judge(system.one_by_one([code for code, _ in judged])[0], judged)
            target = 0 if name == OURS else None
            yield Row(f"wrong verdicts on tricky codes, {name}, of {wrong.of}", wrong.count, "", target)
