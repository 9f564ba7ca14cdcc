"""IPython in a terminal, on real Lean: what a person types and sees."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pyte
import pytest
from frontend import PATIENCE

pexpect = pytest.importorskip("pexpect", reason="needs a pseudo-terminal")


class Terminal:
    """IPython in a terminal, and the screen that it writes to."""

    def __init__(self, folder: Path) -> None:
        arguments = ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--ext=lean_magic"]
        environment = os.environ | {"IPYTHONDIR": str(folder), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        size = 300, 120  # so high that nothing leaves it
        self._cells = 0
        self._screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.Stream(self._screen)
        self.process = pexpect.spawn(
            sys.executable, arguments, env=environment, dimensions=size, encoding="utf-8", timeout=PATIENCE
        )
        self.wait_for_prompt()

    def screen(self) -> str:
        """Return what is seen now."""
        try:
            while True:
                self._stream.feed(self.process.read_nonblocking(65536, timeout=0.05))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def wait_until(self, holds: Callable[[str], bool]) -> str:
        """Wait for something on the screen; return the screen."""
        deadline = time.monotonic() + PATIENCE
        while not holds(screen := self.screen()):
            assert time.monotonic() < deadline, screen
        return screen

    def type(self, code: str) -> None:
        """Paste some code."""
        self.process.send(f"\x1b[200~{code}\x1b[201~")

    def start(self, code: str) -> None:
        """Start a cell."""
        self.type(code)
        self.process.send("\x1b\r")  # Alt+Enter: also in the midst of a cell

    def run(self, code: str) -> str:
        """Run a cell; return it and what is seen below it at its end."""
        self.start(code)
        return self.wait_for_prompt()

    def wait_for_prompt(self) -> str:
        """Wait for the next prompt; return what is seen from the last one on."""
        cells, self._cells = self._cells, self._cells + 1
        screen = self.wait_until(lambda screen: screen.splitlines()[-1:] == [f"In [{self._cells}]:"])
        return screen[screen.index(f"In [{cells}]:") : -len(f"In [{self._cells}]:")] if cells else screen

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path_factory.mktemp("ipython"))
    yield terminal
    terminal.process.close(force=True)


def test_a_terminal_shows_cells_errors_and_interrupts_and_is_left_as_it_was(terminal: Terminal) -> None:
    seen = terminal.run("%lean #check Nat.add_comm")
    assert seen.splitlines()[1].startswith("1:0 info: Nat.add_comm")  # of the start of Lean, nothing is left

    seen = terminal.run("%%lean\ntheorem wrong : 1 = 2 := by decide")
    assert "1:28 error: Tactic `decide` proved" in seen
    assert "Traceback" not in seen

    terminal.start("%%lean\n#eval 6 * 7\npartial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0")
    terminal.wait_until(lambda screen: "running: at line 3 of 3" in screen)
    terminal.process.sendintr()
    seen = terminal.wait_for_prompt()
    assert "info: 42" in seen
    assert seen.rstrip().splitlines()[-1] == "KeyboardInterrupt: Lean was stopped at line 3; this cell changed nothing."
    assert "running" not in seen
    assert "Traceback" not in seen
    assert "info: 43" in terminal.run("%lean #eval 6 * 7 + 1")

    terminal.type("%lean example (p q : Prop) : p \\to")
    terminal.process.send("\t")
    terminal.wait_until(lambda screen: "example (p q : Prop) : p →" in screen)
    terminal.type(" q := Nat.add_com")
    terminal.process.send("\t")
    terminal.wait_until(lambda screen: "p → q := Nat.add_comm" in screen)
    terminal.process.sendintr()
    terminal.wait_until(lambda screen: screen.endswith("]:"))

    children = terminal.children()
    assert children
    terminal.process.send("\x04")  # Ctrl+D
    terminal.process.expect(pexpect.EOF)
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []
