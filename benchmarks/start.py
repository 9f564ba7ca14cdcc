"""Start-up and memory of workers."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row
from lean_magic.repl import ReplProcess
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_LIMIT = 8 * 1024**3


def measure() -> Iterator[Row]:
    """Start two workers, one after the other; import Lean in the first."""
    toolchain = resolve_toolchain()
    toolchain.prepare()

    async def run() -> list[Row]:
        rows = []
        with tempfile.TemporaryDirectory() as scratch:
            workers = []
            for name in ("first", "second"):
                started = time.perf_counter()
                launch = toolchain.launch(Path(scratch))
                workers.append(await ReplProcess.start(launch, memory_limit=MEMORY_LIMIT, timeout=120))
                rows.append(Row(f"{name} worker ready", time.perf_counter() - started, "s", 8))
            rows.append(Row("worker's resident memory, ready", workers[0].usage().memory / 1e9, "GB", 1.5))
            for header in ("Lean", "Std"):
                started = time.perf_counter()
                await workers[0].exchange({"cmd": f"import {header}\n#check Nat"})
                rows.append(Row(f"first command with `import {header}`", time.perf_counter() - started, "s"))
            rows.append(Row("worker's resident memory after that", workers[0].usage().memory / 1e9, "GB", 1.5))
            for worker in workers:
                worker.kill()
                await worker.wait_closed()
        return rows

    yield from asyncio.run(run())
