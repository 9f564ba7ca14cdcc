"""The chain of cells of one notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.session._header import has_header

if TYPE_CHECKING:
    from lean_magic.references import EnvRef

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class _Cell:
    key: str
    env: EnvRef


class Session:
    """Which cell built which environment.

    Each cell extends the environment that the cells before it left, in the order in which they were first run. A cell
    that is run again starts from what was there before it, and replaces what it left; if that changed, the cells after
    it rest on something that is gone, and are forgotten. A cell that fails changes nothing: call `ran` only for one
    that did not.
    """

    def __init__(self) -> None:
        self._cells: list[_Cell] = []

    def before(self, key: str, code: str, *, fresh: bool = False) -> EnvRef | None:
        """Return the environment that a cell starts from.

        Parameters
        ----------
        key : str
            Identity of the cell: the same when it is run again.
        code : str
            Its code.
        fresh : bool
            Whether it starts over: from nothing, whatever was run before.

        Returns
        -------
        EnvRef or None
            None if it is the first, and so may import.

        Raises
        ------
        InputError
            It has a header and is not the first.
        """
        index = self._index(key)
        if index == 0 or fresh:
            return None
        if has_header(code):
            raise InputError(
                "Imports come before everything else, but earlier cells have been run: move them to the first cell, "
                "or start over from this one with %%lean --fresh."
            )
        return self._cells[index - 1].env

    def ran(self, key: str, env: EnvRef, *, fresh: bool = False) -> int:
        """Take note that a cell was run.

        Parameters
        ----------
        key : str
            Identity of the cell.
        env : EnvRef
            The environment that it left.
        fresh : bool
            Whether it started over; then all other cells are forgotten.

        Returns
        -------
        int
            How many later cells rested on what it left before, and have to be run again.
        """
        index = self._index(key)
        if not fresh and index < len(self._cells) and self._cells[index].env == env:
            return 0
        stale = max(0, len(self._cells) - index - 1)
        self._cells[0 if fresh else index :] = [_Cell(key, env)]
        return stale

    def _index(self, key: str) -> int:
        keys = [cell.key for cell in self._cells]
        return keys.index(key) if key in keys else len(keys)
