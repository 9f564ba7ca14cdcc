"""`lean-magic bench`: what it measures, and what it draws."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from command import Command, share

from lean_magic import InputError, LeanPool, LeanResult
from lean_magic.batch import Check
from lean_magic.cli._measurements import Measurements, percentile
from lean_magic.cli._plots import save_plots

CODES = ["example : 1 + 1 = 2 := rfl", "example : 1 + 1 = 3 := rfl", "#eval 7", "example : 1 = 2 := sorry"]
PLOTS = ["latency.png", "latency.svg", "throughput.png", "throughput.svg"]


@pytest.fixture
def bench(
    pool: LeanPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    share(pool, monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("proofs.jsonl").write_text("".join(json.dumps({"full_proof": code}) + "\n" for code in CODES))
    return Command("bench", capsys)


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where plots are not the matter, it is quicker without."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not the matter, nobody asks whether it is there."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)


def text_of(svg: Path) -> str:
    """Return all that can be read in a picture."""
    return " ".join(text.strip() for text in ET.parse(svg).getroot().itertext() if text.strip())


def test_a_summary_and_plots(bench: Command) -> None:
    assert bench("proofs.jsonl", "--workers", 2) == 0
    heading, _, columns, *rest = bench.lines()
    assert heading == "proofs.jsonl · 4 codes · 2 workers · timeout 60 s · Lean 4.28.0-pre"
    assert columns.split() == ["verdict", "codes", "%"]
    assert [line.split() for line in rest[:3]] == [
        ["valid", "2", "50.0"],
        ["sorry", "1", "25.0"],
        ["error", "1", "25.0"],
    ]
    facts = dict(line.strip().split("  ", 1) for line in rest[4:11])
    assert list(facts) == [
        *("elapsed", "throughput", "Lean time", "CPU time", "latency", "memory peak", "from the cache"),
    ]
    assert facts["from the cache"].strip() == "0 of 4"
    assert all(f"p{percent} " in facts["latency"] for percent in (50, 90, 95, 99))
    assert rest[11:13] == [
        "",
        "  1 code is valid, but declares nothing (no theorem, no example): nothing is proved by that.",
    ]
    assert [line.removeprefix("saved lean-magic-bench/") for line in rest[13:]] == [
        *("summary.json", "throughput.png", "throughput.svg", "latency.png", "latency.svg")
    ]
    for name in PLOTS:
        plot = Path("lean-magic-bench", name)
        if name.endswith("png"):
            assert plot.read_bytes().startswith(b"\x89PNG")
        else:
            words = text_of(plot)
            assert heading in words
            assert "valid (2)" in words
            assert "(s)" in words or "(s, logarithmic)" in words
    assert bench.err == ""


@pytest.mark.usefixtures("no_matplotlib")
def test_the_summary_as_data(bench: Command) -> None:
    assert bench("proofs.jsonl", "--json", "--n", 3, "--out", "folder", "--timeout", 30) == 0
    data = json.loads(bench.out)
    assert json.loads(Path("folder/summary.json").read_text()) == data
    assert (data["dataset"], data["codes"], data["timeout"]) == ("proofs.jsonl", 3, 30)
    assert data["verdicts"] == {"valid": 2, "error": 1}
    assert data["cached"] == 0
    assert data["memory_peak"] > 100_000_000
    latency = data["latency"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p95"] <= latency["p99"] <= latency["max"] < data["elapsed"]
    assert data["lean_time"] == pytest.approx(3 * latency["mean"])
    assert data["throughput"] == pytest.approx(3 / data["elapsed"])
    assert data["cpu_time"] > 0


def test_the_cache_is_used_when_asked_for_only(bench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        context.setitem(sys.modules, "matplotlib", None)  # to be quick
        for arguments, cached in (([], 0), ([], 0), (["--cache"], 4)):
            assert bench("proofs.jsonl", "--json", *arguments) == 0
            data = json.loads(bench.out)
            assert data["cached"] == cached
    assert (data["codes"], data["lean_time"], data["latency"]["p50"], data["memory_peak"]) == (4, 0, None, None)
    assert bench("proofs.jsonl", "--cache") == 0
    assert "no code was run" in text_of(Path("lean-magic-bench/latency.svg"))


@pytest.mark.usefixtures("no_matplotlib")
def test_without_matplotlib_the_summary_still_comes(bench: Command) -> None:
    assert bench("proofs.jsonl", "--out", "folder") == 0
    assert "throughput" in bench.out
    assert bench.err == "lean-magic: Plots need matplotlib: pip install 'lean-magic[bench]'\n"
    assert [path.name for path in Path("folder").iterdir()] == ["summary.json"]


@pytest.mark.usefixtures("no_matplotlib", "no_hub")
def test_a_dataset_of_the_hub(bench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def load_dataset(*arguments: Any, **keywords: Any) -> Iterator[dict[str, Any]]:
        assert (arguments, keywords) == (("owner/name", "lean4"), {"split": "test", "streaming": True})
        for number in range(1000):
            taken.append(number)
            yield {"problem_id": number, "full_proof": f"#eval {number}"}

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert bench("owner/name", "--n", 2, "--split", "test", "--subset", "lean4", "--json") == 0
    assert json.loads(bench.out)["verdicts"] == {"valid": 2}
    assert len(taken) <= 3  # the rest is not even downloaded


def test_a_hub_that_cannot_be_reached(bench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # where nothing listens
    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace())
    assert bench("owner/name") == 66
    assert bench.err.startswith("lean-magic: owner/name is no file, and Hugging Face cannot be reached to look for")
    assert len(bench.err.splitlines()) == 1


@pytest.mark.usefixtures("no_hub")
def test_a_dataset_that_is_not_there(bench: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("Dataset 'owner/name' doesn't exist on the Hub\nmore")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert bench("owner/name") == 66
    assert bench.err == (
        "lean-magic: owner/name is no file, and cannot be loaded as a Hugging Face dataset (split train): "
        "Dataset 'owner/name' doesn't exist on the Hub\n"
    )
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert bench("owner/name") == 70
    assert "pip install 'lean-magic[datasets]'" in bench.err
    assert bench("nowhere.parquet") == 66
    assert "nowhere.parquet cannot be read" in bench.err
    Path("notes.txt").touch()
    assert bench("notes.txt") == 66
    assert "notes.txt is of no kind that is known" in bench.err
    assert not Path("lean-magic-bench").exists()


def test_percentiles() -> None:
    assert percentile([], 50) is None
    assert percentile([3.0], 99) == 3.0
    values = [float(value) for value in range(101)]
    assert [percentile(values, percent) for percent in (50, 90, 95, 99)] == [50, 90, 95, 99]


def test_every_verdict_counts(tmp_path: Path) -> None:
    measurements = Measurements(dataset="d", workers=1, timeout=float("inf"), lean="4")
    for number, verdict in enumerate(["valid", "valid", "timeout", "out_of_memory", "crashed"]):
        result = LeanResult("", verdict, elapsed=10.0**number, cpu=1.0, memory_peak=number)  # type: ignore[arg-type]
        measurements.add(Check(number, "", result), float(number))
    measurements.add(Check(5, "", error=InputError("no text")), 5.0)
    data = measurements.data()
    assert data["verdicts"] == {"valid": 2, "timeout": 1, "out_of_memory": 1, "crashed": 1, "refused": 1}
    assert (data["elapsed"], data["throughput"], data["cpu_time"], data["memory_peak"]) == (5.0, 1.2, 5.0, 4)
    assert (data["latency"]["p50"], data["latency"]["max"], data["timeout"]) == (100.0, 10_000.0, None)
    assert "d · 6 codes · 1 worker · no timeout · Lean 4" in str(measurements)
    assert sorted(path.name for path in save_plots(measurements, tmp_path)) == PLOTS
    for name in ("throughput.svg", "latency.svg"):
        words = text_of(tmp_path / name)
        for verdict in ("valid (2)", "timeout (1)", "out of memory (1)", "crashed (1)"):
            assert verdict in words
    assert "refused (1)" in text_of(tmp_path / "throughput.svg")
    assert "what Lean took (s, logarithmic)" in text_of(tmp_path / "latency.svg")


def test_an_empty_dataset(bench: Command) -> None:
    Path("empty.jsonl").touch()
    assert bench("empty.jsonl") == 0
    assert bench.lines()[0].startswith("empty.jsonl · 0 codes")
