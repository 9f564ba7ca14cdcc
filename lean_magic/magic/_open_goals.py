"""The goals that cells leave open, and what they are called."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.proof_tree import declaration_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lean_magic.results import LeanResult, Sorry
    from lean_magic.session import Cell, CellKey

__all__ = ["OpenGoals", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of a cell.

    Parameters
    ----------
    cell : Cell
        The cell, as it was run.
    result : LeanResult
        What came of it, about the code as the user wrote it.
    names : tuple of (str or None)
        For each goal that it leaves open, the declaration that is to be proved.
    """

    cell: Cell
    result: LeanResult
    names: tuple[str | None, ...] = ()

    @property
    def cell_id(self) -> str | None:
        """The identity of the cell in the notebook, where the front end says so."""
        return self.cell.key.cell if self.cell.key.lasts else None

    @property
    def is_as_written(self) -> bool:
        """Whether Lean was given what the user wrote, without values of variables in it."""
        return self.cell.last.text.code == self.result.code

    def goals(self, declaration: str | None = None) -> tuple[Sorry, ...]:
        """Return the goals that are left open, all or those of a declaration."""
        return tuple(
            sorry for sorry, name in zip(self.result.sorries, self.names, strict=True) if declaration in {None, name}
        )


class OpenGoals:
    """What came of the cells of a notebook, for those that leave goals open.

    A goal has an address by which it is found as long as its cell is as it was: the declaration that is to be proved,
    or else the name or number of the cell; and which goal of it, unless it is the first.
    """

    def __init__(self) -> None:
        self._cells: dict[CellKey, Shown] = {}

    def keep(self, cell: Cell, result: LeanResult) -> LeanResult:
        """Keep what came of a cell; return it with the addresses of its goals."""
        names = declaration_names(result.code) if result.sorries else []
        lines = [sorry.start.line if sorry.start else 0 for sorry in result.sorries]
        declared = tuple(names[line - 1] if 0 < line <= len(names) else None for line in lines)
        if cell.label != "[?]":
            result = replace(result, sorries=tuple(_addressed(result, declared, cell.label)))
        self._cells.pop(cell.key, None)
        if result.sorries:
            self._cells[cell.key] = Shown(cell, result, declared)
        return result

    def keep_only(self, keys: Collection[CellKey]) -> None:
        """Forget the cells that are no longer there."""
        self._cells = {key: shown for key, shown in self._cells.items() if key in keys}

    def of_declaration(self, name: str) -> Shown | None:
        """Return the cell, of several the last one, that leaves a declaration open."""
        return next((shown for shown in self._latest() if name in shown.names), None)

    def of_result(self, result: LeanResult | None) -> Shown | None:
        """Return the cell that gave a result."""
        return next((shown for shown in self._latest() if shown.result is result), None)

    def of_cell(self, cell: Cell) -> Shown | None:
        """Return what came of a cell that left goals open."""
        return self._cells.get(cell.key)

    def _latest(self) -> Iterator[Shown]:
        yield from reversed(self._cells.values())

    @property
    def declarations(self) -> tuple[str, ...]:
        """The declarations that are open, the last one first."""
        names = (name for shown in self._latest() for name in shown.names if name)
        return tuple(dict.fromkeys(names))

    def nothing_called(self, name: str, cells: Collection[str]) -> InputError:
        """Return what to say to who asks for something that there is not."""
        known = [*self.declarations, *cells]
        near = difflib.get_close_matches(name, known, n=1)
        if near:
            hint = f"did you mean {near[0]}?"
        elif known:
            hint = f"there are {', '.join(known[:_LISTED])}{', …' if len(known) > _LISTED else ''}."
        else:
            hint = "write sorry in a cell where a proof is to go on."
        return InputError(f"Nothing to explore is called {name!r}: {hint}")


_LISTED = 12  # names


def _addressed(result: LeanResult, declared: tuple[str | None, ...], label: str) -> Iterator[Sorry]:
    """Yield the open goals with their addresses."""
    met: Counter[str] = Counter()
    for number, (sorry, name) in enumerate(zip(result.sorries, declared, strict=True), 1):
        if name:
            met[name] += 1
        place = met[name] if name else number
        words = [shlex.quote(name or label) if " " in (name or label) else name or label]
        yield replace(sorry, address=" ".join(words if place == 1 else [*words, str(place)]))
