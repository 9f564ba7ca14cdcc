"""What the exit codes of the commands that check something mean."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lean_magic.results import Verdict

__all__ = ["EXIT_CODES", "ExitCode", "of_verdict", "worst"]


class ExitCode(IntEnum):
    """How a check ended, from good to bad."""

    VALID = 0
    SORRY = 3
    ERROR = 1
    TIMEOUT = 4
    LOST = 5
    INPUT = 66
    MACHINERY = 70


EXIT_CODES = """\
exit codes (of several, that of the worst, in this order from bad to good):
  70 Lean could not be run   66 something could not be read, or given to Lean
  5 out of memory, or crashed   4 timeout   1 error   3 sorry   0 all are valid
  2 wrong usage   130 interrupted   65, 69, 73, 74, 75 see lean-magic --help
"""

_OF_VERDICTS: dict[Verdict, ExitCode] = {
    "valid": ExitCode.VALID,
    "sorry": ExitCode.SORRY,
    "error": ExitCode.ERROR,
    "timeout": ExitCode.TIMEOUT,
}
_FROM_GOOD_TO_BAD = list(ExitCode)


def of_verdict(verdict: Verdict) -> ExitCode:
    """Return the exit code for a verdict."""
    return _OF_VERDICTS.get(verdict, ExitCode.LOST)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the worst of some exit codes; 0 where there are none."""
    return max(codes, key=_FROM_GOOD_TO_BAD.index, default=ExitCode.VALID)
