"""Files of rows, in the format that the suffix says: written whole or not at all, some rows at a time."""

from __future__ import annotations

import csv
import gzip
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar

import msgspec

from lean_magic.errors import InputError
from lean_magic.records._schema import SCHEMA, Row
from lean_magic.records._sinks import ARROW, ARROW_SUFFIXES, sink_of
from lean_magic.records._tables import arrow_schema, imported
from lean_magic.records._whole_file import WholeFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from lean_magic.records._sinks import Others, Sink

__all__ = ["RowFile", "read_rows"]

_Row = TypeVar("_Row", bound=Row)
_SUFFIXES = (".csv", ".jsonl", ".jsonl.gz", ".parquet", ".arrow", ".feather")
_ROWS = 1000  # that are read at a time
_LARGEST_CELL = 2**31 - 1
_NOTHING: Mapping[str, Any] = {}


def _suffix(path: Path) -> str:
    """Return the format that a file name says.

    Raises
    ------
    InputError
        It says none that is known.
    """
    name = path.name.lower()
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise InputError(f"The name of a file says its format: {', '.join(_SUFFIXES)}; {path.name!r} says none of these.")


class RowFile(Generic[_Row]):
    """A file of rows that is being written: a context manager.

    The file gets its name when all is written. If that fails, or is interrupted, there is no file, or the one from
    before. One that is appended to has each row as soon as it is there; a last line without an end, which was cut off
    when it was written, is taken away first.

    Parameters
    ----------
    path : str or path
        Where; the suffix says the format.
    row : type of Row
        What the rows are.
    append : bool
        Whether to add to a file of JSON lines.
    others : Schema of Arrow, "any" or None
        The columns beside those of the rows: what they are; or that there may be any, with values as JSON has them;
        None if there are none.

    Raises
    ------
    InputError
        The suffix says no format, or one that cannot be added to.
    MissingPackageError
        The format needs a package that is not installed.
    OSError
        The file cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        row: type[_Row],
        *,
        append: bool = False,
        others: Others | None = None,
    ) -> None:
        self._path = Path(path)
        suffix = _suffix(self._path)
        if append and suffix != ".jsonl":
            raise InputError(f"Only JSON lines can be appended to: {self._path.name!r} does not end with '.jsonl'.")
        if suffix in ARROW_SUFFIXES:
            arrow_schema(row)  # says what is missing, before a file is there
        self.count = 0
        self._whole = None if append else WholeFile(self._path)
        if self._whole is None:
            self._file: IO[bytes] = self._path.open("r+b" if self._path.exists() else "wb")
            _forget_half_a_line(self._file)
        else:
            self._file = self._whole.file
        self._sink: Sink | None = None
        try:
            folder = self._path.parent
            self._sink = sink_of(self._file, suffix, row, folder=folder, is_live=append, others=others)
        except BaseException:
            self._give_up()
            raise

    def add(self, row: _Row, others: Mapping[str, Any] = _NOTHING) -> None:
        """Write a row, with what is in other columns."""
        assert self._sink is not None
        self._sink.add(row, others)
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._give_up()
            return
        try:
            assert self._sink is not None
            self._sink.finish()
            if self._whole is not None:
                self._whole.finish()
            else:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        if self._sink is not None:
            with suppress(Exception):
                self._sink.abandon()
        if self._whole is not None:
            self._whole.give_up()
        with suppress(OSError):  # what could not be written before
            self._file.close()


def _forget_half_a_line(file: IO[bytes]) -> None:
    """Go to the end of the last whole line, and end the file there."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 2**16)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    file.truncate(end)
    file.seek(end)


def read_rows(path: str | os.PathLike[str], row: type[_Row]) -> Iterator[_Row]:
    """Return the rows of a file, one after the other.

    Parameters
    ----------
    path : str or path
        Where; the suffix says the format.
    row : type of Row
        What the rows are.

    Raises
    ------
    InputError
        The suffix says no format; or, when it is met, what is there is no such row.
    MissingPackageError
        The format needs a package that is not installed.
    OSError
        The file cannot be read.
    """
    path = Path(path)
    match _suffix(path):
        case ".csv":
            rows = _read_cells(path, row)
        case ".parquet":
            rows = _read_parquet(path, imported("pyarrow.parquet", ARROW), row)
        case ".arrow" | ".feather":
            rows = _read_arrow(path, imported("pyarrow", ARROW), row)
        case suffix:
            rows = _read_lines(path, row, is_packed=suffix.endswith(".gz"))
    path.open("rb").close()  # says at once if it is not there
    return _explained(path, rows)


def _explained(path: Path, rows: Iterator[_Row]) -> Iterator[_Row]:
    number = 1
    try:
        for found in rows:
            _check_edition(path, found)
            yield found
            number += 1
    except InputError:
        raise
    except (ValueError, csv.Error, EOFError, gzip.BadGzipFile, KeyError) as error:
        raise InputError(f"{path}: row {number} cannot be read ({error}).") from None


def _check_edition(path: Path, row: Row) -> None:
    if (edition := getattr(row, "schema", SCHEMA)) > SCHEMA:
        raise InputError(f"{path}: a newer lean-magic wrote this (schema {edition}); upgrade to read it.")


def _read_lines(path: Path, row: type[_Row], *, is_packed: bool) -> Iterator[_Row]:
    decode = msgspec.json.Decoder(row).decode
    with gzip.open(path) if is_packed else path.open("rb") as lines:
        for line in lines:
            yield decode(line)


def _read_cells(path: Path, row: type[_Row]) -> Iterator[_Row]:
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))  # there is no limit of one reader
    types = {field.name: field.type for field in msgspec.structs.fields(row)}
    with path.open(encoding="utf-8", newline="") as text:
        cells = csv.reader(text)
        names = next(cells, None)
        if names is None:
            raise InputError(f"{path}: there are no columns in it.")
        for found in cells:
            values = {
                name: cell if types[name] is str else json.loads(cell or "null")
                for name, cell in zip(names, found, strict=True)
                if name in types
            }
            yield msgspec.convert(values, row)


def _read_parquet(path: Path, parquet: Any, row: type[_Row]) -> Iterator[_Row]:  # noqa: ANN401 - a module
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS):
            yield from msgspec.convert(batch.to_pylist(), list[row])  # type: ignore[valid-type]


def _read_arrow(path: Path, pa: Any, row: type[_Row]) -> Iterator[_Row]:  # noqa: ANN401 - a module
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        for number in range(file.num_record_batches):
            yield from msgspec.convert(file.get_batch(number).to_pylist(), list[row])  # type: ignore[valid-type]
