"""lean-magic's `LeanPool`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from lean_magic import LeanPool
from lean_magic.toolchain import Launch
from lean_magic.toolchain.embedded import EmbeddedToolchain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["System"]


class ThroughLake(EmbeddedToolchain):
    """The embedded Lean, started by the very command that the peers start it by."""

    def __init__(self, lake: Path) -> None:
        super().__init__()
        self._lake = lake

    def launch(self, scratch: Path, *, readable: Sequence[Path] = (), resident: bool = True) -> Launch:
        plain = super().launch(scratch, readable=readable, resident=resident)
        return Launch((str(self._lake), "env", "repl"), scratch, dict(os.environ), plain.memory_ceiling)


class System:
    """A pool whose workers have all come up."""

    def __init__(self, lake: Path, workers: int) -> None:
        self._pool = LeanPool(workers=workers, toolchain=ThroughLake(lake), store=lake.with_name("store.sqlite3"))
        while len(self._pool.status().workers) < workers:
            self.run_all(["#eval 0"] * 2 * workers)  # workers come where there is need

    def run(self, code: str) -> str:
        return self._pool.run_sync(code).verdict

    async def arun(self, code: str) -> str:
        return (await self._pool.run(code)).verdict

    def run_all(self, codes: list[str]) -> list[str]:
        async def run() -> list[str]:
            return list(await asyncio.gather(*(self.arun(code) for code in codes)))

        return asyncio.run(run())

    def close(self) -> None:
        self._pool.shutdown()
