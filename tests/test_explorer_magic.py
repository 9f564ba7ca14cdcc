"""``%leanctl explore``, and what stands under open goals, in a shell and on real Lean."""

from __future__ import annotations

import asyncio
import json
import re
import time
from html import unescape

import pytest
from IPython.core.interactiveshell import InteractiveShell
from ipython_shell import Ended

from lean_magic import InputError
from lean_magic.explorer import Explorer

SWAP = "%%lean\ntheorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by\n  constructor\n  · sorry\n  · sorry"


def targets(explorer: Explorer) -> list[str]:
    return [goal.target for goal in explorer.root.goals]


def explored(lean: InteractiveShell, line: str) -> list[str]:
    """Explore something, and return what is to be proved."""
    ended = Ended(lean, f"%leanctl explore {line}")
    assert ended.error is None
    return targets(lean.user_ns["explorer"])


def buttons(html: str) -> list[tuple[str, str]]:
    """Return what the buttons are called, and the cells that they run."""
    found = re.findall(r"<button [^>]*data-commandlinker-args='([^']*)'>([^<]*)</button>", html)
    return [(unescape(label), json.loads(unescape(told))["args"]["text"]) for told, label in found]


def test_each_open_goal_has_a_button_that_explores_just_that(lean: InteractiveShell) -> None:
    first = Ended(lean, SWAP)
    second = Ended(lean, "%%lean\nexample (a : Nat) : a + 0 = a := sorry\n\ntheorem other' : 1 = 1 ∧ True := sorry")
    found = [*buttons(first.outputs[0]["text/html"]), *buttons(second.outputs[0]["text/html"])]
    assert len(found) == 4
    goals = []
    for label, cell in found:
        assert label == cell
        assert Ended(lean, cell).error is None
        goals += targets(lean.user_ns["explorer"])
    assert goals == ["q", "p", "a + 0 = a", "1 = 1 ∧ True"]
    assert "explore" not in first.texts[0]


def test_what_python_ran_has_no_button(lean: InteractiveShell) -> None:
    ended = Ended(lean, "import lean_magic\nlean_magic.run_sync('example : True := sorry')")
    assert "goal" in ended.outputs[0]["text/html"]
    assert "explore" not in ended.outputs[0]["text/html"]


def test_goals_are_found_by_declaration_cell_number_and_variable(lean: InteractiveShell) -> None:
    Ended(lean, SWAP)
    Ended(lean, "%%lean --as tools -o kept\nexample (a : Nat) : 0 + a = a := sorry")
    Ended(lean, "%%lean\ntheorem last (b : Nat) : b = b := sorry")
    number = lean.execution_count - 3
    assert explored(lean, "") == ["b = b"]
    assert explored(lean, "1") == ["b = b"]
    assert explored(lean, "swap") == ["q"]
    assert explored(lean, "swap 2") == ["p"]
    assert explored(lean, f"[{number}] 2") == ["p"]
    assert explored(lean, f"{number} 2") == ["p"]
    assert explored(lean, "tools") == ["0 + a = a"]
    assert explored(lean, "kept") == ["0 + a = a"]
    lean.user_ns["state"] = lean.user_ns["explorer"].root
    assert explored(lean, "state") == ["0 + a = a"]
    lean.user_ns["statement"] = "theorem told (c : Nat) : c ≤ c"
    assert explored(lean, "statement") == ["c ≤ c"]


def test_the_latest_of_a_name_wins_and_a_goal_that_was_proved_is_gone(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean --as here\ntheorem same : 1 = 1 := sorry")
    assert explored(lean, "same") == ["1 = 1"]
    Ended(lean, "%%lean --as here\ntheorem same : 2 = 2 := sorry")
    assert explored(lean, "same") == ["2 = 2"]
    Ended(lean, "%%lean --as here\ntheorem same : 2 = 2 := rfl")
    assert "write sorry" in str(Ended(lean, "%leanctl explore same").error)


def test_a_proof_that_is_there_opens_as_a_tree(lean: InteractiveShell) -> None:
    Ended(
        lean,
        "%%lean --as proved\ntheorem two (p : Prop) (h : p) : p ∧ p := by\n  constructor\n  · exact h\n  · exact h",
    )
    for line in ("two", "proved", ""):
        assert explored(lean, line) == ["p ∧ p"]
        explorer = lean.user_ns["explorer"]
        assert explorer.proof is not None
        assert {attempt.by for attempt in explorer.tree} == {"proof"}
    assert "has 1 by tactics" in str(Ended(lean, "%leanctl explore two 2").error)


def test_scripts_are_put_into_the_code_of_the_cell(lean: InteractiveShell) -> None:
    Ended(lean, SWAP)
    explored(lean, "swap 2")
    explorer = lean.user_ns["explorer"]
    explorer.add_sync("exact h.1")
    checked = asyncio.run(explorer.script_of())
    assert checked.verdict == "valid"
    assert checked.before == SWAP.partition("\n")[2] + "\n"
    assert checked.after == checked.before.removesuffix("sorry\n") + "exact h.1\n"


def test_imports_stay_where_they_are_in_the_cell(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\nimport Std\ndef one := 1")
    Ended(lean, "%%lean --as last\nimport Std\ntheorem one_le : 1 ≤ one := by\n  sorry")
    explored(lean, "one_le")
    explorer = lean.user_ns["explorer"]
    assert explorer.add_sync("decide").finished
    checked = asyncio.run(explorer.script_of())
    assert checked.after == "import Std\ntheorem one_le : 1 ≤ one := by\n  decide\n"
    Ended(lean, f"%%lean --as last\n{checked.after}")
    assert explored(lean, "one_le") == ["1 ≤ one"]
    assert lean.user_ns["explorer"].origin.code == checked.after


def test_scripts_are_not_put_into_code_with_values_of_variables(lean: InteractiveShell) -> None:
    lean.user_ns["number"] = 7
    Ended(lean, "%%lean --var number\ntheorem val (a : Nat) (h : a = {{number}}) : a = {{number}} := by sorry")
    assert explored(lean, "val") == ["a = 7"]
    explorer = lean.user_ns["explorer"]
    explorer.add_sync("exact h")
    checked = asyncio.run(explorer.script_of())
    assert (checked.text, checked.after) == ("exact h", None)
    assert "--var" in checked.reason


def test_python_holds_the_explorer(lean: InteractiveShell) -> None:
    Ended(lean, SWAP)
    ended = Ended(lean, "%leanctl explore swap -o mine")
    explorer = lean.user_ns["mine"]
    assert ended.result is explorer
    assert explorer.add_sync("exact h.2").finished
    shown = Ended(lean, "mine")
    assert "✓ exact h.2" in shown.texts[0]
    assert "exact h.2" in shown.outputs[0]["text/html"]
    assert Ended(lean, "%leanctl explore mine").result is explorer


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("swip", "did you mean swap?"),
        ("xyzzy", "there are swap"),
        ("swap 3", "left 2 open"),
        ("swap two", "takes a name and a number"),
        ("9 9 9", "takes a name and a number"),
    ],
)
def test_what_is_not_there_is_one_line_that_says_what_is(lean: InteractiveShell, line: str, said: str) -> None:
    Ended(lean, SWAP)
    error = Ended(lean, f"%leanctl explore {line}").error
    assert isinstance(error, InputError)
    assert said in str(error)
    assert "\n" not in str(error)


def test_nothing_is_open_at_first(lean: InteractiveShell) -> None:
    error = Ended(lean, "%leanctl explore").error
    assert isinstance(error, InputError)
    assert "write sorry" in str(error)


def test_primes_and_question_marks_are_parts_of_names(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ntheorem it'' : 1 = 1 := sorry\ntheorem is? : 2 = 2 := sorry\ntheorem «a b» : 3 = 3 := sorry")
    assert explored(lean, "it''") == ["1 = 1"]
    assert explored(lean, "is?") == ["2 = 2"]
    assert explored(lean, '"«a b»"') == ["3 = 3"]


TERM = """\
%%lean
example (q r : Prop) : q ∧ r := by
  have hq : q := sorry
  have hr : r := by
    sorry
  exact ⟨hq, hr⟩"""


def test_goals_are_numbered_from_above(lean: InteractiveShell) -> None:
    """Lean tells of those in terms after those in tactics."""
    ended = Ended(lean, TERM.replace("example", "theorem have1"))
    assert [cell for _, cell in buttons(ended.outputs[0]["text/html"])] == [
        "%leanctl explore have1",
        "%leanctl explore have1 2",
    ]
    assert explored(lean, "") == explored(lean, "have1") == explored(lean, "1") == ["q"]
    assert explored(lean, "have1 2") == explored(lean, "2") == ["r"]
    explorer = lean.user_ns["explorer"]
    assert explorer.title == "theorem have1, goal 2"
    Ended(lean, f"{TERM}\n")
    assert explored(lean, "2") == ["r"]


def test_names_are_those_of_lean_and_short_ones_do_where_there_is_one(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\nnamespace Geo\ntheorem only : 1 = 1 := sorry\ntheorem foo : 2 = 2 := sorry\nend Geo")
    Ended(lean, "%%lean\nnamespace B")
    ended = Ended(lean, "%%lean\ntheorem foo : 3 = 3 := by sorry\nend B\ntheorem proved : 4 = 4 := by\n  rfl")
    assert [cell for _, cell in buttons(ended.outputs[0]["text/html"])] == ["%leanctl explore B.foo"]
    assert explored(lean, "Geo.only") == explored(lean, "only") == ["1 = 1"]
    assert explored(lean, "Geo.foo") == ["2 = 2"]
    assert lean.user_ns["explorer"].title == "theorem Geo.foo, goal 2"
    assert explored(lean, "B.foo") == ["3 = 3"]
    assert lean.user_ns["explorer"].title == "theorem B.foo"
    assert str(Ended(lean, "%leanctl explore foo").error) == "foo may be B.foo or Geo.foo: give the full name."
    # What has just this name comes first.
    Ended(lean, "%%lean\ntheorem foo : 5 = 5 := by\n  rfl")
    assert explored(lean, "foo") == ["5 = 5"]
    Ended(lean, "%%lean\nnamespace C\ntheorem done : 6 = 6 := by\n  rfl\nend C")
    assert explored(lean, "done") == explored(lean, "C.done") == ["6 = 6"]
    assert lean.user_ns["explorer"].title == "theorem C.done"


def test_what_is_listed_is_all_that_can_be_explored(lean: InteractiveShell) -> None:
    Ended(lean, SWAP)
    Ended(
        lean,
        "%%lean --as cell\ntheorem proved : 4 = 4 := by\n  rfl\ntheorem term : 4 = 4 := rfl\nexample : 1 = 1 := by rfl",
    )
    assert "there are swap, proved, [" in str(Ended(lean, "%leanctl explore xyzzy").error)
    assert "did you mean proved?" in str(Ended(lean, "%leanctl explore provd").error)


def test_what_was_tried_is_there_again_when_the_cells_are_run_again(lean: InteractiveShell) -> None:
    code = "%%lean --as here\n" + SWAP.partition("\n")[2]
    Ended(lean, code)
    Ended(lean, "%leanctl explore swap 2")
    explorer = lean.user_ns["explorer"]
    explorer.add_sync("exact h.1")
    # Another goal is another tree.
    assert Ended(lean, "%leanctl explore swap").result is not explorer
    assert Ended(lean, "%leanctl explore swap 2").result is explorer
    Ended(lean, code)
    again = Ended(lean, "%leanctl explore here 2")
    assert again.result is explorer
    assert "being tried again" not in "".join(again.texts)
    fresh = Ended(lean, "%leanctl explore swap 2 --fresh").result
    assert len(fresh.tree) == 1
    assert Ended(lean, "%leanctl explore swap 2").result is fresh
    fresh.close()
    # One that is closed is of no use.
    assert Ended(lean, "%leanctl explore swap 2").result is not fresh


def test_what_was_tried_is_tried_again_when_the_code_was_changed_elsewhere(lean: InteractiveShell) -> None:
    code = "%%lean --as here\n" + SWAP.partition("\n")[2]
    Ended(lean, code)
    Ended(lean, "%leanctl explore swap 2")
    first = lean.user_ns["explorer"]
    first.add_sync("exact h.1")
    first.add_sync("exact h.2", first.tree.root)
    first.select(first.best)
    Ended(lean, f"{code}\n-- a remark")
    ended = Ended(lean, "%leanctl explore swap 2")
    second = ended.result
    assert second is not first
    assert "what was tried before (2 tactics) is being tried again" in ended.texts[0]
    for _ in range(500):
        if second.current.finished:
            break
        time.sleep(0.02)
    assert second.current is second.best
    assert second.script == "exact h.1"
    assert {attempt.status for attempt in second.tree} == {"open", "finished", "failed"}
    assert asyncio.run(second.script_of()).after.endswith("-- a remark\n")
    # What is to be proved is something else now.
    Ended(lean, code.replace("q ∧ p :=", "q ∧ q :="))
    other = Ended(lean, "%leanctl explore swap 2")
    assert len(other.result.tree) == 1
    assert "again" not in "".join(other.texts)


def test_a_proof_that_is_there_is_put_back_where_something_else_is_open(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ntheorem other : 1 = 1 := sorry\ntheorem t4 (p : Prop) (h : p) : p ∧ p := by\n  exact ⟨h, h⟩")
    Ended(lean, "%leanctl explore t4")
    explorer = lean.user_ns["explorer"]
    assert explorer.script == "exact ⟨h, h⟩"
    explorer.add_sync("constructor <;> assumption", explorer.tree.root)
    checked = asyncio.run(explorer.script_of())
    assert checked.verdict == "valid"
    assert checked.after is not None


def test_proofs_are_not_put_into_code_with_values_of_variables(lean: InteractiveShell) -> None:
    lean.user_ns["number"] = 7
    Ended(
        lean,
        "%%lean --as it --var number\ntheorem val (a : Nat) (h : a = {{number}}) : a = {{number}} := by\n  exact h",
    )
    for _ in range(2):
        assert explored(lean, "val --fresh") == ["a = 7"]
        explorer = lean.user_ns["explorer"]
        explorer.add_sync("assumption", explorer.tree.root)
        checked = asyncio.run(explorer.script_of())
        assert (checked.verdict, checked.before, checked.after) == ("valid", None, None)
        assert "--var" in checked.reason
        Ended(lean, "%leanctl replay --all")
    Ended(lean, "%%lean --as it\ntheorem val (a : Nat) (h : a = 7) : a = 7 := by\n  exact h")
    explored(lean, "val")
    assert asyncio.run(lean.user_ns["explorer"].script_of()).after is not None


def test_a_sorry_without_a_goal_is_no_cell_without_sorry(lean: InteractiveShell) -> None:
    Ended(lean, "%%lean\ndef f : Nat := sorry * 2")
    for line in ("", "f"):
        assert "Lean tells no goal for the sorry" in str(Ended(lean, f"%leanctl explore {line}").error)


def test_where_goals_are_unsolved_it_is_said_how_to_go_on(lean: InteractiveShell) -> None:
    ended = Ended(lean, "%%lean\ntheorem bad (p q : Prop) (h : p) : p ∧ q := by\n  constructor\n  · exact h")
    assert "write sorry in that place" in ended.texts[-1]
    for code in ("theorem bad : 1 = 2 := by rfl", "example : True ∧ True := by\n  constructor\n  · trivial\n  · sorry"):
        assert "in that place" not in "".join(Ended(lean, f"%%lean\n{code}").texts)


def test_it_is_said_how_to_go_on_without_a_page(lean: InteractiveShell) -> None:
    Ended(lean, SWAP)
    ended = Ended(lean, "%leanctl explore swap")
    hint = ended.texts[0]
    assert 'a = explorer.add_sync("...")' in hint
    assert 'explorer.add_sync("...", a)' in hint
    assert "⊢ q" in Ended(lean, 'explorer.add_sync("have := h.1")').texts[0]
    assert "Type mismatch" in Ended(lean, 'explorer.add_sync("exact h.1")').texts[0]
