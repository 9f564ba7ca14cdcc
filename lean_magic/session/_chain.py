"""Who builds on whom, and who is stale: all of it is computed, nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lean_magic.header import has_header
from lean_magic.session._cell import MAIN, Cell, Use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lean_magic.header import Header, Import
    from lean_magic.references import EnvRef
    from lean_magic.session._cell import Entry, Text

__all__ = ["Chain", "merged_header"]


@dataclass(frozen=True, slots=True)
class _Link:
    """Where a cell stands: the cell that it extends, and the one that its chain begins with."""

    before: int | None
    origin: int


class Chain:
    """The cells of a notebook in the order of the page, and how they hang together.

    A cell extends the one that it names as its base. Otherwise it extends the one before it on its line: the main one,
    or that which ``%leanctl use`` named last before it. Cells that hang together have one header, which all their
    imports make up.

    Parameters
    ----------
    entries : sequence of Cell or Use
        In the order of the page.
    root : callable
        Returns the environment that a header alone leads to.
    pending : (int, Header), optional
        The header that one of the cells is about to have.

    Attributes
    ----------
    broken : dict of int to str
        The cells that cannot be run, since what they start from does not exist, and why.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        root: Callable[[str], EnvRef],
        pending: tuple[int, Header] | None = None,
    ) -> None:
        self.entries = entries
        self._root_of = root
        self._pending = pending
        self.named = {
            entry.name: index for index, entry in enumerate(entries) if isinstance(entry, Cell) and entry.name
        }
        self.broken: dict[int, str] = {}
        self._before = self._predecessors()
        self.links = self._linked()
        self._starts: dict[int, EnvRef | None] = {}
        self._headers: dict[int, str] = {}
        self._stale: dict[int, bool] = {}
        self._in_doubt: dict[int, bool] = {}

    def cell(self, index: int) -> Cell:
        """Return the cell that stands there."""
        cell = self.entries[index]
        assert isinstance(cell, Cell)
        return cell

    def indices(self) -> list[int]:
        """Return where there are cells."""
        return [index for index, entry in enumerate(self.entries) if isinstance(entry, Cell)]

    def path(self, index: int) -> list[int]:
        """Return the cells that one builds on, from the first, and itself."""
        path = [index]
        while (before := self.links[path[-1]].before) is not None:
            path.append(before)
        return path[::-1]

    @property
    def line(self) -> str:
        """The line that an unnamed cell continues after everything else."""
        return next((entry.target for entry in reversed(self.entries) if isinstance(entry, Use)), MAIN)

    def head(self, line: str) -> int | None:
        """Return the last cell of a line."""
        if line != MAIN and line not in self.named:
            return None
        on_line = dict(self._lines())
        last = max((index for index, found in on_line.items() if found == line), default=None)
        return last if last is not None or line == MAIN else self.named[line]

    def header(self, index: int) -> str:
        """Return the header of those that hang together with a cell."""
        origin = self.links[index].origin
        if origin not in self._headers:
            self._headers[origin] = merged_header(self._headers_of(origin))
        return self._headers[origin]

    def start(self, index: int) -> EnvRef | None:
        """Return the environment that a cell would start from now."""
        way = []
        step: int | None = index
        while step is not None and step not in self._starts:  # not by recursion: a chain may be long
            way.append(step)
            step = self.links[step].before
        for step in reversed(way):
            before = self.links[step].before
            self._starts[step] = self._root(step) if before is None else self.left(before)
        return self._starts[index]

    def left(self, index: int) -> EnvRef | None:
        """Return the environment that a cell would leave now, if it comes out as it did."""
        cell, start = self.cell(index), self.start(index)
        if cell.good is None:
            return start
        env = cell.good.env
        assert env is not None
        if cell.good.start is start or cell.good.start == start:
            return env
        # A reference is a recipe: it can be put on another base without being run.
        return replace(env, parent=start) if cell.last is cell.good else start

    def is_stale(self, index: int) -> bool:
        """Whether a cell would start from something else than it did."""
        way = []
        step: int | None = index
        while step is not None and step not in self._stale:
            way.append(step)
            step = self.links[step].before
        for step in reversed(way):
            last, before = self.cell(step).last, self.links[step].before
            in_doubt = before is not None and self._in_doubt[before]
            self._stale[step] = in_doubt or self._is_stale(step)
            # What failed may not fail where it starts from now, and then all after it start from something else.
            self._in_doubt[step] = in_doubt or (self._stale[step] and last.env is None and not last.refused)
        return self._stale[index]

    def former(self, index: int) -> Cell | None:
        """Return the cell that one builds on as it was before it was changed, since it fails as it is now."""
        for step in reversed(self.path(index)[:-1]):
            cell = self.cell(step)
            if cell.good is not None and cell.last is not cell.good and cell.last.env is None:
                return cell
        return None

    def _is_stale(self, index: int) -> bool:
        last = self.cell(index).last
        if index in self.broken or last.gave_none:
            return True
        if last.refused:
            return False
        if self._lacks_base(index):
            return True
        chain = self
        if last.env is None and last.text.header.imports != self.cell(index).header.imports:  # those of before hold
            chain = Chain(self.entries, self._root_of, (index, last.text.header))
        return not _same(last.start, chain.start(index))

    def _lacks_base(self, index: int) -> bool:
        """Whether the cell that one names as its base left nothing."""
        cell, before = self.cell(index), self.links[index].before
        return before is not None and cell.base == self.cell(before).name is not None and self.cell(before).good is None

    def reason(self, index: int) -> str:
        """Return why a cell is stale, in a few words; nothing if it is not."""
        if not self.is_stale(index):
            return ""
        if index in self.broken:
            return self.broken[index]
        if _header_of(self.cell(index).last.start) not in {None, self.header(index)}:
            return "other imports"
        reason = ""
        for step in self.path(index):
            if not self.is_stale(step):
                reason = ""
            elif not reason:
                reason = self._own_reason(step)
        return reason

    def _own_reason(self, index: int) -> str:
        """Return why a cell is stale where those before it are not."""
        last, before = self.cell(index).last, self.links[index].before
        if last.gave_none:
            return f"Lean gave no opinion: {last.verdict}"
        if before is None:
            return "what was before is gone"
        cell = self.cell(before)
        if self._lacks_base(index):
            return f"{cell} failed"
        if last.after == cell.key:
            return f"{cell} changed"
        gone = last.after is not None and all(entry.key != last.after for entry in self.entries)
        return "the cell before it is gone" if gone else f"{cell} comes before it now"

    def _predecessors(self) -> dict[int, int | None]:
        before: dict[int, int | None] = {}
        last: dict[str, int] = {}
        for index, line in self._lines():
            cell = self.cell(index)
            if cell.base == MAIN:
                before[index] = last.get(MAIN)
            elif cell.base is not None:
                before[index] = self._named(cell.base, index)
            elif cell.fresh:
                before[index] = None
            elif line == MAIN or line in last:
                before[index] = last.get(line)
            else:
                before[index] = self._named(line, index)
            if cell.base is None:
                last[line] = index
        return before

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Return each cell with the line that it is on; those with a base of their own are on none."""
        line = MAIN
        for index, entry in enumerate(self.entries):
            if isinstance(entry, Use):
                line = entry.target
            else:
                yield index, line if entry.base is None else ""

    def _named(self, name: str, index: int) -> int | None:
        if name not in self.named:
            self.broken[index] = f"there is no cell {name}"
        return self.named.get(name)

    def _linked(self) -> dict[int, _Link]:
        links: dict[int, _Link] = {}
        for index in self._before:
            way: list[int] = []
            step: int | None = index
            while step is not None and step not in links and step not in way:
                way.append(step)
                step = self._before[step]
            if step is not None and step in way:
                self.broken |= dict.fromkeys(way[way.index(step) :], "it would build on itself")
                self._before[way[-1]] = step = None
            origin = links[step].origin if step is not None else way[-1] if way else index
            for passed in way:
                links[passed] = _Link(self._before[passed], origin)
        return links

    def _headers_of(self, origin: int) -> Iterator[Header]:
        for index in sorted(index for index, link in self.links.items() if link.origin == origin):
            if self._pending is not None and self._pending[0] == index:
                yield self._pending[1]
            else:
                yield self.cell(index).header

    def _root(self, index: int) -> EnvRef | None:
        header = self.header(index)
        return self._root_of(header) if header else None


def merged_header(headers: Iterable[Header]) -> str:
    """Return one header with the imports of several, each once, in their order."""
    is_module = is_prelude = False
    imports: dict[Import, None] = {}
    for header in headers:
        if not header:
            continue
        is_module |= header.is_module
        is_prelude |= header.is_prelude
        imports.update(dict.fromkeys(header.imports))
    return "\n".join(["module"] * is_module + ["prelude"] * is_prelude + list(map(str, imports)))


def covers(header: str, text: Text) -> bool:
    """Whether a header has all that a text imports."""
    lines = set(header.split("\n"))
    return all(str(wanted) in lines for wanted in text.header.imports)


def _same(one: EnvRef | None, other: EnvRef | None) -> bool:
    """Whether two environments are the same, and came out the same when they were built."""
    if one is None or other is None or one is other:
        return one is other
    return one == other and (one.answer == other.answer or None in {one.answer, other.answer})


def _header_of(env: EnvRef | None) -> str | None:
    """Return the header that an environment begins with; None if there is no environment."""
    while env is not None and env.parent is not None:
        env = env.parent
    return None if env is None else env.code if has_header(env.code) else ""
