"""What earlier texts leave for later ones: never another answer, only an earlier one."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_server import Server

if TYPE_CHECKING:
    pass

Reply = dict[str, Any]

EVERYTHING: Reply = {"allTactics": True, "rootGoals": True, "infotree": "full", "axioms": True, "doubts": True}


def without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key not in {"env", "proofState"}}
    return value


def elaborated(server: Server) -> int:
    """How many commands this server has elaborated so far."""
    count = server.ask({"stat": True})["elaborated"]
    assert isinstance(count, int)
    return count


def cost(server: Server, code: str, **fields: Any) -> int:
    """How many commands a text makes the server elaborate; the end of the text is one."""
    before = elaborated(server)
    server.run(code, **fields)
    return elaborated(server) - before


def text(reply: Reply) -> str:
    return "\n".join(message["data"] for message in reply["messages"])


# --- what is taken over ---------------------------------------------------------------------------------------------

FIB = "def fib : Nat → Nat\n  | 0 => 0\n  | 1 => 1\n  | n + 2 => fib (n + 1) + fib n\n#eval fib 20"


def test_a_text_costs_what_is_new_at_its_end(server: Server) -> None:
    base = server.run("")["env"]
    assert cost(server, FIB, env=base) == 3
    assert cost(server, FIB, env=base) == 1
    assert cost(server, f"{FIB}\n#eval fib 3", env=base) == 2
    assert cost(server, f"{FIB}\n#eval fib 4", env=base) == 2
    assert cost(server, f"{FIB}\n\n#eval fib 4 -- four", env=base) == 2
    assert cost(server, f"{FIB} -- twenty", env=base) == 2, "elaborators may see a comment"
    assert cost(server, FIB.replace("20", "21"), env=base) == 2
    assert cost(server, f"\n{FIB}", env=base) == 3, "everything stands elsewhere"


def test_the_longest_beginning_among_all_kept_texts_counts(server: Server) -> None:
    base = server.run("")["env"]
    commands = [f"def x{n} := {n}" for n in range(6)]
    server.run("\n".join(commands), env=base)
    server.run("\n".join([*commands[:2], "def y := 0"]), env=base)
    server.run("def z := 0", env=base)
    assert cost(server, "\n".join([*commands[:5], "def y := 0"]), env=base) == 2
    assert cost(server, "\n".join([*commands[:2], "def y := 0", "def y' := y"]), env=base) == 2


def test_what_is_taken_over_says_all_that_it_said(server: Server) -> None:
    code = (
        "theorem foo (p q : Prop) (h : p ∧ q) : q ∧ p := by\n  constructor\n  · exact h.2\n  · sorry\n#print axioms foo"
    )
    base = server.run("")["env"]
    first = server.run(code, env=base, **EVERYTHING)
    before = elaborated(server)
    again = server.run(code, env=base, **EVERYTHING)
    assert elaborated(server) == before + 1
    assert without_ids(again) == without_ids(first)
    assert first["tactics"][0]["proofState"] != again["tactics"][0]["proofState"]
    done = server.tactic("exact h.1", again["sorries"][0]["proofState"])
    assert done["goals"] == []
    assert server.run("example := @foo", env=again["env"]).get("messages") is None


def test_texts_with_a_header_share_too(server: Server) -> None:
    server.run("import Lean\ndef here := 1\n#eval here")
    assert cost(server, "import Lean\ndef here := 1\n#eval here + 1") == 2
    assert cost(server, "import Std\ndef here := 1\n#eval here + 1") == 3


# --- what it depends on ---------------------------------------------------------------------------------------------


def test_the_base_and_the_options_of_the_request_matter(server: Server) -> None:
    one, two = (server.run(f"def n := {n}")["env"] for n in (1, 2))
    assert text(server.run("#eval n", env=one)) == "1"
    assert text(server.run("#eval n", env=two)) == "2"
    code = "#check fun n : Nat => n + 1"
    verbose = {"setOptions": [[["pp", "all"], True]]}
    assert "HAdd" not in text(server.run(code, env=one))
    assert "HAdd" in text(server.run(code, env=one, **verbose))
    assert cost(server, code, env=one, **verbose) == 1
    assert "HAdd" not in text(server.run(f"{code}\n", env=one))


def test_what_follows_a_command_can_belong_to_it(server: Server) -> None:
    code = "structure Point where\n  x : Nat\n  /-- What? -/\n  Sort : Type"
    for tail in ("", "\n  y : Nat"):
        for replaced in ("Sort", "sort"):
            edited = code.replace("Sort", replaced) + tail
            assert without_ids(server.run(edited, **EVERYTHING)) == without_ids(
                server.run(edited, fresh=True, **EVERYTHING)
            )


def test_released_environments_take_their_texts_along(server: Server) -> None:
    base = server.run("")["env"]
    server.run("def x := 1\ndef y := 2", env=base)
    before = server.ask({"stat": True})["snapshots"]
    server.ask({"release": {"environments": [base]}})
    assert server.ask({"stat": True})["snapshots"] == before - 2


def test_a_fresh_text_shares_nothing(server: Server) -> None:
    base = server.run("")["env"]
    assert [cost(server, "def x := 1\ndef y := 2", env=base, fresh=True) for _ in range(2)] == [3, 3]
    assert cost(server, "def x := 1\ndef y := 2", env=base) == 3
    assert cost(server, "def x := 1\ndef y := 2", env=base, fresh=True) == 3


# --- effects ----------------------------------------------------------------------------------------------------------

CLOCK = "#eval show IO Nat from IO.monoNanosNow"


IMPORT = "import Lean\nopen Lean Elab Command Meta\n"
LOG = 'logInfo m!"{← IO.monoNanosNow}"'
NAT = "return mkNatLit (← IO.monoNanosNow)"

IMPURE = [
    CLOCK,
    "#eval IO.monoNanosNow",
    "#eval! IO.monoNanosNow",
    "#eval show IO Unit from do\n  let now ← IO.monoNanosNow\n  IO.println now",
    "abbrev M := StateT Nat IO\ndef now : M Nat := fun s => do return (← IO.monoNanosNow, s)\n#eval (now.run 0 : IO _)",
    """structure M (α : Type) where
  run : IO α
instance : MonadEval M IO := ⟨M.run⟩
def now : M Nat := ⟨IO.monoNanosNow⟩
#eval now""",
    """unsafe def now (_ : Unit) : Nat := match unsafeBaseIO IO.monoNanosNow with | n => n
@[implemented_by now] opaque later (_ : Unit) : Nat
#eval later ()""",
    f"{IMPORT}run_cmd {LOG}",
    f"{IMPORT}run_meta {LOG}",
    f"{IMPORT}def now : Nat := by_elab {NAT}\n#print now",
    f'{IMPORT}elab "now" : term => {NAT}\n#check now',
    f'{IMPORT}elab "#now" : command => do {LOG}\n#now',
    f'{IMPORT}macro "#now" : command => `(run_cmd {LOG})\n#now',
    f"""{IMPORT}simproc now (_ + _) := fun _ => do
  {LOG}
  return .continue
example : 1 + 1 = 2 := by simp only [now]""",
]


@pytest.mark.parametrize("code", IMPURE)
def test_what_may_answer_otherwise_is_elaborated_again(server: Server, code: str) -> None:
    first, second = (server.run(code) for _ in range(2))
    assert first["messages"][0]["severity"] == "info", first
    assert text(first) != text(second)


def test_a_file_that_is_read_may_change(server: Server) -> None:
    path = server.scratch / "words"
    for content in ("one", "two"):
        path.write_text(content)
        assert text(server.run(f'#eval IO.FS.readFile "{path}"')) == f'"{content}"'


def test_effects_in_an_earlier_text_do_not_end_the_sharing_of_later_ones(server: Server) -> None:
    base = server.run(f"{CLOCK}\ndef x := 1")["env"]
    server.run("#eval x", env=base)
    assert cost(server, "#eval x\n#eval x", env=base) == 2


def test_elaborators_of_an_earlier_text_do(server: Server) -> None:
    base = server.run('import Lean\nelab "now" : term => return Lean.mkNatLit (← IO.monoNanosNow)')["env"]
    assert text(server.run("#check now", env=base)) != text(server.run("#check now", env=base))


def test_macros_and_notation_are_no_effects(server: Server) -> None:
    code = (
        'syntax "twice " term : term\nmacro_rules | `(twice $t) => `($t + $t)\ninfixl:65 " ⊹ " => HAdd.hAdd\n'
        'notation "⟪" x "⟫" => x + 1\nmacro "done!" : tactic => `(tactic| trivial)\n'
        "inductive Tree (α : Type) | leaf | node (l : Tree α) (x : α) (r : Tree α) deriving Repr, BEq, Hashable\n"
        "instance : Functor Tree where map f t := t.rec .leaf fun _ x _ l r => .node l (f x) r\n"
        "def t : Tree Nat := .node .leaf 1 .leaf\n#eval t\n#eval twice 2 ⊹ ⟪3⟫\nexample : True := by done!\n"
    )
    server.run(code)
    assert cost(server, f"{code}#check t") == 2


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_few_texts_are_kept(server: Server) -> None:
    base = server.run("")["env"]
    for number in range(40):
        server.run(f"def x := {number}\ndef y := x", env=base)
    kept = server.ask({"stat": True})["snapshots"]
    assert 2 <= kept <= 32
    assert cost(server, "def x := 39\ndef y := x", env=base) == 1
    assert cost(server, "def x := 0\ndef y := x", env=base) == 3


def test_the_beginning_of_a_very_long_text_is_kept(server: Server) -> None:
    base = server.run("")["env"]
    code = "\n".join(f"def x{n} := {n}" for n in range(1100))
    assert cost(server, code, env=base) == 1101
    assert cost(server, code, env=base) == 101
    assert server.ask({"stat": True})["snapshots"] <= 1000


# --- on the way -------------------------------------------------------------------------------------------------------


def frames(server: Server, code: str, **fields: Any) -> list[Reply]:
    """All frames that answer a text: those on the way, and the last one."""
    server.send(json.dumps({"cmd": code, "stream": True, **fields}) + "\n\n")
    frames = [server.receive()]
    while "reached" in frames[-1]:
        frames.append(server.receive())
    return frames


def test_a_stream_tells_what_is_next_and_what_was_said(server: Server) -> None:
    code = "#eval 1\n" + "\n".join(f"#eval dbgSleep 80 fun _ => {n}" for n in range(2, 5)) + "\n#eval 5"
    *interim, last = frames(server, code, id="s", fresh=True)
    assert {frame["id"] for frame in (*interim, last)} == {"s"}
    assert interim[0] == {"id": "s", "reached": {"line": 1, "column": 0}}
    told = [message for frame in interim for message in frame.get("messages", [])]
    assert told == last["messages"][: len(told)]
    assert [message["data"] for message in last["messages"]] == ["1", "2", "3", "4", "5"]
    # At least the sleeps are longer than the shortest time between two frames.
    lines = [frame["reached"]["line"] for frame in interim]
    assert {3, 4, 5} <= set(lines)
    assert lines == sorted(set(lines))
    for frame in interim:
        line = frame["reached"]["line"]
        assert all(message["pos"]["line"] < line for message in frame.get("messages", []))


def test_a_stream_of_nothing_is_its_last_frame(server: Server) -> None:
    assert [set(frame) for frame in frames(server, "")] == [{"env"}]
    assert [set(frame) for frame in frames(server, "import Nonsense\n#eval 1")] == [{"env", "messages"}]
    assert frames(server, "#eval 1", env=999999) == [{"message": "Unknown environment."}]


def test_what_a_stopped_text_had_finished_is_kept(server: Server) -> None:
    base = server.run("import Lean")["env"]
    busy = "run_meta while true do\n  IO.sleep 5\n  Lean.Core.checkInterrupted"
    server.send(json.dumps({"cmd": f"def x := 1\ndef y := 2\n{busy}", "env": base, "id": 7}) + "\n\n")
    time.sleep(1)
    server.send('{"cancel": 7, "id": 8}\n\n')
    replies = {reply["id"]: reply for reply in (server.receive(), server.receive())}
    assert replies[8] == {"id": 8, "cancelled": True}
    assert replies[7]["interrupted"] == {"line": 3, "column": 0}
    assert cost(server, "def x := 1\ndef y := 2\n#eval y", env=base) == 2


# --- and never another answer -----------------------------------------------------------------------------------------

COMMANDS = [
    "def a : Nat := 1",
    "def b : Nat := a + 1",
    "def a := \"again\"",
    "theorem t : 1 + 1 = 2 := rfl",
    "theorem u (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor\n  · exact hp\n  · exact hq",
    "theorem v (p : Prop) : p → p := by\n  intro h\n  sorry",
    "theorem w : a = 1 := by\n  first\n  | rfl\n  | sorry",
    "example : 2 + 2 = 5 := by decide",
    "example (n : Nat) : n + 0 = n := by simp",
    "example (x : Nat) : x = x := by induction x with\n  | zero => rfl\n  | succ n ih => rfl",
    "namespace N",
    "end N",
    "section",
    "end",
    "end\nend",
    "open Nat",
    "open Nat in\n#check succ",
    "set_option pp.all true",
    "set_option pp.all true in\n#check a + 1",
    "set_option autoImplicit true",
    "def c (x : α) := x",
    "variable (n : Nat) {α : Type} [Inhabited α]",
    "theorem x : n = n := by rfl",
    "universe r",
    'notation "⟪" x "⟫" => x + 1',
    "#check ⟪2⟫",
    'infixl:65 " ⊹ " => HAdd.hAdd',
    "#eval 1 ⊹ 2",
    'macro "fini" : tactic => `(tactic| rfl)',
    "example : 3 = 3 := by fini",
    'syntax "twice " term:max : term',
    "macro_rules | `(twice $t) => `($t + $t)",
    "#eval twice 4",
    'local notation "a" => 7',
    "mutual\ndef ev : Nat → Bool\n| 0 => true\n| n+1 => od n\ndef od : Nat → Bool\n| 0 => false\n| n + 1 => ev n\nend",
    "#eval ev 4",
    "structure P where\n  x : Nat\n  /-- y -/\n  y : Nat := 2\nderiving Repr",
    "#eval ({ x := 1 } : P)",
    "instance : Add P := ⟨fun p q => { x := p.x + q.x }⟩",
    "@[simp] theorem s : a = 1 := rfl",
    "attribute [local simp] Nat.add_comm",
    "#print a",
    "#print axioms v",
    "#eval a",
    "#eval IO.println \"out\"",
    "#eval (throw (IO.userError \"no\") : IO Unit)",
    "#reduce fun x : Nat => x + 2",
    "#synth Inhabited Nat",
    "private def hidden := 1",
    "/-- A 𝔻ocument -/\ndef documented := 1",
    "/-! A remark -/",
    "-- a comment",
    "/- another\n𝔸 one -/",
    "def unfinished : Nat :=",
    "theorem unfinished' : True := by",
    "def = broken )",
    "import Lean",
    "#exit",
    "/-- left over -/",
    "\"",
    "unsafe def dark := 1",
    "axiom ax : False\ntheorem ay : 1 = 2 := ax.elim",
    "#guard_msgs in\n#eval 1",
    "/-- info: 1 -/\n#guard_msgs in\n#eval 1",
]  # fmt: skip

SEPARATORS = ["\n", "\n\n", " ", "\n-- note\n", "  \n", "\t\n", "", " /- 𝔸 -/ "]

pieces = st.tuples(st.sampled_from(COMMANDS), st.sampled_from(["\n"] * 4 + SEPARATORS))
texts = st.lists(pieces, min_size=1, max_size=6)
options = st.sampled_from([[]] * 4 + [[[["pp", "all"], True]], [[["autoImplicit"], True]]])


@st.composite
def edited(draw: st.DrawFn) -> list[str]:
    """A text, and what becomes of it in a few edits."""
    parts = draw(texts)
    versions = ["".join(map("".join, parts))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(parts)))
        match draw(
            st.sampled_from(["insert", "append", "replace", "delete", "respace", "cut", "type", *["retype"] * 4])
        ):
            case "insert":
                parts = [*parts[:at], draw(pieces), *parts[at:]]
            case "append":
                parts = [*parts, draw(pieces)]
            case "replace":
                parts = [*parts[:at], draw(pieces), *parts[at + 1 :]]
            case "delete":
                parts = parts[:at] + parts[at + 1 :]
            case "respace" if parts[at:]:
                parts = [*parts[:at], (parts[at][0], draw(st.sampled_from(SEPARATORS))), *parts[at + 1 :]]
            case "cut" if parts[at:]:
                command = parts[at][0]
                parts = [*parts[:at], (command[: draw(st.integers(0, len(command)))], "\n"), *parts[at + 1 :]]
            case "type" if parts[at:]:
                command, here = parts[at][0], draw(st.integers(0, len(parts[at][0])))
                typed = draw(st.sampled_from(["a", " ", "\n", "(", "1", "𝔸", "-", "s"]))
                parts = [*parts[:at], (command[:here] + typed + command[here:], parts[at][1]), *parts[at + 1 :]]
            case "retype" if parts[at:] and parts[at][0]:
                # As long as before: what follows stands where it stood.
                command, here = parts[at][0], draw(st.integers(0, len(parts[at][0]) - 1))
                typed = draw(st.sampled_from("123ab \n"))
                parts = [*parts[:at], (command[:here] + typed + command[here + 1 :], parts[at][1]), *parts[at + 1 :]]
        versions.append("".join(map("".join, parts)))
    return versions


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(versions=edited(), options=options)
def test_the_answer_is_that_of_a_text_which_shares_nothing(
    server: Server, versions: list[str], options: list[Any]
) -> None:
    for version in versions:
        shared = server.run(version, setOptions=options, **EVERYTHING)
        fresh = server.run(version, setOptions=options, fresh=True, **EVERYTHING)
        assert without_ids(shared) == without_ids(fresh), version
