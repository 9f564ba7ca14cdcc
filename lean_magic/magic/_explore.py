"""``%leanctl explore``: find what is meant, and open the explorer on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from IPython.display import display

from lean_magic.display import Notice
from lean_magic.errors import InputError
from lean_magic.explorer import Explorer, explore
from lean_magic.explorer._explore import NO_GOAL, explore_proof, shows_no_goal
from lean_magic.magic._command import Command
from lean_magic.magic._open_goals import Shown, declared_in
from lean_magic.magic._options import output_name
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    import argparse
    from collections.abc import Hashable, Sequence

    from lean_magic.magic._magic import LeanMagic
    from lean_magic.session import Cell

__all__ = ["explore_command"]

_HAS_VALUES = "The code has values of Python variables in it (--var), so no script can be put into it."


class _Found(NamedTuple):
    """An explorer of what was asked for, and what that is called as long as its code is changed elsewhere."""

    what: Hashable
    explorer: Explorer


def explore_command() -> Command:
    """Return the command."""
    command = Command("explore", "prove by trying tactics: a tree of attempts, to click and for Python", _explore)
    command.epilog = (
        "Where the same was explored before, its tree is shown again; if the code was changed but the goal was not, "
        "the tactics are tried again."
    )
    command.add_argument(
        "what",
        nargs="*",
        metavar="NAME [NUMBER]",
        help="a declaration, a cell, or a Python variable that holds a result, a proof state or a statement; and which "
        "open goal or proof of it, from above. By default the first of the last cell",
    )
    command.add_argument("--fresh", action="store_true", help="begin with an empty tree, whatever was tried before")
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
    found = _last(magic, number) if name is None else _named(magic, name, number)
    if isinstance(found, Explorer):
        explorer = found
    else:
        explorer, said = magic.explorers.opened(*found, is_fresh=options.fresh)
        if said:
            display(Notice(said))  # type: ignore[no-untyped-call]
    held = options.output
    magic.shell.user_ns[held] = explorer
    if getattr(magic.shell, "kernel", None) is None:
        hint = f'Try a tactic with a = {held}.add_sync("..."), and go on from there with {held}.add_sync("...", a).'
        display(Notice(hint))  # type: ignore[no-untyped-call]
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


def _last(magic: LeanMagic, number: int) -> _Found:
    shown = magic.open_goals.of_result(magic.latest)
    if shown is not None:
        return _of_goal(magic, shown, None, number, "the last cell")
    cells = magic.session.cells
    if not cells:
        raise InputError("No cell has been run yet: write sorry in one where a proof is to go on.")
    return _of_proof(magic, max(cells, key=lambda cell: cell.run), None, number)


def _named(magic: LeanMagic, name: str, number: int) -> _Found | Explorer:
    cells = magic.session.cells
    value = magic.shell.user_ns.get(name)
    is_value = isinstance(value, Explorer | LeanResult | ProofState | Sorry | str)
    full_name = name if is_value else magic.open_goals.full_name(name, cells)
    shown = magic.open_goals.of_declaration(full_name)
    if shown is not None:
        return _of_goal(magic, shown, full_name, number, name)
    if isinstance(value, Explorer):
        return value
    if isinstance(value, LeanResult) and (shown := magic.open_goals.of_result(value)) is not None:
        return _of_goal(magic, shown, None, number, name)
    if isinstance(value, LeanResult | ProofState | Sorry | str):
        return _Found((name, number), explore(value, goal=number, pool=magic.pool))
    declaring = [cell for cell in cells if full_name in declared_in(cell)]
    if declaring:
        return _of_proof(magic, max(declaring, key=lambda cell: cell.run), full_name, number)
    try:
        cell = magic.session.find(name)
    except InputError:
        raise magic.open_goals.nothing_called(name, cells) from None
    shown = magic.open_goals.of_cell(cell)
    if shown is not None:
        return _of_goal(magic, shown, None, number, str(cell))
    return _of_proof(magic, cell, None, number)


def _of_goal(magic: LeanMagic, shown: Shown, name: str | None, number: int, where: str) -> _Found:
    """Return an explorer of one of the goals that a cell leaves open, all or those of a declaration."""
    goals = shown.goals(name)
    if not 1 <= number <= len(goals):
        raise InputError(f"There is no goal {number}: {where} left {len(goals)} open.")
    place = shown.result.sorries.index(goals[number - 1])
    explorer = explore(shown.result, goal=place + 1, pool=magic.pool, cell=shown.cell_id)
    if shown.has_values:
        explorer.origin = replace(explorer.origin, start=None, end=None, obstacle=_HAS_VALUES)
    declared = shown.names[place]
    if declared is None:
        return _Found((shown.cell.key, place + 1), explorer)
    # The same whether it was asked for by its own name or by that of its cell.
    return _Found((declared, shown.goals(declared).index(goals[number - 1]) + 1), explorer)


def _of_proof(magic: LeanMagic, cell: Cell, name: str | None, number: int) -> _Found:
    """Return an explorer of a proof by tactics that a cell has."""
    env = cell.last.env
    if env is None:
        raise InputError(f"{_capital(cell)} failed when it was last run: mend it first, or write sorry in it.")
    result = magic.pool.run_sync(
        env.code, env.parent, options=dict(env.options), timeout=magic.timeout, all_tactics=True
    )
    names = [(tree.declaration or "").partition(" ")[2] for tree in result.proof_tree()]
    proofs = [place for place, declared in enumerate(names, 1) if name in {None, declared}]
    what = name or _capital(cell)
    if not proofs:
        if shows_no_goal(result):
            raise InputError(NO_GOAL)
        raise InputError(f"{what} leaves no goal open, and has no proof by tactics: write sorry where it is to go on.")
    if not 1 <= number <= len(proofs):
        raise InputError(f"There is no proof {number}: {what} has {len(proofs)} by tactics.")
    # The code as it stands in the cell, where Lean may have been given it without its imports.
    result = replace(result, code=cell.last.text.code)
    obstacle = _HAS_VALUES if magic.open_goals.has_values(cell) else ""
    place = proofs[number - 1]
    explorer = explore_proof(result, place, magic.pool, cell=Shown(cell, result).cell_id, obstacle=obstacle)
    declared = names[place - 1]
    return _Found((declared, names[:place].count(declared)) if declared else (cell.key, place), explorer)


def _capital(cell: Cell) -> str:
    text = str(cell)
    return text[:1].upper() + text[1:]
