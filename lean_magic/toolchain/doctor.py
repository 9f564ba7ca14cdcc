"""Is Lean usable here, and if not, what is to be done? Proved by computing, not by looking whether files exist."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from lean_magic._version import __version__
from lean_magic.errors import ToolchainError
from lean_magic.toolchain._launch import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.toolchain._launch import Launch, Toolchain

__all__ = ["examine"]

_PATIENCE = 120.0  # seconds for a start and two commands, on a very slow machine


def examine(toolchain: Toolchain) -> Iterator[Finding]:
    """Look at all that Lean needs here, then have it compute something true and refuse something false.

    Nothing is installed. The findings come one by one, because the last one takes seconds.
    """
    yield Finding("lean-magic", __version__)
    yield Finding("Python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("toolchain", f"{toolchain.name}, Lean {toolchain.version}")
    yield Finding("origin", toolchain.origin)
    usable = True
    for finding in toolchain.findings():
        usable &= finding.ok
        yield finding
    if usable:
        yield _compute(toolchain)


def _compute(toolchain: Toolchain) -> Finding:
    """Start a real server, ask it, and judge the answers."""
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="lean-magic-") as scratch:
            _, sum_, refusal = _ask(toolchain.launch(Path(scratch)))
        said = [message["data"] for message in sum_["messages"]]
        refused = any(message["severity"] == "error" for message in refusal["messages"])
    except (OSError, ValueError, LookupError, TypeError, ToolchainError) as error:
        return Finding("computing", f"Lean does not answer ({error}); run: lean-magic setup --force", ok=False)
    if said != ["4"] or not refused:
        text = f"Lean computes wrongly (2 + 2: {said}; 2 + 2 = 5: {'refused' if refused else 'accepted'})"
        return Finding("computing", f"{text}; run: lean-magic setup --force", ok=False)
    text = f"2 + 2 is 4 and 2 + 2 = 5 is refused, in {time.monotonic() - began:.1f} s with the start of Lean"
    return Finding("computing", text)


_QUESTIONS = ({"hello": 1}, {"cmd": "#eval 2 + 2"}, {"cmd": "theorem wrong : 2 + 2 = 5 := by decide"})


def _ask(launch: Launch) -> list[dict[str, Any]]:
    """Put the questions to a new server, over its pipes and with nothing of ours in between.

    Raises
    ------
    EOFError, ValueError
        It ended, or what it wrote is no answer.
    """
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            launch.arguments,
            cwd=launch.directory,
            env=dict(launch.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as server,
    ):
        assert server.stdin is not None
        assert server.stdout is not None
        alarm = threading.Timer(_PATIENCE, server.kill)
        alarm.start()
        try:
            # One at a time and with the pipe kept open: the end of its input ends the server at once.
            return [_answer(server.stdin, server.stdout, question) for question in _QUESTIONS]
        except (BrokenPipeError, EOFError) as error:
            if not alarm.is_alive():
                raise TimeoutError(f"no answer for {_PATIENCE:.0f} s") from error
            said.seek(0)
            lines = said.read().decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
            raise ValueError(f"it ended: {last}") from error
        finally:
            alarm.cancel()
            server.kill()


def _answer(requests: IO[bytes], replies: IO[bytes], question: dict[str, Any]) -> Any:  # noqa: ANN401
    requests.write(json.dumps(question).encode() + b"\n\n")
    requests.flush()
    line = replies.readline()
    if not line:
        raise EOFError
    replies.readline()
    return json.loads(line)
