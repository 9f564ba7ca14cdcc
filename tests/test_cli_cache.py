"""``lean-magic cache``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lean_magic import LeanPool
from lean_magic.cli import main
from lean_magic.records import read
from lean_magic.store import CheckRecord, Store

DAY = 86400


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEAN_MAGIC_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """A store with ten checks: five timeouts of a batch, and five opinions."""
    store = Store(folder / "store.sqlite3")
    store.record(
        [
            CheckRecord(
                json.dumps(number), f"key {number}", f"def x := {number}", verdict, None, time.time() - DAY, batch
            )
            for number in range(10)
            for verdict, batch in [("timeout", "night") if number < 5 else ("refused", None)]
        ]
    )
    store.record([CheckRecord("10", "key 10", "def y := 1", "valid", b"{}", time.time())])
    yield store
    store.close()


def test_info_of_nothing_makes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "info"]) == 0
    output = capsys.readouterr().out
    assert "not there yet" in output
    assert str(folder) in output
    assert main(["cache", "clear", "--log"]) == 0
    assert not folder.exists()


def test_info(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "info"]) == 0
    output, errors = capsys.readouterr()
    assert [line.split()[0] for line in output.splitlines()] == ["store", "results", "checks", "since"]
    assert "results  1 (" in output
    assert "checks   11 (" in output
    assert main(["cache"]) == 0  # which is the same
    assert capsys.readouterr().out == output
    assert errors == ""
    assert main(["cache", "info", "--json"]) == 0
    info = json.loads(capsys.readouterr().out)
    assert info["path"] == str(store.path)
    assert (info["results"], info["checks"]) == (1, 11)
    assert info["size"] > 0
    assert abs(info["oldest"] - (time.time() - DAY)) < 600


def test_clear(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", "clear", "--older-than", "0.5"]) == 0
    assert capsys.readouterr().out.startswith("removed 0 results (")
    assert main(["cache", "clear", "--log", "--older-than", "0.5"]) == 0
    assert capsys.readouterr().out.startswith("removed 0 results and 10 checks (")
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.startswith("removed 1 result (")
    assert main(["cache", "clear", "--log"]) == 0
    assert capsys.readouterr().out.startswith("removed 0 results and 1 check (")
    assert list(store.log()) == []


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv", ".parquet"])
def test_export(store: Store, pool: LeanPool, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    checked = pool.check_sync("theorem exported : 1 + 1 = 3 := rfl")
    assert checked.result is not None
    out = tmp_path / f"out{suffix}"
    assert main(["cache", "export", str(out)]) == 0
    assert capsys.readouterr() == (f"wrote 12 checks to {out}\n", "")
    rows = list(read(out))
    assert [row.verdict for row in rows] == ["timeout"] * 5 + ["refused"] * 5 + ["valid", "error"]
    assert rows[-1].messages[0].text == checked.result.messages[0].text
    assert [row.code for row in rows] == [kept.code for kept in store.log()]
    assert main(["cache", "export", "--batch", "night", str(out)]) == 0
    assert [row.batch for row in read(out)] == ["night"] * 5


@pytest.mark.parametrize("days", ["-1", "nan", "soon"])
def test_a_number_of_days_that_is_none(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cache", "clear", f"--older-than={days}"])
    assert ended.value.code == 2
    assert "--older-than" in capsys.readouterr().err


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lean_magic.cli", "cache", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_corrupt_file_is_said_in_one_line(folder: Path) -> None:
    folder.mkdir()
    (folder / "store.sqlite3").write_bytes(b"garbage" * 1000)
    ended = run("info")
    assert ended.returncode == 0
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"lean-magic: {folder / 'store.sqlite3'} is corrupt")


def test_a_file_that_cannot_be_used_is_an_error_in_one_line(folder: Path, tmp_path: Path) -> None:
    (folder / "store.sqlite3").mkdir(parents=True)
    for arguments in ["info"], ["clear"], ["export", tmp_path / "out.jsonl"]:
        ended = run(*arguments)
        assert ended.returncode == 1
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert line.startswith("lean-magic: ")
    assert not (tmp_path / "out.jsonl").exists()
