"""How a text begins: imports, `module`, comments, and what may not stand before them. As Lean has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from raw_server import Reply, Server, errors, texts

if TYPE_CHECKING:
    pass


def headers(server: Server) -> int:
    """How many headers are kept besides those always there."""
    count = server.ask({"stat": True})["headers"]
    assert isinstance(count, int)
    return count


def moved(value: Any, lines: int) -> Any:
    """A reply as it would be if the text began so many lines further down, and without ids."""
    if isinstance(value, list):
        return [moved(item, lines) for item in value]
    if isinstance(value, dict):
        return {
            key: item + lines if key == "line" else moved(item, lines)
            for key, item in value.items()
            if key not in {"env", "proofState"}
        }
    return value


CODE = """theorem t (p q : Prop) (h : p ∧ q) : q ∧ p := by
  constructor
  · exact h.2
  · /- 𝔸𝔸 -/ sorry
#eval "𝔸" ++ wrong
/- 𝔸 -/ #check t"""

PREFACES = [
    "\n",
    "-- a comment\n\n",
    "/- 𝔸 comment\n-/ -- 𝔸\n",
    "import Init\n",
    "-- 𝔸\nimport Init -- 𝔸\n\n",
    "import Init import Init /- 𝔸\n𝔸 -/\n",
    "\n\n  import Init\n\n/-! 𝔸 -/\n",
]


@pytest.mark.parametrize("preface", PREFACES)
def test_every_position_is_one_of_the_text_as_sent(server: Server, preface: str) -> None:
    everything = {"allTactics": True, "rootGoals": True, "infotree": "substantive", "doubts": True}
    alone = server.run(CODE, **everything)
    behind = server.run(preface + CODE, **everything)
    assert alone["sorries"]
    assert alone["tactics"]
    assert alone["infotree"]
    assert moved(behind, 0) == moved(alone, preface.count("\n"))


@pytest.mark.parametrize(
    ("before", "line"),
    [("set_option pp.all true\n", 2), ("open Nat\n", 2), ("/-! A remark -/\n", 2), ("import Init\ndef x := 1\n", 3)],
)
def test_an_import_after_a_command_is_an_error_at_its_place(server: Server, before: str, line: int) -> None:
    reply = server.run(f"{before}import Std\n#eval 1")
    [message] = [message for message in reply["messages"] if message["severity"] == "error"]
    assert message["data"] == "invalid 'import' command, it must be used in the beginning of the file"
    assert message["pos"] == {"line": line, "column": 0}


@pytest.mark.parametrize(
    ("code", "said", "place"),
    [
        ("import Nonsense\n#eval 1", "unknown module prefix 'Nonsense'", (1, 0)),
        ("-- a comment\n\n/- 𝔸 -/ import Init import Nonsense\n#eval 1", "Nonsense", (3, 8)),
        ("/- 𝔸 -/ import Init.Nonsense\n#eval 1", "Init.Nonsense does not exist", (1, 8)),
        ("import ..Init\n#eval 1", "expected identifier", (1, 6)),
        ("import\n#eval 1", "expected identifier", (1, 6)),
        ("public import Init\n#eval 1", "cannot use `public import` without `module`", (1, 0)),
        ("meta import Init\n#eval 1", "cannot use `meta import` without `module`", (1, 0)),
        ("import all Init\n#eval 1", "cannot use `import all` without `module`", (1, 7)),
    ],
)
def test_a_header_that_is_not_right_is_reported_each_time(
    server: Server, code: str, said: str, place: tuple[int, int]
) -> None:
    kept = headers(server)
    for _ in range(2):
        reply = server.run(code)
        assert said in errors(reply)[0]
        position = next(message["pos"] for message in reply["messages"] if message["severity"] == "error")
        assert (position["line"], position["column"]) == place
        assert "1" not in texts(reply), "as in Lean, the rest is not elaborated"
    assert headers(server) == kept


def test_texts_never_see_each_others_definitions(server: Server) -> None:
    for header in ("", "import Std\n", "module\n"):
        for value in ("1", '"one"'):
            assert texts(server.run(f"{header}def here := {value}\n#eval here")) == [value]
        assert errors(server.run(f"{header}#eval here"))


def test_headers_that_say_the_same_share_and_others_do_not(server: Server) -> None:
    server.run("import Lean.Data.Json")
    kept = headers(server)
    for same in ("import Lean.Data.Json\nimport Init", "import   Lean.Data.Json -- twice\nimport Lean.Data.Json"):
        server.run(f"{same}\n#eval 1")
    assert headers(server) <= kept + 1, "the order of imports may matter, their repetition does not"
    assert errors(server.run("import Init\n#check Lean.Json"))
    assert not errors(server.run("import Lean.Data.Json\n#check Lean.Json"))


def test_few_headers_are_kept(server: Server) -> None:
    for name in ("Format", "Name", "Options", "Position", "KVMap", "LOption"):
        assert not errors(server.run(f"import Lean.Data.{name}\n#eval 1"))
    assert headers(server) <= 4


def test_prelude_imports_nothing_by_itself(server: Server) -> None:
    assert errors(server.run("prelude\n#check Nat"))
    assert not errors(server.run("prelude\nimport Init.Prelude\n#check Nat"))
    assert errors(server.run("prelude\nimport Init.Prelude\n#check Int"))


@pytest.mark.parametrize("header", ["import Lean", "import Lean.Elab", "module\nimport Lean\nmeta import Lean"])
def test_a_proof_may_run_code_that_needs_the_imports_only(server: Server, header: str) -> None:
    proof = "run_tac {}\n  simp [List.map]"
    goal = "example (f : Nat → Nat) : [1].map f = [f 1] := by\n  "
    reply = server.run(f"{header}\n{goal}{proof.format('(pure () : Lean.Elab.Tactic.TacticM Unit)')}")
    assert outcome(reply) == ([], [])
    code = """
    let doubled ← [1, 2].mapM fun n => pure (2 * n)
    Lean.logInfo (toString doubled)"""
    again = server.run(
        f"{goal}{proof.format('do' + code)}\ntheorem t : 1 = 1 := rfl\n#print axioms t", env=reply["env"]
    )
    if header.startswith("module"):
        assert texts(again)[0] == "[2, 4]"
    else:
        assert outcome(again) == ([], ["[2, 4]", "'t' does not depend on any axioms"])


# --- modules ----------------------------------------------------------------------------------------------------------


def outcome(reply: Reply) -> tuple[list[str], list[str]]:
    return errors(reply), texts(reply)


def test_a_module_has_public_private_and_meta_parts(server: Server) -> None:
    code = """module
public import Std
meta import Lean
open Lean
public section
def opaqueOutside := 1
@[expose] def exposed := 2
end
private def hidden := 3
meta def greet : MetaM Unit := logInfo "hi"
run_meta greet
theorem t : exposed = 2 := rfl
#eval opaqueOutside + hidden"""
    assert outcome(server.run(code)) == ([], ["hi", "4"])


def test_a_module_is_no_text_without_module(server: Server) -> None:
    code = "theorem t : 1 = 1 := rfl\n#print axioms t"
    assert "cannot use `#print axioms` in a `module`" in errors(server.run(f"module\n{code}"))[0]
    assert not errors(server.run(code))
    assert "cannot use `#print axioms` in a `module`" in errors(server.run(f"module\n{code}"))[0]


def test_a_module_can_be_gone_on_with(server: Server) -> None:
    first = server.run("module\npublic import Std\npublic def x := 1\ntheorem t : x = 1 := by sorry")
    assert server.tactic("rfl", first["sorries"][0]["proofState"])["proofStatus"] == "Completed"
    assert outcome(server.run("#eval x + 1\nexample : x = 1 := t", env=first["env"])) == ([], ["2"])
