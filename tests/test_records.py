"""Rows in files and tables: nothing is lost on the way there and back, and a file is whole or not there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lean_magic import (
    Check,
    CrashedError,
    EnvRef,
    Goal,
    InputError,
    LeanPool,
    LeanResult,
    Message,
    MissingPackageError,
    Position,
    ProofState,
    Sorry,
    StateRef,
    TacticStep,
    records,
)
from lean_magic.records import Axioms, Claim, Open, Record, Said, Tactic, TripleRow
from lean_magic.records._tables import arrow_schema
from lean_magic.store import CheckRecord, Store

_SUFFIXES = [".csv", ".jsonl", ".jsonl.gz", ".parquet", ".arrow", ".feather"]

_text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\0,\"'\\ \t\u2028𝔸∀é"), max_size=20)
_whole = st.integers(-(2**63), 2**63 - 1)
_number = st.floats(allow_nan=False, allow_infinity=False)
_place = {name: st.none() | _whole for name in ("line", "column", "end_line", "end_column")}
_records = st.builds(
    Record,
    id=_text,
    code=_text,
    verdict=_text,
    ok=st.booleans(),
    errors=_whole,
    messages=st.lists(st.builds(Said, severity=_text, text=_text, **_place), max_size=2),
    sorries=st.lists(st.builds(Open, goal=_text, **_place), max_size=2),
    axioms=st.none()
    | st.lists(
        st.builds(Axioms, declaration=_text, axioms=st.lists(_text, max_size=2), unseen=st.lists(_text, max_size=2)),
        max_size=2,
    ),
    tactics=st.lists(
        st.builds(
            Tactic,
            tactic=_text,
            goals_before=st.lists(_text, max_size=2),
            goals_after=st.lists(_text, max_size=2),
            parent=st.none() | _whole,
            depth=_whole,
            **_place,
        ),
        max_size=2,
    ),
    error=_text,
    detail=_text,
    elapsed=_number,
    cpu=_number,
    memory=_whole,
    cached=st.booleans(),
    at=st.none() | _number,
    batch=_text,
    kind=_text,
    claim=st.none() | st.builds(Claim, statement=_text, proof=_text, theorem=_text),
    toolchain=_text,
)

_ENV = EnvRef("lean-4", "code")
_GOAL = Goal.parse("p : Prop\n⊢ p")
_STATE = ProofState(StateRef(_ENV, "sorries", 0), (_GOAL,), "Incomplete: open goals remain")
_RESULT = LeanResult(
    "theorem t : p := by\n  sorry",
    "error",
    (Message("error", "no", Position(1, 4), Position(1, 9)), Message("info", "so", Position(2, 0))),
    (Sorry(_GOAL, _STATE, Position(2, 2), Position(2, 7)),),
    (TacticStep("sorry", (_GOAL,), Position(2, 2), Position(2, 7), (), _STATE),),
    env=_ENV,
    axioms={"t": ("sorryAx",)},
    axioms_unseen={"t": ("Nat.foo",)},
    elapsed=0.5,
    cpu=0.25,
    memory_peak=2**33,
)


def _written(tmp_path: Path, suffix: str, rows: list[Record]) -> list[Record]:
    path = tmp_path / f"rows{suffix}"
    assert records.write(rows, path) == len(rows)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    return list(records.read(path))


@pytest.mark.parametrize("suffix", _SUFFIXES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_records, max_size=4))
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str, rows: list[Record]) -> None:
    assert _written(tmp_path, suffix, rows) == rows


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters() | st.sampled_from("\ud800\udfff\0\r"), max_size=20))
def test_every_text_of_a_result_can_be_written(text: str) -> None:
    said = Message("error", text, Position(1, 0))
    row = records.record_of(LeanResult(text, "error", (said,), axioms={text: (text,)}, detail=text))
    assert msgspec.json.decode(msgspec.json.encode(row), type=Record) == row
    assert len(row.code) <= len(text)
    assert row.code == row.messages[0].text == row.detail
    if text.isascii():
        assert row.code == text


def test_a_result_becomes_a_row() -> None:
    place = {"line": 2, "column": 2, "end_line": 2, "end_column": 7}
    assert records.record_of(_RESULT) == Record(
        code=_RESULT.code,
        verdict="error",
        ok=False,
        errors=1,
        messages=[
            Said(severity="error", text="no", line=1, column=4, end_line=1, end_column=9),
            Said(severity="info", text="so", line=2, column=0),
        ],
        sorries=[Open(goal=_GOAL.text, **place)],
        axioms=[Axioms(declaration="t", axioms=["sorryAx"], unseen=["Nat.foo"])],
        tactics=[Tactic(tactic="sorry", goals_before=[_GOAL.text], goals_after=[], **place)],
        elapsed=0.5,
        cpu=0.25,
        memory=2**33,
        toolchain="lean-4",
    )


def test_checks_keep_their_names_and_failures_are_rows() -> None:
    timeout = LeanResult("x", "timeout", detail="The time was up.")
    checks = [
        Check("a\nb", "x", _RESULT, cached=True),
        Check(7, "x", _RESULT),
        Check((1, 10**30), "x", _RESULT),
        Check("t", "x", timeout),
        Check("r", "\ud800", None, InputError("no text")),
        Check("s", "x", None, CrashedError("gone")),
    ]
    found = list(records.rows(checks))
    assert [row.id for row in found] == ["a\nb", "7", f"[1, {10**30}]", "t", "r", "s"]
    assert [row.verdict for row in found] == ["error", "error", "error", "timeout", "refused", "crashed"]
    assert (found[3].detail, found[4].error, found[4].detail) == ("The time was up.", "InputError", "no text")
    assert [row.cached for row in found] == [True, False, False, False, False, False]
    assert list(records.rows(found)) == found
    (row,) = records.rows([CheckRecord('"\\ud800"', "", "x", "refused", None, 0.0)])
    assert row.id == "�"  # so that a file can hold it
    with pytest.raises(InputError, match="not of str"):
        list(records.rows(["x"]))  # type: ignore[list-item]


def test_the_log_of_a_store_becomes_rows(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    store.record(
        [
            CheckRecord(
                '"a"', "k", "x", "timeout", None, 5.0, "b", "batch", "The time was up.", 1.5, 1.25, 7, cached=False
            ),
            CheckRecord("7", "", "", "refused", None, 6.0, None, "check", "no text"),
            CheckRecord('"evicted"', "k3", "x", "error", None, 7.0),
        ]
    )
    first, second, third = records.rows(store.log())
    store.close()
    assert (first.id, first.verdict, first.batch, first.at, first.elapsed, first.cpu, first.memory) == (
        "a", "timeout", "b", 5.0, 1.5, 1.25, 7
    )  # fmt: skip
    assert (first.detail, second.detail, second.id, second.error) == ("The time was up.", "no text", "7", "InputError")
    assert "no longer in the store" in third.detail


def test_real_checks_and_their_log(pool: LeanPool, tmp_path: Path) -> None:
    code = "theorem in_the_log (n : Nat) : n + 0 = n := by\n  simp\nexample : 1 = 2 := by decide"
    check = pool.check_sync(code, id="mine", all_tactics=True, axioms=True)
    (row,) = _written(tmp_path, ".parquet", [records.record_of(check)])
    assert (row.id, row.code, row.verdict, row.errors) == ("mine", code, "error", 1)
    assert row.messages[0].line == 3
    assert row.tactics[0].goals_before == ["n : Nat\n⊢ n + 0 = n"]
    assert row.axioms is not None
    assert row.toolchain
    assert pool.store is not None
    (logged,) = [found for found in pool.store.log() if found.code == code]
    kept = records.record_of(logged)
    assert kept == row
    assert kept.at is not None
    assert kept.at > 1.7e9
    assert list(records.triple_rows([logged])) == list(records.triple_rows([check]))
    with pytest.raises(InputError, match="give the check"):
        list(records.triple_rows([*records.rows([check])]))


def test_steps_of_proofs_are_written_and_read(pool: LeanPool, tmp_path: Path) -> None:
    code = "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor\n  · exact hp\n  · exact hq\n"
    checks = [Check(number, code, pool.run_sync(code, all_tactics=True)) for number in range(2)]
    checks += [Check("refused", "", None, InputError("no")), Check("none", "x", LeanResult("x", "valid"))]
    for suffix in _SUFFIXES:
        path = tmp_path / f"steps{suffix}"
        assert records.write_triples(checks, path) == 6
        found = list(records.read_triples(path))
        assert [(row.id, row.step, row.tactic) for row in found] == [
            (name, step, tactic)
            for name in ("0", "1")
            for step, tactic in enumerate(["constructor", "exact hp", "exact hq"])
        ]
        assert found[1] == TripleRow(
            id="0",
            verdict="valid",
            declaration="theorem t",
            name="t",
            proof=0,
            step=1,
            depth=0,
            goal=[0],
            goals_before=["case left\np q : Prop\nhp : p\nhq : q\n⊢ p"],
            tactic="exact hp",
            goals_after=[],
            printed="exact hp",
            line=3,
            column=4,
            end_line=3,
            end_column=12,
            code_sha256=hashlib.sha256(code.encode()).hexdigest(),
            toolchain=checks[0].result.env.toolchain,  # type: ignore[union-attr]
        )

    async def stream() -> AsyncIterator[Check]:
        for check in checks:
            yield check

    assert asyncio.run(records.write_triples_async(stream(), tmp_path / "again.jsonl")) == 6
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "steps.jsonl").read_bytes()
    frame = records.triples_to_dataframe(checks)
    assert frame["goals_after"].map(len).tolist() == [2, 0, 0] * 2
    table = records.triples_to_arrow(checks)
    assert table["tactic"].to_pylist() == frame["tactic"].tolist()
    assert table["goal"].to_pylist() == [[0]] * 6
    assert records.triples_to_dataset(checks)["name"][:] == ["t"] * 6


@pytest.mark.parametrize("suffix", _SUFFIXES)
def test_files_have_the_same_columns_with_and_without_rows(tmp_path: Path, suffix: str) -> None:
    assert _written(tmp_path, suffix, []) == []
    if suffix == ".parquet":
        empty = pq.read_schema(tmp_path / "rows.parquet")
        records.write([_RESULT], tmp_path / "rows.parquet")
        assert pq.read_schema(tmp_path / "rows.parquet").equals(empty, check_metadata=True)
        assert empty.names == list(Record.__struct_fields__)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl.gz", ".parquet", ".arrow"])
def test_an_interrupted_file_is_as_it_was_before(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"

    def broken() -> Iterator[LeanResult]:
        yield _RESULT
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        records.write(broken(), path)
    assert list(tmp_path.iterdir()) == []
    records.write([_RESULT, _RESULT], path)
    with pytest.raises(KeyboardInterrupt):
        records.write(broken(), path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    assert len(list(records.read(path))) == 2


_KILLED = """
import os, signal, sys
from lean_magic import LeanResult, records

def results():
    for _ in range(3000):
        yield LeanResult("new", "valid")
    os.kill(os.getpid(), signal.SIGKILL)

records.write(results(), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals")
def test_a_kill_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    records.write([_RESULT], path)
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(path)])
    assert killed.returncode == -signal.SIGKILL
    assert [row.code for row in records.read(path)] == [_RESULT.code]
    assert sorted(found.suffix for found in tmp_path.iterdir()) == [".parquet", ".part"]


def test_json_lines_can_be_appended_to_and_are_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    def watched() -> Iterator[LeanResult]:
        for count in range(3):
            assert len(path.read_text().splitlines()) == 2 * (path.read_text().count("first")) + count
            yield replace(_RESULT, code=f"{count}")

    assert records.write(watched(), path, append=True) == 3
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"id": "half a r')  # what a kill leaves
    assert records.write([replace(_RESULT, code="3")], path, append=True) == 1
    assert [row.code for row in records.read(path)] == ["0", "1", "2", "3"]
    path.write_bytes(b'{"half')
    records.write([_RESULT], path, append=True)
    assert len(list(records.read(path))) == 1
    with pytest.raises(InputError, match="Only JSON lines"):
        records.write([], tmp_path / "rows.csv", append=True)


def test_columns_are_written_some_rows_at_a_time(tmp_path: Path) -> None:
    """An endless input may not end up in memory."""
    alive = 0
    most = 0

    class Counted(Record, frozen=True, kw_only=True):
        def __post_init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    for name in ("rows.parquet", "rows.arrow", "rows.csv"):
        records.write((Counted(code="x" * 100, verdict="valid", ok=True) for _ in range(5000)), tmp_path / name)
    assert most <= 2001
    assert pq.ParquetFile(tmp_path / "rows.parquet").num_row_groups == 5
    found = records.read(tmp_path / "rows.parquet")
    assert next(found).code == "x" * 100
    assert sum(1 for _ in found) == 4999


def test_async_checks_are_written_as_they_come(tmp_path: Path) -> None:
    async def checks() -> AsyncIterator[LeanResult]:
        for _ in range(3):
            await asyncio.sleep(0)
            yield _RESULT

    assert asyncio.run(records.write_async(checks(), tmp_path / "rows.csv")) == 3
    assert len(list(records.read(tmp_path / "rows.csv"))) == 3


def test_what_is_no_file_of_rows_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv, \.jsonl, .*'rows\.xlsx' says none"):
        records.write([], tmp_path / "rows.xlsx")
    for name, content in {
        "a.jsonl": b'{"code": "x"}\n',
        "b.jsonl.gz": b"no gzip",
        "c.csv": b"code,verdict,ok\r\nx,valid,perhaps\r\n",
        "d.csv": b"",
        "e.parquet": b"no columns",
        "f.arrow": b"no columns",
        "g.csv": b"code,verdict,ok\r\nx,valid\r\n",
        "h.csv": b"\xff\xfe\r\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            list(records.read(tmp_path / name))
    newer = {"code": "x", "verdict": "valid", "ok": True, "schema": records.SCHEMA + 1}
    (tmp_path / "n.jsonl").write_text(json.dumps(newer))
    with pytest.raises(InputError, match="newer lean-magic"):
        list(records.read(tmp_path / "n.jsonl"))
    with pytest.raises(FileNotFoundError):
        records.read(tmp_path / "missing.csv")


def test_columns_of_later_editions_are_passed_over(tmp_path: Path) -> None:
    records.write([_RESULT], tmp_path / "rows.parquet")
    table = pq.read_table(tmp_path / "rows.parquet")
    pq.write_table(table.append_column("more", pa.array([1])), tmp_path / "rows.parquet")
    assert list(records.read(tmp_path / "rows.parquet")) == [records.record_of(_RESULT)]


def test_others_read_the_files(tmp_path: Path) -> None:
    for suffix in _SUFFIXES:
        records.write([_RESULT, LeanResult("def x := 1", "valid")], tmp_path / f"rows{suffix}")
    for found in (
        pd.read_csv(tmp_path / "rows.csv"),
        pd.read_json(tmp_path / "rows.jsonl", lines=True),
        pd.read_json(tmp_path / "rows.jsonl.gz", lines=True),
        pd.read_parquet(tmp_path / "rows.parquet"),
        pd.read_feather(tmp_path / "rows.arrow"),
        pd.read_feather(tmp_path / "rows.feather"),
    ):
        assert found["verdict"].tolist() == ["error", "valid"]
        assert found["ok"].tolist() == [False, True]
        assert found["elapsed"].tolist() == [0.5, 0.0]
    messages = json.loads(pd.read_csv(tmp_path / "rows.csv")["messages"][0])
    assert messages[0]["text"] == "no"


@pytest.mark.parametrize(("row", "table"), [(Record, 0), (TripleRow, 1)])
def test_the_columns_are_documented(row: type[Record], table: int) -> None:
    """Each with its type, in their order; those of places in one line."""
    assert records.__doc__ is not None
    rows = [
        re.findall(r"^``(\w+)``(?: …)? +((?:list of )?\w+(?:, null)?)  ", part, re.MULTILINE)
        for part in records.__doc__.split("A row of a file of triples")
    ][table]
    places = {"column", "end_line", "end_column"} if row is TripleRow else set()
    kinds = {f"list of {kind}": f"list<item: {kind}" for kind in ("struct", "string", "int64")}
    schema = [field for field in arrow_schema(row) if field.name not in places]
    assert [name for name, _ in rows] == [field.name for field in schema]
    for (name, kind), field in zip(rows, schema, strict=True):
        assert str(field.type).startswith(kinds.get(kind.removesuffix(", null"), kind.removesuffix(", null"))), name
        assert field.nullable == kind.endswith(", null"), name


def test_tables() -> None:
    frame = records.to_dataframe([_RESULT])
    assert list(frame.columns) == list(Record.__struct_fields__)
    assert frame["messages"][0][0]["text"] == "no"
    assert math.isnan(frame["at"][0])
    assert frame.dtypes.astype(str)[["ok", "errors", "elapsed"]].tolist() == ["bool", "int64", "float64"]
    assert records.to_dataframe([]).dtypes.astype(str)[["ok", "errors"]].tolist() == ["bool", "int64"]
    table = records.to_arrow([_RESULT] * 1500)
    assert (table.num_rows, table.column("batch").num_chunks) == (1500, 2)
    assert table.schema.equals(records.to_arrow([]).schema)


def test_a_dataset_of_hugging_face() -> None:
    found = records.to_dataset([_RESULT, LeanResult("def x := 1", "valid")])
    assert list(found["verdict"]) == ["error", "valid"]
    assert found[0]["sorries"][0]["goal"] == _GOAL.text
    assert records.to_dataset([]).features == found.features


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("pandas", "data", lambda _: records.to_dataframe([_RESULT])),
        ("pyarrow", "data", lambda folder: records.write([_RESULT], folder / "rows.parquet")),
        ("datasets", "datasets", lambda _: records.to_dataset([_RESULT])),
    ],
)
def test_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, extra: str, use: Callable[[Path], object]
) -> None:
    def missing(name: str) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return import_module(name)

    monkeypatch.setattr("lean_magic.records._tables.import_module", missing)
    with pytest.raises(MissingPackageError, match=rf"need {package}: pip install 'lean-magic\[{extra}\]'"):
        use(tmp_path)
    assert list(tmp_path.iterdir()) == []
