"""Runs one system in a process and an environment of its own, as the benchmark tells it to.

``python driver.py MODULE LAKE`` reads a request from each line of standard input and answers with a line, both JSON.
The module (``bare_pipe``, ``our_pool``, ``lean_interact_pool`` or ``kimina``) has a class `System`. This runs under the
peers' interpreters too: standard library only.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Protocol


class Driven(Protocol):
    """What can be asked of a system. A verdict is "valid", "sorry", "error", or says what failed."""

    def __init__(self, lake: Path, workers: int) -> None: ...

    def run(self, code: str) -> str:
        """Run one code, blocking; return its verdict."""

    async def arun(self, code: str) -> str:
        """Run one code, as asynchronous code does; return its verdict."""

    def run_all(self, codes: list[str]) -> list[str]:
        """Run many codes in the way that is the system's fastest; return their verdicts."""

    def close(self) -> None:
        """End all its processes."""


def one_by_one(system: Driven, codes: list[str], *, asynchronous: bool) -> dict[str, Any]:
    """Run codes one after the other; say when each began and ended."""
    spans: list[tuple[float, float]] = []
    verdicts: list[str] = []

    def note(began: float, verdict: str) -> None:
        spans.append((began, time.perf_counter()))
        verdicts.append(verdict)

    async def arun() -> None:
        for code in codes:
            note(time.perf_counter(), await system.arun(code))

    if asynchronous:
        asyncio.run(arun())
    else:
        for code in codes:
            note(time.perf_counter(), system.run(code))
    return {"spans": spans, "verdicts": verdicts}


def all_at_once(system: Driven, codes: list[str]) -> dict[str, Any]:
    """Run codes; say how many seconds all took together."""
    began = time.perf_counter()
    verdicts = system.run_all(codes)
    return {"seconds": time.perf_counter() - began, "verdicts": verdicts}


def main(module: str, lake: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print is no answer
    System: type[Driven] = importlib.import_module(module).System  # noqa: N806
    system: Driven | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        match asked.pop("ask"):
            case "open":
                system, answer = System(Path(lake), **asked), {}
            case "one_by_one":
                assert system is not None
                answer = one_by_one(system, **asked)
            case "all_at_once":
                assert system is not None
                answer = all_at_once(system, **asked)
            case _:
                break
        gc.collect()  # not while somebody counts the time
        answers.write(json.dumps(answer) + "\n")
    if system is not None:
        system.close()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main(*sys.argv[1:])
