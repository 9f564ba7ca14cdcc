"""The commands of ``%leanctl`` that are about the cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import display

from lean_magic.display import CellRow, CellsView, Notice, ReplayView
from lean_magic.errors import InputError, LeanError
from lean_magic.magic._command import Command
from lean_magic.magic._interrupt import LeanInterrupt
from lean_magic.session import LEFT_OUT, cells_of_file, check_free, file_of_cells, read_code, write, write_notebook

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from lean_magic.magic._magic import LeanMagic
    from lean_magic.session import Again, Run, Session

__all__ = ["notices_of", "session_commands"]


def session_commands() -> tuple[Command, ...]:
    """Return the commands."""
    cells = Command("cells", "the cells: what came of them, who builds on whom, who is out of date", _cells)
    replay = Command("replay", "run cells that are out of date again", _replay)
    replay.add_argument("--all", action="store_true", help="the others, too")
    use = Command("use", "have unnamed cells continue from a cell (main: from the last unnamed one)", _use)
    use.add_argument("name", nargs="?", metavar="NAME", help="its name; without one, say from where they continue")
    forget = Command("forget", "take a cell out, and what it defined", _forget)
    which = forget.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?", metavar="CELL", help="its name or number")
    which.add_argument("--all", action="store_true", help="all of them, as after a restart")
    export = Command("export", "write the cells into a .lean file, once Lean has accepted it", _export)
    export.add_argument("file", metavar="FILE.lean", type=Path)
    export.add_argument("--env", metavar="NAME", help="the cell of this name, and what it builds on")
    export.add_argument("--force", action="store_true", help="replace the file if there is one")
    import_ = Command("import", "make a notebook of a .lean file, or a cell below if it is short", _import)
    import_.add_argument("file", metavar="FILE.lean", type=Path)
    import_.add_argument("notebook", nargs="?", metavar="FILE.ipynb", type=Path, help="by default beside the other")
    import_.add_argument("--force", action="store_true", help="replace the notebook if there is one")
    return cells, replay, use, forget, export, import_


def notices_of(run: Run) -> Iterator[str]:
    """Return what the user should know of a run besides what Lean said, a line each."""
    for again in run.before:
        if again.was_good and not again.cell.last.succeeded:
            yield f"{_capital(again.cell)}, which comes before this one, fails now: {again.cell.last.complaint}"
    if run.before:
        cells = ", ".join(again.cell.label for again in run.before[:8])
        more = f" and {len(run.before) - 8} more" if len(run.before) > 8 else ""
        yield f"Brought up to date before this one: {cells}{more}."
    if run.stale:
        which = f"{_capital(run.stale[0])} is" if len(run.stale) == 1 else f"{len(run.stale)} cells are"
        yield f"{which} out of date now: %leanctl replay runs {'it' if len(run.stale) == 1 else 'them'} again."
    yield from run.notes


def _capital(cell: object) -> str:
    text = str(cell)
    return text[:1].upper() + text[1:]


def _cells(magic: LeanMagic, _: argparse.Namespace) -> CellsView:
    session = magic.session
    session.look()
    chain = session.chain
    indices = chain.indices()
    place = {index: row for row, index in enumerate(indices)}
    rows = []
    for index in indices:
        cell = chain.cell(index)
        before = chain.links[index].before
        rows.append(
            CellRow(
                cell.label,
                cell.last.text.title,
                cell.last.verdict,
                _state(session, index),
                None if before is None else place[before],
                cell.base is None,
            )
        )
    header = chain.header(indices[-1]) if indices else ""
    return CellsView(rows, header, _continues(session) if indices else "")


def _state(session: Session, index: int) -> str:
    chain = session.chain
    cell = chain.cell(index)
    if chain.is_stale(index):
        return f"out of date: {chain.reason(index)}"
    if cell.last.succeeded:
        return ""
    kept = "; what it defined before still holds" if cell.good is not None else ""
    return f"{cell.last.complaint}{kept}"


def _continues(session: Session) -> str:
    chain = session.chain
    head = chain.head(chain.line)
    return chain.line + ("" if head is None else f", after {chain.cell(head)}")


def _replay(magic: LeanMagic, options: argparse.Namespace) -> None:
    rows: list[CellRow] = []
    total = len(magic.session.cells if options.all else magic.session.stale)
    in_notebook = getattr(magic.shell, "kernel", None) is not None
    handle: Any = None
    failed: Again | None = None
    stopped = ""
    try:
        if in_notebook and total:
            handle = display(ReplayView((), f"running {total} again …"), display_id=True)  # type: ignore[no-untyped-call]
        for again in magic.session.replay(everything=options.all):
            rows.append(_again_row(again))
            if again.result is not None:
                magic.open_goals.keep(again.cell, again.result, is_again=True)
            is_done = again.result is not None and (again.cell.last.succeeded or again.cell.may_fail)
            failed = None if is_done else again
            if handle:
                handle.update(ReplayView(tuple(rows), f"{len(rows)} of {total} run again …"))
    except KeyboardInterrupt:
        stopped = "Stopped: those after it are as they were."
    finally:
        view = ReplayView(tuple(rows), stopped or _ended(magic, rows, failed))
        if handle:
            handle.update(view)
        else:
            display(view)  # type: ignore[no-untyped-call]
    if stopped:
        raise LeanInterrupt("Lean was stopped; the cells that had been run again are up to date.")
    if failed:
        _complain(failed)


def _again_row(again: Again) -> CellRow:
    cell = again.cell
    if again.result is None:
        return CellRow(cell.label, cell.last.text.title, "not run", again.why_not)
    return CellRow(cell.label, cell.last.text.title, cell.last.verdict, cell.last.complaint)


def _ended(magic: LeanMagic, rows: list[CellRow], failed: Again | None) -> str:
    left = len(magic.session.stale)
    if failed:
        rest = f"; {left} still out of date" if left else ""
        return f"Stopped at {failed.cell}, which {'cannot be run' if failed.result is None else 'fails'}{rest}."
    return "All cells are up to date." if rows else "All cells were up to date already."


def _complain(failed: Again) -> None:
    if failed.result is None:
        raise InputError(failed.why_not)
    try:
        failed.result.raise_for_verdict()
    except LeanError as error:
        raise LeanError(f"{failed.cell}: {error}", failed.result) from None


def _use(magic: LeanMagic, options: argparse.Namespace) -> Notice:
    if options.name:
        magic.session.use(magic.next_key(), options.name)
    return Notice(f"Unnamed cells continue from {_continues(magic.session)}.")


def _forget(magic: LeanMagic, options: argparse.Namespace) -> Notice:
    if options.all:
        magic.session.clear()
        return Notice("Forgot all cells.")
    before = len(magic.session.stale)
    cell = magic.session.forget(options.name)
    stale = len(magic.session.stale) - before
    rest = f"; out of date now: {stale} cell{'' if stale == 1 else 's'} (%leanctl replay)" if stale > 0 else ""
    return Notice(f"Forgot {cell} ({cell.last.text.title}){rest}.")


def _export(magic: LeanMagic, options: argparse.Namespace) -> Notice:
    session = magic.session
    session.look()
    check_free(options.file, force=options.force)
    text = file_of_cells(session, options.env)
    if not text.strip():
        raise InputError("There is nothing to export: no cell has been run yet.")
    result = magic.pool.run_sync(text, timeout=magic.timeout)
    if result.verdict not in {"valid", "sorry"}:
        said = str(result.errors[0]).partition("\n")[0] if result.errors else result.detail
        hint = " (%leanctl replay brings the cells up to date)" if session.stale else ""
        raise InputError(f"Nothing was written, since as one file Lean does not accept the cells: {said}{hint}.")
    write(options.file, text)
    but = "" if result.ok else ", but something in it is left open (sorry)"
    out = text.count(LEFT_OUT)
    left_out = f" Left out, since they fail: {out}." if out else ""
    return Notice(f"Wrote {options.file}: Lean accepts it{but}.{left_out}")


def _import(magic: LeanMagic, options: argparse.Namespace) -> Notice:
    if options.notebook is None:
        cells = cells_of_file(read_code(options.file), magic.pool.run_sync)
        if len(cells) == 1:
            magic.shell.set_next_input(cells[0].source)
            return Notice(f"The cell below has what is in {options.file}.")
    # Front ends insert one cell at most, so several become a notebook.
    path, number = write_notebook(options.file, options.notebook, magic.pool.run_sync, force=options.force)
    return Notice(f"Wrote {path} with {number} Lean cells: open it beside this one.")
