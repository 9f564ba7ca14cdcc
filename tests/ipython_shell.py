"""A shell of IPython that keeps what its cells show."""

from __future__ import annotations

from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets import Type


class _Hook(DisplayHook):
    """Keeps the values of cells with what they display."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: object = None) -> None:  # noqa: ARG002
        self.shell.display_pub.outputs.append({"data": format_dict})


class Shell(InteractiveShell):
    displayhook_class = Type(_Hook)
    display_pub_class = Type(CapturingDisplayPublisher)


class Ended:
    """How a cell ended, and everything that it showed."""

    def __init__(self, shell: InteractiveShell, cell: str) -> None:
        shell.display_pub.outputs.clear()
        with capture_output(display=False) as printed:
            ended = shell.run_cell(cell, store_history=True)
        self.result = ended.result
        self.error = ended.error_in_exec or ended.error_before_exec
        self.outputs = [output["data"] for output in shell.display_pub.outputs]
        self.texts = [output["text/plain"] for output in self.outputs]
        self.printed = printed.stdout + printed.stderr
