"""``%leanctl``: look at Lean and the cells, and steer them."""

from __future__ import annotations

import argparse
import difflib
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import UsageError
from IPython.display import display

from lean_magic.display import Notice
from lean_magic.errors import InputError
from lean_magic.magic._options import output_name
from lean_magic.toolchain.doctor import examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.magic._magic import LeanMagic
    from lean_magic.results import ProofState

__all__ = ["Command", "Control"]


class Command(argparse.ArgumentParser):
    """One command of ``%leanctl``.

    Parameters
    ----------
    name : str
        Its name.
    help : str
        What it does, in one line.
    run : callable
        Does it, given the magic and the arguments, and returns what the cell shows, if anything.
    """

    def __init__(self, name: str, help: str, run: Callable[[LeanMagic, argparse.Namespace], object]) -> None:
        super().__init__(prog=f"%leanctl {name}", description=help, add_help=False, allow_abbrev=False)
        self.name, self.help, self.run = name, help, run

    def error(self, message: str) -> NoReturn:
        """Complain in one line.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(f"{self.prog}: {message}. {self.format_usage().strip().capitalize()}")


class Control:
    """The commands of ``%leanctl``."""

    def __init__(self, *commands: Command) -> None:
        self.commands = {command.name: command for command in (*_commands(), *commands)}

    @property
    def help(self) -> str:
        """What ``%leanctl`` can do."""
        rows = [
            (command.format_usage().removeprefix("usage: ").strip(), command.help) for command in self.commands.values()
        ]
        width = max(len(usage) for usage, _ in rows)
        return "\n".join(f"{usage:<{width}}  {text}" for usage, text in rows)

    def run(self, magic: LeanMagic, line: str) -> Any:  # noqa: ANN401 - what the command returns
        """Do what a line says; an empty one asks for help.

        Raises
        ------
        UsageError
            There is no such command, or it does not take these arguments.
        """
        try:
            name, *arguments = shlex.split(line) or ["--help"]
        except ValueError as error:
            raise UsageError(f"%leanctl: {error}") from None
        if name in {"-h", "--help", "help"}:
            print(self.help)  # noqa: T201 - asked for
            return None
        command = self.commands.get(name)
        if command is None:
            near = difflib.get_close_matches(name, self.commands, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.commands)}."
            raise UsageError(f"%leanctl has no command {name}: {hint}")
        if {"-h", "--help"} & {*arguments}:
            print(command.format_help())  # noqa: T201 - asked for
            return None
        return command.run(magic, command.parse_args(arguments))


def _commands() -> tuple[Command, ...]:
    """Return those that are not about the cells."""
    explore = Command("explore", "show a goal that the last cell left open, and keep it for Python", _explore)
    explore.add_argument("number", nargs="?", type=int, default=1, metavar="NUMBER", help="which goal, by default 1")
    explore.add_argument(
        "-o", "--output", type=output_name, default="state", metavar="NAME", help="which variable, by default state"
    )
    return (
        explore,
        Command("status", "how the Lean processes are", lambda magic, _: magic.pool.status()),
        Command("restart", "replace the Lean processes; nothing is lost", _restart),
        Command("doctor", "look whether Lean works here, and what to do if not", _doctor),
    )


def _explore(magic: LeanMagic, options: argparse.Namespace) -> ProofState:
    goals = magic.latest.sorries if magic.latest else ()
    if not goals:
        raise InputError("The last cell left no goal open: write sorry where the proof is to go on.")
    if not 1 <= options.number <= len(goals):
        raise InputError(f"There is no goal {options.number}: the last cell left {len(goals)} open.")
    state: ProofState = goals[options.number - 1].state
    magic.shell.user_ns[options.output] = state
    display(Notice(f'Go on with {options.output}.tactic_sync("..."), which gives the state after a tactic.'))  # type: ignore[no-untyped-call]
    return state


def _restart(magic: LeanMagic, _: argparse.Namespace) -> None:
    magic.pool.restart()


def _doctor(magic: LeanMagic, _: argparse.Namespace) -> None:
    for finding in examine(magic.pool.toolchain):
        print(finding)  # noqa: T201 - asked for
