"""The chain of cells of one notebook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.header import has_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.references import EnvRef

__all__ = ["Session"]


@dataclass(slots=True)
class _Cell:
    key: str
    env: EnvRef
    tried: int
    """The number of its last run, also if that failed."""


class Session:
    """Which cell built which environment.

    Each cell extends the environment that the cells before it left, in the order in which they were first run. A cell
    that is run again starts from what was there before it, and replaces what it left; if that changed, the cells after
    it rest on something that is gone, and are forgotten. A cell that fails changes nothing: call `ran` only for one
    that did not.

    Nobody says in which order the cells stand on the page. But when a cell is run, and on the way to it from the cells
    before it others were run that come after it here, the user goes through the page in another order: these others are
    moved before it, unless they need it.

    Parameters
    ----------
    run_again : callable
        Runs code in an environment, without showing anything, and returns the environment that it leaves; None if it
        fails.
    """

    def __init__(self, run_again: Callable[[str, EnvRef | None], EnvRef | None]) -> None:
        self._run_again = run_again
        self._cells: list[_Cell] = []
        self._runs = 0

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
        is_first = index == 0 or fresh
        if has_header(code) and not is_first:
            raise InputError(
                "Imports come before everything else, but earlier cells have been run: move them to the first cell, "
                "or start over from this one with %%lean --fresh."
            )
        self._runs += 1
        if index < len(self._cells):
            if not is_first:
                self._follow_page(index)
                index = self._index(key)
            self._cells[index].tried = self._runs
        return None if is_first else self._cells[index - 1].env

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
        stale = self.after(key)
        self._cells[0 if fresh else index :] = [_Cell(key, env, self._runs)]
        return stale

    def after(self, key: str) -> int:
        """Return how many cells come after this one, so that it does not see what they define."""
        return max(0, len(self._cells) - self._index(key) - 1)

    def _index(self, key: str) -> int:
        keys = [cell.key for cell in self._cells]
        return keys.index(key) if key in keys else len(keys)

    def _follow_page(self, index: int) -> None:
        """Move before a cell the later ones that were run on the way to it from those before it."""
        cell, later = self._cells[index], self._cells[index + 1 :]
        since = max(earlier.tried for earlier in self._cells[:index])
        if since < cell.tried:
            return
        moved = [other for other in later if other.tried > since]
        env: EnvRef | None = self._cells[index - 1].env
        chain = []
        for other in moved:
            env = self._run_again(other.env.code, env)
            if env is None:
                return
            chain.append(replace(other, env=env))
        # References are recipes, so what comes after can be put on another base without being run.
        for other in [cell, *(other for other in later if other not in moved)]:
            env = replace(other.env, parent=env)
            chain.append(replace(other, env=env))
        self._cells[index:] = chain
