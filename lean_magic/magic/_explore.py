"""``%leanctl explore``: find what is meant, and open the explorer on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from IPython.display import display

from lean_magic.display import Notice
from lean_magic.errors import InputError
from lean_magic.explorer import Explorer, explore
from lean_magic.magic._command import Command
from lean_magic.magic._open_goals import Shown
from lean_magic.magic._options import output_name
from lean_magic.proof_tree import declaration_names
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from lean_magic.magic._magic import LeanMagic
    from lean_magic.session import Cell

__all__ = ["explore_command"]

_HAS_VALUES = "The code has values of Python variables in it (--var), so no script can be put into it."


def explore_command() -> Command:
    """Return the command."""
    command = Command("explore", "prove by trying tactics: a tree of attempts, to click and for Python", _explore)
    command.add_argument(
        "what",
        nargs="*",
        metavar="NAME [NUMBER]",
        help="a declaration, a cell, or a Python variable that holds a result, a proof state or a statement; and which "
        "open goal or proof of it. By default the first of the last cell",
    )
    command.add_argument(
        *("-o", "--output"),
        type=output_name,
        default="explorer",
        metavar="VARIABLE",
        help="which Python variable is to hold the explorer, by default explorer",
    )
    return command


def _explore(magic: LeanMagic, options: argparse.Namespace) -> Explorer:
    name, number = _name_and_number(options.what)
    explorer = _last(magic, number) if name is None else _named(magic, name, number)
    magic.shell.user_ns[options.output] = explorer
    if getattr(magic.shell, "kernel", None) is None:
        display(Notice(f'Go on with {options.output}.add_sync("..."), which tries a tactic.'))  # type: ignore[no-untyped-call]
    return explorer


def _name_and_number(words: Sequence[str]) -> tuple[str | None, int]:
    """Return what is named, and which goal of it: a number alone is a goal of the last cell."""
    if not words:
        return None, 1
    *name, last = words
    if len(words) > 2 or (name and not last.isdecimal()):
        said = " ".join(words)
        raise InputError(f"%leanctl explore takes a name and a number, not {said!r}: quote a name with spaces.")
    if last.isdecimal():
        return (name[0] if name else None), int(last)
    return last, 1


def _last(magic: LeanMagic, number: int) -> Explorer:
    shown = magic.open_goals.of_result(magic.latest)
    if shown is not None:
        return _of_goal(magic, shown, shown.result.sorries, number, "the last cell")
    cells = magic.session.cells
    if not cells:
        raise InputError("No cell has been run yet: write sorry in one where a proof is to go on.")
    return _of_proof(magic, max(cells, key=lambda cell: cell.run), None, number)


def _named(magic: LeanMagic, name: str, number: int) -> Explorer:
    shown = magic.open_goals.of_declaration(name)
    if shown is not None:
        return _of_goal(magic, shown, shown.goals(name), number, name)
    value = magic.shell.user_ns.get(name)
    if isinstance(value, Explorer):
        return value
    if isinstance(value, LeanResult) and (shown := magic.open_goals.of_result(value)) is not None:
        return _of_goal(magic, shown, value.sorries, number, name)
    if isinstance(value, LeanResult | ProofState | Sorry | str):
        return explore(value, goal=number, pool=magic.pool)
    declaring = [cell for cell in magic.session.cells if name in declaration_names(cell.last.text.code)]
    if declaring:
        return _of_proof(magic, max(declaring, key=lambda cell: cell.run), name, number)
    try:
        cell = magic.session.find(name)
    except InputError:
        labels = [cell.label for cell in magic.session.cells]
        raise magic.open_goals.nothing_called(name, labels) from None
    shown = magic.open_goals.of_cell(cell)
    if shown is not None:
        return _of_goal(magic, shown, shown.result.sorries, number, str(cell))
    return _of_proof(magic, cell, None, number)


def _of_goal(magic: LeanMagic, shown: Shown, goals: Sequence[Sorry], number: int, where: str) -> Explorer:
    """Return an explorer of one of the goals that a cell leaves open."""
    if not 1 <= number <= len(goals):
        raise InputError(f"There is no goal {number}: {where} left {len(goals)} open.")
    goal = shown.result.sorries.index(goals[number - 1]) + 1
    explorer = explore(shown.result, goal=goal, pool=magic.pool, cell=shown.cell_id)
    if not shown.is_as_written:
        explorer.origin = replace(explorer.origin, start=None, end=None, obstacle=_HAS_VALUES)
    return explorer


def _of_proof(magic: LeanMagic, cell: Cell, name: str | None, number: int) -> Explorer:
    """Return an explorer of a proof by tactics that a cell has."""
    env = cell.last.env
    if env is None:
        raise InputError(f"{_capital(cell)} failed when it was last run: mend it first, or write sorry in it.")
    result = magic.pool.run_sync(
        env.code, env.parent, options=dict(env.options), timeout=magic.timeout, all_tactics=True
    )
    proofs = [
        place
        for place, tree in enumerate(result.proof_tree(), 1)
        if name in {None, (tree.declaration or "").partition(" ")[2]}
    ]
    what = name or _capital(cell)
    if not proofs:
        raise InputError(f"{what} leaves no goal open, and has no proof by tactics: write sorry where it is to go on.")
    if not 1 <= number <= len(proofs):
        raise InputError(f"There is no proof {number}: {what} has {len(proofs)} by tactics.")
    # The code as it stands in the cell, where Lean may have been given it without its imports.
    result = replace(result, code=cell.last.text.code, sorries=())
    return explore(result, goal=proofs[number - 1], pool=magic.pool, cell=Shown(cell, result).cell_id)


def _capital(cell: Cell) -> str:
    text = str(cell)
    return text[:1].upper() + text[1:]
