"""Stands between a pool and a real Lean server, passes everything on, and does harm when told to.

Run as a script: ``saboteur.py FOLDER PROGRAM ...``. A request says in a comment of its code which harm comes with it,
``-- harm 17 garbage``. Harm of one number is done once, which FOLDER remembers for all processes; so what is asked
again is spared, unless it says ``poison``. SIGUSR1 makes it write garbage, SIGUSR2 flood standard error, at any time.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HARM = re.compile(rb"-- harm (\d+) (\w+)")
LONG = 100_000_000  # characters of a long reply
FLOOD = b"Lean is very talkative today.\n" * 300_000


def die_with_parent() -> None:
    """Make sure that the kernel ends this child with its parent, also where it was suspended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Saboteur:
    """The two directions between the pool and the server."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._folder = folder
        self._server = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - there is no other thread yet
        )
        self._writing = threading.Lock()
        self._armed: dict[Any, str] = {}  # harm to the reply, by the number of its request
        self._last = b""
        self._silent = False
        for number, action in (signal.SIGUSR1, self._garbage), (signal.SIGUSR2, self._flood):
            signal.signal(number, lambda *_, action=action: threading.Thread(target=action, daemon=True).start())

    def serve(self) -> None:
        """Pass on until either side ends."""
        threading.Thread(target=self._replies, daemon=True).start()
        assert self._server.stdin
        for frame in frames(sys.stdin.buffer.readline):
            after = self._before(frame)
            try:
                self._server.stdin.write(frame)
                self._server.stdin.flush()
            except OSError:
                break
            if after:
                after()
        self._server.stdin.close()
        self._end()

    def _before(self, frame: bytes) -> Callable[[], object] | None:
        """Do what harm comes before a request; return what comes when the server has it."""
        found = HARM.search(frame)
        harm = found[2].decode() if found and (found[2] == b"poison" or self._is_first(found[1])) else ""
        match harm:
            case "" | "none":
                return None
            case "flood":
                self._flood()
            case "stall":
                self._silent = True
            case "kill" | "poison":
                return lambda: self._soon(self._server.kill)
            case "die":
                return lambda: self._soon(self._die)
            case "stop":
                return lambda: self._soon(self._stop)
            case "pause":
                return lambda: threading.Thread(target=self._pause, daemon=True).start()
            case _:
                self._armed[json.loads(frame).get("id")] = harm
        return None

    def _is_first(self, number: bytes) -> bool:
        try:
            (self._folder / number.decode()).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _soon(self, action: Callable[[], None]) -> None:
        time.sleep(random.random() * 0.02)
        action()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _stop(self) -> None:
        self._server.send_signal(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)

    def _pause(self) -> None:
        self._server.send_signal(signal.SIGSTOP)
        time.sleep(0.4)
        self._server.send_signal(signal.SIGCONT)

    def _garbage(self) -> None:
        self._write(b"Segmentation fault (just kidding)\n\n")

    def _flood(self) -> None:
        write_fully(2, FLOOD)

    def _replies(self) -> None:
        assert self._server.stdout
        for frame in frames(self._server.stdout.readline):
            reply = json.loads(frame) if self._armed else {}
            if "reached" in reply or "cancelled" in reply or reply.get("id") not in self._armed:
                self._write(frame)
                self._last = frame if len(frame) < 10_000 else self._last
            else:
                self._spoil(frame, reply, self._armed.pop(reply.get("id")))
        self._end()

    def _spoil(self, frame: bytes, reply: dict[str, Any], harm: str) -> None:
        match harm:
            case "garbage":
                self._garbage()
            case "bytes":
                self._write(random.randbytes(1000).replace(b"\n", b"") + b"\n\n")
            case "half":
                self._write(frame[: len(frame) // 2])
                self._die()
            case "twice":
                self._write(frame + frame)
            case "stale":  # the reply to an earlier request again
                self._write(self._last + frame)
            case "slow":
                for byte in frame:
                    self._write(bytes([byte]))
            case "long":
                position = {"line": 1, "column": 0}
                message = {"severity": "info", "pos": position, "endPos": position, "data": "x" * LONG}
                reply["messages"] = [message, *reply.get("messages", [])]
                self._write(json.dumps(reply).encode() + b"\n\n")
            case _:
                sys.exit(f"there is no harm {harm!r}")

    def _write(self, data: bytes) -> None:
        with self._writing:
            try:
                if not self._silent:
                    write_fully(1, data)
            except OSError:
                self._die()

    def _end(self) -> None:
        """End as the server did."""
        code = self._server.wait()
        os.kill(os.getpid(), -code) if code < 0 else os._exit(code)


def write_fully(descriptor: int, data: bytes) -> None:
    """Write all, also where the server has made the pipe that both have non-blocking."""
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def frames(read_line: Callable[[], bytes]) -> Any:
    """Give one frame after the other, each with the empty line that ends it."""
    frame = b""
    while line := read_line():
        frame += line
        if line == b"\n":
            yield frame
            frame = b""


if __name__ == "__main__":
    Saboteur(Path(sys.argv[1]), sys.argv[2:]).serve()
