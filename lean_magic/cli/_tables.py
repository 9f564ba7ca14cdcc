"""Tables in files: their rows, one after another."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import msgspec

from lean_magic.errors import InputError, MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    import pyarrow as pa

__all__ = [
    "BYTE_ORDER_MARK",
    "STANDARD_INPUT",
    "Row",
    "Rows",
    "columns_of",
    "count_rows",
    "is_table",
    "json_rows",
    "rows_in",
]


class Row(NamedTuple):
    """A row of a table.

    Parameters
    ----------
    where
        What to call it where something is wrong with it: ``"proofs.jsonl, line 3"``.
    cells
        What is in it, by the names of the columns; or an error that says why it cannot be read.
    """

    where: str
    cells: Mapping[str, Any] | InputError


Rows: TypeAlias = "Generator[Row, None, None]"

STANDARD_INPUT = "-"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_JSON_LINES = {".jsonl", ".ndjson", ".json"}
_SEPARATED = {".csv": ",", ".tsv": "\t"}
_ARROW = {".parquet", ".arrow", ".feather"}
_SUFFIXES = ".jsonl, .ndjson, .json, .csv or .tsv (all of them also with .gz), .parquet, .arrow or .feather"
_ROWS = 1000  # of columns, that are read together
_LINE_END = re.compile(r"\r\n|\r|\n")
_LONGEST_CELL = 2**31 - 1  # of a CSV file; Python's own limit is 128 kB


def is_table(path: str) -> bool:
    """Whether this is the name of a file that `rows_in` reads."""
    return _suffix(path) in {*_JSON_LINES, *_SEPARATED, *_ARROW}


def rows_in(path: str, *, suffix: str | None = None) -> Rows:
    """Yield the rows of a file, without ever having all of them in memory.

    A row that cannot be read is one that says so, and the others follow. If it is the file that cannot be read on, that
    is the last row.

    Parameters
    ----------
    path
        A file of JSON lines (or one array of objects), CSV, Parquet or Arrow, by its suffix; ``"-"`` for JSON lines on
        standard input.
    suffix
        What the file is, where its name does not say so.

    Raises
    ------
    InputError
        The file cannot be read from its first row on, or is not what its suffix says.
    MissingPackageError
        It is Parquet or Arrow, and pyarrow is not installed.
    """
    where = ""
    try:
        for row in _rows_in(path, suffix or _suffix(path)):
            where = row.where
            yield row
    except IsADirectoryError:
        why = "is a folder, and should be a file"
    except OSError as error:
        why = f"cannot be read: {error.strerror or error}"
    except EOFError:
        why = "cannot be read: it is cut off"
    except InputError as error:
        if not where:
            raise
        yield Row(where, InputError(f"After {where}: {error}"))
        return
    else:
        return
    if not where:
        raise InputError(f"{path} {why}.")
    yield Row(where, InputError(f"{path} {why} after {where.removeprefix(f'{path}, ')}."))


def _rows_in(path: str, suffix: str) -> Rows:
    if path == STANDARD_INPUT:
        yield from json_rows(sys.stdin.buffer, "standard input")
    elif suffix in _ARROW:
        yield from _arrow_rows(path, suffix)
    elif suffix in _JSON_LINES:
        with _opened(path) as file:
            yield from json_rows(file, path, is_one=suffix == ".json")
    elif suffix in _SEPARATED:
        with _opened(path) as file:
            yield from _separated_rows(file, _SEPARATED[suffix], path)
    else:
        raise InputError(
            f"{path} is of no kind that is known: its name must end in {_SUFFIXES}; or be -, for JSON lines on "
            "standard input."
        )


def columns_of(path: str) -> pa.Schema | None:
    """Return the columns of a file of Arrow or Parquet; None of others, whose columns are known at their end.

    Raises
    ------
    InputError
        The file cannot be read.
    MissingPackageError
        pyarrow is not installed.
    """
    suffix = _suffix(path)
    if path == STANDARD_INPUT or suffix not in _ARROW:
        return None
    with _arrow_file(path, suffix) as (schema, _):
        return schema


def count_rows(path: str) -> int | None:
    """Return how many rows a file has, if that can be said without reading it all as rows; None if not."""
    suffix = _suffix(path)
    try:
        if suffix == ".parquet":
            import pyarrow.parquet as pq

            return int(pq.read_metadata(path).num_rows)
        if suffix in _JSON_LINES - {".json"} and not path.endswith(".gz"):
            with Path(path).open("rb") as file:
                return sum(1 for line in file if not line.removeprefix(BYTE_ORDER_MARK).isspace())
    except (OSError, ImportError, ValueError):
        pass  # who reads the rows says so
    return None


def _suffix(path: str) -> str:
    return Path(path.removesuffix(".gz")).suffix.lower()


def _opened(path: str) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.endswith(".gz") else Path(path).open("rb")


def json_rows(lines: Iterable[bytes], path: str, *, is_one: bool = False) -> Rows:
    """Yield the objects of JSON lines, or of one array, which is read whole.

    Parameters
    ----------
    lines
        The lines.
    path
        What to call the file where something is wrong with it.
    is_one
        Whether it may be one object over several lines, too.
    """
    numbered = enumerate(lines, 1)
    is_first = True
    for number, line in numbered:
        text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
        if not text.strip():
            continue
        if is_first and (text.lstrip().startswith(b"[") or (is_one and not _is_json(text))):
            yield from _objects(b"".join([text, *(rest for _, rest in numbered)]), path)
            return
        is_first = False
        yield _row(text, f"{path}, line {number}")


def _row(text: bytes, where: str) -> Row:
    """Return the row that a line is."""
    try:
        return _object(_decoded(text, where), where)
    except InputError as error:
        return Row(where, error)


def _objects(text: bytes, path: str) -> Rows:
    """Yield the objects of a JSON array, or the only one."""
    found = _decoded(text, path)
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        yield _object(row, f"{path}, object {number}")


def _is_json(text: bytes) -> bool:
    try:
        _decoded(text, "")
    except InputError:
        return False
    return True


def _decoded(text: bytes, where: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        pass
    try:
        # Slower, and takes halves of surrogate pairs: they are for the pool to refuse, one code at a time.
        return json.loads(text.rstrip())
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise InputError(f"{where}: this is no JSON ({error.msg}, at {line}column {error.colno}).") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: this is no JSON ({error}).") from None


def _object(found: object, where: str) -> Row:
    if isinstance(found, dict):
        return Row(where, found)
    return Row(where, InputError(f'{where}: this is no object, such as {{"id": 1, "code": "#eval 1"}}.'))


def _separated_rows(file: gzip.GzipFile | io.BufferedReader, separator: str, path: str) -> Rows:
    csv.field_size_limit(_LONGEST_CELL)
    # What is no UTF-8 becomes what is no character, so that it is found in its row.
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        has_ended = False

        def lines() -> Iterator[str]:
            nonlocal has_ended
            yield from text
            has_ended = True

        reader = csv.DictReader(lines(), delimiter=separator)
        try:
            reader.fieldnames = _different(reader.fieldnames or ())
            for cells in reader:
                where = f"{path}, line {reader.line_num - _line_ends(cells, is_cut_off=has_ended)}"
                if has_ended:  # in a row: where rows end, nobody looks for another line
                    yield Row(where, InputError(f"{where}: the quotes do not end, and the file does."))
                else:
                    yield _separated_row(cells, where)
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num + 1}: this is no CSV ({error}).") from None


def _line_ends(cells: Mapping[str | None, Any], *, is_cut_off: bool) -> int:
    """Return after how many lines of a row its last one begins."""
    texts = [cell for cell in chain(cells.values(), cells.get(None, ())) if isinstance(cell, str)]
    ends = sum(len(_LINE_END.findall(text)) for text in texts)
    return ends - (is_cut_off and bool(texts) and texts[-1].endswith(("\n", "\r")))


def _different(names: Iterable[str]) -> list[str]:
    """Return names of columns, of which those that were there before have a number: ``a``, ``a.1``."""
    found: dict[str, None] = {}
    given = [*names]
    for name in given:
        other, number = name, 0
        while other in found or (number and other in given):
            number += 1
            other = f"{name}.{number}"
        found[other] = None
    return [*found]


def _separated_row(cells: dict[str | None, Any], where: str) -> Row:
    if None in cells:
        number = len(cells) - 1
        return Row(
            where,
            InputError(
                f"{where}: there are {number + len(cells[None])} cells for {number} columns. Text with a separator "
                "in it stands in quotes."
            ),
        )
    if any(isinstance(cell, str) and not _is_unicode(cell) for cell in cells.values()):
        return Row(where, InputError(f"{where}: this is no text in UTF-8."))
    return Row(where, cast("dict[str, Any]", cells))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _arrow_rows(path: str, suffix: str) -> Rows:
    with _arrow_file(path, suffix) as (_, batches):
        number = 0
        for batch in batches:
            for cells in batch.to_pylist():
                yield Row(f"{path}, row {number}", cells)
                number += 1


def _named(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> tuple[pa.Schema, Iterable[pa.RecordBatch]]:
    """Give columns of the same name different ones."""
    import pyarrow as pa

    names = _different(schema.names)
    if names == schema.names:
        return schema, batches
    fields = [field.with_name(name) for field, name in zip(schema, names, strict=True)]
    return pa.schema(fields), (batch.rename_columns(names) for batch in batches)


@contextmanager
def _arrow_file(path: str, suffix: str) -> Iterator[tuple[pa.Schema, Iterable[pa.RecordBatch]]]:
    """Open a file of Arrow or Parquet: its columns, and its rows, some at a time."""
    if find_spec("pyarrow") is None:
        raise MissingPackageError(f"Reading {path} needs pyarrow: pip install 'lean-magic[data]'")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if suffix == ".parquet":
            with pq.ParquetFile(path) as table:
                yield _named(table.schema_arrow, table.iter_batches(batch_size=_ROWS))
            return
        with pa.memory_map(path) as source:
            try:
                file = pa.ipc.open_file(source)
                batches: Iterable[pa.RecordBatch] = map(file.get_batch, range(file.num_record_batches))
            except pa.ArrowInvalid:
                source.seek(0)
                file = batches = pa.ipc.open_stream(source)
            yield _named(file.schema, batches)
    except (pa.ArrowException, ValueError) as error:
        raise InputError(f"{path} cannot be read as {suffix[1:].capitalize()}: {str(error).splitlines()[0]}") from None
