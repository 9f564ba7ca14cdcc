"""Stands in for the Lean server, for faults that the real one cannot be made to show. Run as a script.

A request's own code says what goes wrong: ``{"cmd": "garbage"}``. Everything else is answered as if all went well.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

answered: dict[str, Any] = {}  # the request that is being answered


def send(reply: dict[str, Any]) -> None:
    write(json.dumps({"id": answered.get("id"), **reply}, ensure_ascii=False).encode() + b"\n\n")


def write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def requests() -> Iterator[dict[str, Any]]:
    text = b""
    for line in sys.stdin.buffer:
        text += line
        if line == b"\n":
            yield json.loads(text)
            text = b""


def main() -> None:
    environments = 0
    for request in requests():
        answered.update(request)
        if "hello" in request:
            if "mute" in sys.argv:
                continue
            if "dies at start" in sys.argv or ("dies where there is" in sys.argv and Path(sys.argv[-1]).exists()):
                sys.exit("error: no such library")
            send({"server": "lean-magic", "protocol": 6, "lean": "4.28.0-pre"})
            continue
        if "dies of headers" in sys.argv and request.get("cmd", "").startswith("import"):
            sys.exit("error: the header is too much")
        command, _, argument = request.get("cmd", request.get("tactic", "")).partition(" ")
        match command:
            case "garbage":
                write(b"Segmentation fault (just kidding)\n\n")
            case "not_utf8":
                write(b'{"id": %d, "env": 0, "messages": "\xff"}\n\n' % request["id"])
            case "wrong_reply":
                send({"goals": []})
            case "huge":
                message = {"severity": "info", "pos": {"line": 1, "column": 0}, "data": "x" * int(argument)}
                send({"env": environments, "messages": [message]})
            case "half":
                write(b'{"env": 0, "mess')
                sys.exit(0)
            case "flood":
                sys.stderr.write("noise\n" * int(argument))
                send({"env": environments})
            case "answer_and_die":
                send({"env": environments})
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                sys.exit(int(argument))
            case "signal":
                os.kill(os.getpid(), getattr(signal, argument))
            case "die_with_words":
                sys.exit(argument)
            case "close_stdout":
                os.close(1)
                time.sleep(1000)
            case "note":  # leaves a trace of having been run
                with Path(argument.partition(" ")[0]).open("a") as notes:
                    notes.write(argument.partition(" ")[2] + "\n")
                send({"env": environments})
            case "wait":  # for a file; notes beside it that it was run
                gate = Path(argument.strip())
                with gate.with_suffix(".notes").open("a") as notes:
                    notes.write("began\n")
                while not gate.exists():
                    time.sleep(0.02)
                send({"env": environments})
            case "sleep":
                time.sleep(float(argument))
                send({"env": environments})
            case "deaf":  # does not read its input, so the pipe fills; EOF on it changes nothing either
                while True:
                    time.sleep(1000)
            case "unasked":
                send({"env": environments})
                send({"env": environments})
            case "allocate":
                try:
                    hoard = bytearray(int(argument))
                except MemoryError:
                    sys.exit("INTERNAL PANIC: out of memory")  # as Lean says it
                hoard[::4096] = b"x" * len(hoard[::4096])
                time.sleep(1000)
            case "cramped":  # needs the memory that an earlier request took
                if environments:
                    sys.exit("out of memory")
                send({"env": environments})
            case "note":
                with Path(argument).open("a") as file:
                    file.write(f"{os.getpid()}\n")
                send({"env": environments})
            case "hoard":
                hoard = b"x" * int(argument)
                send({"env": environments})
            case "random":
                position = {"line": time.monotonic_ns(), "column": 0}
                send({"env": environments, "messages": [{"severity": "error", "pos": position, "data": ""}]})
            case "forget":
                send({"message": "Unknown environment."})
            case "child":
                import subprocess

                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
                message = {"severity": "info", "pos": {"line": 1, "column": 0}, "data": str(child.pid)}
                send({"env": environments, "messages": [message]})
            case _:
                message = {"severity": "info", "pos": {"line": 1, "column": 0}, "data": str(request.get("env"))}
                send({"env": environments, "messages": [message]})
        environments += 1


if __name__ == "__main__":
    main()
