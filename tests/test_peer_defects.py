"""What goes wrong in other Lean REPLs, servers and bridges: each defect that was found in one is a test here.

The numbers are those of our survey of them. After the numbered ones come troubles that their users report.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

import lean_magic
from lean_magic import InputError, LeanPool, LeanResult, Position, TacticError

MakePool = Callable[..., LeanPool]
Reply = dict[str, Any]

SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"
SLOW = "def count (n : Nat) : Nat := n.fold (fun _ _ s => s + 1) 0\n#eval count 300000"


def descriptors() -> int:
    return psutil.Process().num_fds()


# --- 1: a batch that always raises, since its futures are looked up by other futures ----------------------------------


async def test_1_many_at_once_come_back_each_to_who_asked(pool: LeanPool) -> None:
    results = await asyncio.gather(*[pool.run(f"#eval {n}") for n in range(30)])
    assert [result.infos[0].text for result in results] == [str(n) for n in range(30)]


async def test_1_many_at_once_can_be_taken_as_they_come(pool: LeanPool) -> None:
    texts = [
        (await result).infos[0].text for result in asyncio.as_completed([pool.run(f"#eval {n}") for n in range(9)])
    ]
    assert sorted(texts) == [str(n) for n in range(9)]


# --- 2: numbers of proof states that hold in one worker only, so that a step lands on another's -----------------------


async def test_2_a_proof_goes_on_on_whichever_worker(pool: LeanPool) -> None:
    codes = [f"theorem t (m : Nat) (h : {n} = m) : {n} = m ∧ {n} = {n} := by sorry" for n in range(6)]
    results = await asyncio.gather(*map(pool.run, codes))
    states = [result.sorries[0].state for result in results]
    for _ in range(2):  # each state twice at the same moment, so that one of the two is not where it was made
        steps = await asyncio.gather(*[state.tactic("refine ⟨?_, rfl⟩") for state in states for _ in range(2)])
        assert [step.goals[0].target for step in steps] == [f"{n} = m" for n in range(6) for _ in range(2)]
        ends = await asyncio.gather(*[step.tactic("exact h") for step in reversed(steps)])
        assert all(end.completed for end in ends)


# --- 3: standard error that nobody reads until it blocks the process; a descriptor lost with each process -------------


def test_3_a_flood_on_standard_error_holds_nothing_up(faulty_pool: MakePool) -> None:
    pool = faulty_pool(timeout=60)
    for _ in range(3):
        result = pool.run_sync("flood 200000")
        assert (result.verdict, result.attempts) == ("valid", 1)
    assert pool.status().restarts == 0


def test_3_a_process_that_is_gone_leaves_no_descriptor(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    pool.run_sync("before")
    before = descriptors()
    gc.disable()  # it is not the garbage collector that has to close them
    try:
        for _ in range(5):
            assert pool.run_sync("exit 1").verdict == "crashed"
            assert pool.run_sync("after").ok
        pool.restart()
        assert pool.run_sync("after").ok
        assert descriptors() <= before
    finally:
        gc.enable()


# --- 4: code without imports that sees what other code without imports has defined ------------------------------------


def test_4_what_starts_from_nothing_sees_nobody_s_definitions(pool: LeanPool) -> None:
    first, second = (f"def mine := {n}\ntheorem same : mine = {n} := rfl\n#eval mine" for n in (1, 2))
    for code, text in [(first, "1"), (second, "2"), (first, "1"), (second, "2"), (first, "1")]:
        result = pool.run_sync(code)
        assert (result.verdict, [message.text for message in result.messages]) == ("valid", [text])
    assert "mine" in pool.run_sync("#eval mine").errors[0].text
    assert pool.run_sync("import Lean\n#eval mine").verdict == "error"
    pool.restart()  # and nothing of this depends on what a worker has run before
    assert pool.run_sync("#eval mine").verdict == "error"
    assert pool.run_sync(first).ok


def test_4_notations_options_and_variables_are_nobody_else_s_either(pool: LeanPool) -> None:
    code = 'notation "seven" => 7\nset_option pp.all true\nvariable (k : Nat)\nopen Nat\nuniverse u\nnamespace N'
    assert pool.run_sync(code).ok
    assert pool.run_sync("#eval seven").verdict == "error"
    assert pool.run_sync("#check (1 + 1 : Nat)").infos[0].text == "1 + 1 : Nat"
    for text in "#check k", "#check succ", "#check Type u", "end N":
        assert pool.run_sync(text).verdict == "error", text


# --- 5: what Lean says about a header is dropped, and the process with the broken header goes on being used -----------


def test_5_a_broken_header_is_reported_each_time_and_harms_nobody(pool: LeanPool) -> None:
    for _ in range(3):
        result = pool.run_sync("-- first\nimport No.Such.Module\n#eval 1")
        assert result.verdict == "error"
        assert "No" in result.errors[0].text
        assert result.errors[0].start == Position(2, 0)
        assert "1" not in [message.text for message in result.infos]
        assert pool.run_sync("import Lean\nopen Lean in\n#check Expr").ok
        assert pool.run_sync("#eval 1").ok


def test_5_one_bad_import_among_good_ones_spoils_only_its_own_code(pool: LeanPool) -> None:
    result = pool.run_sync("import Lean\nimport Std\nimport Nonsense\n#check Lean.Expr")
    assert result.verdict == "error"
    assert result.errors[0].start.line <= 3  # Lean says where the imports begin
    assert pool.run_sync("import Lean\nimport Std\n#check Lean.Expr").ok


# --- 6: results in the order in which they happen to be ready; a package that cannot be imported ----------------------


async def test_6_results_are_in_the_order_of_the_questions(pool: LeanPool) -> None:
    codes = [SLOW, "#eval 1", "theorem t : 1 = 2 := rfl", SLOW, "#eval 2"]
    results = await asyncio.gather(*map(pool.run, codes))
    assert [result.code for result in results] == codes
    assert [result.verdict for result in results] == ["valid", "valid", "error", "valid", "valid"]


def test_6_every_module_can_be_imported() -> None:
    for module in pkgutil.walk_packages(lean_magic.__path__, "lean_magic."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


# --- 7: success where there is none; answers kept for questions that differ -------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "theorem t : 1 = 2 := sorry",
        "theorem t : 1 = 2 := by sorry",
        "theorem t : 1 = 2 := by\n  have h : 2 = 3 := by sorry\n  exact h.symm ▸ sorry",
        "def f : Nat := sorry\nexample : f = f := rfl",
        "example : 1 = 2 := by admit",
        "import Nonsense\ntheorem t : 1 = 1 := rfl",
        "theorem t : 1 = 1 := rfl\ntheorem",
        "#exit\ntheorem t : 1 = 2 := rfl",
        '#eval (panic! "x" : Nat)\ntheorem t : 1 = 2 := by decide',
    ],
)
def test_7_nothing_but_success_is_success(pool: LeanPool, code: str) -> None:
    result = pool.run_sync(code)
    assert not result.ok
    assert result.verdict in {"sorry", "error"}


def test_7_a_reply_that_only_says_why_there_is_no_answer_is_an_error(pool: LeanPool) -> None:
    down = "def down : Nat → Nat\n  | 0 => 0\n  | n + 1 => 1 + down n\n#eval down 10000000"
    result = pool.run_sync(down)
    assert result.verdict != "valid"
    assert result.errors or result.detail


@pytest.mark.parametrize("command", ["garbage", "not_utf8", "wrong_reply", "half"])
def test_7_a_reply_that_nobody_can_read_is_no_success(faulty_pool: MakePool, command: str) -> None:
    result = faulty_pool().run_sync(command)
    assert (result.verdict, result.env) == ("crashed", None)


def test_7_the_same_code_asked_for_otherwise_is_another_question(pool: LeanPool) -> None:
    code = "#check (1 + 1 : Nat)\ntheorem t : 1 = 1 := by rfl"
    assert pool.run_sync(code).infos[0].text == "1 + 1 : Nat"
    assert pool.run_sync(code, options={"pp.all": True}).infos[0].text.startswith("@HAdd.hAdd")
    assert pool.run_sync(code).infos[0].text == "1 + 1 : Nat"
    assert pool.run_sync(code).tactics == ()
    assert [tactic.tactic for tactic in pool.run_sync(code, all_tactics=True).tactics] == ["rfl"]
    env = pool.run_sync('notation "one" => 1').env
    assert pool.run_sync("#eval one", env).ok
    assert pool.run_sync("#eval one").verdict == "error"


def test_7_too_little_time_once_is_not_too_little_time_for_ever(pool: LeanPool) -> None:
    code = "#eval (IO.sleep 1000 : IO Unit)"
    assert pool.run_sync(code, timeout=0.3).verdict == "timeout"
    assert pool.run_sync(code, timeout=120).ok


def test_7_a_crash_does_not_block_the_same_code_afterwards(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    for _ in range(2):
        assert pool.run_sync("exit 1").verdict == "crashed"
    assert pool.run_sync("after").ok


async def test_7_no_failure_is_dropped_from_among_many(pool: LeanPool) -> None:
    codes = [f"theorem t : {n} = {n % 2} := rfl" for n in range(12)]
    results = await asyncio.gather(*map(pool.run, codes))
    assert [result.verdict for result in results] == ["valid", "valid", *["error"] * 10]


@pytest.mark.parametrize("segment", ["a" * 256, "a" * 5000, "𝔸" * 300])
def test_7_long_words_are_code_and_not_the_name_of_a_file(pool: LeanPool, segment: str) -> None:
    assert pool.run_sync(f"def {segment} := 1\n#eval {segment} -- {segment}/{segment}").infos[0].text == "1"
    with pytest.raises(InputError, match="cannot be read"):
        pool.run_file_sync(segment)


# --- 8 and 9: a tactic that fails or does not parse, and looks like the end of the proof ------------------------------


@pytest.mark.parametrize(
    "tactic", ["linarith", "rw [nonsense]", "exact (", "omega; rfl", "intro", "))", "-- only this"]
)
def test_8_a_tactic_that_fails_or_does_not_parse_solves_nothing(pool: LeanPool, tactic: str) -> None:
    state = pool.prove_sync("theorem t (p : Prop) (a b : Nat) (h : a < b) : p")
    with pytest.raises(TacticError) as raised:
        state.tactic_sync(tactic)
    assert str(raised.value)
    assert "internal exception" not in str(raised.value)
    assert not state.completed


@pytest.mark.parametrize("tactic", ["exact nothing_of_the_kind", "sorry", "exact sorryAx _", "admit"])
def test_9_no_goals_are_not_the_end_of_a_proof(pool: LeanPool, tactic: str) -> None:
    state = pool.prove_sync("theorem t (p : Prop) : p")
    try:
        after = state.tactic_sync(tactic)
    except TacticError:
        return
    assert after.goals == ()
    assert not after.completed
    assert not after.ok
    assert "sorry" in after.status


# --- 9: what ends the upstream REPL, or gets no answer from it --------------------------------------------------------


class Repl:
    """``lean-magic repl``, as another program would use it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "lean_magic", "repl", "--scratch", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def receive(self) -> Reply:
        assert self.process.stdout
        line, end = self.process.stdout.readline(), self.process.stdout.readline()
        assert end == b"\n"
        reply = json.loads(line)
        assert isinstance(reply, dict)
        return reply

    def ask(self, request: Reply | str) -> Reply:
        self.send((request if isinstance(request, str) else json.dumps(request, ensure_ascii=False)) + "\n\n")
        return self.receive()

    def texts(self, request: Reply | str) -> list[str]:
        return [message["data"] for message in self.ask(request).get("messages", [])]


@pytest.fixture(scope="module")
def repl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repl]:
    repl = Repl(tmp_path_factory.mktemp("repl"))
    yield repl
    repl.process.kill()
    repl.process.communicate()


@pytest.mark.parametrize(
    "request_text",
    [
        '{"cmd": "def f := 1"',
        "{'cmd': 1}",
        "nonsense",
        "# a comment",
        "#eval 1",
        "-- a comment",
        "{}",
        "[]",
        "\0",
        "{{",
    ],
)
def test_9_a_request_that_is_none_is_answered_and_not_the_end(repl: Repl, request_text: str) -> None:
    assert list(repl.ask(request_text)) == ["message"]
    assert repl.texts({"cmd": "#eval 1 + 1"}) == ["2"]


def test_9_stray_empty_lines_are_not_the_end(repl: Repl) -> None:
    repl.send("\n\n  \n\r\n" + json.dumps({"cmd": "#eval 3"}) + "\n\n")
    for _ in range(10):
        reply = repl.receive()
        if "messages" in reply:
            break
    assert reply["messages"][0]["data"] == "3"


def test_9_line_ends_within_a_string_are_not_taken_out_of_the_code(repl: Repl) -> None:
    raw = repl.ask('{"cmd": "theorem t : 1 = 1 := by\nsorry"}')  # no JSON, so it may be refused
    assert "message" in raw or "sorry" in raw["messages"][0]["data"]
    assert "sorry" in repl.texts({"cmd": "theorem t : 1 = 1 := by\nsorry"})[0]
    assert repl.texts({"cmd": "#eval 1\n\n\n#eval 2"}) == ["1", "2"]


def test_9_no_goals_are_told_from_success_on_the_wire_too(repl: Repl) -> None:
    state = repl.ask({"cmd": "theorem t (p : Prop) : p := by sorry"})["sorries"][0]["proofState"]
    reply = repl.ask({"tactic": "exact nothing_of_the_kind", "proofState": state})
    assert reply["goals"] == []
    assert reply["proofStatus"] == "Incomplete: contains sorry"


# --- 10: a long reply that breaks the stream; an environment that is gone with a deadline -----------------------------

LONG = 'import Lean\nrun_cmd do\n  let mut s := "x"\n  for _ in [0:22] do s := s ++ s\n  Lean.logInfo s'


async def test_10_a_long_reply_is_read_whole_and_the_next_one_is_the_next(pool: LeanPool) -> None:
    results = await asyncio.gather(*[pool.run(code) for _ in range(2) for code in (LONG, "#eval 1", "#eval 2")])
    lengths = [len(result.infos[0].text) for result in results]
    assert lengths == [2**22, 1, 1] * 2
    assert [result.infos[0].text for result in results[1::3]] == ["1", "1"]


def test_10_an_environment_outlives_the_deadline_of_what_runs_in_it(pool: LeanPool) -> None:
    result = pool.run_sync("def kept := 5\ntheorem t : kept = 5 := by sorry")
    assert pool.run_sync(SPIN, result.env, timeout=0.5).verdict == "timeout"
    assert pool.run_sync("#eval kept", result.env).infos[0].text == "5"
    assert result.sorries[0].state.tactic_sync("rfl").completed


# --- 11: what Lean code prints gets among the replies -----------------------------------------------------------------

PRINTS = [
    '#eval IO.println "{\\"env\\": 0}\\n\\n"',
    '#eval show IO Unit from do (← IO.getStdout).putStr "{\\"env\\": 0}\\n\\n"',
    '#eval show IO Unit from do (← IO.getStdout).write "\\n\\n{\\"env\\": 0}\\n\\n".toUTF8',
    '#eval dbg_trace "\\n\\n\\{\\"env\\": 0}\\n\\n"; 4',
    'initialize do IO.println "{\\"env\\": 0}\\n\\n"',
    '#eval show IO Unit from do discard (IO.asTask (do IO.sleep 200; IO.println "{\\"env\\": 0}\\n\\n"))',
    'import Lean\nrun_cmd (do IO.println "{\\"env\\": 0}\\n\\n" : IO Unit)',
    'import Lean\nelab "say" : tactic => IO.println "{\\"env\\": 0}\\n\\n"\nexample : 1 = 1 := by\n  say\n  rfl',
]


@pytest.mark.parametrize("code", PRINTS)
def test_11_what_lean_code_prints_is_never_a_reply(pool: LeanPool, code: str) -> None:
    for number in range(5):
        result = pool.run_sync(f"{code}\n#eval {number}")
        assert (result.verdict, result.attempts) == ("valid", 1), result
        assert result.infos[-1].text == str(number)


def test_11_nor_is_what_the_code_of_a_tactic_prints(pool: LeanPool) -> None:
    env = pool.run_sync(
        'import Lean\nelab "say" : tactic => IO.println "{\\"proofState\\": 0, \\"goals\\": []}\\n\\n"'
    ).env
    state = pool.prove_sync("theorem t (p : Prop) (h : p) : p", env)
    for _ in range(3):
        after = state.tactic_sync("say")
        assert [goal.target for goal in after.goals] == ["p"]
        assert after.tactic_sync("exact h").completed


def test_11_what_nobody_asked_for_is_nobody_s_answer(faulty_pool: MakePool) -> None:
    pool = faulty_pool()
    env = pool.run_sync("before").env
    for _ in range(5):
        pool.run_sync("unasked")
        assert pool.run_sync("after").infos[0].text == "None"  # the stand-in tells in which environment it was asked
        assert pool.run_sync("after", env).infos[0].text != "None"


# --- what users report besides ----------------------------------------------------------------------------------------


def test_characters_beyond_16_bits_arrive_however_they_are_written(repl: Repl) -> None:
    code = '#eval "𝔸😀".length\ndef 𝔸 : String := "é𝔸"\n#eval 𝔸'
    for ensure_ascii in False, True:  # raw UTF-8, and pairs of surrogates
        reply = repl.ask(json.dumps({"cmd": code}, ensure_ascii=ensure_ascii))
        assert [message["data"] for message in reply["messages"]] == ["2", '"é𝔸"']
    assert repl.texts('{"cmd": "#eval \\"\\ud835\\udd38\\".length"}') == ["1"]


@pytest.mark.parametrize(
    "header",
    [
        "import Lean\n",
        "\n\nimport Lean\nimport Std\n\n",
        "/- what this is\n   about /- nested -/ -/\nimport Lean -- everything\n\n-- more\nimport Std\n",
        "import Lean import Std\n\n\n",
    ],
)
def test_every_position_counts_from_the_first_line_of_the_code(pool: LeanPool, header: str) -> None:
    body = "theorem a : 1 = 2 := rfl\ntheorem b (p : Prop) (h : p) : p := by\n  skip\n  sorry\n#eval 𝔸"
    result = pool.run_sync(header + body, all_tactics=True, root_goals=True, infotree="original")
    first = header.count("\n") + 1
    assert {error.start.line for error in result.errors} == {first, first + 4}
    assert [sorry.start for sorry in result.sorries] == [Position(first + 3, 2)]
    assert [(step.tactic, step.start) for step in result.tactics] == [
        ("skip", Position(first + 2, 2)),
        ("sorry", Position(first + 3, 2)),
    ]
    (root,) = result.root_goals
    assert root.start is not None
    assert first + 1 <= root.start.line <= first + 3
    alone = list(_values(pool.run_sync(body, infotree="original").infotree, "line"))
    assert alone
    assert list(_values(result.infotree, "line")) == [line + first - 1 for line in alone]


def _values(tree: Any, key: str) -> Iterator[Any]:
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(tree, list):
        for item in tree:
            yield from _values(item, key)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("module\n\npublic import Lean\n\npublic section\ntheorem t : 1 = 1 := rfl", "valid"),
        ("-- comment\nmodule\nimport Lean\ntheorem t : 1 = 1 := rfl", "valid"),
        ("open Nat\nimport Lean\n#eval 1", "error"),
        ("set_option pp.all true\nimport Lean\n#eval 1", "error"),
        ("import Lean\nopen Lean\nimport Std", "error"),
    ],
)
def test_a_header_is_what_lean_takes_for_one(pool: LeanPool, code: str, verdict: str) -> None:
    result = pool.run_sync(code)
    assert result.verdict == verdict, result
    if verdict == "error":
        assert "import" in result.errors[0].text
        assert code.splitlines()[result.errors[0].start.line - 1].startswith("import")


def test_suggestions_are_answers_like_others(pool: LeanPool) -> None:
    for code in "example : 1 + 1 = 2 := by rw?", "example (a b : Nat) (h : a = b) : b = a := by exact?":
        result = pool.run_sync(code)
        assert result.verdict == "valid"
        assert "Try this" in result.infos[0].text
        assert pool.run_sync("#eval 1", result.env).ok


def test_no_process_outlives_a_deadline_or_the_pool() -> None:
    before = set(psutil.Process().children(recursive=True))
    kernel = "example : (List.range 100000000).foldl (· + ·) 0 = 0 := by decide +kernel"  # which cannot be interrupted
    with LeanPool(workers=1, timeout=60) as pool:
        env = pool.run_sync("def kept := 1").env
        for code in SPIN, kernel:
            assert pool.run_sync(code, env, timeout=0.5).verdict == "timeout"
            assert pool.run_sync("#eval kept", env).ok
        (worker,) = pool.status().workers
        assert psutil.pid_exists(worker.pid)
    assert not psutil.pid_exists(worker.pid)
    assert set(psutil.Process().children(recursive=True)) <= before


def test_there_is_a_deadline_where_nobody_gave_one(pool: LeanPool) -> None:
    assert LeanPool().timeout < float("inf")
    result = pool.run_sync(SPIN, timeout=0.5)
    assert (result.verdict, result.ok, result.env) == ("timeout", False, None)  # no errors so far are no success


@pytest.mark.parametrize(
    ("statement", "tactics"),
    [
        ("example : 1 = 0", ["cases 1", "rfl", "have : true := by\n  apply ?succ\n  trivial"]),
        ("theorem t : False", ["exact t"]),
        ("theorem t (n : Nat) : n < n", ["exact t n"]),
    ],
)
def test_what_the_kernel_refuses_is_not_completed(pool: LeanPool, statement: str, tactics: list[str]) -> None:
    state = pool.prove_sync(statement)
    try:
        for tactic in tactics:
            state = state.tactic_sync(tactic)
    except TacticError:
        return
    assert not state.completed
    assert state.status.startswith("Error")


def test_a_pickle_gives_back_values_notations_and_code_that_runs(repl: Repl) -> None:
    code = """
namespace Mine
scoped notation "three" => 3
end Mine
def double (n : Nat) := 2 * n
def closure := (· + 3)
structure Point where (x y : Nat) deriving Repr
"""
    env = repl.ask({"cmd": code})["env"]
    repl.ask({"pickleTo": "some.olean", "env": env})
    restored = repl.ask({"unpickleEnvFrom": "some.olean"})["env"]
    use = "open Mine in\n#eval double three\n#eval closure 4\n#eval ({ x := 1, y := 2 } : Point)\n#print double"
    texts = repl.texts({"cmd": use, "env": restored})
    assert texts[:3] == ["6", "7", "{ x := 1, y := 2 }"]
    assert "2 * n" in texts[3]


def test_a_long_line_is_not_cut(repl: Repl) -> None:
    for length in 4095, 4096, 65_536, 1_000_000:
        assert repl.texts({"cmd": f'#eval "{"x" * length}".length'}) == [str(length)]


def test_hundreds_of_codes_at_once_that_start_from_nothing_wear_no_worker_out_and_take_no_descriptors(
    pool: LeanPool,
) -> None:
    pool.run_sync("#eval 1")
    restarts, before = pool.status().restarts, descriptors()
    counts: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            counts.append(descriptors())

    async def run_all() -> list[LeanResult]:
        return await asyncio.gather(*[pool.run(f"#eval {n}") for n in range(600)])

    watcher = threading.Thread(target=watch)
    watcher.start()
    results = asyncio.run(run_all())
    done.set()
    watcher.join()
    assert [result.infos[0].text for result in results] == [str(n) for n in range(600)]
    assert pool.status().restarts == restarts
    assert max(counts) <= before + 10  # the caller's loop, another worker, and the look itself
    assert descriptors() <= before + 5


def test_nothing_is_printed_and_no_signal_or_locale_is_changed_on_import() -> None:
    code = """
import locale, signal, threading
before = signal.getsignal(signal.SIGINT), locale.getlocale()
import lean_magic
assert before == (signal.getsignal(signal.SIGINT), locale.getlocale())
assert threading.active_count() == 1
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, env=dict(os.environ))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
