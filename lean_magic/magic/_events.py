"""What a shell tells of its cells, those of Python too: that one begins, and that one has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.magic._magic import LeanMagic

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

__all__ = ["begin_listening", "end_listening"]


class _Listener:
    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    @property
    def _magic(self) -> LeanMagic | None:
        magic = self._shell.magics_manager.registry.get(LeanMagic.__name__)
        return magic if isinstance(magic, LeanMagic) else None

    def begins(self, _: object) -> None:
        if (magic := self._magic) is not None:
            magic.cell_begins()

    def ends(self, result: ExecutionResult) -> None:
        if (magic := self._magic) is not None and result.success:
            magic.cell_succeeded()


def begin_listening(shell: InteractiveShell) -> None:
    """Tell the magics of a shell when its cells begin and end."""
    listener = _Listener(shell)
    shell.events.register("pre_run_cell", listener.begins)
    shell.events.register("post_run_cell", listener.ends)


def end_listening(shell: InteractiveShell) -> None:
    """Tell them no more."""
    for event in "pre_run_cell", "post_run_cell":
        for callback in [*shell.events.callbacks[event]]:
            if isinstance(getattr(callback, "__self__", None), _Listener):
                shell.events.unregister(event, callback)
