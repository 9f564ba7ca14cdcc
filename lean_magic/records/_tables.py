"""Rows as tables in memory: of pandas, Arrow, and Hugging Face's `datasets`."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from lean_magic.errors import MissingPackageError
from lean_magic.records._schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import datasets
    import pandas as pd
    import pyarrow as pa

    from lean_magic.records._schema import Row

__all__ = ["arrow_schema", "arrow_table", "data_frame", "dataset", "imported", "record_batch"]

_ROWS = 1000
"""Rows that are turned into columns at a time."""
_PANDAS_TYPES = {inspect.IntType: "int64", inspect.FloatType: "float64", inspect.BoolType: "bool"}
_EXTRAS = {"pandas": "data", "pyarrow": "data", "pyarrow.parquet": "data", "datasets": "datasets"}


def imported(package: str, purpose: str) -> Any:  # noqa: ANN401 - a module
    """Import an optional package.

    Raises
    ------
    MissingPackageError
        It is not installed.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        root = package.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != root:
            raise
        raise MissingPackageError(f"{purpose} need {root}: pip install 'lean-magic[{_EXTRAS[package]}]'") from None


def arrow_schema(row: type[Row]) -> pa.Schema:
    """Return the columns of rows in Arrow's words: the same for files with and without rows."""
    pa = imported("pyarrow", "Arrow tables and Parquet files")
    return pa.schema(_arrow_fields(inspect.type_info(row)), metadata={"lean-magic-schema": str(SCHEMA)})


def _arrow_fields(row: inspect.Type) -> list[pa.Field]:
    import pyarrow as pa

    return [pa.field(name, _arrow_type(kind), is_optional) for name, kind, is_optional in _columns(row)]


def _arrow_type(kind: inspect.Type) -> pa.DataType:
    import pyarrow as pa

    match kind:
        case inspect.StrType():
            return pa.string()
        case inspect.BoolType():
            return pa.bool_()
        case inspect.IntType():
            return pa.int64()
        case inspect.FloatType():
            return pa.float64()
        case inspect.ListType(item_type=item):
            return pa.list_(_arrow_type(item))
        case _:
            return pa.struct(_arrow_fields(kind))


def _columns(row: inspect.Type) -> Iterator[tuple[str, inspect.Type, bool]]:
    """Return the fields of rows: the name, the type, and whether it may be null."""
    assert isinstance(row, inspect.StructType)
    for field in row.fields:
        kind = field.type
        is_optional = isinstance(kind, inspect.UnionType)
        if isinstance(kind, inspect.UnionType):
            (kind,) = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        yield field.name, kind, is_optional


def record_batch(rows: Iterable[Row], schema: pa.Schema) -> pa.RecordBatch:
    """Return some rows as columns."""
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([msgspec.to_builtins(row) for row in rows], schema)


def arrow_table(rows: Iterator[Row], row: type[Row]) -> pa.Table:
    """Return rows as an Arrow table."""
    schema = arrow_schema(row)
    import pyarrow as pa

    batches = iter(lambda: list(islice(rows, _ROWS)), [])
    # `datasets` wants at least one, be it empty.
    return pa.Table.from_batches([record_batch(batch, schema) for batch in batches] or [record_batch([], schema)])


def data_frame(rows: Iterable[Row], row: type[Row]) -> pd.DataFrame:
    """Return rows as a table of pandas; lists stay lists, of dictionaries."""
    frame = imported("pandas", "Tables").DataFrame
    table: pd.DataFrame = frame([msgspec.to_builtins(found) for found in rows], columns=row.__struct_fields__)
    types: dict[str, Any] = {
        name: "Int64" if is_optional and isinstance(kind, inspect.IntType) else _PANDAS_TYPES[type(kind)]
        for name, kind, is_optional in _columns(inspect.type_info(row))
        if type(kind) in _PANDAS_TYPES
    }
    return table.astype(types)


def dataset(rows: Iterator[Row], row: type[Row]) -> datasets.Dataset:
    """Return rows as a dataset of Hugging Face."""
    datasets = imported("datasets", "Datasets of Hugging Face")
    return datasets.Dataset(arrow_table(rows, row))
