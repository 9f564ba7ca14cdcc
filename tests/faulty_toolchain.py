"""Where the stand-in for the Lean server comes from, as pools are told it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lean_magic.toolchain import Launch

FAULTY_SERVER = Path(__file__).with_name("faulty_server.py")


class FaultyToolchain:
    """Launches the stand-in; its arguments say what goes wrong at the start."""

    name = "faulty"
    version = "0"
    origin = "tests/faulty_server.py"
    identity = "faulty"
    memory_ceiling: int | None = None
    counts_addresses = False

    def __init__(self, *arguments: str) -> None:
        self.arguments = arguments
        self.prepared = 0

    def prepare(self, progress: object = None) -> None:  # noqa: ARG002
        self.prepared += 1

    def launch(self, scratch: Path) -> Launch:
        command = (sys.executable, str(FAULTY_SERVER), *self.arguments)
        return Launch(command, scratch, dict(os.environ), self.memory_ceiling, self.counts_addresses)
