"""Runs numbered codes through `check_many` in another process, which says how far it is.

So its memory is that of a batch and of nothing else, and it can be killed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from lean_magic import LeanPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.pool import PoolEvent

__all__ = ["WORKERS", "main", "numbered", "running"]

WORKERS = 2
_CHECKOUT = Path(__file__).parents[2]
_PROGRAM = "from benchmarks.batch.run import main; main()"


def numbered(number: int) -> str:
    """Return a code that Lean is done with in a few milliseconds, and no other code is like."""
    return f"example : {number} + 1 = {number + 1} := rfl"


def _codes(number: int, known: int, new_every: int) -> Iterator[str]:
    """Make codes: some new, the others from the first ones, again and again."""
    for place in range(number):
        is_new = new_every and place % new_every == 0
        yield numbered(known + place) if is_new else numbered(place % known)


@contextmanager
def running(store: Path, number: int, **options: object) -> Iterator[Iterator[dict[str, Any]]]:
    """Run numbered codes in another process; give what it says on its way. At the end of the block, it is killed."""
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    command = [sys.executable, "-c", _PROGRAM, str(store), str(number), *given]
    with subprocess.Popen(command, cwd=_CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield (json.loads(line) for line in process.stdout)
        finally:
            process.kill()


def main() -> None:
    """Be the other process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("number", type=int)
    parser.add_argument("--known", type=int, help="how many of them differ, apart from new ones; by default all")
    parser.add_argument("--new-every", type=int, default=0, help="how often one comes that was never there before")
    parser.add_argument("--batch", help="the name of the batch")
    parser.add_argument("--begun", type=Path, help="a file that gets a byte for each request that Lean begins with")
    parser.add_argument("--say-every", type=int, default=1000, help="after how many results to say something")
    asked = parser.parse_args()

    begun = os.open(asked.begun, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if asked.begun else None

    def note(event: PoolEvent) -> None:
        if begun is not None and event.kind == "request_started":
            os.write(begun, b".")

    this = psutil.Process()
    verdicts: Counter[str] = Counter()
    with LeanPool(workers=WORKERS, store=asked.store, on_event=note) as pool:
        every = _codes(asked.number, asked.known or asked.number, asked.new_every)
        for check in pool.check_many_sync(every, batch=asked.batch, progress=False):
            verdicts["cached" if check.cached else "run"] += 1
            verdicts[str(check.verdict)] += 1
            if (done := verdicts["cached"] + verdicts["run"]) % asked.say_every == 0 or done == asked.number:
                print(json.dumps({"done": done, "memory": this.memory_info().rss, **verdicts}), flush=True)
