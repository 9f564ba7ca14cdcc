"""What writes rows in each format, with other columns beside those of the rows if there are any."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from typing import IO, TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec

from lean_magic.records._tables import arrow_schema, imported
from lean_magic.records._types import Types, as_text, encode, has_empty_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from lean_magic.records._schema import Row

__all__ = ["ARROW", "ARROW_SUFFIXES", "Others", "Sink", "live_lines", "sink_of"]

ARROW = "Parquet and Arrow files"
ARROW_SUFFIXES = (".parquet", ".arrow", ".feather")
_ROWS = 1000
_BYTES = 32 * 2**20
"""Rows, and their size as JSON, that are collected before they are written in columns."""
_NOTHING: Mapping[str, Any] = {}

Others: TypeAlias = "pa.Schema | Literal['any']"
"""The columns beside those of the rows: what they are; or whatever there will be, values as JSON has them."""


class Sink(Protocol):
    """Writes rows in one format."""

    def add(self, row: Row, others: Mapping[str, Any] = _NOTHING) -> None:
        """Write a row, now or later, with what is in other columns."""

    def finish(self) -> None:
        """Write what was collected, and all that comes after the rows."""

    def abandon(self) -> None:
        """Let go of the file, which nobody will read."""


def sink_of(
    file: IO[bytes], suffix: str, row: type[Row], *, folder: Path, is_live: bool = False, others: Others | None = None
) -> Sink:
    """Return what writes rows into a file.

    Parameters
    ----------
    file
        Where.
    suffix
        The format.
    row
        What the rows are.
    folder
        Where there is room for what cannot be written yet.
    is_live
        Whether each row is to be in the file at once.
    others
        The columns beside those of the rows; None if there are none.
    """
    match suffix:
        case ".jsonl":
            return _Lines(file, is_live=is_live)
        case ".jsonl.gz":
            return _Lines(gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0), is_packed=True)
        case ".csv" if others == "any":
            names: dict[str, None] = {}
            return _Deferred(row, folder, names.update, lambda: _Cells(file, row, [*names]))
        case ".csv":
            return _Cells(file, row, [] if others is None or isinstance(others, str) else others.names)
        case _ if others == "any":
            types = Types()
            return _Deferred(row, folder, types.add, lambda: _Columns(file, row, suffix, types.schema()))
        case _:
            return _Columns(file, row, suffix, None if isinstance(others, str) else others)


def live_lines(file: IO[bytes]) -> Sink:
    """Return what writes rows as JSON lines, each at once."""
    return _Lines(file, is_live=True)


class _Lines:
    """JSON lines."""

    def __init__(self, file: Any, *, is_live: bool = False, is_packed: bool = False) -> None:  # noqa: ANN401
        self._file, self._is_live, self._is_packed = file, is_live, is_packed

    def add(self, row: Row, others: Mapping[str, Any] = _NOTHING) -> None:
        line = encode(row)
        if others:
            line = line[:-1] + b"," + encode(others)[1:]
        self._file.write(line + b"\n")
        if self._is_live:
            self._file.flush()

    def finish(self) -> None:
        if self._is_packed:
            self._file.close()

    abandon = finish


class _Cells:
    """CSV, as RFC 4180 and spreadsheets have it."""

    def __init__(self, file: IO[bytes], row: type[Row], others: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._write = csv.writer(self._text).writerow  # ends lines with CR LF, so that both are quoted in cells
        self._others = others
        self._write([*row.__struct_fields__, *others])

    def add(self, row: Row, others: Mapping[str, Any] = _NOTHING) -> None:
        values = [getattr(row, name) for name in row.__struct_fields__]
        values += [others.get(name) for name in self._others]
        self._write([as_text(value) or "" for value in values])

    def finish(self) -> None:
        self._text.detach()

    abandon = finish


class _Columns:
    """Arrow and Parquet."""

    def __init__(self, file: IO[bytes], row: type[Row], suffix: str, others: pa.Schema | None) -> None:
        own = arrow_schema(row)
        import pyarrow as pa

        columns = [] if others is None else [_written_as(suffix, column) for column in others]
        self._texts = [column.name for column in columns if pa.types.is_string(column.type)]
        self._schema = pa.schema([*own, *columns], metadata=own.metadata)
        if suffix == ".parquet":
            parquet = imported("pyarrow.parquet", ARROW)
            self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")
        else:
            # Feather files are packed, as others write them; Arrow files can be mapped into memory.
            options = pa.ipc.IpcWriteOptions(compression="lz4" if suffix == ".feather" else None)
            self._writer = pa.ipc.new_file(file, self._schema, options=options)
        self._batch: Callable[..., pa.RecordBatch] = pa.RecordBatch.from_pylist
        self._rows: list[dict[str, Any]] = []
        self._size = 0

    def add(self, row: Row, others: Mapping[str, Any] = _NOTHING) -> None:
        values = {**msgspec.to_builtins(row), **others}
        for name in self._texts:
            if not isinstance(value := values.get(name), str):
                values[name] = as_text(value)
        self._rows.append(values)
        self._size += len(encode(row)) + (len(encode(others)) if others else 0)
        if len(self._rows) >= _ROWS or self._size >= _BYTES:
            self._write()

    def finish(self) -> None:
        if self._rows:
            self._write()
        self._writer.close()

    def abandon(self) -> None:
        self._writer.close()

    def _write(self) -> None:
        self._writer.write_batch(self._batch(self._rows, self._schema))
        self._rows, self._size = [], 0


def _written_as(suffix: str, column: pa.Field) -> pa.Field:
    """Return a column as a format has it: files of Arrow have one dictionary for all rows, which nobody knows yet."""
    import pyarrow as pa

    if suffix == ".parquet" and has_empty_object(column.type):
        return column.with_type(pa.string())
    if suffix != ".parquet" and pa.types.is_dictionary(column.type):
        return column.with_type(column.type.value_type)
    return column


class _Deferred:
    """Rows with columns that are known when the last row is: until then, they are in a file without a name."""

    def __init__(
        self, row: type[Row], folder: Path, look_at: Callable[[Mapping[str, Any]], object], sink: Callable[[], Sink]
    ) -> None:
        self._decode = msgspec.json.Decoder(tuple[row, dict[str, Any]]).decode  # type: ignore[valid-type]
        self._look_at, self._sink = look_at, sink
        self._lines = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it is closed at the end

    def add(self, row: Row, others: Mapping[str, Any] = _NOTHING) -> None:
        self._look_at(others)
        self._lines.write(encode((row, others)) + b"\n")

    def finish(self) -> None:
        self._lines.seek(0)
        sink = self._sink()
        try:
            for line in self._lines:
                sink.add(*self._decode(line))
        except BaseException:
            sink.abandon()
            raise
        sink.finish()
        self._lines.close()

    def abandon(self) -> None:
        self._lines.close()
