"""Help with writing Lean in a shell: completion, and help for what the cursor is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lean_magic.magic._completion import MATCHER, Completer
from lean_magic.magic._inspection import Inspection

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from lean_magic.magic._draft import Desk

__all__ = ["begin_assistance", "end_assistance"]


def begin_assistance(shell: InteractiveShell) -> None:
    """Help with writing Lean in a shell that has the magics."""

    def desk() -> Desk:
        return cast("Desk", shell.magics_manager.registry["LeanMagic"])

    shell.Completer.custom_matchers.append(Completer(desk, shell.user_ns, shell.user_ns_hidden).matcher)
    kernel: Any = getattr(shell, "kernel", None)  # of a class that need not be installed
    if hasattr(kernel, "do_inspect"):
        kernel.do_inspect = Inspection(kernel, desk)


def end_assistance(shell: InteractiveShell) -> None:
    """Leave a shell as it was."""
    matchers = shell.Completer.custom_matchers
    matchers[:] = [matcher for matcher in matchers if getattr(matcher, "matcher_identifier", "") != MATCHER]
    kernel: Any = getattr(shell, "kernel", None)
    if kernel is not None and isinstance(vars(kernel).get("do_inspect"), Inspection):
        del kernel.do_inspect
