"""What is known of a proof besides text: goals in parts, steps in their places, suggestions, traces."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from lean_magic import Goal, Hypothesis, LeanResult, Position, Suggestion, TacticStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic import LeanPool

_PROOF = """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  have both : p ∧ q := by exact h
  constructor
  · exact both.2
  · cases both with
    | intro left right => exact left
"""

# Names that are shadowed, instances, definitions, long lines, conversion, metavariables, options in the middle of it.
_VARIED = """\
example (a b : Nat) (s : String) (f : ∀ x y : Nat, x + y + x + y + x + y + x + y + x + y + x + y + x + y + x + y = y) :
    a = b ∧ ∃ n : Nat, n = a + b + a + b + a + b + a + b + a + b + a + b + a + b + a + b + a + b + a + b + a + b := by
  let g : Nat → Nat := fun x => x + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + x
  have ⟨u, v⟩ : ∃ x : Nat, x = 1 := ⟨1, rfl⟩
  constructor
  · conv => lhs
    rcases a with _ | a
    all_goals cases b
    all_goals sorry
  · set_option pp.all true in refine ⟨?w, ?_⟩
    case w => exact 0
    sorry
example [Inhabited Nat] [Inhabited Nat] (h : 1 = 1) (h : 2 = 2) (a : Nat) : True ∧ ∀ h : Nat, h = h := by
  have : a = a := rfl
  have : a = a := rfl
  refine ⟨trivial, fun x => ?_⟩
  set_option pp.implementationDetailHyps true in rfl
theorem again : ∀ n : Nat, n = n
  | 0 => by simp
  | n + 1 => by
    have := again n
    clear this
    rfl
"""


@pytest.fixture(scope="module")
def steps(pool: LeanPool) -> tuple[TacticStep, ...]:
    return pool.run_sync(_PROOF, all_tactics=True).tactics


def test_goals_come_in_parts(steps: tuple[TacticStep, ...]) -> None:
    (goal,) = steps[0].goals
    assert goal.target == "q ∧ p"
    assert goal.case is None
    assert goal.hypotheses == (Hypothesis(("p", "q"), "Prop"), Hypothesis(("h",), "p ∧ q"))
    assert [len(hypothesis.ids) for hypothesis in goal.hypotheses] == [2, 1]
    assert [goal.case for goal in steps[2].goals_after] == ["left", "right"]


def test_a_step_leads_to_the_goals_of_the_next(steps: tuple[TacticStep, ...]) -> None:
    have, _, constructor, first, second, _ = steps
    assert have.goals_after == constructor.goals
    assert [goal.id for goal in have.goals_after] == [goal.id for goal in constructor.goals]
    left, right = constructor.goals_after
    assert (left, right) == (first.goals[0], second.goals[0])
    assert (left.id, right.id) == (first.goals[0].id, second.goals[0].id)
    assert left.id != right.id
    assert first.goals_after == second.goals_after == ()


def test_a_hypothesis_keeps_its_identity(steps: tuple[TacticStep, ...]) -> None:
    def of(goal: Goal, name: str) -> str:
        return next(
            found
            for hypothesis in goal.hypotheses
            for found, own in zip(hypothesis.ids, hypothesis.names, strict=True)
            if own == name
        )

    before, after = steps[0].goals[0], steps[0].goals_after[0]
    assert of(before, "h") == of(after, "h")
    assert of(after, "both") not in {found for hypothesis in before.hypotheses for found in hypothesis.ids}


def test_steps_say_what_contains_them(steps: tuple[TacticStep, ...]) -> None:
    assert [step.tactic.partition("\n")[0] for step in steps] == [
        "have both : p ∧ q := by exact h",
        "exact h",
        "constructor",
        "exact both.2",
        "cases both with",
        "exact left",
    ]
    assert [step.parent for step in steps] == [None, 0, None, None, None, 4]
    assert [step.depth for step in steps] == [0, 1, 0, 1, 1, 2]


def test_goals_are_printed_as_lean_prints_them(pool: LeanPool) -> None:
    result = pool.run_sync(_VARIED, all_tactics=True, infotree="substantive")
    assert result.verdict == "sorry", result.errors
    assert result.infotree is not None
    printed = {(place, tuple(before), tuple(after)) for place, before, after in _printed(result.infotree)}
    assert len(result.tactics) > 20
    for step in result.tactics:
        before, after = (tuple(goal.text for goal in goals) for goals in (step.goals, step.goals_after))
        assert ((step.start, step.end), before, after) in printed


def _printed(trees: list[Any]) -> Iterator[tuple[tuple[Position, Position], list[str], list[str]]]:
    """What Lean's own printer says of the goals before and after each tactic, and where that is."""
    for tree in trees:
        if tree["kind"] == "TacticInfo":
            node = tree["node"]
            start, end = (Position(**node["stx"]["range"][which]) for which in ("start", "finish"))
            yield (start, end), node["goalsBefore"], node["goalsAfter"]
        yield from _printed(tree["children"])


def test_parts_of_a_goal_are_those_of_its_text(pool: LeanPool) -> None:
    result = pool.run_sync(_VARIED, all_tactics=True)
    for step in result.tactics:
        for goal in (*step.goals, *step.goals_after):
            parsed = Goal.parse(goal.text)
            assert (goal.case, _flat(goal.target)) == (parsed.case, _flat(parsed.target))
            assert [_flat(str(hypothesis)) for hypothesis in goal.hypotheses] == [
                _flat(str(hypothesis)) for hypothesis in parsed.hypotheses
            ]


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_instances_and_names_that_cannot_be_written_are_told(pool: LeanPool) -> None:
    result = pool.run_sync(
        "example [Inhabited Nat] (h : 1 = 1) (h : 2 = 2) : True := by skip; trivial", all_tactics=True
    )
    instance, first, second = result.tactics[0].goals[0].hypotheses
    assert (instance.is_instance, first.is_instance) == (True, False)
    assert (instance.inaccessible, first.inaccessible, second.inaccessible) == (("inst✝",), ("h✝",), ())


def test_proof_states_have_goals_in_parts_too(pool: LeanPool) -> None:
    state = pool.prove_sync("example (p q : Prop) (hp : p) : q ∨ p ∧ p")
    (before,) = state.goals
    (after,) = state.tactic_sync("right").goals
    assert after.target == "p ∧ p"
    assert before.id != after.id
    assert before.hypotheses[0].ids == after.hypotheses[0].ids != ()
    first, second = state.tactic_sync("(right; constructor)").goals
    assert None is not first.id != second.id
    left_open = state.tactic_sync("(right; exact ⟨hp, by sorry⟩)")
    assert left_open.sorries[0].goal.target == "p"


def test_a_reply_in_text_only_is_still_understood(pool: LeanPool) -> None:
    result = pool.run_sync("example (p : Prop) : p := by sorry")
    (goal,) = result.goals
    assert Goal.parse(goal.text) == goal  # identities are not compared
    assert goal.id is not None
    assert copy.deepcopy(goal).id == pickle.loads(pickle.dumps(goal)).id == goal.id


def _try_this(pool: LeanPool, code: str) -> tuple[LeanResult, Suggestion]:
    result = pool.run_sync(code)
    (message,) = [message for message in result.messages if message.suggestions]
    return result, message.suggestions[0]


def test_what_lean_offers_can_be_put_in_its_place(pool: LeanPool) -> None:
    code = "-- 𝔸 above the line\nexample (a b : Nat) : a + b = b + a := by /- 𝔸 -/ exact?  -- here\n"
    _, suggestion = _try_this(pool, code)
    assert suggestion.text == "exact Nat.add_comm a b"
    assert suggestion.start is not None
    assert suggestion.end is not None
    start, end = suggestion.start.offset(code), suggestion.end.offset(code)
    assert code[start:end] == "exact?"
    assert pool.run_sync(code[:start] + suggestion.text + code[end:]).ok


def test_hints_of_errors_are_offers_too(pool: LeanPool) -> None:
    result, suggestion = _try_this(pool, "structure P where\n  left : Nat\n\ndef a : P := { lefft := 1 }")
    assert result.verdict == "error"
    assert "left" in suggestion.text


def test_a_tactic_that_offers_another_says_so(pool: LeanPool) -> None:
    state = pool.prove_sync("example (a b : Nat) : a + b = b + a")
    (message,) = [found for found in state.tactic_sync("simp? [Nat.add_comm]").messages if found.suggestions]
    assert message.suggestions[0].text.startswith("simp only [")
    assert message.suggestions[0].start is None


def test_traces_are_trees(pool: LeanPool) -> None:
    code = "set_option trace.Meta.synthInstance true in\nexample : Inhabited Nat := inferInstance"
    (message,) = pool.run_sync(code).messages
    (root,) = message.traces
    assert root.name == "Meta.synthInstance"
    assert root.text == "✅️ Inhabited Nat"
    assert len(root.children) > 1
    assert all(child.name.startswith("Meta.synthInstance") for child in root.children)
    heads = [f"[{node.name}] {node.text}" for node in (root, *root.children)]
    assert all(head in message.text for head in heads)


@pytest.mark.parametrize(("steps", "told"), [(5, 5), (3000, 0)])
def test_a_trace_without_end_is_left_as_text(pool: LeanPool, steps: int, told: int) -> None:
    code = f'run_meta for i in [0:{steps}] do addTrace `debug m!"step {{i}}"'
    env = pool.run_sync("import Lean\nopen Lean Meta").env
    (message,) = pool.run_sync(code, env, options={"trace.debug": True}).messages
    assert f"step {steps - 1}" in message.text
    assert len(message.traces) == told
