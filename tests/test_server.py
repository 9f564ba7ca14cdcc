"""The Lean server: what it says to each request, on the wire of a real process."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from raw_server import Reply, Server, errors, texts

import lean_magic
from lean_magic.toolchain import resolve_toolchain

TRANSCRIPTS = Path(__file__).with_name("transcripts")
SOURCES = Path(lean_magic.__file__).with_name("lean")


@pytest.fixture(scope="module")
def server(server: Server) -> Server:
    """One that sees the files of the recorded conversations."""
    (server.scratch / "test").mkdir()
    for source in TRANSCRIPTS.glob("*.lean"):
        shutil.copy(source, server.scratch / "test")
    return server


# --- recorded conversations ---------------------------------------------------------------------------------------

# What the embedded Lean 4.28 says otherwise than the recorded Lean 4.33: (conversation, reply) -> fields, and why.
DIFFERENCES: dict[tuple[str, int], tuple[Reply, str]] = {
    ("self_proof_rw", 1): (
        {
            "messages": [
                {
                    "severity": severity,
                    "pos": {"line": 1, "column": start},
                    "endPos": {"line": 1, "column": end},
                    "data": text,
                }
                for severity, start, end, text in (
                    ("error", 0, 35, "Unknown option `pp.fvars.anonymous`"),
                    ("warning", 47, 63, "declaration uses `sorry`"),
                    *(
                        ("error", 0, 83, f"linter Lean.Linter.{linter} failed: Unknown option `pp.fvars.anonymous`")
                        for linter in ("MissingDocs.missingDocs", "List.indexLinter", "List.listVariablesLinter")
                    ),
                )
            ]
        },
        "the option came after Lean 4.28",
    ),
    ("self_proof_rw", 2): (
        {
            "proofStatus": "Error: the proof uses `self_application`, which it is part of: "
            "whether that ends can only be told of the whole"
        },
        "it says what is wrong, where upstream shows the kernel's words",
    ),
}


def frames(text: str) -> list[Any]:
    return [json.loads(frame) for frame in re.split(r"\n\s*\n", text) if frame.strip()]


def renumbered(value: Any, offsets: dict[str, int]) -> Any:
    """`value` with its ids moved, since a server that has been used before does not count from zero."""
    if isinstance(value, list):
        return [renumbered(item, offsets) for item in value]
    if isinstance(value, dict):
        return {
            key: item + offsets[key] if key in offsets and isinstance(item, int) else renumbered(item, offsets)
            for key, item in value.items()
        }
    return value


def normalized(value: Any) -> Any:
    """`value` without the order of what is a set."""
    if isinstance(value, list):
        return [normalized(item) for item in value]
    if isinstance(value, dict):
        return {key: sorted(item) if key == "usedConstants" else normalized(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("name", sorted(path.stem for path in TRANSCRIPTS.glob("*.in")))
def test_a_recorded_conversation_goes_the_same(server: Server, name: str) -> None:
    stat = server.ask({"stat": True})
    offsets = {"env": stat["environments"], "proofState": stat["proofStates"]}
    requests = frames((TRANSCRIPTS / f"{name}.in").read_text())
    replies = frames((TRANSCRIPTS / f"{name}.expected.out").read_text())
    assert len(requests) == len(replies)
    for index, (request, recorded) in enumerate(zip(requests, replies, strict=True)):
        ours, _ = DIFFERENCES.get((name, index), ({}, ""))
        for key, value in ours.items():
            assert recorded[key] != value, "no longer a difference"
        reply = server.ask(renumbered(request, offsets))
        assert normalized(reply) == normalized(renumbered({**recorded, **ours}, offsets))


def test_every_difference_belongs_to_a_recorded_reply() -> None:
    for name, index in DIFFERENCES:
        assert index < len(frames((TRANSCRIPTS / f"{name}.expected.out").read_text()))


# --- requests that are not right ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("{", "Could not parse JSON"),
        ("#eval 1", "Could not parse JSON"),
        ("-- a comment", "Could not parse JSON"),
        ("[1, 2]", "an object expected"),
        ("null", "an object expected"),
        ("{}", "no request has these keys"),
        ('{"tactic": "rfl"}', "no request has these keys"),
        ('{"cmd": 3}', "`cmd` must be a string"),
        ('{"cmd": "", "env": "x"}', "`env` must be a natural number"),
        ('{"cmd": "", "env": -1}', "`env` must be a natural number"),
        ('{"cmd": "", "env": 1.5}', "`env` must be a natural number"),
        ('{"cmd": "", "env": 123456789012345678901234567890}', "Unknown environment."),
        ('{"cmd": "", "env": 99999}', "Unknown environment."),
        ('{"cmd": "", "allTactics": "yes"}', "`allTactics` must be true or false"),
        ('{"cmd": "", "infotree": 3}', "`infotree` must be a string"),
        ('{"cmd": "", "setOptions": [["pp.all", true]]}', "`setOptions` must be a list"),
        ('{"cmd": "", "setOptions": [[["pp", "nope"], true]]}', "Unknown option `pp.nope`"),
        ('{"cmd": "", "setOptions": [[["maxRecDepth"], true]]}', "the value of option `maxRecDepth`"),
        ('{"path": "nowhere.lean"}', "no such file"),
        ('{"tactic": "rfl", "proofState": 99999}', "Unknown proof state."),
        ('{"tactic": 1, "proofState": 0}', "`tactic` must be a string"),
        ('{"pickleTo": "x", "env": 99999}', "Unknown environment."),
        ('{"pickleTo": "x", "proofState": 99999}', "Unknown proof State."),
        ('{"unpickleEnvFrom": "nowhere"}', "no such file"),
        ('{"unpickleProofStateFrom": "x", "env": 99999}', "Unknown environment."),
        ("[" * 100_000, "Could not parse JSON"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_is_lost(server: Server, request_text: str, message: str) -> None:
    before = server.ask({"stat": True})
    reply = server.ask(request_text)
    assert list(reply) == ["message"]
    assert message in reply["message"]
    assert server.ask({"stat": True}) == before


def test_stray_blank_lines_are_answered(server: Server) -> None:
    server.send('\n \n{"hello": 1}\n\n')
    assert list(server.receive()) == ["message"]
    assert list(server.receive()) == ["message"]
    assert server.receive()["server"] == "lean-magic"


def test_a_request_may_span_lines_and_carry_unknown_keys(server: Server) -> None:
    assert texts(server.ask('{"cmd":\n  "#eval 1 + 1",\n "gc": true,\n "env": null}')) == ["2"]


def test_hello(server: Server) -> None:
    assert server.ask({"hello": 1}) == {"server": "lean-magic", "protocol": 6, "lean": resolve_toolchain().version}


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "  \n", "-- only a comment", "/- the same -/\n"])
def test_text_without_commands_gives_an_environment(server: Server, code: str) -> None:
    assert list(server.run(code)) == ["env"]


def test_environments_extend_each_other_without_limit(server: Server) -> None:
    first = server.run("def f := 2")["env"]
    second = server.run("theorem g : f = 2 := rfl", env=first)["env"]
    assert texts(server.run("#eval f\n#check g", env=second)) == ["2", "g : f = 2"]
    assert errors(server.run("#check g", env=first)) == ["Unknown identifier `g`"]


@pytest.mark.parametrize(
    ("header", "name", "known"),
    [
        ("", "Nat.add_comm", True),
        ("", "Lean.Expr", False),
        ("import Std\n", "Std.HashMap", True),
        ("import Std\n", "Lean.Expr", False),
        ("import Lean\n", "Lean.Expr", True),
        ("import Lean.Data.Json\nimport Std.Data.TreeMap\n", "Lean.Json", True),
        ("import Lean.Data.Json\nimport Std.Data.TreeMap\n", "Lean.Elab.Tactic.run", False),
        ("prelude\n", "Nat", False),
    ],
)
def test_a_header_gives_what_it_imports(server: Server, header: str, name: str, known: bool) -> None:
    reply = server.run(f"{header}#check @{name}")
    assert bool(errors(reply)) is not known


def test_an_unknown_import_is_reported_where_it_is_and_ends_the_text(server: Server) -> None:
    reply = server.run("/- hello -/\n  import Foo.Bar\n#eval 1")
    (message,) = reply["messages"]
    assert message["severity"] == "error"
    assert message["pos"] == {"line": 2, "column": 2}
    assert "Foo" in message["data"]
    assert server.run("#eval 1")["messages"]


def test_imports_have_no_place_after_the_beginning(server: Server) -> None:
    env = server.run("def a := 1")["env"]
    assert "invalid 'import' command" in errors(server.run("import Lean", env=env))[0]


def test_ordinary_code_needs_no_module_keywords(server: Server) -> None:
    code = """
structure Point where
  (x y : Nat)
  deriving Repr, BEq, DecidableEq
def double (n : Nat) := 2 * n
theorem double_two : double 2 = 4 := rfl
instance : Add Point := ⟨fun a b => ⟨a.x + b.x, a.y + b.y⟩⟩
macro "close" : tactic => `(tactic| rfl)
example : double 3 = 6 := by close
example : (⟨1, 2⟩ : Point) ≠ ⟨2, 1⟩ := by decide
#eval [1, 2, 3].map double
#eval (⟨1, 2⟩ + ⟨3, 4⟩ : Point)
#print axioms double_two
"""
    assert texts(server.run(code)) == ["[2, 4, 6]", "{ x := 4, y := 6 }", "'double_two' does not depend on any axioms"]


def test_parse_errors_are_reported_with_the_rest(server: Server) -> None:
    assert errors(server.run("def x := 3 )\n#eval x"))
    assert errors(server.run("def x (a : Nat")) == ["unexpected end of input; expected ')'"]


@pytest.mark.parametrize(
    ("tactic", "status"),
    [
        ("as_aux_lemma => sorry", "Incomplete: contains sorry"),
        ("as_aux_lemma => exact sorryAx _ true", "Incomplete: contains sorry"),
        ("set_option warn.sorry false in as_aux_lemma => exact sorryAx _ false", "Incomplete: contains sorry"),
        ("exact absurd earlier (by decide)", "Incomplete: contains sorry"),
        ("set_option debug.skipKernelTC true in exact absurd (by decide +kernel : 1 = 2) (by decide)", "Error: kernel"),
    ],
)
def test_completed_means_checked_down_to_the_library(server: Server, tactic: str, status: str) -> None:
    env = server.run("theorem earlier : 1 = 2 := sorry")["env"]
    reply = server.tactic(tactic, server.goal("theorem t : False := by sorry", env=env))
    assert reply["goals"] == []
    assert reply["proofStatus"].startswith(status)


def test_an_axiom_that_a_tactic_declares_proves_nothing(server: Server) -> None:
    state = server.goal("import Lean\ntheorem t : False := by sorry")
    declare = (
        "Lean.addDecl (.axiomDecl { name := `ax, levelParams := [], type := .const ``False [], isUnsafe := false })"
    )
    state = server.tactic(f"run_tac {declare}", state)["proofState"]
    assert "axiom that a tactic declared" in server.tactic("exact ax", state)["proofStatus"]

    (found,) = server.tactic("have : False := sorry", state)["sorries"]
    reply = server.ask({"tactic": "exact ax", "proofState": found["proofState"], "structured": True})
    assert "axiom that a tactic declared" in reply["proofStatus"]


def test_auxiliary_declarations_of_honest_tactics_are_fine(server: Server) -> None:
    for tactic in ("omega", "exact Nat.add_lt_add_right h c", "(as_aux_lemma => exact Nat.add_lt_add_right h c)"):
        state = server.goal("theorem t (a b c : Nat) (h : a < b) : a + c < b + c := by sorry")
        assert server.tactic(tactic, state)["proofStatus"] == "Completed"
    for tactic in ("decide +kernel", "native_decide"):
        assert server.tactic(tactic, server.goal("theorem t : 10 * 10 = 100 := by sorry"))["proofStatus"] == "Completed"


def test_a_header_cannot_lead_out_of_the_library(server: Server) -> None:
    assert "names no module" in errors(server.run("import «..».«..».x"))[0]
    assert "names no module" in errors(server.run("import «a/b»"))[0]


@pytest.mark.parametrize("code", ["-- nothing", "", "\n\n", "/- nothing -/", "  /-! a -/"])
def test_text_without_commands_is_fine_on_any_environment(server: Server, code: str) -> None:
    assert errors(server.run(code)) == []
    assert errors(server.run(code, env=server.run("def x := 1")["env"])) == []


def test_what_is_not_utf8_is_answered(server: Server) -> None:
    server.send(b'{"cmd": "-- \xff\xfe"}\n\n')
    assert server.receive() == {"message": "The request is not UTF-8."}
    assert texts(server.run("#eval 1 + 1")) == ["2"]


def test_large_exponents(server: Server) -> None:
    too_large = {"message": "The request holds a number that is too large."}
    assert server.ask('{"cmd": "#eval 1", "env": 1e999999999}') == too_large
    assert server.ask('{"cmd": "#eval 1", "setOptions": [[["maxRecDepth"], 1e999999999]]}') == too_large
    assert errors(server.run('def x := "1e999999999"')) == []


def test_deep_recursion_is_answered(server: Server) -> None:
    reply = server.run("def down : Nat → Nat\n  | 0 => 0\n  | n + 1 => 1 + down n\n#eval down 10000000")
    assert "deep recursion" in reply["message"]
    assert texts(server.run("#eval 1 + 1")) == ["2"]


def test_doubts(server: Server) -> None:
    """Said only when asked for: what rests on `sorry`, however it is hidden, and where `#exit` hides text."""
    code = "theorem a : False := sorry\ntheorem b : False := a\ntheorem c : 1 = 1 := rfl"
    assert "doubts" not in server.run(code)
    first = server.run(code, doubts=True)
    assert first["doubts"] == {"sorry": ["a", "b"]}
    later = server.run("example : False := b\n#exit\ndef d := 1", env=first["env"], doubts=True)
    assert later["doubts"] == {"sorry": ["example"], "unread": {"line": 2, "column": 0}}
    unchecked = "set_option debug.skipKernelTC true in\ntheorem t : 1 = 2 := by decide +kernel"
    assert server.run(unchecked, doubts=True)["doubts"] == {"unchecked": True}
    unchecked = (
        "import Lean\n#eval show Lean.CoreM Unit from do discard (pure ((← Lean.getEnv).addDeclCore 0 · none false))"
    )
    assert server.run(unchecked, doubts=True)["doubts"] == {"unchecked": True}
    assert "doubts" not in server.run("theorem e : 1 = 1 := c\n#exit -- done", env=first["env"], doubts=True)


INTERRUPTED = "by run_tac (throw (.internal Lean.interruptExceptionId) : Lean.Elab.Tactic.TacticM Unit)"


@pytest.mark.parametrize(
    "code",
    [
        f"theorem t : 1 = 2 := {INTERRUPTED}",
        f"example : 1 = 2 := {INTERRUPTED}",
        f"@[instance] def t : Inhabited Nat := {INTERRUPTED}",
        f"open Nat in theorem t : 1 = 2 := {INTERRUPTED}",
        f"mutual theorem s : 1 = 1 := rfl theorem t : 1 = 2 := {INTERRUPTED} end",
        f"set_option Elab.async true in theorem t : 1 = 2 := {INTERRUPTED}",
    ],
)
def test_a_declaration_that_interrupts_itself_is_an_error(server: Server, code: str) -> None:
    env = server.run("import Lean")["env"]
    assert errors(server.run(code, env=env)) == ["This declaration was interrupted by code in it, and does not exist."]


def test_declarations_of_all_kinds_come_to_their_end(server: Server) -> None:
    code = """\
import Lean
initialize counter : IO.Ref Nat ← IO.mkRef 0
structure Point where (x y : Nat := 0) deriving Repr, DecidableEq
class abbrev Both (α : Type) := Inhabited α, Repr α
class inductive Few (α : Type) | few
mutual
inductive Tree | node (children : Forest)
inductive Forest | nil | cons (tree : Tree) (rest : Forest)
end
mutual
def even : Nat → Bool | 0 => true | n + 1 => odd n
def odd : Nat → Bool | 0 => false | n + 1 => even n
end
partial def forever (n : Nat) : Nat := forever (n + 1)
opaque hidden : Nat
instance : Inhabited Point where default := {}
theorem a.b : 1 = 1 := by as_aux_lemma => rfl
elab "four" : term => return Lean.mkNatLit 4
macro "declare" : command => `(theorem declared : four = 4 := rfl)
declare
#guard_msgs (drop error) in theorem a.b : 1 = 2 := rfl
set_option Elab.async true
theorem later : 1 = 1 := by rfl
example : 1 = 1 := by rfl"""
    assert errors(server.run(code)) == []


def test_exit_ends_the_text(server: Server) -> None:
    reply = server.run("def a := 1\n#exit\ndef b := 2")
    assert errors(server.run("#check a", env=reply["env"])) == []
    assert errors(server.run("#check b", env=reply["env"])) == ["Unknown identifier `b`"]


def test_columns_count_code_points(server: Server) -> None:
    (message,) = server.run("/- 😀אב -/ #eval «😀»")["messages"]
    assert message["pos"] == {"line": 1, "column": 16}
    assert message["endPos"] == {"line": 1, "column": 19}


@pytest.mark.parametrize("code", ['"def x := \\u0000 3"', '"#eval \\ud83d"'])
def test_characters_that_are_no_lean_are_errors_in_the_text(server: Server, code: str) -> None:
    assert errors(server.ask(f'{{"cmd": {code}}}'))


def test_an_error_is_not_lost_where_the_user_makes_elaboration_asynchronous(server: Server) -> None:
    reply = server.run("set_option Elab.async true\ntheorem a : 1 = 2 := by decide\ntheorem b : 1 = 1 := by sorry")
    assert any("decide" in text for text in errors(reply))
    assert [sorry["goal"] for sorry in reply["sorries"]] == ["⊢ 1 = 1"]


def test_what_code_prints_is_a_message_and_stays_out_of_the_frames(server: Server) -> None:
    code = """
#eval IO.println "one"
#eval show IO Unit from do (← IO.getStdout).putStrLn "two"
#eval show IO Unit from do (← IO.getStderr).putStrLn "three"
#eval dbg_trace "to the terminal"; 4
#eval (panic! "five" : Nat)
initialize do IO.println "six"
"""
    printed = [text for text in texts(server.run(code)) if "PANIC" not in text]
    assert printed == ["one", "two", "three", "to the terminal", "4", "0"]


def test_many_messages_are_all_there(server: Server) -> None:
    code = """import Lean
open Lean Elab Command
def say (n : Nat) : CommandElabM Unit := do
  for i in [0:n] do
    modify fun s => { s with messages := s.messages.add { fileName := "", pos := ⟨1, 0⟩, data := toString i } }
run_cmd say 100000"""
    assert texts(server.run(code)) == [str(i) for i in range(100_000)]


def test_a_long_text(server: Server) -> None:
    assert texts(server.run(f'def s := "{"x" * 10_000_000}"\n#eval s.length')) == ["10000000"]


def test_recursion_too_deep_is_an_error_message(server: Server) -> None:
    reply = server.run(f"example : Nat := {'(' * 2000}1{')' * 2000}")
    assert any("maximum recursion depth" in text for text in errors(reply))


# --- what a request may ask for ---------------------------------------------------------------------------------------


def test_options_hold_for_one_request(server: Server) -> None:
    code = "#check (1 + 1 : Nat)"
    reply = server.run(code, setOptions=[[["pp", "all"], True], [["pp", "maxSteps"], 4000]])
    assert texts(reply)[0].startswith("@HAdd.hAdd")
    assert texts(server.run(code, env=reply["env"])) == ["1 + 1 : Nat"]
    kept = server.run("set_option pp.all false\nset_option pp.notation false", setOptions=[[["pp", "all"], True]])
    assert texts(server.run(code, env=kept["env"])) == ["HAdd.hAdd 1 1 : Nat"]


def test_axioms_of_what_is_declared(server: Server) -> None:
    code = """
axiom choose : 1 = 2
theorem a : 1 = 2 := choose
theorem b : 2 = 1 := a.symm
private def c : Nat := 3
theorem d : False := sorry
namespace N
instance e : Inhabited Nat := ⟨0⟩
theorem f : 1 = 1 := rfl
end N
structure S where (x : Nat)
theorem g (p : Prop) : p ∨ ¬p := Classical.em p
example : 1 = 1 := rfl
"""
    first = server.run(code, axioms=True)
    assert first["axioms"] == {
        "a": ["choose"],
        "b": ["choose"],
        "c": [],
        "d": ["sorryAx"],
        "N.e": [],
        "N.f": [],
        "g": [],
    }
    # Library theorems are here without their proofs, and it is said that they were met.
    assert first["axiomsUnseen"]["g"] == ["Classical.em"]
    second = server.run("theorem h : 1 = 2 := a\n#print axioms h\n#print axioms g", env=first["env"], axioms=True)
    assert second["axioms"] == {"h": ["choose"]}
    assert texts(second)[0] == "'h' depends on axioms: [choose]"
    assert "'g' does not depend on any axioms\n(apart from" in texts(second)[1]
    assert "[Classical.em]" in texts(second)[1]


def kinds(tree: list[Reply]) -> set[str]:
    return {node.get("kind", "hole") for node in tree} | {
        kind for node in tree for kind in kinds(node.get("children", []))
    }


def test_info_trees_are_filtered(server: Server) -> None:
    code = "example (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor <;> assumption"
    trees = {name: server.run(code, infotree=name) for name in ("full", "tactics", "original", "substantive", "other")}
    assert {"CommandInfo", "TermInfo", "TacticInfo"} <= kinds(trees["full"]["infotree"])
    assert kinds(trees["tactics"]["infotree"]) == {"TacticInfo"}
    assert "infotree" not in trees["other"]

    def nodes(tree: list[Reply]) -> list[Reply]:
        return [found for node in tree for found in [node["node"], *nodes(node["children"])]]

    assert not any(node["stx"]["range"]["synthetic"] for node in nodes(trees["original"]["infotree"]))
    substantive = nodes(trees["substantive"]["infotree"])
    assert {"constructor", "assumption"} <= {node["stx"]["pp"] for node in substantive}
    assert not any(node["name"] == "Lean.Parser.Tactic.«tactic_<;>_»" for node in substantive)
    (constructor,) = [node for node in substantive if node["stx"]["pp"] == "constructor"]
    assert constructor["goalsBefore"] == ["p q : Prop\nhp : p\nhq : q\n⊢ p ∧ q"]
    assert [goal.splitlines()[-1] for goal in constructor["goalsAfter"]] == ["⊢ p", "⊢ q"]


# --- proofs -----------------------------------------------------------------------------------------------------------

OPEN = "Incomplete: open goals remain"
COMPLETED = "Completed"


@pytest.mark.parametrize(
    ("code", "tactics", "status"),
    [
        ("theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by sorry", ["constructor"], OPEN),
        ("theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by sorry", ["exact ⟨hp, hq⟩"], COMPLETED),
        ("example (p : Prop) (h : p) : p := sorry", ["(\n  skip\n  exact h)"], COMPLETED),
        ("def f := 2\ntheorem t : f = 2 := by sorry", ["unfold f", "rfl"], COMPLETED),
        ("def f := 2\ntheorem t : f = 2 := by sorry", ["rfl"], COMPLETED),
        ("theorem t : (match 1 with | 0 => 0 | n + 1 => n) = 0 := by sorry", ["rfl"], COMPLETED),
        ("universe u\ntheorem t (α : Type u) (x : α) : x = x := by sorry", ["rfl"], COMPLETED),
        ("example (α : Type) [Inhabited α] : α := sorry", ["exact default"], COMPLETED),
        ("def n : Nat := by sorry", ["exact 3"], COMPLETED),
        ("theorem t : False := by sorry", ["sorry"], "Incomplete: contains sorry"),
        ("theorem t : False := by sorry", ["exact nothing_of_the_kind"], "Incomplete: contains sorry"),
        ("theorem t : False := by sorry", ["exact t"], "Error: the proof uses `t`"),
        ("theorem t : 1 = 1 := by sorry", ["have h : 2 = 2 := by sorry", "rfl"], "Incomplete: contains sorry"),
        ("example : 1 = 0 := by sorry", ["cases 1", "rfl", "have : true := by\n  apply ?succ\n  trivial"], "Error:"),
        (
            "set_option debug.skipKernelTC true\nexample : 1 = 0 := by sorry",
            ["cases 1", "rfl", "have : true := by\n  apply ?succ\n  trivial"],
            "Error: kernel type check failed",
        ),
        ("theorem t : 1 = 1 := by sorry", ["exact (rfl"], "Lean error"),
        ("theorem t : 1 = 2 := by sorry", ["rfl"], "Lean error"),
        ("theorem t : 1 = 1 := by sorry", ["nonsense"], "Lean error:\n<input>:1:1: unknown tactic"),
    ],
)
def test_a_proof_is_called_what_it_is(server: Server, code: str, tactics: list[str], status: str) -> None:
    reply = server.run(code)
    assert not errors(reply)
    state = reply["sorries"][-1]["proofState"]
    for tactic in tactics[:-1]:
        reply = server.tactic(tactic, state)
        if "message" in reply:
            break
        assert reply["proofStatus"] == OPEN or "sorries" in reply
        state = reply["proofState"]
    else:
        reply = server.tactic(tactics[-1], state)
    verdict = reply.get("message") or reply["proofStatus"]
    assert verdict.startswith(status)
    assert (verdict == COMPLETED) is (status == COMPLETED)


def test_only_a_proof_of_one_goal_is_judged(server: Server) -> None:
    code = "example : True ∧ True := by\n  constructor\n  all_goals trivial"
    tactics = server.run(code, allTactics=True)["tactics"]
    assert [tactic["tactic"] for tactic in tactics][:2] == ["constructor", "all_goals trivial"]
    assert tactics[1]["goals"] == "case left\n⊢ True\ncase right\n⊢ True"
    reply = server.tactic("all_goals trivial", tactics[1]["proofState"])
    assert reply["proofStatus"] == "Not verified: more than one initial goal"


_PAIR = "theorem f (p q : Prop) (h : p) (k : q) : p ∧ q := by sorry"


@pytest.mark.parametrize(
    "tactic",
    [
        "exact ⟨h, sorry⟩",
        "exact And.intro h sorry",
        "apply And.intro h sorry",
        "(refine ⟨h, ?_⟩; exact sorry)",
        "exact ⟨h, by sorry⟩",
        "(have : q := sorry; exact ⟨h, this⟩)",
    ],
)
def test_a_sorry_in_a_tactic_is_a_proof_of_its_own(server: Server, tactic: str) -> None:
    (found,) = server.tactic(tactic, server.goal(_PAIR))["sorries"]
    assert found["goal"] == "p q : Prop\nh : p\nk : q\n⊢ q"
    request = {"tactic": "exact k", "proofState": found["proofState"]}
    assert server.ask({**request, "structured": True})["proofStatus"] == COMPLETED
    assert server.ask(request)["proofStatus"] != COMPLETED  # upstream's is about the proof that the tactic belongs to
    again = server.ask({"tactic": "exact sorry", "proofState": found["proofState"], "structured": True})
    assert again["proofStatus"] == "Incomplete: contains sorry"


@pytest.mark.parametrize(
    ("tactic", "doubtful"),
    [
        ("sorry", True),
        ("focus admit", True),
        ("exact sorryAx _ true", True),
        ("focus\n  have : q ∧ p := by\n    constructor\n    sorry\n    exact h\n  exact this.2", True),
        ("exact earlier h", True),
        ("first | exact k | sorry", True),
        ("hidden", True),
        ("intro a; sorry", True),
        ("rotate_left; intro x; exact earlier x", True),
        ("exact h", False),
        ("skip", False),
        ("focus\n  rcases h with h\n  simp [h]", False),
        ("rotate_left; intro x; simp [x]", False),
    ],
)
def test_where_goals_are_left_a_tactic_says_that_it_rests_on_sorry(server: Server, tactic: str, doubtful: bool) -> None:
    code = 'theorem earlier {p q : Prop} (h : p) : q := sorry\nmacro "hidden" : tactic => `(tactic| sorry)'
    env = server.run(code)["env"]
    state = server.goal("theorem f (p q : Prop) (h : p) : p ∧ (p → q → p) := by sorry", env=env)
    state = server.tactic("constructor", state)["proofState"]
    if tactic.startswith("intro"):
        state = server.tactic("rotate_left", state)["proofState"]
    reply = server.ask({"tactic": f"({tactic}\n)", "proofState": state, "structured": True})
    assert reply["goals"]
    assert reply.get("sorry", False) is doubtful
    assert "sorry" not in server.tactic(f"({tactic}\n)", state)


def test_messages_of_a_tactic_have_no_place(server: Server) -> None:
    state = server.goal("theorem t (x : Nat) : x = x := by sorry")
    (message,) = server.tactic("exact nothing_of_the_kind", state)["messages"]
    assert message["pos"] == message["endPos"] == {"line": 0, "column": 0}


def test_states_stay_as_they_were(server: Server) -> None:
    state = server.goal("theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by sorry")
    first = [server.tactic("constructor", state)["goals"] for _ in range(2)]
    assert first[0] == first[1]
    assert server.tactic("exact ⟨hp, hq⟩", state)["proofStatus"] == COMPLETED


# --- pickles ----------------------------------------------------------------------------------------------------------


def test_a_pickled_environment_has_everything_back(server: Server) -> None:
    code = """
namespace Mine
scoped notation "three" => 3
def f (n : Nat) := n + 1
@[simp] theorem f_def (n : Nat) : f n = n + 1 := rfl
instance : Inhabited Nat := ⟨7⟩
end Mine
open Mine
variable (k : Nat)
"""
    env = server.run("set_option autoImplicit false", env=server.run(code, setOptions=[[["pp", "all"], True]])["env"])
    assert server.ask({"pickleTo": "everything.pickle", "env": env["env"]}) == {"env": env["env"]}
    restored = server.ask({"unpickleEnvFrom": "everything.pickle"})
    assert list(restored) == ["env"]
    checks = "example : f three = 4 := by simp\n#eval f three\n#check k"
    assert texts(server.run(checks, env=restored["env"])) == ["4", "k : Nat"]
    assert "autoImplicit" in errors(server.run("def g (l : List α) := l", env=restored["env"]))[0]


def test_a_pickled_proof_goes_on_where_it_was(server: Server) -> None:
    env = server.run("def f := 2")["env"]
    state = server.goal("theorem t (h : f = 2) : f = 2 ∧ 1 = 1 := by sorry", env=env)
    after = server.tactic("refine ⟨by sorry, ?_⟩", state)
    for pickled, tactic in ((after["sorries"][0]["proofState"], "exact h"), (after["proofState"], "rfl")):
        assert "proofState" in server.ask({"pickleTo": "proof.pickle", "proofState": pickled})
        for fields in ({}, {"env": env}):
            restored = server.ask({"unpickleProofStateFrom": "proof.pickle", **fields})
            assert restored["proofStatus"] == OPEN
            assert server.tactic(tactic, restored["proofState"])["goals"] == []


def test_a_pickle_that_is_none_is_refused(server: Server) -> None:
    def refused(text: str, key: str = "unpickleEnvFrom") -> str:
        (server.scratch / "bad.pickle").write_text(text)
        reply = server.ask({key: "bad.pickle"})
        assert list(reply) == ["message"]
        return str(reply["message"])

    server.ask({"pickleTo": "good.pickle", "env": server.run("def a := 1")["env"]})
    good = json.loads((server.scratch / "good.pickle").read_text())
    assert "not a pickle" in refused("olean")
    assert "not a pickle" in refused("{}")
    assert "its version is 9" in refused(json.dumps({**good, "version": 9}))
    assert "a command expected" in refused(json.dumps({**good, "commands": [{"hello": 1}]}))
    assert "its format is" in refused(json.dumps(good), "unpickleProofStateFrom")


def test_a_pickle_of_another_lean_is_restored_with_a_remark(server: Server) -> None:
    server.ask({"pickleTo": "old.pickle", "env": server.run("def a := 1")["env"]})
    path = server.scratch / "old.pickle"
    path.write_text(json.dumps({**json.loads(path.read_text()), "lean": "4.0.0"}))
    restored = server.ask({"unpickleEnvFrom": "old.pickle"})
    assert "4.0.0" in texts(restored)[0]
    assert errors(server.run("#check a", env=restored["env"])) == []


# --- the server as a program of its own -------------------------------------------------------------------------------


def test_the_portable_sources_are_ordinary_lean_and_serve_streams(server: Server) -> None:
    """What a user's own Lean would compile: without what is special to the embedded build, from stream to stream."""
    names = [name for name in (SOURCES / "manifest.txt").read_text().splitlines() if name.startswith("LeanMagic/")]
    sources = [(SOURCES / name).read_text() for name in [*names, "LeanMagic/Main.lean"]]
    code = "import Lean\n" + "\n".join(re.sub(r"^import .*$", "", source, flags=re.M) for source in sources)
    reply = server.run(code)
    assert errors(reply) == []
    check = r"""
#eval show Lean.Elab.Command.CommandElabM Unit from do
  let library ← Lean.getEnv
  let requests := "{\"hello\": 1}\n\n\n{\"cmd\": \"def f := 2\"}\n\n{\"cmd\":\n\"#eval f\", \"env\": 0}"
  let input ← IO.mkRef { data := requests.toUTF8 : IO.FS.Stream.Buffer }
  let output ← IO.mkRef { : IO.FS.Stream.Buffer }
  let server ← LeanMagic.Server.start (← LeanMagic.Headers.new fun _ => pure library)
  server.serve (.ofBuffer input) (.ofBuffer output)
  IO.println (String.fromUTF8! (← output.get).data)
"""
    (printed,) = texts(server.run(check, env=reply["env"]))
    hello, stray, definition, evaluation = frames(printed)
    assert hello["server"] == "lean-magic"
    assert list(stray) == ["message"]
    assert definition == {"env": 0}
    assert texts(evaluation) == ["2"]
