"""Latency of warm requests, and what the pool adds to a bare pipe."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row, percentile
from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WARM_UP = 50
REPEATS = 300
COMMAND = "theorem add_swap (a b : Nat) : a + b = b + a := Nat.add_comm a b"
STATEMENT = "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q"
TACTIC = "exact ⟨hp, hq⟩"


class BarePipe:
    """The same server, asked the same without the pool: write a frame, read a line."""

    def __init__(self, pool: LeanPool, scratch: Path) -> None:
        launch = pool.toolchain.launch(scratch)
        self.process = subprocess.Popen(
            launch.arguments,
            cwd=launch.directory,
            env=dict(launch.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, **request: object) -> dict[str, object]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request, ensure_ascii=False).encode() + b"\n\n")
        self.process.stdin.flush()
        reply: dict[str, object] = json.loads(self.process.stdout.readline())
        self.process.stdout.readline()
        return reply

    def close(self) -> None:
        with self.process:
            self.process.kill()


def times(*calls: Callable[[], object]) -> list[list[float]]:
    """Return milliseconds of each call, taken in turns so that the machine's moods hit all alike."""
    for _ in range(WARM_UP):
        for call in calls:
            call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(REPEATS):
        for call, milliseconds in zip(calls, taken, strict=True):
            started = time.perf_counter()
            call()
            milliseconds.append(1000 * (time.perf_counter() - started))
    return taken


def measure() -> Iterator[Row]:
    """Ask both the pool and a bare pipe for small commands, tactics and next to nothing."""
    with LeanPool(workers=1) as pool, tempfile.TemporaryDirectory() as scratch:
        pipe = BarePipe(pool, Path(scratch))
        state = pool.prove_sync(STATEMENT)
        pipe_state = pipe.ask(cmd=f"{STATEMENT} := by sorry")["sorries"][0]["proofState"]  # type: ignore[index]

        through_pool, through_pipe = times(lambda: pool.run_sync(COMMAND), lambda: pipe.ask(cmd=COMMAND, doubts=True))
        yield Row("small command, p50", percentile(through_pool, 50), "ms", 60)
        yield Row("small command, p95", percentile(through_pool, 95), "ms")
        yield Row("small command over a bare pipe, p50", percentile(through_pipe, 50), "ms")

        through_pool, through_pipe = times(
            lambda: pool.tactic_sync(state, TACTIC), lambda: pipe.ask(proofState=pipe_state, tactic=TACTIC)
        )
        yield Row("tactic, p50", percentile(through_pool, 50), "ms", 5)
        yield Row("tactic, p95", percentile(through_pool, 95), "ms")
        yield Row("tactic over a bare pipe, p50", percentile(through_pipe, 50), "ms")

        through_pool, through_pipe = times(lambda: pool.run_sync("--"), lambda: pipe.ask(cmd="--", doubts=True))
        added = [ours - theirs for ours, theirs in zip(through_pool, through_pipe, strict=True)]
        yield Row("a comment over a bare pipe, p50", percentile(through_pipe, 50), "ms")
        yield Row("added by the pool, p50", percentile(added, 50), "ms", 0.5)
        pipe.close()
