"""The Lean server by itself: write a frame, read a line. What a request costs when nothing is added."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["System", "verdict_of"]


def verdict_of(reply: dict[str, Any]) -> str:
    """Return what a reply says of its code, as far as a client of the upstream REPL can see."""
    if "env" not in reply:
        return "error"
    messages = reply.get("messages", [])
    if any(message["severity"] == "error" for message in messages):
        return "error"
    sorry = any(
        message["data"].startswith(("declaration uses 'sorry'", "declaration uses `sorry`")) for message in messages
    )
    return "sorry" if sorry or reply.get("sorries") else "valid"


class System:
    """A Lean server, asked over its pipes."""

    def __init__(self, lake: Path, workers: int) -> None:
        assert workers == 1
        self._process = subprocess.Popen(
            [lake, "env", "repl"], cwd=lake.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(self, code: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"cmd": code}, ensure_ascii=False).encode() + b"\n\n")
        stdin.flush()
        reply = json.loads(stdout.readline())
        stdout.readline()
        return verdict_of(reply)

    async def arun(self, code: str) -> str:
        return self.run(code)

    def run_all(self, codes: list[str]) -> list[str]:
        return [self.run(code) for code in codes]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
