"""What the commands print, and what they read from standard input."""

# ruff: noqa: T201 (this is where it is printed)
from __future__ import annotations

import errno
import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias

from lean_magic.errors import InputError, StoreWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Colour",
    "complain",
    "in_words",
    "is_coloured",
    "make_writable",
    "painted",
    "standard_input",
    "warnings_in_lines",
]

Colour: TypeAlias = Literal["bold", "red", "green", "yellow", "blue", "magenta"]

_CODES: Mapping[Colour, int] = {"bold": 1, "red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35}


def complain(text: str) -> None:
    """Say in one line what is wrong."""
    print(f"lean-magic: {text}", file=sys.stderr)


def in_words(error: OSError) -> str:
    """Return what is wrong with a file, in a sentence."""
    if error.filename is None:
        return error.strerror or str(error)
    name = os.fsdecode(error.filename)
    match error.errno:
        case errno.ENOENT if not (folder := Path(name).parent).exists():
            return f"{name} cannot be written: there is no folder {folder}."
        case errno.EISDIR:
            return f"{name} is a folder, and should be a file."
        case errno.EEXIST | errno.ENOTDIR:
            return f"{name} cannot be written: where a folder should be, there is a file."
        case _:
            return f"{name}: {error.strerror or error}"


@contextmanager
def warnings_in_lines() -> Iterator[None]:
    """Say what the store warns of in one line, as `complain` does, rather than with a line of source."""
    show = warnings.showwarning

    def say(message: Warning | str, category: type[Warning], *others: Any, **more: Any) -> None:  # noqa: ANN401 - handed on
        if issubclass(category, StoreWarning):
            complain(str(message))
        else:
            show(message, category, *others, **more)

    with warnings.catch_warnings():
        warnings.showwarning = say
        yield


def is_coloured(stream: TextIO) -> bool:
    """Whether colours are welcome: on a terminal that has them, unless the user says no (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, colour: Colour, *, is_coloured: bool) -> str:
    """Return the text in a colour, if colours are welcome."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if is_coloured else text


def make_writable(stream: TextIO, *, encoding: str | None = None) -> None:
    """Let a stream take every character: what its encoding lacks is written as an escape."""
    if reconfigure := getattr(stream, "reconfigure", None):
        reconfigure(encoding=encoding, errors="backslashreplace")


def standard_input(before: Iterable[bytes] = ()) -> str:
    """Return all of standard input, which is UTF-8 whatever the locale says.

    Parameters
    ----------
    before
        The lines of it that were read already.

    Raises
    ------
    InputError
        It is no text in UTF-8.
    """
    try:
        return b"".join([*before, sys.stdin.buffer.read()]).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"Standard input is no text in UTF-8: {error}.") from None
