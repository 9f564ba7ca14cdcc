"""Which types columns of JSON have, where they go beside rows into files with types."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lean_magic.records import Record, read
from lean_magic.records._files import RowFile
from lean_magic.records._types import Types, as_text

MANY = 1000  # that are looked at together


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 2], pa.int64()),
        ([1, *[None] * MANY, 2.5], pa.float64()),
        ([2**60, *[None] * MANY, 2.5], pa.string()),  # no float is this number
        ([2**70, 1], pa.string()),
        ([1, *[None] * MANY, "a"], pa.string()),
        ([True, 1], pa.string()),
        ([1, True], pa.string()),
        ([1.5, False], pa.string()),
        (["a", 1], pa.string()),
        (["a", ["b"]], pa.string()),
        ([["a", 1]], pa.string()),
        ([{"a": 1}, {"a": "b"}], pa.string()),
        ([{"a": 1}, [1]], pa.string()),
        ([2**63], pa.string()),
        ([[2**60], *[None] * MANY, [2.5]], pa.string()),
        ([None, float("nan"), 1], pa.float64()),
        ([None] * (MANY + 1), pa.null()),
        ([[], *[None] * MANY, [1]], pa.list_(pa.int64())),
        ([{"a": 1}, *[None] * MANY, {"b": ["x"]}], pa.struct({"a": pa.int64(), "b": pa.list_(pa.string())})),
        ([{}, {}], pa.string()),  # which Parquet has not
        ([{f"key {number}": 1 for number in range(1000)}], pa.string()),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(values: list[Any], kind: pa.DataType) -> None:
    types = Types()
    for value in values:
        types.add({"column": value})
    assert types.schema() == pa.schema({"column": kind})


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_whatever_two_rows_have_in_a_column_can_be_written(tmp_path: Path, suffix: str) -> None:
    values = [
        None,
        "a",
        "\0",
        True,
        1,
        2**60,
        2**70,
        1.5,
        [],
        ["a"],
        [1.5],
        ["a", 1],
        {},
        {"a": 1},
        {"a": "b"},
        {"": []},
    ]
    pairs = {f"{one}, {other}": (one, other) for one, other in itertools.product(values, values)}
    path = tmp_path / f"rows{suffix}"
    with RowFile(path, Record, others="any") as file:
        for number in range(2):
            file.add(Record(code="", verdict="valid", ok=True), {name: pair[number] for name, pair in pairs.items()})
    table = pq.read_table(path) if suffix == ".parquet" else pa.ipc.open_file(path).read_all()
    for name, pair in pairs.items():
        is_text = table.schema.field(name).type == pa.string()
        assert is_text or not {type(value) for value in pair} >= {bool, int}
        for found, value in zip(table[name].to_pylist(), pair, strict=True):
            # A struct has all fields.
            assert found == (as_text(value) if is_text else value) or (isinstance(value, dict) and not is_text)


def test_objects_without_fields_are_text_in_parquet(tmp_path: Path) -> None:
    others = pa.schema({"none": pa.struct([]), "inner": pa.list_(pa.struct({"a": pa.struct([])}))})
    with RowFile(tmp_path / "rows.parquet", Record, others=others) as file:
        file.add(Record(code="", verdict="valid", ok=True), {"none": {}, "inner": [{"a": {}}]})
    table = pq.read_table(tmp_path / "rows.parquet")
    assert table.select(others.names).to_pylist() == [{"none": "{}", "inner": '[{"a":{}}]'}]


def test_text_stands_for_what_has_no_type() -> None:
    assert [as_text(value) for value in ("a", 'a "b"', None, 1, [1, "a"], {"a": None})] == [
        *("a", 'a "b"', None, "1", '[1,"a"]', '{"a":null}')
    ]
    assert [as_text(float(value)) for value in ("nan", "inf", "-inf")] == ["nan", "inf", "-inf"]  # JSON has none


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_columns_that_come_late_are_there_from_the_first_row(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    others: list[dict[str, Any]] = [{"mixed": 1}, {}, {"mixed": "a", "late": [1.5]}, {"mixed": {"b": None}}]
    with RowFile(path, Record, others="any") as file:
        for number, other in enumerate(others):
            file.add(Record(id=str(number), code="", verdict="valid", ok=True), other)
    table = pq.read_table(path) if suffix == ".parquet" else pa.ipc.open_file(path).read_all()
    assert table.select(["id", "mixed", "late"]).to_pylist() == [
        {"id": "0", "mixed": "1", "late": None},
        {"id": "1", "mixed": None, "late": None},
        {"id": "2", "mixed": "a", "late": [1.5]},
        {"id": "3", "mixed": '{"b":null}', "late": None},
    ]
    assert [row.id for row in read(path)] == ["0", "1", "2", "3"]
    assert list(tmp_path.iterdir()) == [path]
