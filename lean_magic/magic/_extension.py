"""What ``%load_ext lean_magic`` and ``%unload_ext lean_magic`` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lean_magic import api
from lean_magic.magic._magic import LeanMagic
from lean_magic.results import LeanResult

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%lean`` and ``%%lean``; nothing is installed or started before they are used."""
    magic = LeanMagic(shell)
    shell.register_magics(magic)
    _display_formatter(shell).for_type(LeanResult, magic.skip_if_shown)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away, and end the workers."""
    _display_formatter(shell).pop(LeanResult, None)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("lean", None)
    shell.magics_manager.registry.pop(LeanMagic.__name__, None)
    api.shutdown()


def _display_formatter(shell: InteractiveShell) -> Any:  # noqa: ANN401 - IPython's formatters have no types
    assert shell.display_formatter is not None
    return shell.display_formatter.ipython_display_formatter
