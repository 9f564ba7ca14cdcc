"""IPython in a terminal, on real Lean: what a person types and sees."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from frontend import PATIENCE

pexpect = pytest.importorskip("pexpect", reason="needs a pseudo-terminal")

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Terminal:
    """IPython in a terminal of 100 columns."""

    def __init__(self, folder: Path) -> None:
        arguments = ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--ext=lean_magic"]
        environment = os.environ | {"IPYTHONDIR": str(folder), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = pexpect.spawn(
            sys.executable, arguments, env=environment, dimensions=(40, 100), encoding="utf-8", timeout=PATIENCE
        )
        self._cells = 0
        self.prompt()

    def prompt(self) -> str:
        """Wait for the next prompt; return what was shown before it."""
        self._cells += 1
        self.process.expect(rf"In [^\d]*\[[^\d]*(\x1b\[[\d;]*m)?{self._cells}\D")
        return _CONTROL.sub("", self.process.before)

    def type(self, code: str) -> None:
        """Paste a cell and start it."""
        self.process.send(f"\x1b[200~{code}\x1b[201~")
        self.process.send("\x1b\r")  # Alt+Enter: also in the midst of a cell

    def run(self, code: str) -> str:
        """Run a cell; return what is shown."""
        self.type(code)
        return self.prompt()

    def lean(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait_until_lean_computes(self) -> None:
        def used() -> float:
            return sum(child.cpu_times().user for child in self.lean())

        before, deadline = used(), time.monotonic() + PATIENCE
        while used() < before + 0.3:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path_factory.mktemp("ipython"))
    yield terminal
    terminal.process.close(force=True)


def test_a_terminal_shows_results_errors_and_what_an_interrupt_left(terminal: Terminal) -> None:
    assert "info: 42" in terminal.run("%%lean\n#eval 6 * 7")
    said = terminal.run("%lean example : 1 = 2 := by decide")
    assert "is false" in said
    assert "Traceback" not in said
    terminal.type("%%lean\npartial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0")
    terminal.wait_until_lean_computes()
    terminal.process.sendintr()
    said = terminal.prompt()
    assert "KeyboardInterrupt" in said
    assert "Traceback" not in said
    assert "info: 43" in terminal.run("%lean #eval 6 * 7 + 1")

    children = terminal.lean()
    assert children
    terminal.process.send("\x04")  # Ctrl+D
    terminal.process.expect(pexpect.EOF)
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []
