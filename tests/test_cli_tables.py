"""The tables that commands read: whatever kind of file, row by row."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lean_magic.batch import Check
from lean_magic.cli._carried import Carried
from lean_magic.cli._columns import CODE, cells_in, codes_in
from lean_magic.cli._tables import columns_of, count_rows, rows_in
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
    assert [row.cells for row in rows_in(path)] == ROWS
    assert list(codes_in(rows_in(path), path, USUAL)) == [(row["name"], row["proof"]) for row in ROWS]
    options = Namespace(code_column="n", id_column="proof")
    assert list(codes_in(rows_in(path), path, options, limit=1)) == [(ROWS[0]["proof"], "1")]


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,code,a,a.1,a\n1,x,2,3,4\n")
    table = pa.table([["1"], ["x"], ["2"], ["3"], ["4"]], names=["a", "code", "a", "a.1", "a"])
    pq.write_table(table, tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        (row,) = rows_in(str(tmp_path / name))
        assert row.cells == {"a": "1", "code": "x", "a.2": "2", "a.1": "3", "a.3": "4"}
    columns = columns_of(str(tmp_path / "a.parquet"))
    assert columns is not None
    assert columns.names == ["a", "code", "a.2", "a.1", "a.3"]


def test_names_of_columns_are_what_files_can_hold(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"code": "x", "\\udfff": 1}\n')
    path = str(tmp_path / "rows.jsonl")
    carried = Carried(cells_in(rows_in(path), path, USUAL, CODE))
    ((place, _),) = carried.codes()
    assert carried.beside(Check(place, "x", place=0)) == {"\ufffd": 1}


def test_a_row_without_a_name_takes_none_of_another(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1, "code": "x"}\n[]\n{"code": "y"}\n')
    assert [name for name, _ in codes_in(rows_in(str(path)), str(path), USUAL)] == [1, "line 2", "line 3"]


def test_rows_are_counted_where_that_is_cheap(tmp_path: Path) -> None:
    assert count_rows(str(written(tmp_path / "a.jsonl"))) == 2
    assert count_rows(str(written(tmp_path / "a.parquet"))) == 2
    assert count_rows(str(written(tmp_path / "a.jsonl.gz"))) is None
    assert count_rows(str(tmp_path / "missing.jsonl")) is None


def test_a_file_is_read_as_it_is_needed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl")
    path.write_bytes(path.read_bytes() + b"{broken\n")
    rows = rows_in(str(path))
    assert [next(rows).cells, next(rows).cells] == ROWS
    assert re.search(r"a\.jsonl, line 5: this is no JSON", str(next(rows).cells))


def codes(tmp_path: Path, *rows: Any) -> list[tuple[Any, Any]]:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(codes_in(rows_in(str(path)), str(path), USUAL))


def test_ids(tmp_path: Path) -> None:
    assert codes(tmp_path, {"code": "x"}, {"code": "y"}) == [(0, "x"), (1, "y")]
    given = [{"id": 7, "code": "x"}, {"code": "y"}, {"id": ["a", 1], "code": "z"}]
    assert codes(tmp_path, *given) == [(7, "x"), ("line 2", "y"), ('["a", 1]', "z")]


def test_what_is_no_code_is_an_error_that_says_where(tmp_path: Path) -> None:
    given = [{"code": "x"}, {"code": None}, {"code": 5}, {}, {"code": " \n"}, {"code": "half of a pair: \ud83d"}]
    first, *others = (code for _, code in codes(tmp_path, *given))
    assert first == "x"
    assert all(isinstance(error, InputError) for error in others)
    path = tmp_path / "rows.jsonl"
    assert [str(error).removeprefix(f"{path}, ") for error in others][:4] == [
        "line 2: there is no code: 'code' is empty.",
        "line 3: 'code' is not text, but 5.",
        "line 4: there is no code: 'code' is empty.",
        "line 5: there is no code: 'code' is empty.",
    ]
    assert "line 6: The code contains U+D83D" in str(others[4])


@pytest.mark.parametrize(
    ("name", "content", "complaints"),
    [
        ("a.jsonl", b'{"code": "x"}\n[1]\n{"co', ["line 2: this is no object", "line 3: this is no JSON"]),
        ("a.jsonl", b'\n{"code": "\xff"}\n{"code": "x"}\n', ["line 2: this is no JSON"]),
        ("a.json", b'[{"code": "x"}, 2]', ["object 2: this is no object"]),
        (
            "a.csv",
            b"n,code\n\n1,x\n2,\xff\n3,a,b\n4\n",
            ["line 4: .* UTF-8", "line 5: .* 3 cells for 2", "line 6: .* empty"],
        ),
        ("a.csv", b'n,code\n1,"x\ny"\n2,"\n\xff"\n', ["line 4: .* UTF-8"]),
        ("a.csv", b'n,code\n1,x\n2,"exam\nple', ["line 3: the quotes do not end"]),
        ("a.csv", b'n,code\n1,x\n2,"exam\nple\n', ["line 3: the quotes do not end"]),
        ("a.csv", b'n,code\r\n1,x\r\n2,"exam,3\r\n', ["line 3: the quotes do not end"]),
        ("a.csv", b'n,code\n1,"x\r\ny\rz"\n2,a,"b\nc"\n', ["line 5: .* 3 cells for 2"]),
    ],
)
def test_a_row_that_cannot_be_read_is_said_and_the_others_follow(
    tmp_path: Path, name: str, content: bytes, complaints: list[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = [code for _, code in codes_in(rows_in(str(path)), str(path), USUAL)]
    errors = [str(code) for code in found if isinstance(code, InputError)]
    assert len(found) == len(errors) + 1
    for error, complaint in zip(errors, complaints, strict=True):
        assert re.match(f"{re.escape(str(path))}, {complaint}", error), error


def test_a_file_that_is_cut_off_ends_in_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"code": "x"}\n' * 99999, mtime=0)[:-9])
    *found, (_, last) = codes_in(rows_in(str(path)), str(path), USUAL)
    assert found
    assert {code for _, code in found} == {"x"}
    assert str(last) == f"{path} cannot be read: it is cut off after line {len(found)}."


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl", b'"text"\n', "line 1: this is no object"),
        ("a.jsonl", b'{"text": "x"}\n', "no column code, lean_code, .*: it has text. Name one with --code-column"),
        ("a.jsonl", b'{"code": "\xff"}\n', "line 1: this is no JSON"),
        ("a.json", b"[", "this is no JSON"),
        ("a.csv", b"code\n\xff\n", "line 2: this is no text in UTF-8"),
        ("a.jsonl.gz", b"no gzip", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"code": "x"}\n', mtime=0)[:12], "it is cut off"),
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
