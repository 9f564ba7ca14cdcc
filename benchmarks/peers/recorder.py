"""Sits between a client and its Lean server, and notes when the requests that matter came and were answered.

``python recorder.py NOTES MARK PROGRAM [ARGUMENT …]`` runs the program and passes on what goes in and out. For each
request with MARK in it a line of NOTES says when it had arrived here and when its answer left, in seconds of
`time.perf_counter`, which is one clock for all processes. It runs under the peers' interpreters too: standard library
only.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque

END = b"\n\n"
CHUNK = 1 << 16


def main(notes: str, mark: str, *command: str) -> int:
    waiting: deque[tuple[bool, float]] = deque()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def pass_on_requests(stdin: int) -> None:
            pending = b""
            while data := os.read(0, CHUNK):
                now = time.perf_counter()
                *requests, pending = (pending + data).split(END)
                waiting.extend((mark.encode() in request, now) for request in requests)
                write(stdin, data)
            os.close(stdin)

        threading.Thread(target=pass_on_requests, args=(os.dup(process.stdin.fileno()),), daemon=True).start()
        process.stdin.close()
        pending = b""
        with open(notes, "a", encoding="ascii") as file:  # noqa: PTH123 - quick to start
            while data := os.read(process.stdout.fileno(), CHUNK):
                now = time.perf_counter()
                write(1, data)
                *replies, pending = (pending + data).split(END)
                for reply in replies:
                    if b'"reached":' in reply:  # an interim frame
                        continue
                    matters, since = waiting.popleft()
                    if matters:
                        file.write(f"{since!r} {now!r}\n")
                        file.flush()
    return process.returncode


def write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
