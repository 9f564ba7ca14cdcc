"""The cells of one notebook: run them, bring them up to date, branch, forget."""

from __future__ import annotations

import difflib
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lean_magic.errors import InputError
from lean_magic.session._cell import MAIN, Attempt, Cell, Text, Use
from lean_magic.session._hints import declared_twice, hints, split
from lean_magic.session._order import as_on, index_of, passed, place_of
from lean_magic.session._runner import Again, LostError, Outcome, Run, Runner, cell_at, request_again

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lean_magic.results import LeanResult
    from lean_magic.session._cell import CellKey, Entry, Request
    from lean_magic.session._chain import Chain
    from lean_magic.session._page import Page, PageReader

__all__ = ["Session"]


class Session:
    """Which cell built which environment.

    A cell starts from what the cells before it on its line leave (see `Chain`), also when it is run again; those of
    them that are out of date are run again first. A cell that fails changes nothing. A cell is stale if it would start
    from something else than it did: references to environments are recipes, so whoever undoes a change has no stale
    cells, either.

    Nobody says in which order the cells stand on the page. It is told by the order in which they are first run; by the
    saved notebook, where there is one; and by this: when a cell is run, and on the way to it from the cells before it
    others were run that come after it here, then the user goes through the page in another order. These others are
    moved before it, unless they need it. A new cell comes last; but where others before it are stale and need it, it
    comes before these, so that the halves of a cell that was split stay together.

    Parameters
    ----------
    run : callable
        Runs code in an environment, as `LeanPool.run_sync` does.
    page : callable, optional
        Returns the page as it was last saved, None if nobody knows it.
    clock : callable, optional
        Returns the time in seconds since 1970.
    """

    def __init__(
        self,
        run: Callable[..., LeanResult],
        page: PageReader = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._runner = Runner(run, clock)
        self._page = page
        self._clock = clock
        self._entries: list[Entry] = []
        self._seen: set[str] = set()
        self._runs = 0
        self._sent, self._lasted = -math.inf, 0.0
        self._at_once: list[CellKey] = []
        """The cells of which the last was sent together with the others, in the order of the page."""
        self._lock = threading.RLock()
        self._known: Chain | None = None

    @property
    def chain(self) -> Chain:
        """The cells, and how they hang together."""
        if self._known is None or self._known.entries is not self._entries:
            self._known = self._runner.chain(self._entries)
        return self._known

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells, in the order of the page as far as it is known."""
        return tuple(entry for entry in self._entries if isinstance(entry, Cell))

    @property
    def stale(self) -> tuple[Cell, ...]:
        """The cells that are out of date."""
        chain = self.chain
        return tuple(chain.cell(index) for index in chain.indices() if chain.is_stale(index))

    def run(self, request: Request, **live: Any) -> Run:  # noqa: ANN401 - arguments of `run`
        """Run a cell.

        Parameters
        ----------
        request : Request
            The cell.
        **live
            Passed on with this run only, such as ``on_progress``.

        Returns
        -------
        Run
            What came of it.

        Raises
        ------
        InputError
            It cannot be run here: it names a cell that does not exist, or its imports do not go together with the
            others. Nothing has changed then.
        """
        with self._lock:
            began = self._clock()
            self._runner.interrupted = []
            try:
                return self._run(request, live)
            except KeyboardInterrupt:
                self._keep_begun(request.key)
                raise
            finally:
                self._lasted = self._clock() - began

    def _take_note(self, request: Request) -> None:
        """See whether a cell was sent before the last one had ended: *Run All* sends cells in the order of the page."""
        sent = -math.inf if request.sent is None else request.sent
        if not 0 <= sent - self._sent < self._lasted:
            self._at_once = []
        self._at_once.append(request.key)
        self._sent = sent

    def _keep_begun(self, key: CellKey) -> None:
        """Keep what was run again before the run of a cell was interrupted."""
        begun = [entry for entry in self._runner.interrupted if entry.key != key]
        others = [entry.key for entry in self._entries if entry.key != key]
        if [entry.key for entry in begun] == others:
            again = {entry.key: entry for entry in begun}
            self._entries = [again.get(entry.key, entry) for entry in self._entries]

    def _run(self, request: Request, live: dict[str, Any]) -> Run:
        self._runs += 1
        self._take_note(request)
        stale = {cell.key for cell in self.stale}
        page = self._looked()
        entries, index, notes = self._placed(self._entries, request, page)
        request = replace(request, key=entries[index].key)
        outcome, more = self._first_possible(entries, index, request, page, live)
        notes += more
        if outcome.failed and (names := declared_twice(outcome.result)):
            outcome, more = self._split(outcome, request, names, page, live)
            notes += more
        cell, entries = outcome.cell, outcome.entries
        if not outcome.failed and request.fresh and not request.key.lasts:  # nobody can run those before it again
            entries = [e for e in entries if e is cell or e.key.lasts or (isinstance(e, Cell) and e.name)]
        self._entries = entries
        index = entries.index(cell)
        notes += hints(self.chain, index, outcome.result)
        if outcome.failed and cell.good is not None and index + 1 < len(entries):
            notes.append("Other cells still build on what this one defined before it was changed.")
        if (former := self.chain.former(index)) is not None:
            notes.append(f"This cell builds on what {former} defined before it was changed: that cell fails now.")
        newly = tuple(
            other
            for other in self.stale
            if other.key not in stale and not (other.key.cell == cell.key.cell and other.key.part >= cell.key.part)
        )
        return Run(cell, outcome.result, outcome.before, newly, tuple(notes))

    def deleted(self, cells: Collection[str]) -> None:
        """Take note that cells are no longer on the page.

        Parameters
        ----------
        cells : collection of str
            Their identities.
        """
        self._keep(lambda key: key.cell not in cells)

    def ended(self, cell: str, parts: int) -> None:
        """Take note that a cell has come to its end, so that what it contained besides is no longer there.

        Parameters
        ----------
        cell : str
            Its identity.
        parts : int
            How many runs of Lean it has had.
        """
        self._keep(lambda key: key.cell != cell or key.part < parts)

    def _keep(self, stays: Callable[[CellKey], bool]) -> None:
        with self._lock:
            kept = [entry for entry in self._entries if stays(entry.key)]
            if len(kept) < len(self._entries):
                self._entries = kept

    def look(self) -> None:
        """Look at the saved notebook: which cells are gone, and in which order the others are."""
        self._looked()

    def _looked(self) -> Page | None:
        """Return the saved notebook, once the cells are as they are there."""
        with self._lock:
            page = self._page()
            self._entries = as_on(page, self._entries, self._seen)
            return page

    def replay(self, *, everything: bool = False) -> Iterator[Again]:
        """Run stale cells again, in order, up to the first that fails (and may not).

        Parameters
        ----------
        everything : bool
            Whether to run those that are up to date, too.

        Yields
        ------
        Again
            Each of them.
        """
        self.look()
        if everything:
            self._runner.forget_headers()
            # What only rests on an earlier text of a cell is not on the page any more.
            self._entries = [
                replace(entry, good=None, header=Text("").header)
                if isinstance(entry, Cell) and entry.last is not entry.good
                else entry
                for entry in self._entries
            ]
        for key in [cell.key for cell in self.cells]:
            index = next(index for index, entry in enumerate(self._entries) if entry.key == key)
            if not everything and not self.chain.is_stale(index):
                continue
            self._runs += 1
            cell = self.chain.cell(index)
            request = request_again(cell)
            try:
                outcome = self._attempt(self._entries, index, request, {}, forgiving=False)
            except InputError as error:
                yield Again(cell, None, str(error))
                return
            except LostError as lost:
                yield Again(cell, None, _conflict(cell, lost))
                return
            self._entries = outcome.entries
            yield from outcome.before
            yield Again(outcome.cell, outcome.result)
            if outcome.failed and not cell.may_fail:
                return

    def use(self, key: CellKey, name: str) -> None:
        """Make unnamed cells continue from a cell, or from the main line.

        Parameters
        ----------
        key : CellKey
            Identity of the cell that says so: it counts from there on, also when cells are run again.
        name : str
            Name of a cell, or ``"main"``.

        Raises
        ------
        InputError
            There is no cell of this name.
        """
        if name != MAIN:
            self._named(name)
        self._runs += 1
        use = Use(key, name, self._runs, self._clock())
        page = self._looked()
        entries = [*self._entries]
        index = index_of(entries, key)
        if index is None:
            while not key.lasts and entries and isinstance(entries[-1], Use) and not entries[-1].key.lasts:
                entries.pop()
            entries.insert(place_of(key, entries, page), use)
        else:
            entries[index] = use
        self._entries = entries

    def forget(self, name: str) -> Cell:
        """Take a cell out, and what it defined.

        Parameters
        ----------
        name : str
            Its name or number.

        Returns
        -------
        Cell
            The cell.

        Raises
        ------
        InputError
            There is no such cell.
        """
        cell = self.find(name)
        self._entries = [
            entry
            for entry in self._entries
            if entry is not cell and not (isinstance(entry, Use) and entry.target == cell.name)
        ]
        return cell

    def clear(self) -> None:
        """Forget all cells."""
        self._entries = []

    def find(self, name: str) -> Cell:
        """Return a cell by its name, or its number: ``3``, ``[3]``, ``3.2`` for the second line of Lean in it.

        Raises
        ------
        InputError
            There is no such cell.
        """
        label = f"[{name.removeprefix('[').removesuffix(']')}]"
        return next((cell for cell in self.cells if cell.label == label), None) or self._named(name)

    def _named(self, name: str) -> Cell:
        cells = {cell.name: cell for cell in self.cells if cell.name}
        if name in cells:
            return cells[name]
        near = difflib.get_close_matches(name, cells, n=1)
        labels = [cell.label for cell in self.cells]
        there_are = f"there are {', '.join(labels)}." if labels else "there are none yet."
        raise InputError(f"No cell is called {name!r}: {f'did you mean {near[0]}?' if near else there_are}")

    def _placed(self, entries: list[Entry], request: Request, page: Page | None) -> tuple[list[Entry], int, list[str]]:
        """Return the cells with the one that is to be run among them, and where that is."""
        notes = []
        index = index_of(entries, request.key)
        if request.base not in {None, MAIN}:
            self._named(str(request.base))
        if request.name == MAIN:
            raise InputError(f"{MAIN!r} is what unnamed cells continue from: choose another name for this cell.")
        if request.name:
            holder = next(
                (
                    at
                    for at, entry in enumerate(entries)
                    if at != index and isinstance(entry, Cell) and entry.name == request.name
                ),
                None,
            )
            if holder is not None:
                former = entries[holder]
                assert isinstance(former, Cell)
                if page is not None and {request.key.cell, former.key.cell} <= {*page.cells}:
                    raise InputError(f"The name {request.name} is that of {_numbered(former)}: choose another one.")
                if request.key.lasts:
                    notes.append(
                        f"This cell takes over the name {request.name}, and the place, of {_numbered(former)}."
                    )
                if index is not None:
                    entries = [entry for entry in entries if entry.key != request.key]
                    holder = next(at for at, entry in enumerate(entries) if entry is former)
                index = holder
                if not request.key.lasts:
                    request = replace(request, key=former.key)
        former_entry = entries[index] if index is not None else None
        former_cell = former_entry if isinstance(former_entry, Cell) else None
        cell = self._candidate(request, former_cell)
        if index is None:
            index = place_of(request.key, entries, page)
            return [*entries[:index], cell, *entries[index:]], index, notes
        return [*entries[:index], cell, *entries[index + 1 :]], index, notes

    def _candidate(self, request: Request, former: Cell | None) -> Cell:
        return Cell(
            request.key,
            request.name,
            request.base,
            request.fresh,
            request.may_fail,
            request.count,
            former.last if former else Attempt(Text(request.code), None, None, "cancelled"),
            former.good if former else None,
            former.header if former else Text("").header,
            former.run if former else 0,
            self._clock(),
        )

    def _first_possible(
        self, entries: list[Entry], index: int, request: Request, page: Page | None, live: dict[str, Any]
    ) -> tuple[Outcome, list[str]]:
        """Run a cell in the order in which the user goes through the page, or else in that of before."""
        together = {key for key in self._at_once if page is None or key.cell not in page.cells}
        if moved := passed(entries, index, page) or [e for e in entries[index + 1 :] if e.key in together]:
            walked = [*entries[:index], *moved, entries[index], *(e for e in entries[index + 1 :] if e not in moved)]
            try:
                return self._attempt(walked, index + len(moved), request, live, forgiving=False), []
            except (LostError, InputError):
                pass
        if self._is_new(request) and (found := self._before_stale(entries, index, request, page, live)):
            return found
        try:
            return self._attempt(entries, index, request, live, forgiving=True), []
        except LostError as lost:
            raise InputError(_conflict(cell_at(entries, index), lost)) from None

    def _before_stale(
        self, entries: list[Entry], index: int, request: Request, page: Page | None, live: dict[str, Any]
    ) -> tuple[Outcome, list[str]] | None:
        """Run a new cell after stale ones; or before them if they fail otherwise, unless it fails there."""
        chain = self._runner.chain(entries)
        stale = next((step for step in chain.path(index)[:-1] if chain.is_stale(step)), None)
        if stale is None or not request.key.lasts or (page is not None and request.key.cell in page.cells):
            return None
        try:
            return self._attempt(entries, index, request, live, forgiving=False), []
        except LostError:
            first = chain.cell(stale)
            earlier = [*entries[:stale], entries[index], *entries[stale:index], *entries[index + 1 :]]
            outcome = self._attempt(earlier, stale, request, live, forgiving=True)
            note = f"Taken as standing before {first}, which is out of date; if it does not, save the notebook."
            return None if outcome.failed else (outcome, [note])

    def _is_new(self, request: Request) -> bool:
        return index_of(self._entries, request.key) is None

    def _attempt(
        self, entries: list[Entry], index: int, request: Request, live: dict[str, Any], *, forgiving: bool
    ) -> Outcome:
        return self._runner.attempt(entries, index, request, live, number=self._runs, forgiving=forgiving)

    def _split(
        self, outcome: Outcome, request: Request, names: set[str], page: Page | None, live: dict[str, Any]
    ) -> tuple[Outcome, list[str]]:
        """Try whether a new cell that declares something again is the first part of another that was split."""
        if not self._is_new(request) or not request.key.lasts or request.base or request.fresh:
            return outcome, []
        chain = self._runner.chain(outcome.entries)
        path = [chain.cell(step) for step in chain.path(outcome.index)[:-1]]
        if page is not None and page.shows(request.key.cell, request.code):  # then its place is known
            path = [cell for cell in path if cell.key.cell not in page.cells]
        whole = split(request.code, path, names)
        if whole is None:
            return outcome, []
        others = [entry for entry in outcome.entries if entry is not outcome.cell]
        at = others.index(whole)
        others.insert(at, outcome.cell)
        try:
            retried = self._attempt(others, at, request, live, forgiving=True)
        except (LostError, InputError):
            return outcome, []
        note = f"Taken as the first part of {whole}, which comes after it: run that again."
        return (outcome, []) if retried.failed else (retried, [note])


def _numbered(cell: Cell) -> str:
    return str(cell) if cell.count is None else f"cell [{cell.count}]"


def _conflict(cell: Cell, lost: LostError) -> str:
    which = "its own imports" if cell.key == lost.cell.key else "the imports that this cell brings"
    return f"With {which}, {lost.cell} ({lost.cell.last.text.title}) fails: {lost}. Nothing has changed."
