"""``%leanctl explore``: find what is meant, and open the explorer on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.display import display

from lean_magic.display import Notice
from lean_magic.errors import InputError
from lean_magic.explorer import Explorer
from lean_magic.magic._command import Command
from lean_magic.magic._options import output_name
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from lean_magic.magic._magic import LeanMagic

__all__ = ["explore_command"]


def explore_command() -> Command:
    """Return the command."""
    explore = Command("explore", "prove by trying tactics: a tree of attempts, to click and for Python", _explore)
    explore.add_argument(
        "what",
        nargs="*",
        metavar="NAME [NUMBER]",
        help="a declaration with a goal left open, a cell, or a Python variable that holds a result, a proof state or "
        "a statement; and which goal of it. By default the first goal of the last cell",
    )
    explore.add_argument(
        *("-o", "--output"),
        type=output_name,
        default="explorer",
        metavar="VARIABLE",
        help="which Python variable is to hold the explorer, by default explorer",
    )
    return explore


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
        raise InputError(
            f"%leanctl explore takes a name and a number, not {' '.join(words)!r}: quote a name with spaces."
        )
    if last.isdecimal():
        return (name[0] if name else None), int(last)
    return last, 1


def _last(magic: LeanMagic, number: int) -> Explorer:
    goals = magic.latest.sorries if magic.latest else ()
    if not goals:
        declared = magic.open_goals.declarations
        others = f" There are {', '.join(declared[:8])} in other cells." if declared else ""
        raise InputError(f"The last cell left no goal open: write sorry where the proof is to go on.{others}")
    return _of_goal(magic, goals, number, "the last cell")


def _named(magic: LeanMagic, name: str, number: int) -> Explorer:
    shown = magic.open_goals.of_declaration(name)
    if shown is not None:
        return _of_goal(magic, shown.goals(name), number, name)
    value = magic.shell.user_ns.get(name)
    if isinstance(value, Explorer | LeanResult | ProofState | Sorry | str):
        return _of_value(magic, name, value, number)
    try:
        cell = magic.session.find(name)
    except InputError:
        labels = [cell.label for cell in magic.session.cells]
        raise magic.open_goals.nothing_called(name, labels) from None
    shown = magic.open_goals.of_cell(cell)
    if shown is None:
        raise InputError(f"C{str(cell)[1:]} leaves no goal open: write sorry where the proof is to go on.")
    return _of_goal(magic, shown.goals(), number, str(cell))


def _of_value(
    magic: LeanMagic, name: str, value: Explorer | LeanResult | ProofState | Sorry | str, number: int
) -> Explorer:
    match value:
        case Explorer():
            return value
        case LeanResult():
            return _of_goal(magic, value.sorries, number, name)
        case Sorry():
            return Explorer(value.state, magic.pool, title=name)
        case ProofState():
            return Explorer(value, magic.pool, title=name)
    return Explorer(magic.pool.prove_sync(value), magic.pool, title=name)


def _of_goal(magic: LeanMagic, goals: Sequence[Sorry], number: int, where: str) -> Explorer:
    if not 1 <= number <= len(goals):
        raise InputError(f"There is no goal {number}: {where} left {len(goals)} open.")
    sorry = goals[number - 1]
    return Explorer(sorry.state, magic.pool, title=sorry.address or where)
