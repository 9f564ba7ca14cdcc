"""A real Lean server, and nothing of Python between it and a test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from lean_magic.toolchain import resolve_toolchain

Reply = dict[str, Any]


class Server:
    """A server process, and the frames that go in and out."""

    def __init__(self, scratch: Path) -> None:
        toolchain = resolve_toolchain()
        toolchain.prepare()
        launch = toolchain.launch(scratch)
        self.scratch = scratch
        self.process = subprocess.Popen(
            launch.arguments,
            cwd=launch.directory,
            env=dict(launch.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def send(self, text: str | bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)
        self.process.stdin.flush()

    def receive(self) -> Reply:
        """Take one frame: a line of JSON, then an empty line."""
        assert self.process.stdout
        line, end = self.process.stdout.readline(), self.process.stdout.readline()
        assert end == b"\n", (line, end)
        reply = json.loads(line)
        assert isinstance(reply, dict)
        return reply

    def ask(self, request: Reply | str) -> Reply:
        self.send((request if isinstance(request, str) else json.dumps(request, ensure_ascii=False)) + "\n\n")
        return self.receive()

    def run(self, code: str, **fields: Any) -> Reply:
        return self.ask({"cmd": code, **fields})

    def tactic(self, text: str, state: int) -> Reply:
        return self.ask({"tactic": text, "proofState": state})

    def goal(self, code: str, **fields: Any) -> int:
        """The proof state at the last sorry of `code`."""
        state = self.run(code, **fields)["sorries"][-1]["proofState"]
        assert isinstance(state, int)
        return state


def errors(reply: Reply) -> list[str]:
    return [message["data"] for message in reply.get("messages", []) if message["severity"] == "error"]


def texts(reply: Reply) -> list[str]:
    return [message["data"] for message in reply.get("messages", [])]
