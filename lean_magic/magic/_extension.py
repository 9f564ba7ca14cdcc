"""What ``%load_ext lean_magic`` and ``%unload_ext lean_magic`` do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from lean_magic import api
from lean_magic.display import DisplayOptions, set_display_options
from lean_magic.errors import InputError
from lean_magic.magic._assistance import begin_assistance, end_assistance
from lean_magic.magic._events import begin_listening, end_listening
from lean_magic.magic._lines import begin_reading_lines, end_reading_lines
from lean_magic.magic._magic import LeanMagic
from lean_magic.magic._settings import project_settings
from lean_magic.results import LeanResult

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%lean``, ``%%lean`` and ``%leanctl``; nothing is installed or started before they are used."""
    config = project_settings(Path.cwd())
    config.merge(shell.config)
    try:
        magic = LeanMagic(shell, config=config)
    except TraitError as error:
        shell.config.pop(LeanMagic.__name__, None)  # IPython keeps what `%config` was refused, too
        raise InputError(f"IPython's configuration of LeanMagic: {error} Without it, %load_ext works now.") from None
    shell.register_magics(magic)
    begin_listening(shell)
    _display_formatter(shell).for_type(LeanResult, magic.skip_if_shown)
    begin_assistance(shell)
    begin_reading_lines(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away, and end the workers."""
    end_assistance(shell)
    end_listening(shell)
    end_reading_lines(shell)
    _display_formatter(shell).pop(LeanResult, None)
    for kind, name in (("line", "lean"), ("cell", "lean"), ("line", "leanctl")):
        shell.magics_manager.magics[kind].pop(name, None)
    magic = shell.magics_manager.registry.pop(LeanMagic.__name__, None)
    if magic in shell.configurables:
        shell.configurables.remove(magic)
    set_display_options(DisplayOptions())
    if (widgets := sys.modules.get("lean_magic.widgets")) is not None:
        widgets.close_all()
    api.shutdown()


def _display_formatter(shell: InteractiveShell) -> Any:  # noqa: ANN401 - IPython's formatters have no types
    assert shell.display_formatter is not None
    return shell.display_formatter.ipython_display_formatter
