"""Proofs as data for drawing: hypotheses flow down, goals are closed."""

from __future__ import annotations

import json
from typing import Any

import pytest

import lean_magic
from lean_magic import LeanPool, ProofState
from lean_magic.explorer._attempt import Attempt
from lean_magic.explorer._focus import on_goal
from lean_magic.explorer._history import Step
from lean_magic.explorer._proof_drawing import drawn_path, drawn_tree


def outline(scope: dict[str, Any], level: int = 0) -> list[str]:
    """Return what would be drawn, line by line."""
    names = {hypothesis["id"]: hypothesis["name"] for hypothesis in scope["hypotheses"]}
    goal = scope["goal"]
    case = f"{goal['case']} " if goal["case"] else ""
    given = "".join(f" {hypothesis['name']}" for hypothesis in scope["hypotheses"])
    lines = [f"{'  ' * level}{'✓' if scope['closed'] else '○'} {case}⊢ {goal['target']}{given and ' |' + given}"]
    for step in scope["steps"]:
        lines.append(f"{'  ' * level}· {step['tactic'].splitlines()[0]}")
        if step["new_hypotheses"]:
            names |= {new["id"]: new["name"] for new in step["new_hypotheses"]}
            lines[-1] += "".join(
                f" +{new['name']}{sorted(names.get(old, '?') for old in new['from'])}" for new in step["new_hypotheses"]
            )
        lines[-1] += f" → {step['goal']}" if step["goal"] else " ✓" if step["closes"] else ""
        for inner in step["inner"]:
            lines += [f"{'  ' * level}  within", *outline(inner, level + 1)]
        for each in step["scopes"]:
            lines += outline(each, level + 1)
    return lines


@pytest.mark.parametrize(
    ("code", "drawing"),
    [
        (
            """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  obtain ⟨hp, hq⟩ := h
  constructor -- two goals
  · exact hq
  · have g : p := by
      exact hp
    exact g
""",
            [
                "✓ ⊢ q ∧ p | p q h",
                "· obtain ⟨hp, hq⟩ := h +hp['h'] +hq['h']",
                "· constructor",
                "  ✓ left ⊢ q",
                "  · exact hq ✓",
                "  ✓ right ⊢ p",
                "  · have g : p := by exact hp +g['?']",
                "    within",
                "    ✓ ⊢ p",
                "    · exact hp ✓",
                "  · exact g ✓",
            ],
        ),
        (
            """\
theorem add (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ m ih => rw [← Nat.add_assoc, ih]
""",
            [
                "✓ ⊢ 0 + n = n | n",
                "· induction n with",
                "  ✓ zero ⊢ 0 + 0 = 0",
                "  · rfl ✓",
                "  ✓ succ ⊢ 0 + (m + 1) = m + 1 | m ih",
                "  · rw [← Nat.add_assoc, ih] ✓",
            ],
        ),
        (
            """\
theorem three (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  constructor
  all_goals try constructor
  all_goals assumption
""",
            [
                "✓ ⊢ p ∧ q ∧ r | p q r hp hq hr",
                "· constructor",
                "  ✓ left ⊢ p",
                "  · assumption ✓",
                "  ✓ right ⊢ q ∧ r",
                "  · constructor",
                "    ✓ right.left ⊢ q",
                "    · assumption ✓",
                "    ✓ right.right ⊢ r",
                "    · assumption ✓",
            ],
        ),
        (
            """\
example (a b c : Nat) (h : a = b) (g : b = c) : a = c ∨ c = 0 := by
  left
  calc
    a = b := by rw [h]
    _ = c := by rw [g]
""",
            [
                "✓ ⊢ a = c ∨ c = 0 | a b c h g",
                "· left → a = c",
                "· calc ✓",
                "  within",
                "  ✓ ⊢ a = b",
                "  · rw [h] ✓",
                "  within",
                "  ✓ ⊢ b = c",
                "  · rw [g] ✓",
            ],
        ),
        (
            """\
example (n : Nat) : n = n ∧ n + 0 = n := by
  constructor
  · cases n
    case zero => rfl
    case succ m => sorry
  · exact missing
""",
            [
                "○ ⊢ n = n ∧ n + 0 = n | n",
                "· constructor",
                "  ○ left ⊢ n = n",
                "  · cases n",
                "    ✓ left.zero ⊢ 0 = 0",
                "    · rfl ✓",
                "    ○ left.succ ⊢ m + 1 = m + 1 | m",
                "    · sorry",
                "  ○ right ⊢ n + 0 = n",
                "  · exact missing",
            ],
        ),
    ],
)
def test_a_proof_in_the_code_is_drawn(pool: LeanPool, code: str, drawing: list[str]) -> None:
    result = pool.run_sync(code, all_tactics=True)
    [tree] = result.proof_tree()
    proof = drawn_tree(tree, result)
    assert outline(proof["scope"]) == drawing
    assert proof["finished"] == drawing[0].startswith("✓")
    assert proof["scope"]["steps"][0]["position"] == [2, 2]
    json.dumps(proof)


def test_what_a_branch_does_is_not_where_its_hypotheses_come_from(pool: LeanPool) -> None:
    code = """\
theorem t (p q r : Prop) (hp : p) (h : q ∨ r) : p ∧ (r ∨ q) := by
  cases h with
  | inl hq => exact ⟨hp, .inr hq⟩
  | inr hr =>
    have both : p ∧ r := ⟨hp, hr⟩
    exact ⟨both.1, .inl both.2⟩
"""
    result = pool.run_sync(code, all_tactics=True)
    scope = drawn_tree(result.proof_tree()[0], result)["scope"]
    ids = {hypothesis["name"]: hypothesis["id"] for hypothesis in scope["hypotheses"]}
    made = [new for branch in scope["steps"][0]["scopes"] for new in branch["hypotheses"]]
    assert [(new["name"], new["from"]) for new in made] == [("hq", [ids["h"]]), ("hr", [ids["h"]])]


def attempts(root: ProofState, tactics: list[tuple[str, int | None]]) -> tuple[list[Step], list[Attempt]]:
    """Return steps that lead on from a state, and attempts for them: the first one's id is 10."""
    steps, found, state = [], [], root
    for number, (tactic, place) in enumerate(tactics, 1):
        after = state.tactic_sync(on_goal(tactic, place, len(state.goals)))
        steps.append(Step(tactic, place, state.goals, after.goals))
        status: Any = "open" if after.goals else "finished" if after.completed else "sorry"
        found.append(Attempt(10 * number, tactic=tactic, place=place, status=status, state=after))
        state = after
    return steps, found


def test_a_path_of_attempts_is_drawn(pool: LeanPool) -> None:
    root = pool.prove_sync("theorem t (p q : Prop) (h : p ∧ q) : ∃ n : Nat, (p ∧ n > 3) ∧ n = 5")
    steps, tried = attempts(
        root,
        [
            ("constructor", 0),
            ("constructor", 0),
            ("rfl", 1),  # settles the witness, too
            ("constructor", 0),
            ("cases h", 0),
            ("decide", 1),
            ("assumption", 0),
        ],
    )
    proof = drawn_path(steps, tried)
    assert outline(proof["scope"]) == [
        "✓ ⊢ ∃ n, (p ∧ n > 3) ∧ n = 5 | p q h",
        "· constructor",
        "  ✓ h ⊢ (p ∧ ?w > 3) ∧ ?w = 5",
        "  · constructor",
        "    ✓ h.left ⊢ p ∧ 5 > 3",
        "    · constructor",
        "      ✓ h.left.left ⊢ p",
        "      · cases h +left✝['?'] +right✝['?']",
        "      · assumption ✓",
        "      ✓ h.left.right ⊢ 5 > 3",
        "      · decide ✓",
        "    ✓ h.right ⊢ ?w = 5",
        "    · rfl ✓",
        "  ✓ w ⊢ Nat",
    ]
    [first] = proof["scope"]["steps"]
    assert (first["attempt"], first["position"]) == (10, None)
    cases = first["scopes"][0]["steps"][0]["scopes"][0]["steps"][0]["scopes"][0]["steps"][0]
    h = next(hypothesis["id"] for hypothesis in proof["scope"]["hypotheses"] if hypothesis["name"] == "h")
    assert cases["attempt"] == 50
    assert cases["gone"] == [h]
    assert [new["from"] for new in cases["new_hypotheses"]] == [[h], [h]]
    unfinished = drawn_path(steps[:3], tried[:3])
    assert not unfinished["scope"]["closed"]
    assert drawn_path([], [])["scope"]["steps"] == []


def test_what_was_run_on_all_goals_is_drawn_on_each(pool: LeanPool) -> None:
    root = pool.prove_sync("theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q")
    steps, tried = attempts(root, [("constructor", 0), ("all_goals assumption", None)])
    assert outline(drawn_path(steps, tried)["scope"])[1:] == [
        "· constructor",
        "  ✓ left ⊢ p",
        "  · all_goals assumption ✓",
        "  ✓ right ⊢ q",
        "  · all_goals assumption ✓",
    ]
    assert [len(drawn_path(steps[1:], tried[1:])["scope"]["steps"][0]["scopes"])] == [2]


AND = "theorem t (p q : Prop) (h : p) (k : q) : p ∧ q := "
NOT_ACCEPTED = {
    "by\n  constructor\n  exact h": ["left"],
    "by\n  constructor\n  · exact h\n  · constructor <;> [exact k; exact k]": ["left"],
    "by\n  constructor\n  case left => exact h\n  case right => {exact k }": ["left"],
    "by\n  exact ⟨h, k⟩\n  exact foo": [],
    "⟨by exact h, foo⟩": [],
    "by\n  have : q := sorry\n  exact ⟨h, k⟩": [],
    "by\n  exact (t p q h k)": [],
}


@pytest.mark.parametrize("proof", NOT_ACCEPTED)
def test_what_lean_rejects_is_not_drawn_as_finished(pool: LeanPool, proof: str) -> None:
    result = pool.run_sync(AND + proof, all_tactics=True)
    assert result.verdict in {"error", "sorry"}
    drawn = drawn_tree(result.proof_tree()[0], result)
    assert (drawn["finished"], drawn["scope"]["closed"]) == (False, False)
    scopes = [scope for step in drawn["scope"]["steps"] for scope in step["scopes"]]
    assert [scope["goal"]["case"] for scope in scopes if scope["closed"]] == NOT_ACCEPTED[proof]
    # An error elsewhere says nothing of it.
    result = pool.run_sync(f"theorem no : 1 = 2 := rfl\n{AND}by\n  exact ⟨h, k⟩\n#eval missing", all_tactics=True)
    assert drawn_tree(result.proof_tree()[0], result)["finished"]


def test_what_rests_on_a_theorem_with_sorry_is_not_drawn_as_finished(pool: LeanPool) -> None:
    bad = "namespace N\ntheorem bad : 1 = 2 := sorry\n"
    code = "theorem t : 1 = 2 := by\n  exact bad\nexample : 1 = 2 := by\n  exact t\ntheorem u : 1 = 1 := by\n  rfl\n"
    first = pool.run_sync(bad)
    for result in (pool.run_sync(bad + code, all_tactics=True), pool.run_sync(code, first.env, all_tactics=True)):
        finished = [drawn_tree(tree, result)["finished"] for tree in result.proof_tree()]
        assert finished == [False, False, True]


@pytest.mark.parametrize(
    ("tactics", "left", "right"),
    [
        (["constructor", "nonsense"], False, False),
        (["constructor", "exact h", "nonsense"], True, False),
        (["constructor", "exact (sorryAx _ true)", "exact k"], False, True),
        (["constructor", "gap", "exact k"], False, True),
        (["constructor", "exact h", "gap"], True, False),
        (["constructor", "have : p := sorry", "exact h", "exact k"], False, True),
    ],
)
def test_what_failed_or_gave_up_closes_nothing(pool: LeanPool, tactics: list[str], left: bool, right: bool) -> None:
    env = pool.run_sync('macro "gap" : tactic => `(tactic| sorry)').env
    with lean_magic.explore(AND.removesuffix(" := "), env=env, pool=pool) as explorer:
        attempt = explorer.tree.root
        for tactic in tactics:
            attempt = explorer.add_sync(tactic, attempt)
        drawn = drawn_path(explorer.steps(attempt), attempt.path[1:])
    assert (drawn["finished"], drawn["scope"]["closed"]) == (False, False)
    assert [scope["closed"] for scope in drawn["scope"]["steps"][0]["scopes"]] == [left, right]


def test_what_decreasing_by_proves_is_drawn(pool: LeanPool) -> None:
    code = "def f (n m : Nat) : Nat := if h : n = 0 then 0 else f (n - 1) m\ntermination_by n\ndecreasing_by\n"
    result = pool.run_sync(f"{code}  skip\n  exact Nat.sub_one_lt h", all_tactics=True)
    drawn = drawn_tree(result.proof_tree()[0], result)
    assert drawn["finished"]
    assert [step["tactic"] for step in drawn["scope"]["steps"]] == ["exact Nat.sub_one_lt h"]
