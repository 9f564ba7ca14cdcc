"""Which types the columns of JSON values have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["Types", "as_text", "encode"]

_ROWS = 1000  # that are looked at together
_FIELDS = 200  # of an object that is a struct; one with more is rather a dictionary


def _words(value: Any) -> str:  # noqa: ANN401 - what Arrow has, and JSON has not
    """Return what stands for a value in JSON."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


encode = msgspec.json.Encoder(enc_hook=_words).encode


def as_text(value: object) -> str | None:
    """Return a value as it stands in a cell for text: text as it is, null as null, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    text = encode(value).decode()
    return msgspec.json.decode(text, type=str) if text.startswith('"') else text  # a date, say


class Types:
    """The columns of rows of JSON, each with the one type that all its values have; text where there is none."""

    def __init__(self) -> None:
        self._rows: list[Mapping[str, Any]] = []
        self._types: dict[str, pa.DataType] = {}
        self._large: set[str] = set()

    def add(self, row: Mapping[str, Any]) -> None:
        """Look at a row, now or later."""
        self._rows.append(row)
        if len(self._rows) >= _ROWS:
            self._look()

    def schema(self) -> pa.Schema:
        """Return the columns, in the order in which they were first seen."""
        import pyarrow as pa

        self._look()
        return pa.schema(self._types)

    def _look(self) -> None:
        import pyarrow as pa

        rows, self._rows = self._rows, []
        for name in dict.fromkeys(name for row in rows for name in row):
            found = self._type(name, [row.get(name) for row in rows])
            self._types[name] = self._common(name, self._types.get(name, pa.null()), found)

    def _type(self, name: str, values: list[Any]) -> pa.DataType:
        import pyarrow as pa

        try:
            column = pa.array(values)
            if pa.types.is_integer(column.type):
                column.cast(pa.float64())
        except OverflowError:
            return pa.string()
        except pa.ArrowInvalid:
            if all(value is None or type(value) is int for value in values):
                self._large.add(name)
                return pa.int64()
            return pa.string()
        return column.type if _is_writable(column.type) else pa.string()

    def _common(self, name: str, one: pa.DataType, other: pa.DataType) -> pa.DataType:
        import pyarrow as pa

        try:
            both = pa.unify_schemas(
                [pa.schema({name: one}), pa.schema({name: other})], promote_options="permissive"
            ).types[0]
        except pa.ArrowTypeError:
            return pa.string()
        is_inexact = pa.types.is_floating(both) and name in self._large
        return both if _is_writable(both) and not is_inexact else pa.string()


def _is_writable(kind: pa.DataType) -> bool:
    """Whether Parquet has such a type, and a table of it can be worked with."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return 0 < kind.num_fields <= _FIELDS and all(_is_writable(field.type) for field in kind)
    return not pa.types.is_list(kind) or _is_writable(kind.value_type)
