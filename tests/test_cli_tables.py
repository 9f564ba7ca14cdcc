"""The tables that commands read: whatever kind of file, row by row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lean_magic.cli._columns import codes_in
from lean_magic.cli._tables import count_rows, rows_in
from lean_magic.errors import InputError, MissingPackageError

USUAL = Namespace(code_column=None, id_column=None)
ROWS = [
    {"name": "a", "proof": "example : 1 = 1 :=\n  rfl", "n": "1"},
    {"name": "b", "proof": '#eval "x, y"', "n": "2"},
]


def written(path: Path) -> Path:
    """Write the rows in the format that the name says."""
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    table = pa.Table.from_pylist(ROWS)
    match path.name.removesuffix(".gz").rpartition(".")[2]:
        case "jsonl":
            text = f"\ufeff\n{lines}\n"
        case "json":
            text = json.dumps(ROWS, indent=2)
        case "csv" | "tsv" as kind:
            file = io.StringIO(newline="")
            writer = csv.DictWriter(file, list(ROWS[0]), delimiter="," if kind == "csv" else "\t")
            writer.writeheader()
            writer.writerows(ROWS)
            text = file.getvalue()
        case "parquet":
            pq.write_table(table, path)
            return path
        case "arrow":
            with pa.ipc.new_file(path, table.schema) as sink:
                sink.write_table(table)
            return path
        case "feather":  # as Hugging Face's datasets are stored: a stream
            with pa.ipc.new_stream(path, table.schema) as sink:
                sink.write_table(table)
            return path
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize(
    "name",
    ["a.jsonl", "a.jsonl.gz", "a.json", "a.csv", "a.csv.gz", "a.tsv", "a.parquet", "a.arrow", "a.feather", "A.JSONL"],
)
def test_every_kind_of_file_has_the_same_rows(tmp_path: Path, name: str) -> None:
    path = str(written(tmp_path / name.lower()).rename(tmp_path / name))
    assert list(rows_in(path)) == ROWS
    assert list(codes_in(rows_in(path), path, USUAL)) == [(row["name"], row["proof"]) for row in ROWS]
    options = Namespace(code_column="n", id_column="proof")
    assert list(codes_in(rows_in(path), path, options, limit=1)) == [(ROWS[0]["proof"], "1")]


def test_rows_are_counted_where_that_is_cheap(tmp_path: Path) -> None:
    assert count_rows(str(written(tmp_path / "a.jsonl"))) == 2
    assert count_rows(str(written(tmp_path / "a.parquet"))) == 2
    assert count_rows(str(written(tmp_path / "a.jsonl.gz"))) is None
    assert count_rows(str(tmp_path / "missing.jsonl")) is None


def test_a_file_is_read_as_it_is_needed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl")
    path.write_bytes(path.read_bytes() + b"{broken\n")
    rows = rows_in(str(path))
    assert [next(rows), next(rows)] == ROWS
    with pytest.raises(InputError, match=r"a\.jsonl, line 5: this is no JSON"):
        next(rows)


def codes(tmp_path: Path, *rows: Any) -> list[tuple[Any, Any]]:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(codes_in(rows_in(str(path)), str(path), USUAL))


def test_ids(tmp_path: Path) -> None:
    assert codes(tmp_path, {"code": "x"}, {"code": "y"}) == [(0, "x"), (1, "y")]
    given = [{"id": 7, "code": "x"}, {"code": "y"}, {"id": ["a", 1], "code": "z"}]
    assert codes(tmp_path, *given) == [(7, "x"), (1, "y"), ('["a", 1]', "z")]


def test_what_is_no_text_stays_for_the_pool_to_refuse(tmp_path: Path) -> None:
    given = [{"code": None}, {"code": 5}, {}, {"code": "half of a pair: \ud83d"}]
    assert [code for _, code in codes(tmp_path, *given)] == [None, 5, None, "half of a pair: \ud83d"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", b'{"code": "x"}\n[1]\n', "line 2: this is no object"),
        ("a.jsonl", b'"text"\n', "line 1: this is no object"),
        ("a.jsonl", b'{"text": "x"}\n', "no column code, lean_code, .*: it has text. Name one with --code-column"),
        ("a.jsonl", b'{"code": "\xff"}\n', "line 1: this is no JSON"),
        ("a.json", b'[{"code": 1}, 2]', "object 2: this is no object"),
        ("a.json", b"[", "this is no JSON"),
        ("a.csv", b"code\n\xff\n", "no CSV in UTF-8"),
        ("a.jsonl.gz", b"no gzip", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"code": "x"}\n' * 99, mtime=0)[:-9], "it is cut off"),
        ("a.parquet", b"no Parquet", "cannot be read as Parquet"),
        ("a.arrow", b"no Arrow", "cannot be read as Arrow"),
        ("a.xlsx", b"", "its name must end in .jsonl"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint) as error:
        list(codes_in(rows_in(str(path)), str(path), USUAL))
    assert name in str(error.value)


def test_a_missing_file_and_column_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl cannot be read: No such file"):
        next(rows_in(str(tmp_path / "nowhere.jsonl")))
    path = str(written(tmp_path / "a.csv"))
    with pytest.raises(InputError, match="no column 'x' for --id-column: it has name, proof, n"):
        list(codes_in(rows_in(path), path, Namespace(code_column=None, id_column="x")))


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'lean-magic\[data\]'"):
        next(rows_in(str(path)))
