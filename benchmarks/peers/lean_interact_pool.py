"""LeanInteract's `LeanServerPool`, with its defaults.

Many codes go through `run_batch`, its fastest way: `async_run_batch` raises ValueError for every batch (0.11.6), and
a `gather` of `async_run` can take all threads of asyncio's executor for waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lean_interact import Command, LeanREPLConfig, LeanServerPool  # type: ignore[import-not-found,unused-ignore]

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["System"]


def verdict_of(response: Any) -> str:  # noqa: ANN401 - not installed where types are checked
    """Return what LeanInteract says of a response."""
    if isinstance(response, Exception):
        return f"failed: {response}"
    if not hasattr(response, "lean_code_is_valid"):  # a LeanError: the server gave no environment
        return "error"
    if response.lean_code_is_valid(allow_sorry=False):
        return "valid"
    return "sorry" if response.lean_code_is_valid() else "error"


class System:
    """A pool whose workers have been started."""

    def __init__(self, lake: Path, workers: int) -> None:
        config = LeanREPLConfig(local_repl_path=lake.parent / "repl", build_repl=False, lake_path=lake)
        self._pool = LeanServerPool(config, num_workers=workers)

    def run(self, code: str) -> str:
        return verdict_of(self._pool.run(Command(cmd=code)))

    async def arun(self, code: str) -> str:
        return verdict_of(await self._pool.async_run(Command(cmd=code)))

    def run_all(self, codes: list[str]) -> list[str]:
        return [verdict_of(response) for response in self._pool.run_batch([Command(cmd=code) for code in codes])]

    def close(self) -> None:
        self._pool.close()
