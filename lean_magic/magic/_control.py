"""``%leanctl``: look at Lean and the cells, and steer them."""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING, Any, get_args

from IPython.core.error import UsageError

from lean_magic.job import JobStatus
from lean_magic.magic._command import Command
from lean_magic.magic._explore import explore_command
from lean_magic.toolchain.doctor import examine

if TYPE_CHECKING:
    import argparse

    from lean_magic.job import JobList
    from lean_magic.magic._magic import LeanMagic

__all__ = ["Control"]


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
            name, *arguments = shlex.split(_QUOTED.sub(_kept, line)) or ["--help"]
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


_QUOTED = re.compile(r"""("[^"]*"|(?<!\S)'[^']*'?)|'""")


def _kept(found: re.Match[str]) -> str:
    """Return quoted text as it is, and a prime within a word so that it stays one: Lean's names have them."""
    return found[1] or r"\'"


def _commands() -> tuple[Command, ...]:
    """Return those that are not about the cells."""
    return (
        explore_command(),
        Command("status", "how the Lean processes are", lambda magic, _: magic.pool.status()),
        Command("restart", "replace the Lean processes; nothing is lost", _restart),
        _jobs_command(),
        Command("doctor", "look whether Lean works here, and what to do if not", _doctor),
    )


def _jobs_command() -> Command:
    command = Command("jobs", "the jobs that were handed in with lean_magic.submit, the newest first", _jobs)
    command.add_argument("status", nargs="?", choices=get_args(JobStatus))
    command.add_argument("--limit", type=int, metavar="N")
    return command


def _jobs(magic: LeanMagic, options: argparse.Namespace) -> JobList:
    return magic.pool.jobs(options.status, limit=options.limit)


def _restart(magic: LeanMagic, _: argparse.Namespace) -> None:
    magic.pool.restart()


def _doctor(magic: LeanMagic, _: argparse.Namespace) -> None:
    for finding in examine(magic.pool.toolchain):
        print(finding)  # noqa: T201 - asked for
