"""Runs `lean-magic`: in this process, on the pool that the tests share, or as people do."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lean_magic.cli import main

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from lean_magic import LeanPool

PROGRAM = str(Path(sys.executable).with_name("lean-magic"))


class Command:
    """Runs a command here; what it printed is in `out` and `err`."""

    def __init__(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._name = name
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *arguments: object) -> int:
        try:
            code = main([self._name, *map(str, arguments)])
        except SystemExit as end:
            code = int(str(end.code))
        self.out, self.err = self._capsys.readouterr()
        return code

    def lines(self) -> list[str]:
        """Return what was printed on standard output."""
        return self.out.splitlines()


def share(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands use a pool that is there, whatever they are told of workers."""

    @contextmanager
    def opened(_: argparse.Namespace) -> Iterator[LeanPool]:
        yield pool

    monkeypatch.setattr("lean_magic.cli._pool.opened_pool", opened)


def start(*arguments: object, **settings: Any) -> subprocess.Popen[str]:
    """Start `lean-magic` as a process of its own."""
    return subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
    )


def given(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    """Have this on standard input."""
    data = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something to happen in another process."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
