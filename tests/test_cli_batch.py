"""`lean-magic batch`: a table in, a table out, and nothing lost in between."""

from __future__ import annotations

import csv
import gzip
import json
import re
import signal
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pyte
import pytest
from command import PROGRAM, Command, given, share, start, wait_until
from pyarrow import feather

from lean_magic import LeanPool
from lean_magic.records import read
from lean_magic.store import default_store

CODES: list[Any] = [
    "example : 1 + 1 = 2 := rfl",
    "example : 1 + 1 = 3 := rfl",
    "example : 1 + 1 = 4 := sorry",
    None,
    "half of a pair: \ud83d",
]
VERDICTS = ["valid", "error", "sorry", "refused", "refused"]


@pytest.fixture
def batch(pool: LeanPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    share(pool, monkeypatch)
    return Command("batch", capsys)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "in.jsonl", [{"problem_id": f"p{n}", "code": code} for n, code in enumerate(CODES)])


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def own_codes(number: int) -> list[dict[str, str]]:
    """Codes that nobody has checked yet."""
    base = time.time_ns()
    return [{"code": f"#eval {base + place}"} for place in range(number)]


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.csv", "out.parquet", "out.arrow"])
def test_every_row_is_there_in_order(batch: Command, source: Path, tmp_path: Path, name: str) -> None:
    assert batch(source, tmp_path / name) == 66
    rows = list(read(tmp_path / name))
    assert [row.id for row in rows] == ["p0", "p1", "p2", "p3", "p4"]
    assert [row.verdict for row in rows] == VERDICTS
    assert [row.place for row in rows] == [0, 1, 2, 3, 4]
    assert all(row.at and row.batch.startswith(str(source)) for row in rows)
    assert rows[0].code == CODES[0]
    assert rows[1].messages[0].severity == "error"
    assert batch.out.startswith(f"{tmp_path / name}: 5 codes: 1 valid, 1 sorry, 1 error, 2 refused")
    assert batch.err.startswith(f"lean-magic: 2 of 5 rows could not be given to Lean. The first: {source}, line 4: ")
    assert rows[3].detail == f"{source}, line 4: there is no code: 'code' is empty."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", name]


def test_every_kind_of_input(batch: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert batch(packed, tmp_path / "1.jsonl") == 66
    table = tmp_path / "in.csv"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([["n", "text"], *enumerate(CODES[:3])])
    assert batch(table, tmp_path / "2.jsonl", "--code-column", "text", "--id-column", "n") == 0
    given(monkeypatch, source.read_text())
    assert batch("-", tmp_path / "3.jsonl", "--limit", 2, "--unordered") == 0
    rows = [[(row.id, row.verdict) for row in read(tmp_path / f"{number}.jsonl")] for number in (1, 2, 3)]
    assert [verdict for _, verdict in rows[0]] == VERDICTS
    assert rows[1] == [("0", "valid"), ("1", "error"), ("2", "sorry")]
    assert sorted(rows[2]) == [("p0", "valid"), ("p1", "error")]


OTHERS: list[dict[str, Any]] = [
    {"problem_id": "p", "sample": 0, "score": 0.5, "meta": {"tags": ["a"]}, "verdict": "mine", "note": "ü"},
    {"problem_id": "p", "sample": 1, "score": None, "meta": {"tags": []}, "verdict": "mine", "late": True},
]


@pytest.mark.parametrize("order", ["--ordered", "--unordered"])
@pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet"])
def test_other_columns_are_carried_over(batch: Command, tmp_path: Path, name: str, order: str) -> None:
    source = written(tmp_path / "in.jsonl", [row | {"code": CODES[place]} for place, row in enumerate(OTHERS)])
    for _ in range(2):  # what is known from before has them, too
        assert batch(source, tmp_path / name, order) == 0
        rows = sorted(whole(tmp_path / name), key=lambda row: int(row["place"]))
        assert [row["verdict"] for row in rows] == ["valid", "error"]
        assert [row["in_verdict"] for row in rows] == ["mine", "mine"]
        assert [row["code"] for row in rows] == CODES[:2]
        for row, others in zip(rows, OTHERS, strict=True):
            for column in ("problem_id", "sample", "score", "meta", "note", "late"):
                value = others.get(column)
                if name == "out.csv":
                    value = value if isinstance(value, str) else "" if value is None else json.dumps(value)
                    assert row[column] == value.replace(" ", "")
                else:
                    assert row.get(column) == value
    assert {row.verdict for row in read(tmp_path / name)} == {"valid", "error"}


def whole(path: Path) -> list[dict[str, Any]]:
    """Return all columns of a file."""
    match path.suffix:
        case ".parquet":
            rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
            return rows
        case ".csv":
            with path.open(newline="") as file:
                return list(csv.DictReader(file))
        case _:
            return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", ["out.parquet", "out.arrow"])
def test_types_are_kept(batch: Command, tmp_path: Path, name: str) -> None:
    day = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    table = pa.table(
        {
            "id": pa.array([7, 8], pa.int32()),
            "code": CODES[:2],
            "when": pa.array([day, None], pa.timestamp("ns", "UTC")),
            "price": pa.array([Decimal("1.50"), Decimal("2.25")], pa.decimal128(9, 2)),
            "model": pa.array(["a", "b"]).dictionary_encode(),
            "image": pa.array([b"\0\xff", None]),
            "marks": pa.array([[1], []], pa.list_(pa.int8())),
            "ok": [0.5, 1.5],
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    assert batch(tmp_path / "in.parquet", tmp_path / name) == 0
    out = pq.read_table(tmp_path / name) if name == "out.parquet" else feather.read_table(tmp_path / name)
    carried = table.drop_columns(["code"]).rename_columns({"id": "in_id", "ok": "in_ok"})
    if name == "out.arrow":  # where a dictionary would have to be known before the rows
        carried = carried.set_column(carried.column_names.index("model"), "model", pa.array(["a", "b"]))
    assert out.select(carried.column_names).to_pylist() == carried.to_pylist()
    assert [out.schema.field(column).type for column in carried.column_names] == carried.schema.types
    assert batch(tmp_path / "in.parquet", tmp_path / "out.jsonl") == 0
    first = whole(tmp_path / "out.jsonl")[0]
    assert (first["when"], first["price"], first["image"]) == ("2026-01-02T03:04:05+00:00", "1.50", "AP8=")


@pytest.mark.parametrize("names", [("-", "-"), ("/dev/stdin", "/dev/stdout")])
def test_rows_go_to_a_pipe(
    batch: Command, source: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    given(monkeypatch, source.read_text())
    assert batch(*names) == 66
    rows = [json.loads(line) for line in batch.lines()]
    assert [row["verdict"] for row in rows] == VERDICTS
    assert [row["problem_id"] for row in rows] == ["p0", "p1", "p2", "p3", "p4"]
    summary, complaint = batch.err.splitlines()
    assert summary.startswith("standard output: 5 codes: 1 valid, 1 sorry, 1 error, 2 refused")
    assert "standard input, line 4: there is no code" in complaint


def test_codes_that_prove_nothing_are_told(batch: Command, tmp_path: Path) -> None:
    codes = ["-- theorem", '#eval "/- example"', "example : 1 = 1 := rfl", "import Mathlib\nexample : 1 = 1 := rfl"]
    source = written(tmp_path / "in.jsonl", [{"code": code} for code in codes])
    assert batch(source, tmp_path / "out.jsonl") == 0
    assert [(row.ok, row.declares) for row in read(tmp_path / "out.jsonl")] == [
        *((True, False), (True, False), (True, True), (False, True))
    ]
    assert batch.lines()[1:] == [
        "2 codes are valid, but declare nothing (no theorem, no example): nothing is proved by that.",
        "1 code imports Mathlib. Mathlib is not part of this Lean, which has the modules Init, Std and Lean.",
    ]


def test_what_can_be_asked(batch: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", [{"code": "theorem t : 1 = 1 := by rfl"}])
    assert batch(source, tmp_path / "out.jsonl", "--all-tactics", "--axioms") == 0
    (row,) = read(tmp_path / "out.jsonl")
    assert [tactic.tactic for tactic in row.tactics] == ["rfl"]
    assert row.axioms is not None
    assert [found.declaration for found in row.axioms] == ["t"]
    assert batch(source, tmp_path / "out.jsonl", "--quiet") == 0
    assert (batch.out, batch.err) == ("", "")
    (row,) = read(tmp_path / "out.jsonl")
    assert (row.tactics, row.axioms) == ([], None)


def test_a_finished_batch_is_not_run_again(batch: Command, tmp_path: Path) -> None:
    endless = {"code": "example : (List.range 10000000000).foldl (· + ·) 0 = 7 := by decide +kernel"}
    source, out = written(tmp_path / "in.jsonl", [*own_codes(2), endless]), tmp_path / "out.jsonl"
    assert batch(source, out, "--timeout", 1.5, "--no-cache") == 0
    assert "known" not in batch.out
    first = [row.verdict for row in read(out)]
    assert first[2] == "timeout"
    assert batch(source, out, "--timeout", 1.5, "--no-cache") == 0  # not even then, nor the timeout
    assert "3 known from before" in batch.out
    assert [row.verdict for row in read(out)] == first
    assert batch(source, out, "--timeout", 1.5, "--again") == 0  # but for what the cache knows
    assert f"{first.count('valid')} known from before" in batch.out


def test_what_took_too_long_is_run_again_when_it_may_take_longer(batch: Command, tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.jsonl", own_codes(1)), tmp_path / "out.jsonl"
    for timeout, is_known in ((60, False), (60, True), (61, False)):
        assert batch(source, out, "--timeout", timeout, "--no-cache") == 0
        assert ("1 known from before" in batch.out) is is_known


def test_a_batch_goes_by_its_name(batch: Command, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", own_codes(3))
    name = f"batch {time.time_ns()}"
    assert batch(source, tmp_path / "out.jsonl", "--batch", name, "--limit", 2) == 0
    assert len(list(default_store().log(batch=name))) == 2
    assert batch(source, tmp_path / "other.jsonl", "--batch", name, "--no-cache") == 0
    assert "2 known from before" in batch.out
    assert len(list(default_store().log(batch=name))) == 3


def test_out_is_replaced_when_it_is_whole_and_not_before(batch: Command, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("something else")
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{\n")
    assert batch(broken, out) == 66
    assert batch.err.startswith(f"lean-magic: {broken}, line 1: this is no JSON (Expecting property name")
    assert batch.err.endswith(" column 2).\n")
    assert batch(source, tmp_path / "nowhere" / "out.jsonl") != 0
    assert batch.err == (
        f"lean-magic: {tmp_path / 'nowhere' / 'out.jsonl'} cannot be written: "
        f"there is no folder {tmp_path / 'nowhere'}.\n"
    )
    assert out.read_text() == "something else"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.jsonl", "in.jsonl", "out.jsonl"]
    broken.write_text(source.read_text() + '{"code": "exam')
    assert batch(broken, out) == 66
    assert [row.verdict for row in read(out)] == [*VERDICTS, "refused"]


def test_nothing_is_run_where_it_could_not_be_written(
    batch: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert batch(source, source) == 66
    assert batch.err == "lean-magic: OUT must be another file than IN.\n"
    assert batch(source, tmp_path / "out.xlsx") == 66
    assert ".parquet" in batch.err
    assert batch(source, tmp_path / "nowhere" / "out.csv") == 73
    assert "nowhere" in batch.err
    assert batch(tmp_path / "nowhere.jsonl", tmp_path / "out.csv") == 66
    assert "nowhere.jsonl cannot be read" in batch.err
    assert batch(source, tmp_path / "out.csv", "--code-column", "x") == 66
    assert "no column 'x'" in batch.err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert batch(source, tmp_path / "out.parquet") == 70
    assert "pip install 'lean-magic[data]'" in batch.err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_an_empty_table(batch: Command, tmp_path: Path) -> None:
    assert batch(written(tmp_path / "in.jsonl", []), tmp_path / "out.csv") == 0
    assert batch.out.startswith(f"{tmp_path / 'out.csv'}: 0 codes · ")
    assert list(read(tmp_path / "out.csv")) == []


# as a process of its own


@pytest.mark.usefixtures("source")
def test_a_terminal_sees_one_bar_and_then_the_summary(tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect", reason="needs a pseudo-terminal")
    screen = pyte.Screen(100, 10)
    arguments = ["batch", "in.jsonl", "out.jsonl", "--no-cache", "--again"]
    with pexpect.spawn(PROGRAM, arguments, cwd=tmp_path, encoding="utf-8", dimensions=(10, 100), timeout=60) as process:
        process.expect(pexpect.EOF)
        pyte.Stream(screen).feed(process.before)
        print(repr(process.before), screen.display)
    bar, summary, complaint, *rest = (line.rstrip() for line in screen.display)
    assert re.match(r"100%\|█+\| 5/5 \[.*valid=1, ", bar)
    assert summary.startswith("out.jsonl: 5 codes: 1 valid, 1 sorry, 1 error, 2 refused · ")
    assert complaint.startswith("lean-magic: 2 of 5 rows could not be given to Lean. The first: in.jsonl, line 4: ")
    assert not any(rest[1:])


def test_it_goes_on_where_it_was_ended(tmp_path: Path) -> None:
    rows = own_codes(100)
    source, out = written(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    name = f"batch {time.time_ns()}"
    finished = 0
    for end in (signal.SIGTERM, signal.SIGKILL):
        with start("batch", source, out, "--batch", name, "--workers", 1) as process:
            wait_until(lambda least=finished + 5: logged(name) >= least)  # type: ignore[misc]
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(end)
            said, complaint = process.communicate(timeout=20)
        assert said == ""
        if end == signal.SIGTERM:
            assert process.returncode == 143
            assert complaint == (
                "lean-magic: stopped by SIGTERM; what was finished is kept, so the same command goes on from there\n"
            )
            assert list(tmp_path.iterdir()) == [source]
        psutil.wait_procs(children, timeout=10)
        assert not any(child.is_running() for child in children)
        assert not out.exists()
        finished = logged(name)
        assert finished < len(rows)

    with start("batch", source, out, "--batch", name, "--workers", 1) as process:
        said, complaint = process.communicate(timeout=100)
    assert (process.returncode, complaint) == (0, "")
    assert f"100 codes: 100 valid · {finished} known from before" in said
    assert [row.code for row in read(out)] == [row["code"] for row in rows]
    assert logged(name) == 100  # nothing was computed twice
    assert sorted(tmp_path.iterdir()) == [source, out]  # nor is anything left of the one that was killed


def logged(batch: str) -> int:
    return sum(1 for _ in default_store().log(batch=batch))
