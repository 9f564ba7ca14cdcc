"""Whatever is done to a notebook: what the session says is what Run All in a new kernel would say."""

from __future__ import annotations

import contextlib
import copy
from dataclasses import dataclass, field

from fake_lean import FakeLean
from hypothesis import given, settings
from hypothesis import strategies as st

from lean_magic import InputError
from lean_magic.session import CellKey, Page, Request, Session

_CODES = [
    f"{one}\n{other}".strip() for one in ("def a", "def b", "use a", "use b", "") for other in ("def c", "use c", "")
]
_CODES += ["import M\nneed M", "import N\ndef a", "need N", "import Nowhere", "import M\nuse nothing"]


@dataclass
class _Page:
    """A notebook that is always saved, so that its order is known."""

    cells: list[tuple[str, str]] = field(default_factory=list)
    made: int = 0

    def insert(self, place: int, code: str) -> None:
        self.made += 1
        self.cells.insert(place % (len(self.cells) + 1), (f"cell{self.made}", code))

    def saved(self) -> Page:
        return Page(("title", *(cell for cell, _ in self.cells)), float("inf"), dict(self.cells))


_Named = tuple[str, str, str | None, str | None, bool, bool]


def _run_all(page: _Page) -> Session:
    """Run all cells in a new session; those that fail may."""
    session = Session(FakeLean(), page.saved)
    for cell, code in page.cells:
        _run(session, cell, code)
    list(session.replay())  # what is above an import may need it
    return session


def _run(session: Session, cell: str, code: str) -> None:
    with contextlib.suppress(InputError):
        session.run(Request(CellKey(cell), code, may_fail=True))


_KINDS = ["add", "add", "add", "change", "change", "insert", "edit", "run", "delete", "move up", "replay"]
_Step = st.tuples(st.sampled_from(_KINDS), st.integers(0, 9), st.sampled_from(_CODES))
_Steps = st.integers(5, 20).flatmap(lambda size: st.lists(_Step, min_size=size, max_size=size))


def _apply(page: _Page, session: Session, step: tuple[str, int, str]) -> None:
    what, number, code = step
    if what in {"add", "insert"}:
        page.insert(number, code)
        if what == "add":
            _run(session, f"cell{page.made}", code)
        return
    if what == "replay":
        list(session.replay())
        return
    if not page.cells:
        return
    index = number % len(page.cells)
    cell, former = page.cells[index]
    match what:
        case "edit" | "change":
            page.cells[index] = cell, code
            if what == "change":
                _run(session, cell, code)
        case "delete":
            del page.cells[index]
        case "move up":
            page.cells.insert(max(0, index - 1), page.cells.pop(index))
        case "run":
            _run(session, cell, former)


@settings(max_examples=200, deadline=None)
@given(steps=_Steps, all_first=st.booleans())
def test_after_a_replay_it_is_as_in_a_new_kernel(*, steps: list[tuple[str, int, str]], all_first: bool) -> None:
    page = _Page()
    session = Session(FakeLean(), page.saved)
    for step in steps:
        _apply(page, session, step)
    if all_first:
        for cell, code in page.cells:
            _run(session, cell, code)
    list(session.replay(everything=True))
    list(session.replay())
    known = {cell.key.cell: cell.last for cell in session.cells}
    page.cells = [(cell, known[cell].text.code) for cell, _ in page.cells if cell in known]
    wanted = _run_all(page)
    assert [cell.key.cell for cell in session.cells] == [cell.key.cell for cell in wanted.cells]
    assert [cell.last.verdict for cell in session.cells] == [cell.last.verdict for cell in wanted.cells]
    assert [cell.last.env for cell in session.cells] == [cell.last.env for cell in wanted.cells]
    assert session.stale == ()


def _model(codes: list[str]) -> list[str]:
    """Return the verdicts of cells that are run one after the other, each with the imports of all."""
    imports = {line[-1] for code in codes for line in code.split("\n") if line in {"import M", "import N"}}
    names: set[str] = set()
    verdicts = []
    for code in codes:
        mine, holds = set(names), True
        for command, _, name in (line.partition(" ") for line in code.split("\n")):
            match command:
                case "def":
                    holds &= name not in mine
                    mine.add(name)
                case "use":
                    holds &= name in mine
                case "need":
                    holds &= name in imports
                case "import":
                    holds &= name != "Nowhere"
        names = mine if holds else names
        verdicts.append("valid" if holds else "error")
    return verdicts


@settings(max_examples=300, deadline=None)
@given(_Steps)
def test_what_is_not_out_of_date_is_true_and_after_a_replay_all_is(steps: list[tuple[str, int, str]]) -> None:
    page = _Page()
    session = Session(FakeLean(), page.saved)
    for step in steps:
        _apply(page, session, step)
        if any(cell.last.env is None and cell.good is not None for cell in session.cells):
            continue  # others still build on what it was before it failed
        session.look()
        wanted = _model([cell.last.text.code for cell in session.cells])
        stale = {cell.key for cell in session.stale}
        said = [cell.last.verdict for cell in session.cells]
        assert all(s == w for cell, s, w in zip(session.cells, said, wanted, strict=True) if cell.key not in stale)
        copied = copy.copy(session)
        list(copied.replay())
        assert copied.stale == ()
        assert [cell.last.verdict for cell in copied.cells] == wanted


_Name = st.sampled_from([None, "x", "y", "main"])
_Act = st.tuples(st.sampled_from("abcd"), st.sampled_from(_CODES), _Name, _Name, st.booleans(), st.booleans())


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 15).flatmap(lambda size: st.lists(_Act, min_size=size, max_size=size)))
def test_whatever_builds_on_whatever_a_replay_leaves_nothing_out_of_date_that_can_be_run(acts: list[_Named]) -> None:
    session = Session(FakeLean())
    for cell, code, name, base, fresh, only_use in acts:
        try:
            if only_use:
                session.use(CellKey(f"use {cell}"), name or "main")
            else:
                session.run(Request(CellKey(cell), code, name, base, fresh, may_fail=True))
        except InputError:
            pass
        assert len({cell.name for cell in session.cells if cell.name}) == sum(bool(c.name) for c in session.cells)
    again = list(session.replay(everything=True))
    if not again or again[-1].result is not None:
        assert session.stale == ()
    else:  # what it builds on is gone or failed
        assert again[-1].cell.key in {cell.key for cell in session.stale}
    chain = session.chain
    for index in chain.indices():
        assert bool(chain.reason(index)) == chain.is_stale(index)
