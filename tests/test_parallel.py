"""Texts with `Elab.async`, where tasks elaborate what commands need not wait for: replies are right and complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from raw_server import Server, errors, texts

if TYPE_CHECKING:
    pass

Reply = dict[str, Any]

ASYNC: Reply = {"setOptions": [[["Elab", "async"], True]]}
EVERYTHING: Reply = {"allTactics": True, "rootGoals": True, "infotree": "substantive", "axioms": True, "doubts": True}

SLOW = "theorem slow : ∀ a b : Fin 9, (a + b) % 9 = (b + a) % 9 := by decide"
HALVES = """def halves (n : Nat) : Nat := if n = 0 then 0 else halves (n / 2)
theorem halves0 : halves 0 = 0 := by unfold halves; rfl
theorem bad : halves 0 = 1 := by simp [halves]"""
HALF_PROVED = """theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  · exact hp
  · sorry"""
TEXTS = [
    f"{SLOW}\ntheorem quick : 1 = 1 := by sorry\n#print axioms slow\n#print axioms quick",
    f"{SLOW}\ntheorem wrong : 1 = 2 := by decide\ntheorem unfinished (p q : Prop) (h : p) : q ∧ p := by\n  constructor",
    f"theorem warned (n m : Nat) : n = n := by\n  have h := m\n  rfl\n{SLOW}\n#eval 1 +\n#check nobody",
    f"{SLOW}\n{HALF_PROVED}\nexample := t",
    f"namespace A\n{SLOW}\nend A\nsection\nvariable (n : Nat)\n{SLOW}\ntheorem u : n + 0 = n := by simp\nend\n#exit",
    f"{SLOW}\n#eval IO.println (repr 1)\ntheorem slow' := slow\n{HALVES}\n#print axioms halves0",
    f"{SLOW}\nset_option Elab.async false\ntheorem a : 1 = 2 := by decide\nset_option Elab.async true\n{SLOW}",
]


def without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [without_ids(item) for item in value]
    if isinstance(value, dict):
        return {key: without_ids(item) for key, item in value.items() if key not in {"env", "proofState"}}
    return value


@pytest.mark.parametrize("code", TEXTS)
def test_the_reply_is_the_one_of_a_text_without_it(server: Server, code: str) -> None:
    expected = server.run(code, **EVERYTHING, fresh=True)
    assert without_ids(server.run(code, **EVERYTHING, **ASYNC, fresh=True)) == without_ids(expected)


def test_what_it_leaves_can_be_gone_on_with(server: Server) -> None:
    reply = server.run(f"{SLOW}\ntheorem open_ : 2 = 2 := by sorry", **ASYNC)
    assert server.tactic("rfl", reply["sorries"][0]["proofState"])["proofStatus"] == "Completed"
    [said] = texts(server.run("#print axioms open_", env=reply["env"]))
    assert said.startswith("'open_' depends on axioms: [sorryAx]")
    assert errors(server.run("theorem slow : 1 = 1 := rfl", env=reply["env"]))


def test_a_later_text_takes_over_what_tasks_have_done(server: Server) -> None:
    code = f"{SLOW}\ntheorem wrong : 1 = 2 := by decide\n#check 1"
    first = server.run(code, **EVERYTHING, **ASYNC)
    before = server.ask({"stat": True})["elaborated"]
    assert without_ids(server.run(code, **EVERYTHING, **ASYNC)) == without_ids(first)
    assert server.ask({"stat": True})["elaborated"] == before + 1, "the end of the text"
