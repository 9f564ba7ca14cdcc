"""The goals that cells leave open, and what they are called."""

from __future__ import annotations

import difflib
import re
import shlex
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lean_magic.declarations import declarations
from lean_magic.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lean_magic.results import LeanResult, Sorry
    from lean_magic.session import Cell, CellKey

__all__ = ["OpenGoals", "Shown", "declared_in"]


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
        For each goal that it leaves open, the full name of the declaration that is to be proved.
    has_values : bool
        Whether Lean was given values of variables in the code, rather than just what the user wrote.
    """

    cell: Cell
    result: LeanResult
    names: tuple[str | None, ...] = ()
    has_values: bool = False

    @property
    def cell_id(self) -> str | None:
        """The identity of the cell in the notebook, where the front end says so."""
        return self.cell.key.cell if self.cell.key.lasts else None

    def goals(self, declaration: str | None = None) -> tuple[Sorry, ...]:
        """Return the goals that are left open, all or those of a declaration."""
        return tuple(
            sorry for sorry, name in zip(self.result.sorries, self.names, strict=True) if declaration in {None, name}
        )


class OpenGoals:
    """What came of the cells of a notebook, for those that leave goals open.

    A goal has an address by which it is found as long as its cell is as it was: the declaration that is to be proved,
    or else the name or number of the cell; and which goal of it, from above, unless it is the first.
    """

    def __init__(self) -> None:
        self._cells: dict[CellKey, Shown] = {}
        self._with_values: set[CellKey] = set()

    def keep(self, cell: Cell, result: LeanResult, *, is_again: bool = False) -> LeanResult:
        """Keep what came of a cell; return it with the addresses of its goals.

        Parameters
        ----------
        cell : Cell
            The cell.
        result : LeanResult
            What came of it, about the code as the user wrote it.
        is_again : bool
            Whether the cell was run again as it was run before, whatever the user wrote then.
        """
        if cell.last.text.code != result.code:
            self._with_values.add(cell.key)
        elif not is_again:
            self._with_values.discard(cell.key)
        declared = declarations(result.code, cell.last.start) if result.sorries else []
        lines = [sorry.start.line if sorry.start else 0 for sorry in result.sorries]
        found = [declared[line - 1] if 0 < line <= len(declared) else None for line in lines]
        names = tuple(each.name if each else None for each in found)
        if cell.label != "[?]":
            result = replace(result, sorries=tuple(_addressed(result, names, cell.label)))
        self._cells.pop(cell.key, None)
        if result.sorries:
            self._cells[cell.key] = Shown(cell, result, names, self.has_values(cell))
        return result

    def has_values(self, cell: Cell) -> bool:
        """Whether Lean was given values of variables in the code of a cell."""
        return cell.key in self._with_values

    def keep_only(self, keys: Collection[CellKey]) -> None:
        """Forget the cells that are no longer there."""
        self._cells = {key: shown for key, shown in self._cells.items() if key in keys}
        self._with_values &= {*keys}

    def of_declaration(self, name: str) -> Shown | None:
        """Return the cell, of several the last one, that leaves a declaration open, by its full name."""
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
    def _names(self) -> Iterator[str]:
        return (name for shown in self._latest() for name in shown.names if name)

    def full_name(self, name: str, cells: Iterable[Cell]) -> str:
        """Return the full name of a declaration, if it is only one that ends like this; else the name as it is.

        Raises
        ------
        InputError
            There are several.
        """
        known = {*self._names, *(each for cell in cells for each in declared_in(cell))}
        found = sorted(each for each in known if each.endswith(f".{name}"))
        if name in known or not found:
            return name
        if len(found) > 1:
            raise InputError(f"{name} may be {' or '.join(found[:_LISTED])}: give the full name.")
        return found[0]

    def nothing_called(self, name: str, cells: Sequence[Cell]) -> InputError:
        """Return what to say to who asks for something that there is not."""
        latest = sorted(cells, key=lambda cell: -cell.run)
        proved = (each for cell in latest for each in declared_in(cell, by_tactics=True))
        known = [*dict.fromkeys((*self._names, *proved)), *(cell.label for cell in cells)]
        near = difflib.get_close_matches(name, known, n=1)
        if near:
            hint = f"did you mean {near[0]}?"
        elif known:
            hint = f"there are {', '.join(known[:_LISTED])}{', …' if len(known) > _LISTED else ''}."
        else:
            hint = "write sorry in a cell where a proof is to go on."
        return InputError(f"Nothing to explore is called {name!r}: {hint}")


def declared_in(cell: Cell, *, by_tactics: bool = False) -> Iterator[str]:
    """Return the full names of what a cell declares, all or what may have a proof by tactics."""
    last = cell.last
    if not by_tactics or last.succeeded:
        for line, found in zip(last.text.code.split("\n"), declarations(last.text.code, last.start), strict=True):
            if found is not None and found.name and (not by_tactics or _BY.search(line)):
                yield found.name


_BY = re.compile(r"\bby\b")
_LISTED = 12  # names


def _addressed(result: LeanResult, names: tuple[str | None, ...], label: str) -> Iterator[Sorry]:
    """Yield the open goals with their addresses."""
    met: Counter[str] = Counter()
    for number, (sorry, name) in enumerate(zip(result.sorries, names, strict=True), 1):
        if name:
            met[name] += 1
        place = met[name] if name else number
        words = [shlex.quote(name or label) if " " in (name or label) else name or label]
        yield replace(sorry, address=" ".join(words if place == 1 else [*words, str(place)]))
