"""What many codes may come as."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from lean_magic.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Iterator

__all__ = ["AsyncCodes", "Codes", "entry", "iterator_of", "total_of"]

Codes: TypeAlias = (
    "Mapping[Hashable, str] | Iterable[str] | Iterable[tuple[Hashable, str]] | Iterable[str | tuple[Hashable, str]]"
)
AsyncCodes: TypeAlias = "Codes | AsyncIterable[str] | AsyncIterable[tuple[Hashable, str]]"

_WHAT = "a list, a generator, pairs of id and code, a mapping of id to code, or a column of a table"


def iterator_of(codes: object, *, may_be_async: bool) -> Iterator[object] | AsyncIterator[object]:
    """Return what goes through codes, in whatever form they come.

    Raises
    ------
    InputError
        They are no codes.
    """
    if isinstance(codes, str | bytes):
        raise InputError(f"codes must be many, not one text: give {_WHAT}; or use check for one.")
    if isinstance(codes, AsyncIterable):
        if not may_be_async:
            raise InputError("check_many_sync cannot go through an asynchronous iterable: use check_many.")
        return aiter(codes)
    kind = type(codes)  # not they themselves: the labels of a Series are attributes, too
    if hasattr(kind, "columns") or hasattr(kind, "column_names"):
        raise InputError(f'codes must be one column, not a whole {type(codes).__name__}: give table["code"], say.')
    if isinstance(codes, Mapping) or hasattr(codes, "iloc"):  # pandas has a label for each value
        return iter(cast("Mapping[Hashable, object]", codes).items())
    if isinstance(codes, Iterable):
        return iter(codes)
    raise InputError(f"codes must be {_WHAT}, not {type(codes).__name__}.")


def total_of(codes: object, total: object) -> int | None:
    """Return how many codes there are, if that is known.

    Raises
    ------
    InputError
        The number given is none.
    """
    if total is not None:
        if isinstance(total, bool) or not isinstance(total, int) or total < 0:
            raise InputError(f"total must be a number of codes, not {total!r}.")
        return total
    try:
        return len(codes)  # type: ignore[arg-type]
    except TypeError:
        return None


def entry(place: int, thing: object) -> tuple[Hashable, object]:
    """Return the id and the code of what was found at a place of the input."""
    if isinstance(thing, tuple | list) and len(thing) == 2:
        return cast("tuple[Hashable, object]", tuple(thing))
    as_python = getattr(thing, "as_py", None)  # a value of Arrow
    return place, thing if as_python is None else as_python()
