"""Which types the columns of JSON values have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

__all__ = ["Types", "as_text", "encode", "has_empty_object"]

_FIELDS = 200  # of an object that is a struct; one with more is rather a dictionary
_DEEPEST = 30  # lists and objects in each other
_LARGEST = 2**63  # below it, an integer has a type
_EXACT = 2**53  # up to it, a float is the same number


def _words(value: Any) -> str:  # noqa: ANN401 - what Arrow has, and JSON has not
    """Return what stands for a value in JSON."""
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


encode = msgspec.json.Encoder(enc_hook=_words).encode


def as_text(value: object) -> str | None:
    """Return a value as it stands in a cell for text: text as it is, null as null, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # which JSON has not
    text = encode(value).decode()
    return msgspec.json.decode(text, type=str) if text.startswith('"') else text  # a date, say


def has_empty_object(kind: pa.DataType) -> bool:
    """Whether there are objects without fields in such values, for which Parquet has no type."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(has_empty_object(field.type) for field in kind)
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and has_empty_object(kind.value_type)


class Types:
    """The columns of rows of JSON, each with the one type that all its values have; text where there is none."""

    def __init__(self) -> None:
        self._columns: dict[str, _Values] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Look at a row."""
        for name, value in row.items():
            if name not in self._columns:
                self._columns[name] = _Values()
            self._columns[name].add(value)

    def schema(self) -> pa.Schema:
        """Return the columns, in the order in which they were first seen."""
        import pyarrow as pa

        return pa.schema({name: values.type() or pa.string() for name, values in self._columns.items()})


class _Values:
    """What is known of the values in one place: of a column, of the elements of its lists, of a field of its objects.

    Arrow itself would say what type values have, but also where it then cannot write them: after text, say, it looks no
    further; and it takes truth values for numbers.
    """

    def __init__(self) -> None:
        self._kinds: set[str] = set()
        self._elements: _Values | None = None
        self._fields: dict[str, _Values] = {}

    def add(self, value: object, depth: int = 0) -> None:
        """Look at a value."""
        if value is None:
            return
        self._kinds.add(_kind(value) if depth < _DEEPEST else "other")
        if self._kinds == {"list"} and isinstance(value, list):
            self._elements = self._elements or _Values()
            for element in value:
                self._elements.add(element, depth + 1)
        elif self._kinds == {"object"} and isinstance(value, dict):
            for name, found in value.items():
                self._fields.setdefault(name, _Values()).add(found, depth + 1)
            if len(self._fields) > _FIELDS:
                self._kinds.add("other")
                self._fields.clear()

    def type(self) -> pa.DataType | None:
        """Return the type that all of them have; None if there is none, or Parquet has it not."""
        import pyarrow as pa

        if self._kinds == {"list"}:
            element = pa.null() if self._elements is None else self._elements.type()
            return None if element is None else pa.list_(element)
        if self._kinds == {"object"}:
            fields = [(name, values.type()) for name, values in self._fields.items()]
            is_writable = fields and all(kind is not None for _, kind in fields)
            return pa.struct(fields) if is_writable else None
        types = {
            frozenset[str](): pa.null(),
            frozenset({"bool"}): pa.bool_(),
            frozenset({"text"}): pa.string(),
            frozenset({"integer"}): pa.int64(),
            frozenset({"large"}): pa.int64(),
            frozenset({"integer", "large"}): pa.int64(),
            frozenset({"float"}): pa.float64(),
            frozenset({"integer", "float"}): pa.float64(),
        }
        return types.get(frozenset(self._kinds))


def _kind(value: object) -> str:
    match value:
        case str():
            return "text"
        case bool():
            return "bool"
        case int():
            is_exact = -_EXACT <= value <= _EXACT
            return "integer" if is_exact else "large" if -_LARGEST <= value < _LARGEST else "other"
        case float():
            return "float"
        case list():
            return "list"
        case dict():
            return "object"
    return "other"
