"""The options of ``%%lean`` and ``%lean``.

Not argparse: after the options of ``%lean`` comes Lean code, whose quotes, braces and dashes are its own.
"""

from __future__ import annotations

import difflib
import keyword
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HELP", "Options", "flags_like", "output_name", "parse", "value_wanted"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for."""

    output: str | None = None
    variables: tuple[str, ...] = ()
    name: str | None = None
    env: str | None = None
    fresh: bool = False
    tactics: bool = False
    axioms: bool = False
    timeout: float | None = None
    no_raise: bool = False
    quiet: bool = False
    help: bool = False


def _is_python_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def output_name(text: str) -> str:
    """Return the name of a variable to keep something in.

    Raises
    ------
    UsageError
        It is none.
    """
    if not _is_python_name(text):
        raise UsageError(f"-o needs a Python name to store the result in, not {text!r}")
    return text


def _variables(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if not _is_python_name(name):
            raise UsageError(f"--var needs the name of a Python variable, or several with commas, not {name!r}")
    return names


def _cell_name(text: str) -> str:
    if not _CELL_NAME.fullmatch(text):
        raise UsageError(f"the name of a cell is made of letters, digits, '_', '.' and '-', unlike {text!r}")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise UsageError(f"--timeout needs a number of seconds above 0, not {text!r}")
    return seconds


@dataclass(frozen=True, slots=True)
class _Option:
    flags: tuple[str, ...]
    field: str
    help: str
    metavar: str = ""
    read: Callable[[str], Any] | None = None
    adds: bool = False
    """Whether it may be given several times."""


_OPTIONS = (
    _Option(
        ("-o", "--output"),
        "output",
        "store the result in this Python variable, also if Lean says no",
        "NAME",
        output_name,
    ),
    _Option(("--var",), "variables", "{{NAME}} stands for the value of this Python variable", "NAME", _variables, True),
    _Option(("--as",), "name", "give the cell a name; another cell of that name is replaced", "NAME", _cell_name),
    _Option(("--env",), "env", "start from what the cell of that name left, as a branch", "NAME", _cell_name),
    _Option(("--fresh",), "fresh", "start from nothing, and not from the cells before"),
    _Option(("--tactics",), "tactics", "show the goals before and after every tactic"),
    _Option(("--axioms",), "axioms", "show which axioms each declaration rests on"),
    _Option(("-t", "--timeout"), "timeout", "give up after this time", "SECONDS", _seconds),
    _Option(("--no-raise",), "no_raise", "show errors, but let the notebook go on"),
    _Option(("-q", "--quiet"), "quiet", "show nothing"),
    _Option(("-h", "--help"), "help", "show this"),
)
_BY_FLAG = {flag: option for option in _OPTIONS for flag in option.flags}
_CELL_NAME = re.compile(r"[\w.][\w.-]*")
_FLAG = re.compile(r"\s*(-[^\s=]*)(?:=(\S*))?(?=\s|$)")
_VALUE = re.compile(r"\s*(\S+)")


def _help() -> str:
    rows = [(", ".join(option.flags) + f" {option.metavar}".rstrip(), option.help) for option in _OPTIONS]
    width = max(len(flags) for flags, _ in rows)
    return "\n".join(
        [
            "%%lean [options]       run the code below, in the environment that earlier cells left",
            "%lean [options] CODE   run one line of code, and show at once what came of it",
            "",
            *(f"  {flags:<{width}}  {text}" for flags, text in rows),
            "",
            "A cell that is run again starts from what was there before it. One that fails changes nothing.",
            "%lean has no value: -o NAME is how to keep its result. %leanctl shows and steers the cells.",
        ]
    )


HELP = _help()


def flags_like(start: str) -> list[tuple[str, str]]:
    """Return the options that begin so, each with what it does."""
    return [(flag, option.help) for flag, option in _BY_FLAG.items() if flag.startswith(start)]


def value_wanted(flag: str) -> str:
    """Return what kind of value an option takes: the name of a field of `Options`; nothing if it takes none."""
    option = _BY_FLAG.get(flag)
    return option.field if option is not None and option.metavar else ""


def parse(line: str) -> tuple[Options, str]:
    """Return the options that a line begins with, and the rest of it; ``--`` ends the options.

    Raises
    ------
    UsageError
        There is no such option, or its value makes no sense.
    """
    options, position = Options(), 0
    while match := _FLAG.match(line, position):
        flag, value = match.groups()
        position = match.end()
        if flag == "--":
            break
        option = _BY_FLAG.get(flag)
        if option is None:
            raise UsageError(_unknown(flag))
        if option.read is None:
            if value is not None:
                raise UsageError(f"{flag} takes no value")
            options = _with(options, option, True)
            continue
        if value is None:
            found = _VALUE.match(line, position)
            if found is None:
                raise UsageError(f"{flag} needs a value: {flag} {option.metavar}")
            value, position = found[1], found.end()
        read = option.read(value)
        options = _with(options, option, getattr(options, option.field) + read if option.adds else read)
    return options, line[position:].strip()


def _with(options: Options, option: _Option, value: Any) -> Options:  # noqa: ANN401 - that of the option
    return replace(options, **{option.field: value})


def _unknown(flag: str) -> str:
    near = difflib.get_close_matches(flag, _BY_FLAG, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_BY_FLAG)}."
    return f"%lean has no option {flag}: {hint}"
