"""`lean-magic verify`: exit code 0 only where a proof proves its statement."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command import Command, given, share

from lean_magic import LeanPool


@pytest.fixture
def verify(
    pool: LeanPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    share(pool, monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("statement.lean").write_text("theorem two : 1 + 1 = 2 := by sorry\n")
    Path("proof.lean").write_text("by\n  rfl\n")
    return Command("verify", capsys)


def test_a_proof(verify: Command) -> None:
    assert verify("statement.lean", "proof.lean") == 0
    assert (verify.out, verify.err) == ("proof.lean: ✓ two is proved, without axioms.\n", "")


@pytest.mark.parametrize(
    ("proof", "code", "kind"),
    [("by exact 5", 1, "error"), ("by rfl\naxiom two : False", 1, "syntax"), ("by exact sorry", 3, "sorry")],
)
def test_no_proof(verify: Command, monkeypatch: pytest.MonkeyPatch, proof: str, code: int, kind: str) -> None:
    given(monkeypatch, proof)
    assert verify("--json", "statement.lean", "-") == code
    said = json.loads(verify.out)
    assert (said["id"], said["ok"], said["kind"], said["theorem"], said["proof"]) == ("-", False, kind, "two", proof)


def test_axioms_and_context(verify: Command) -> None:
    Path("context.lean").write_text("axiom magic : 1 = 2\ndef one := 1\n")
    Path("statement.lean").write_text("theorem strange : one = 2")
    Path("proof.lean").write_text("magic")
    arguments = "statement.lean", "proof.lean", "--context", "context.lean", "--json"
    assert verify(*arguments) == 1
    assert json.loads(verify.out)["kind"] == "axiom"
    assert verify(*arguments, "--axioms", "propext,magic") == 0
    assert json.loads(verify.out)["axioms"] == ["magic"]
    Path("context.lean").write_text("axiom magic : 1 = \n")
    assert verify(*arguments) == 66
    assert verify.err.startswith("lean-magic: context.lean: 2:0: ")


def test_a_table(verify: Command) -> None:
    rows = [
        {"name": "good", "statement": "theorem t : 1 = 1", "proof": "rfl"},
        {"name": "bad", "statement": "theorem t : 1 = 2", "proof": "by decide"},
        {"name": "wrong", "statement": "theorem t : 1 = ", "proof": "rfl"},
        {"name": "number", "statement": "theorem t : 1 = 1", "proof": 5},
        {"name": "nothing", "statement": "theorem t : 1 = 1"},
        {"name": "empty", "statement": "theorem t : 1 = 1", "proof": ""},
    ]
    Path("table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert verify("table.jsonl") == 66
    good, bad, wrong, number, nothing, empty = verify.lines()
    assert good == "good: ✓ t is proved, without axioms."
    assert bad.startswith("bad: ✗ Lean refuses the proof. Line 1, column 3: ")
    assert wrong.startswith("wrong: ✗ Lean refuses the statement. At its end: ")
    assert number == "number: ✗ table.jsonl, line 4: 'proof' is not text, but 5."
    assert nothing == "nothing: ✗ table.jsonl, line 5: there is no proof: 'proof' is empty."
    assert empty.startswith("empty: ✗ The proof is not one term: it is empty")
    assert verify("table.jsonl", "--json") == 66
    rows = [json.loads(line) for line in verify.lines()]
    assert [row["kind"] for row in rows] == ["proved", "error", "input", "input", "input", "syntax"]
    assert len({tuple(row) for row in rows}) == 1  # each has all columns
    assert rows[1]["code"].startswith("theorem t : 1 = 2")
    assert rows[3]["code"] is None
    assert verify("table.jsonl", "--proof-column", "x") == 66
    assert "no column 'x' for --proof-column" in verify.err


def test_what_cannot_be_read(verify: Command) -> None:
    assert verify("nowhere.lean", "proof.lean") == 66
    assert verify.err.endswith("'nowhere.lean' cannot be read as Lean code: No such file or directory.\n")
    assert verify("-", "-") == 66
    assert "Only one" in verify.err


def test_a_table_of_what_came_of_each(verify: Command) -> None:
    rows = [{"source": f"book {n}", "statement": f"theorem t : {n} + 1 = 5", "proof": "by decide"} for n in (3, 4, 5)]
    rows += [{"source": "nobody", "statement": "theorem t : ", "proof": "rfl"}]
    Path("table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + "no JSON\n")
    assert verify("table.jsonl", "--out", "verified.parquet") == 66
    assert verify.out.startswith("verified.parquet: 5 proofs: 1 proved, 2 error, 2 input · ")
    assert verify.err == ""
    found = pq.read_table("verified.parquet").to_pylist()
    assert [row["kind"] for row in found] == ["error", "proved", "error", "input", "input"]
    assert [row["ok"] for row in found] == [False, True, False, False, False]
    assert [{name: row[name] for name in rows[0]} for row in found[:4]] == rows  # what was beside it, too
    assert found[1]["claim"] == {"statement": rows[1]["statement"], "proof": "by decide", "theorem": "t"}
    assert "refuses the statement" in found[3]["detail"]
    assert "line 5" in found[4]["detail"]
    assert verify("table.jsonl", "--out", "verified.parquet") == 66  # goes on, and nothing is left to do
    assert re.search(r"2 input · \d known from before · ", verify.out)
    again = pq.read_table("verified.parquet").to_pylist()
    assert [(row["kind"], row["at"]) for row in again[:4]] == [(row["kind"], row["at"]) for row in found[:4]]
    assert verify("table.jsonl", "--out", "-") == 66
    assert [json.loads(line)["kind"] for line in verify.lines()] == [row["kind"] for row in found]
    assert verify.err.startswith("standard output: 5 proofs: ")


def test_what_makes_no_sense(verify: Command) -> None:
    Path("table.jsonl").write_text("{}")
    assert verify("table.jsonl", "--again") == 66
    assert "--again is for --out" in verify.err
    assert verify("table.jsonl", "--out", "table.jsonl") == 66
    assert "another file" in verify.err
