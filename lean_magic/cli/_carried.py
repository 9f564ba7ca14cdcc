"""What else is in the rows of a table: carried past Lean, into the rows of what came of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lean_magic.cli._columns import PROOF, STATEMENT, Cells, code_in, texts_in
from lean_magic.conversions import plain
from lean_magic.errors import InputError
from lean_magic.records import Record

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Mapping

    import pyarrow as pa

    from lean_magic.batch import Check, ProofCheck

__all__ = ["Carried", "other_columns"]

_OURS = frozenset(Record.__struct_fields__)
_SAME = ("id", "code")
"""Columns of ours that are what stands in a column of that name, if that is the one that is meant, and is text."""
_PREFIX = "in_"


class Carried:
    """The codes of a table, and what is in its other columns, until that is asked for.

    Parameters
    ----------
    found
        What was looked for, in each row.
    """

    def __init__(self, found: Generator[Cells, None, None]) -> None:
        self._found = found
        self._others: dict[int, dict[str, Any]] = {}

    def codes(self) -> Generator[tuple[Hashable, str | InputError], None, None]:
        """Yield the id and the code of each row, or why there is none."""
        for place, cells in enumerate(self._found):
            self._others[place] = _others(cells)
            yield cells.id, code_in(cells)

    def proofs(self) -> Generator[tuple[Hashable, str | InputError, str | InputError], None, None]:
        """Yield the id, the statement and the proof of each row; where one cannot be read, why, in its place."""
        for place, cells in enumerate(self._found):
            self._others[place] = _others(cells)
            statement, proof = texts_in(cells, STATEMENT, PROOF)
            yield cells.id, statement, proof

    def beside(self, check: Check | ProofCheck) -> dict[str, Any]:
        """Return what was beside a code in its row, and forget it."""
        assert check.place is not None
        return self._others.pop(check.place)

    def close(self) -> None:
        """Read no more."""
        self._found.close()


def _others(cells: Cells) -> dict[str, Any]:
    row = cells.row.cells
    if isinstance(row, InputError):
        return {}
    same = frozenset(name for name in _SAME if _is_text(row.get(name)))
    names = _names(tuple(row), same & _meant(cells.names))
    return {name: _plain(row[old]) for old, name in names.items()}


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _meant(names: Mapping[str, str]) -> frozenset[str]:
    """Return which of our columns are taken from a column of the same name."""
    return frozenset(name for name in _SAME if names.get(name) == name)


@lru_cache(maxsize=256)
def _names(table: tuple[str, ...], same: frozenset[str]) -> dict[str, str]:
    """Return what the columns of a table are called beside ours; those that are the same are left out."""
    taken = {*_OURS, *table}
    names = {}
    for old in table:
        if old in same:
            continue
        name = plain(old)
        while name in _OURS or (name != old and name in taken):
            name = f"{_PREFIX}{name}"
        taken.add(name)
        names[old] = name
    return names


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON has
    """Return a value without lone surrogates, which no file can hold."""
    if isinstance(value, str):
        return value if value.isascii() else plain(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_plain(name): _plain(one) for name, one in value.items()}
    return value


def other_columns(schema: pa.Schema, names: Mapping[str, str]) -> pa.Schema:
    """Return the columns of a table of Arrow that are carried, with their types.

    Parameters
    ----------
    schema
        All that it has.
    names
        Those that are meant, by what they are.
    """
    import pyarrow as pa

    texts = [field.name for field in schema if _holds_text(field.type)]
    carried = _names(tuple(schema.names), frozenset(texts) & _meant(names))
    return pa.schema([schema.field(old).with_name(name) for old, name in carried.items()])


def _holds_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _holds_text(kind.value_type)
    return any(is_it(kind) for is_it in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))
