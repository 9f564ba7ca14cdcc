"""Proofs in code, as steps: that each leads through its proof, and which they are."""

from __future__ import annotations

import pytest

from lean_magic import LeanPool, LeanResult, explore
from lean_magic.explorer._focus import on_goal
from lean_magic.explorer._imported import block, first_state, imported, whole
from lean_magic.explorer._origin import Origin

PROOFS = """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  obtain ⟨hp, hq⟩ := h
  constructor
  -- the first
  · exact hq -- so; it is
  · have := hp
    exact this
theorem semi (p q : Prop) (h : p ∧ q) : q ∧ p := by have g := h; exact ⟨g.2, h.1⟩
theorem add (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ n ih =>
    rw [← Nat.add_assoc, ih]
theorem add' (n : Nat) : 0 + n = n := by
  induction n
  case zero => rfl
  case succ n ih =>
    rw [← Nat.add_assoc]
    rw [ih]
theorem both (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  refine ⟨?_, ?_, ?_⟩ <;> first | assumption | skip
theorem reorder (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  refine ⟨?a, ?b, ?c⟩
  case b => exact hq
  case c =>
    have h : r := by
      exact hr
    exact h
  exact hp
theorem nested (p q r : Prop) (hp : p) (hq : q) (hr : r) : (p ∧ q) ∧ r := by
  constructor
  · constructor
    all_goals assumption
  · skip; exact hr
theorem rotated (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  constructor
  rotate_left
  · exact ⟨hq, hr⟩
  exact hp
theorem unstructured (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  constructor
  exact hp
  constructor
  exact hq
  exact hr
theorem all (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r := by
  constructor
  all_goals try constructor
  all_goals assumption
theorem calced (a b c : Nat) (h : a = b) (g : b = c) : a = c := by
  calc
    a = b := by rw [h]
    _ = c := by
      rw [g]
theorem parens (p q : Prop) (h : p ∧ q) : q ∧ p := by
  (have g := h; constructor <;> simp [g])
theorem dotted (p : Prop) (h : p) : p := by
  · exact h
theorem ex : ∃ n : Nat, n > 3 ∧ n = 5 := by
  constructor
  case w => exact 5
  constructor
  · decide
  · rfl
theorem ex2 : ∃ n : Nat, n > 3 ∧ n = 5 := by
  refine ⟨5, ?_⟩
  exact ⟨by decide, by
    rfl⟩
theorem nexted (p q : Prop) (h : p ∨ q) : q ∨ p := by
  cases h
  next hp => exact .inr hp
  next hq =>
    left
    exact hq
theorem if_then (n : Nat) : n = n := by
  by_cases h : n = 0
  · if g : n = 1 then
      rfl
    else
      rfl
  · show n = n
    rfl
theorem if2 (n : Nat) : n = n := by
  if g : n = 1 then
    rfl
  else
    rfl
theorem matched (n : Nat) : n = n := by
  match n with
  | 0 => rfl
  | n + 1 =>
    simp
theorem rcs (p q r : Prop) (h : p ∨ q ∨ r) : r ∨ q ∨ p := by
  rcases h with hp | hq | hr
  · simp [hp]
  · right
    left
    assumption
  · left; assumption
theorem suff (a b : Nat) (h : a = b) : b = a := by
  suffices g : a = b from g.symm
  exact h
theorem focused (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  focus
    skip
    exact hp
  any_goals assumption
theorem comment (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  /- a comment; with · things
  constructor -/
  constructor -- one; two
  · -- first
    exact hp
  /- second -/
  · exact hq
  done
theorem str (s : String) (h : s = "a\\n; · by") : s = "a\\n; · by" := by
  have := h; exact h
theorem conved (a b : Nat) (h : a = b) : a + 0 = b := by
  conv =>
    lhs
    rw [Nat.add_zero]
  rw [h]
theorem anon (p q : Prop) : p → q → p ∧ q := by
  intro hp hq
  exact ⟨by
      exact hp, by exact hq⟩
theorem inst (f : Nat → Nat)
    (h : ∀ x, f x = x) : f (f 2) = 2 := by
  rw [h,
    h]
theorem unif (a b c : Nat) (h : a ≤ b) (g : b ≤ c) : a ≤ c := by
  apply Nat.le_trans
  · exact h
  · exact g
theorem term (a b c : Nat) (h : a ≤ b) (g : b ≤ c) : a ≤ c ∧ b ≤ c :=
  ⟨by
    apply Nat.le_trans
    exact h
    exact g, by assumption⟩
theorem braces (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  { exact hp }
  { skip
    exact hq }
"""


@pytest.fixture(scope="module")
def result(pool: LeanPool) -> LeanResult:
    result = pool.run_sync(PROOFS, all_tactics=True)
    assert result.ok, result
    return result


def test_steps_lead_through_each_proof(result: LeanResult) -> None:
    trees = result.proof_tree()
    assert len(trees) == PROOFS.count("\ntheorem") + 2  # one has two blocks
    for tree in trees:
        steps = imported(tree, PROOFS)
        assert steps, tree.declaration
        state = first_state(tree, result)
        for step in steps:
            state = state.tactic_sync(on_goal(step.tactic, step.place, len(state.goals)))
        assert state.completed, tree.declaration
        assert first_state(tree, result).tactic_sync(on_goal(whole(tree, PROOFS).tactic, 0, 1)).completed


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("swap", ["obtain ⟨hp, hq⟩ := h", "constructor", "exact hq", "have := hp", "exact this"]),
        ("semi", ["have g := h", "exact ⟨g.2, h.1⟩"]),
        ("add", ["induction n with\n| zero => rfl\n| succ n ih =>\n  rw [← Nat.add_assoc, ih]"]),
        ("add'", ["induction n", "rfl", "rename_i n ih", "rw [← Nat.add_assoc]", "rw [ih]"]),
        ("both", ["refine ⟨?_, ?_, ?_⟩ <;> first | assumption | skip"]),
        (
            "reorder",
            ["refine ⟨?a, ?b, ?c⟩", ("exact hq", 1), ("have h : r := by\n  exact hr", 1), ("exact h", 1), "exact hp"],
        ),
        # What is run on all goals of a bullet cannot be run among others.
        ("nested", ["constructor", "constructor\nall_goals assumption", "skip", "exact hr"]),
        ("rotated", ["constructor", ("rotate_left", None), "exact ⟨hq, hr⟩", "exact hp"]),
        ("all", ["constructor", ("all_goals try constructor", None), ("all_goals assumption", None)]),
        ("calced", ["calc\n  a = b := by rw [h]\n  _ = c := by\n    rw [g]"]),
        ("ex", ["constructor", ("exact 5", 1), "constructor", "decide", "rfl"]),
        ("if2", ["if g : n = 1 then\n  rfl\nelse\n  rfl"]),
        ("comment", ["constructor", "exact hp", "exact hq"]),
        ("inst", ["rw [h,\n  h]"]),
        ("braces", ["constructor", "{ exact hp }", "{ skip\n  exact hq }"]),
    ],
)
def test_steps_are_the_tactics_of_the_code(
    result: LeanResult, name: str, steps: list[str | tuple[str, int | None]]
) -> None:
    tree = next(tree for tree in result.proof_tree() if tree.declaration == f"theorem {name}")
    assert [(step.tactic, step.place) for step in imported(tree, PROOFS)] == [
        (step, 0) if isinstance(step, str) else step for step in steps
    ]


def test_a_block_is_all_that_follows_by(pool: LeanPool) -> None:
    code = "example : 1 = 1 := (by (skip; (rfl)))\nexample : 1 = 1 := by\n  · skip -- so\n    rfl -- and so\n"
    result = pool.run_sync(code, all_tactics=True)
    blocks = [code[slice(*block(tree, code))] for tree in result.proof_tree()]
    assert blocks == ["(skip; (rfl))", "· skip -- so\n    rfl"]


def test_a_proof_with_an_error_is_read_as_far_as_it_goes(pool: LeanPool) -> None:
    code = """\
theorem u (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  · set_option pp.all true in
    exact hp
  exact hp
"""
    [tree] = pool.run_sync(code, all_tactics=True).proof_tree()
    assert [step.tactic for step in imported(tree, code)] == [
        "constructor",
        "set_option pp.all true in\nexact hp",
        "exact hp",
    ]


async def test_another_proof_takes_the_place_of_one(pool: LeanPool, result: LeanResult) -> None:
    trees = {tree.declaration: tree for tree in result.proof_tree()}
    origin = Origin.of_proof(trees["theorem swap"], result)
    checked = await origin.check(pool, "constructor\n· exact h.2\n· exact h.1")
    assert checked.verdict == "valid"
    assert checked.after is not None
    assert checked.after.startswith(
        "theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by\n  constructor\n  · exact h.2\n  · exact h.1\ntheorem semi"
    )
    origin = Origin.of_proof(trees["theorem semi"], result)
    assert origin.declaration == "theorem semi"
    checked = await origin.check(pool, "exact h.symm")
    assert checked.after == PROOFS.replace("have g := h; exact ⟨g.2, h.1⟩", "exact h.symm", 1)


def test_what_proves_that_something_decreases_is_taken_over(pool: LeanPool) -> None:
    code = """\
def f (n m : Nat) : Nat := if h : n = 0 then 0 else f (n - 1) m
termination_by n
decreasing_by
  simp_wf
  omega
"""
    result = pool.run_sync(code, all_tactics=True)
    [tree] = result.proof_tree()
    assert code[slice(*block(tree, code))] == "simp_wf\n  omega"
    assert [step.tactic for step in imported(tree, code)] == ["simp_wf", "omega"]
    with explore(result, pool=pool) as explorer:
        assert explorer.best.finished
        assert explorer.script == "simp_wf\nomega"


def test_strings_of_several_lines_are_taken_over_as_they_are(pool: LeanPool) -> None:
    code = 'def s : String := by\n    have x := 3\n    exact "a\n        b  \n    "\n'
    result = pool.run_sync(code, all_tactics=True)
    tree = result.proof_tree()[0]
    assert [step.tactic for step in imported(tree, code)] == ["have x := 3", 'exact "a\n        b  \n    "']
    with explore(result, pool=pool) as explorer:
        assert explorer.best.finished
        assert explorer.script == 'have x := 3\nexact "a\n        b  \n    "'
