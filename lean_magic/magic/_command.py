"""One command of ``%leanctl``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.magic._magic import LeanMagic

__all__ = ["Command"]


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
