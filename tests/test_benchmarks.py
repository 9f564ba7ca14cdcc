"""The benchmarks run, and would notice what they are there to notice. What they measure is not tested."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import effort, prefix, stop
from benchmarks.__main__ import PARTS, main
from benchmarks.batch import from_cache, killed, numbered, steady, throughput
from benchmarks.peers import BARE, OUR_BATCH, OURS, Driven, Wrong, codes
from benchmarks.table import Row
from benchmarks.utilisation import Speed
from lean_magic import LeanPool


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effort, "_quick", True)


def test_every_part_says_what_it_measures() -> None:
    assert list(PARTS) == [
        "setup", "start", "requests", "evals", "peers", "utilisation", "stop", "prefix", "memory", "cells", "display",
        "explorer", "suggest", "batch", "verify",
    ]  # fmt: skip
    for part in PARTS.values():
        assert part.__doc__
        assert callable(part.measure)


def test_an_unknown_part_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "nothing"])
    with pytest.raises(SystemExit):
        main()
    assert "there is no part nothing; there are setup, start" in capsys.readouterr().err


def test_a_part_prints_its_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "prefix", "--quick"])
    main()
    out = capsys.readouterr().out
    assert out.startswith(f"\n{prefix.__doc__}\n")
    assert "second by first" in out


def test_a_figure_meets_its_target_or_not() -> None:
    assert Row("x", 1, "s", 2).verdict == "<= 2  met"
    assert Row("x", 1, "s", 2, at_least=True).verdict == ">= 2  MISSED"
    assert Row("x", 1, "s").verdict == ""


def test_the_codes_are_judged_right(pool: LeanPool) -> None:
    every = [*codes.workload(codes.MIXED, 20, 5000), *codes.tricky(5000), (codes.TRIVIAL, "valid")]
    given = [pool.run_sync(code).verdict for code, _ in every]
    assert given == [verdict for _, verdict in every]


def test_no_two_codes_of_a_run_are_the_same() -> None:
    every = [code for first in (0, 1000) for code, _ in codes.workload(codes.MIXED, 60, first)]
    assert len(set(every)) == len(every)


def test_a_wrong_verdict_is_counted() -> None:
    wrong = Wrong()
    wrong.judge(["valid", "valid"], [("a", "valid"), ("b", "error")])
    assert (wrong.count, wrong.of) == (1, 2)


def test_calibrated_jobs_are_valid(pool: LeanPool) -> None:
    speed = Speed.measured(pool)
    assert speed.step > 0
    assert speed.job(0, 7) == "-- 7"
    for job in speed.job(0, 7), speed.job(speed.at_least + 0.01, 7):
        assert pool.run_sync(job).verdict == "valid"


@pytest.mark.parametrize("what", [*stop.ENDLESS])
def test_what_is_called_endless_does_not_end(pool: LeanPool, what: str) -> None:
    assert pool.run_sync(stop.ENDLESS[what], timeout=1).verdict == "timeout"


@pytest.mark.parametrize("name", [OURS, BARE])
def test_a_driven_system_is_timed_against_lean_itself(tmp_path: Path, name: str) -> None:
    wrong = Wrong()
    with Driven(name, 1, tmp_path, recorded=True) as system:
        for asynchronous in False, True:
            added = system.added(3, wrong, asynchronous=asynchronous)
            assert len(added) == 3
            assert all(value > 0 for value in added)
        assert system.all_at_once([codes.TRIVIAL, "example : 1 = 2 := rfl"])[0] == ["valid", "error"]
    assert (wrong.count, wrong.of) == (0, 6)


def test_a_system_that_ends_is_noticed(tmp_path: Path) -> None:
    with Driven(BARE, 1, tmp_path) as system:
        system._process.kill()
        with pytest.raises((RuntimeError, BrokenPipeError)):
            system.all_at_once([codes.TRIVIAL])


def test_a_batch_is_killed_and_goes_on_and_then_comes_from_the_cache(tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite3"
    rows = [*killed(store, 40), *from_cache("numbered codes", store, [numbered(place) for place in range(40)])]
    rows += steady(store, 40)
    figures = {row.what: row for row in rows if not row.at_least}
    assert [row for row in figures.values() if "MISSED" in row.verdict] == []
    assert 20 <= figures["killed in the midst of 40 codes, results in the store"].value <= 40
    assert figures["how many of them were run, the others cached"].value == 0


def test_the_corpus_goes_through_a_driven_system(tmp_path: Path) -> None:
    *_, wrong = throughput(tmp_path, [OUR_BATCH])
    assert wrong.what.startswith(f"wrong verdicts, {OUR_BATCH}, of ")
    assert wrong.value == 0
