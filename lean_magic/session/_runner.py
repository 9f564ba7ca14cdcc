"""Run one cell where it stands, after those before it that are out of date."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lean_magic.errors import InputError
from lean_magic.references import EnvRef
from lean_magic.results import Update
from lean_magic.session._cell import SUCCESS, Attempt, Cell, Request, Text
from lean_magic.session._chain import Chain, covers

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.header import Header
    from lean_magic.results import LeanResult
    from lean_magic.session._cell import Entry

__all__ = ["Again", "LostError", "Outcome", "Run", "Runner", "cell_at", "request_again"]


@dataclass(frozen=True, slots=True)
class Again:
    """A cell that was run once more.

    Parameters
    ----------
    cell : Cell
        The cell, as it is now.
    result : LeanResult or None
        What came of it; None if it could not be run.
    why_not : str
        Why not.
    was_good : bool
        Whether it was fine before.
    """

    cell: Cell
    result: LeanResult | None
    why_not: str = ""
    was_good: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """What came of running a cell.

    Parameters
    ----------
    cell : Cell
        The cell.
    result : LeanResult
        What Lean said.
    before : tuple of Again
        Those before it that were out of date, and were run again first.
    stale : tuple of Cell
        Those that are out of date because of it.
    notes : tuple of str
        What else the user should know, a line each.
    """

    cell: Cell
    result: LeanResult
    before: tuple[Again, ...] = ()
    stale: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()


class LostError(Exception):
    """A cell that was fine is not on what is before it now."""

    def __init__(self, cell: Cell, complaint: str) -> None:
        super().__init__(complaint)
        self.cell = cell


@dataclass(frozen=True, slots=True)
class Outcome:
    """The cells after one of them was run, where that is, what Lean said, and what was run before it."""

    entries: list[Entry]
    index: int
    result: LeanResult
    before: tuple[Again, ...]

    @property
    def cell(self) -> Cell:
        cell = self.entries[self.index]
        assert isinstance(cell, Cell)
        return cell

    @property
    def failed(self) -> bool:
        return self.cell.last.env is None


class Runner:
    """Runs cells; it only keeps which headers Lean has accepted.

    Parameters
    ----------
    run : callable
        Runs code in an environment, as `LeanPool.run_sync` does.
    clock : callable
        Returns the time in seconds since 1970.
    """

    def __init__(self, run: Callable[..., LeanResult], clock: Callable[[], float] = time.time) -> None:
        self._run = run
        self._clock = clock
        self._roots: dict[str, EnvRef] = {}
        self._number = 0
        self.interrupted: list[Entry] = []
        """The cells when a run was last interrupted, those that had been run again before it included."""

    def chain(self, entries: list[Entry], pending: tuple[int, Header] | None = None) -> Chain:
        return Chain(entries, self._root, pending)

    def _root(self, header: str) -> EnvRef:
        return self._roots.get(header) or EnvRef("", header)  # nothing was run on one that Lean has not accepted

    def forget_headers(self) -> None:
        """Have each header run again when it is needed: Lean may be another one now."""
        self._roots = {}

    def attempt(
        self, entries: list[Entry], index: int, request: Request, live: dict[str, Any], *, number: int, forgiving: bool
    ) -> Outcome:
        """Run a cell where it stands, after those before it that are out of date.

        Parameters
        ----------
        entries : list of Cell or Use
            The cells, which stay as they are.
        index : int
            Which one is run.
        request : Request
            How.
        live : dict
            What is passed on with this run only.
        number : int
            The number of the run.
        forgiving : bool
            Whether those before it may fail that did not before.

        Raises
        ------
        LostError
            One of those failed.
        InputError
            The cell cannot be run here.
        """
        self._number = number
        text = Text(request.code)
        chain = self.chain(entries, (index, text.header))
        if index in chain.broken:
            raise InputError(f"This cell cannot be run: {chain.broken[index]}.")
        if (text.header.is_module or text.header.is_prelude) and chain.links[index].before is not None:
            word = "module" if text.header.is_module else "prelude"
            raise InputError(f"`{word}` belongs into the first cell, or one with --fresh: it is about all.")
        header = chain.header(index)
        if (refused := self._refused(header, text, request)) is not None:
            outcome = self._recorded(entries, chain, index, request, text, None, refused, (), keep=True)
            cell = replace(outcome.cell, last=replace(outcome.cell.last, refused=True))
            return replace(outcome, entries=[*entries[:index], cell, *entries[index + 1 :]])
        imports_change = self._imports_change(entries, index, text, header)
        forgiving = forgiving and not imports_change
        current = [*entries]
        try:
            start, before = self._up_to_date(
                current, chain, index, live.get("on_progress"), imports_change=imports_change, forgiving=forgiving
            )
            result = self._run(text.body, start, **request.asked, **live)
        except KeyboardInterrupt:
            self.interrupted = entries if imports_change else current
            raise
        if text.body is not text.code:
            result = replace(result, code=text.code)
        good = cell_at(entries, index).good
        holds = good is not None and good.start == self.chain(entries).start(index)
        if imports_change and result.verdict not in SUCCESS and holds:
            return self._recorded(entries, chain, index, request, text, start, result, (), keep=True)
        return self._recorded(current, chain, index, request, text, start, result, before)

    def _imports_change(self, entries: list[Entry], index: int, text: Text, header: str) -> bool:
        """Whether running a cell gives those before it other imports than they have."""
        former = cell_at(entries, index).header
        if former == text.header:
            return False
        return self.chain(entries, (index, former)).header(index) != header

    def _refused(self, header: str, text: Text, request: Request) -> LeanResult | None:
        """Run a header by itself; return what Lean says to the cell's own imports if it refuses it."""
        if not header or header in self._roots:
            return None
        limits = {name: value for name, value in request.asked.items() if name == "timeout"}
        result = self._run(header, None, **limits)
        if result.verdict == "valid" and result.env is not None:
            self._roots[header] = result.env
            return None
        if text.header:
            own = self._run(text.code[: text.header.end], None, **limits)
            if own.verdict != "valid":
                return replace(own, code=text.code)
        said = result.errors[0].text.partition("\n")[0] if result.errors else result.detail
        raise InputError(f"The imports of the cells do not go together: {said}. Nothing has changed.")

    def _up_to_date(
        self,
        entries: list[Entry],
        chain: Chain,
        index: int,
        on_progress: Callable[[Update], None] | None,
        *,
        imports_change: bool,
        forgiving: bool,
    ) -> tuple[EnvRef | None, tuple[Again, ...]]:
        """Run again what is out of date: what a cell builds on; all cells before it, where its imports change them.

        Raises
        ------
        LostError
            One of them was fine before, and is not now; not if `forgiving`.
        InputError
            The cell that it starts from by name failed.
        """
        again: list[Again] = []
        header, links = chain.header(index), chain.links
        root = self._root(header) if header else None
        left: dict[int, EnvRef | None] = {}
        for step in _concerned(chain, index) if imports_change else chain.path(index)[:-1]:
            cell, before = cell_at(entries, step), links[step].before
            start = root if before is None else left[before]
            if (cell.last.start != start or cell.last.gave_none) and covers(header, cell.last.text):
                if on_progress is not None:
                    on_progress(Update("replaying"))
                was_good = cell.good is not None
                result = self._run(cell.last.text.body, start, **cell.last.asked)
                cell = self._recorded(entries, chain, step, request_again(cell), cell.last.text, start, result, ()).cell
                cell = replace(cell, run=cell_at(entries, step).run)  # nobody asked for this run
                if was_good and cell.good is None and not forgiving:
                    raise LostError(cell, cell.last.complaint)
                entries[step] = cell
                again.append(Again(cell, result, was_good=was_good))
            left[step] = cell.good.env if cell.good is not None and cell.good.start == start else start
        previous = links[index].before
        if previous is None:
            return root, tuple(again)
        base = cell_at(entries, previous)
        has_left = base.good is not None and base.good.env is left[previous]
        if cell_at(entries, index).base == base.name is not None and not has_left:
            raise InputError(f"Nothing can start from {base}, which failed: {base.last.complaint}")
        return left[previous], tuple(again)

    def _recorded(
        self,
        entries: list[Entry],
        chain: Chain,
        index: int,
        request: Request,
        text: Text,
        start: EnvRef | None,
        result: LeanResult,
        before: tuple[Again, ...],
        *,
        keep: bool = False,
    ) -> Outcome:
        """Return the cells with what came of one of them; if it fails, it may have to keep what it was."""
        previous = chain.links[index].before
        after = None if previous is None else chain.cell(previous).key
        attempt = Attempt.of(text, start, result, request.asked, after)
        former = cell_at(entries, index)
        good, header = former.good, former.header
        if attempt.env is not None:
            good, header = attempt, text.header
        elif not keep:
            good = good if good is not None and good.start == start else None
            header = text.header if good is None else header
        cell = replace(former, last=attempt, good=good, header=header, run=self._number, at=self._clock())
        return Outcome([*entries[:index], cell, *entries[index + 1 :]], index, result, before)


def request_again(cell: Cell) -> Request:
    """Return how a cell is run once more as it is."""
    return Request(
        cell.key,
        cell.last.text.code,
        cell.name,
        cell.base,
        cell.fresh,
        cell.may_fail,
        cell.last.asked,
        cell.count,
    )


def cell_at(entries: list[Entry], index: int) -> Cell:
    """Return the cell that stands there."""
    cell = entries[index]
    assert isinstance(cell, Cell)
    return cell


def _concerned(chain: Chain, index: int) -> list[int]:
    """Return the cells before one, and those that it builds on, each after what it builds on itself."""
    origin = chain.links[index].origin
    steps: dict[int, None] = {}
    for other in (*(i for i in chain.indices() if i < index and chain.links[i].origin == origin), index):
        path = chain.path(other)
        if other == index or index not in path:
            steps.update(dict.fromkeys(path))
    return [step for step in steps if step != index]
