"""What many codes may come as."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

from lean_magic.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable, Iterator

__all__ = [
    "AsyncCodes",
    "AsyncProofs",
    "Codes",
    "Proofs",
    "entry",
    "iterator_of",
    "proof_entry",
    "proofs_in",
    "total_of",
]

Codes: TypeAlias = (
    "Mapping[Hashable, str] | Iterable[str] | Iterable[tuple[Hashable, str]] | Iterable[str | tuple[Hashable, str]]"
)
AsyncCodes: TypeAlias = "Codes | AsyncIterable[str] | AsyncIterable[tuple[Hashable, str]]"

ProofRow: TypeAlias = "tuple[str, str] | tuple[Hashable, str, str] | Mapping[str, Any]"
Proofs: TypeAlias = "Mapping[Hashable, tuple[str, str]] | Iterable[ProofRow] | ProofTable"
AsyncProofs: TypeAlias = "Proofs | AsyncIterable[ProofRow]"


class ProofTable(Protocol):
    """A table of pandas, Polars, Arrow or Hugging Face, with columns ``statement``, ``proof`` and perhaps ``id``."""

    def __getitem__(self, column: str, /) -> Any: ...  # noqa: ANN401 - a column of theirs


_WHAT = "a list, a generator, pairs of id and code, a mapping of id to code, or a column of a table"


_WHAT_PROOFS = (
    "pairs of statement and proof, triples of id, statement and proof, a mapping of id to such a pair, or a table with "
    "the columns statement and proof"
)


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


def proofs_in(proofs: object, *, may_be_async: bool) -> Iterator[object] | AsyncIterator[object]:
    """Return what goes through proofs, in whatever form they come.

    Raises
    ------
    InputError
        They are no proofs.
    """
    if isinstance(proofs, AsyncIterable):
        if not may_be_async:
            raise InputError("verify_many_sync cannot go through an asynchronous iterable: use verify_many.")
        return aiter(proofs)
    kind = type(proofs)
    if hasattr(kind, "columns") or hasattr(kind, "column_names"):
        return _rows_of(proofs)
    if isinstance(proofs, Mapping):
        if {"statement", "proof"} <= proofs.keys():
            if isinstance(proofs["statement"], str):
                raise InputError(f"proofs must be many, not one: give {_WHAT_PROOFS}; or use verify for one.")
            raise InputError(f"A mapping is of ids, not of columns: give {_WHAT_PROOFS}.")
        return (_Named(name, pair) for name, pair in proofs.items())
    if isinstance(proofs, Iterable) and not isinstance(proofs, str | bytes):
        return iter(proofs)
    raise InputError(f"proofs must be {_WHAT_PROOFS}, not {type(proofs).__name__}.")


def _rows_of(table: Any) -> Iterator[object]:  # noqa: ANN401 - a table of any library
    """Go through the rows of a table."""
    names = list(table.columns if hasattr(type(table), "columns") and hasattr(table, "iloc") else _names(table))
    if missing := {"statement", "proof"} - set(names):
        raise InputError(
            f"The table has no column {' and '.join(sorted(missing))}: it has {', '.join(map(str, names))}."
        )
    if hasattr(table, "iloc"):  # pandas
        ids = table["id"] if "id" in names else table.index
        return zip(ids, table["statement"], table["proof"], strict=True)
    if hasattr(table, "iter_rows"):  # Polars
        return iter(table.iter_rows(named=True))
    if hasattr(table, "to_batches"):  # Arrow
        return (row for batch in table.to_batches() for row in batch.to_pylist())
    return iter(table)  # Hugging Face


def _names(table: Any) -> list[str]:  # noqa: ANN401 - a table of any library
    return list(getattr(table, "column_names", None) or table.columns)


class _Named(NamedTuple):
    """What a mapping has under a name."""

    name: Hashable
    thing: object


def proof_entry(place: int, thing: object) -> tuple[Hashable, object]:
    """Return the id of what was found at a place of the input, and statement and proof, if it has both."""
    if isinstance(thing, Mapping):
        name = thing.get("id")
        return place if name is None else name, (thing.get("statement"), thing.get("proof"))
    if isinstance(thing, _Named):
        pair = thing.thing
        return thing.name, tuple(pair) if isinstance(pair, tuple | list) else proof_entry(place, pair)[1]
    parts = tuple(thing) if isinstance(thing, tuple | list) else ()
    if len(parts) == 3:
        return cast("Hashable", parts[0]), parts[1:]
    return place, parts if len(parts) == 2 else thing


def total_of(codes: object, total: object, what: str = "codes") -> int | None:
    """Return how many codes, or proofs, there are, if that is known.

    Raises
    ------
    InputError
        The number given is none.
    """
    if total is not None:
        if isinstance(total, bool) or not isinstance(total, int) or total < 0:
            raise InputError(f"total must be a number of {what}, not {total!r}.")
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
