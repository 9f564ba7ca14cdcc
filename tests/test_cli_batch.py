"""`lean-magic batch`: a table in, a table out, and nothing lost in between."""

from __future__ import annotations

import csv
import gzip
import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pyte
import pytest
from command import PROGRAM, Command, given, share, start, wait_until

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
    assert batch(source, tmp_path / name) == 0
    rows = list(read(tmp_path / name))
    assert [row.id for row in rows] == ["p0", "p1", "p2", "p3", "p4"]
    assert [row.verdict for row in rows] == VERDICTS
    assert [row.place for row in rows] == [0, 1, 2, 3, 4]
    assert all(row.at and row.batch.startswith(str(source)) for row in rows)
    assert rows[0].code == CODES[0]
    assert rows[1].messages[0].severity == "error"
    assert batch.out.startswith(f"{tmp_path / name}: 5 codes: 1 valid, 1 sorry, 1 error, 2 refused")
    assert batch.err == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", name]


def test_every_kind_of_input(batch: Command, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert batch(packed, tmp_path / "1.jsonl") == 0
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
    broken.write_text(source.read_text() + "{\n")
    assert batch(broken, out) == 66
    assert batch.err.startswith(f"lean-magic: {broken}, line 6: this is no JSON (Expecting property name")
    assert batch.err.endswith("at line 2, column 1).\n")
    assert batch(source, tmp_path / "nowhere" / "out.jsonl") != 0
    assert batch.err == f"lean-magic: {tmp_path / 'nowhere' / 'out.jsonl'}: No such file or directory\n"
    assert out.read_text() == "something else"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.jsonl", "in.jsonl", "out.jsonl"]
    broken.write_text(source.read_text())
    assert batch(broken, out) == 0
    assert [row.verdict for row in read(out)] == VERDICTS


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
    bar, summary, *rest = (line.rstrip() for line in screen.display)
    assert re.match(r"100%\|█+\| 5/5 \[.*valid=1, ", bar)
    assert summary.startswith("out.jsonl: 5 codes: 1 valid, 1 sorry, 1 error, 2 refused · ")
    assert not any(rest)


def test_it_goes_on_where_it_was_ended(tmp_path: Path) -> None:
    rows = own_codes(100)
    source, out = written(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    name = f"batch {time.time_ns()}"
    finished = 0
    for end in (signal.SIGINT, signal.SIGKILL):
        with start("batch", source, out, "--batch", name, "--workers", 1) as process:
            wait_until(lambda least=finished + 5: logged(name) >= least)  # type: ignore[misc]
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(end)
            said, complaint = process.communicate(timeout=20)
        assert said == ""
        if end == signal.SIGINT:
            assert process.returncode == 130
            assert complaint == (
                "lean-magic: interrupted; what was finished is kept, so the same command goes on from there\n"
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
