"""What was explored, as a script: laid out as people write it, and accepted by Lean as one block."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from lean_magic import Goal, LeanPool, ProofState, ServerError, TacticError
from lean_magic.explorer._focus import on_goal
from lean_magic.explorer._script import Step, flat, scripts, structured


def run(pool: LeanPool, root: ProofState, *path: tuple[str, int | None] | str) -> tuple[list[Step], ProofState]:
    """Run tactics, each on the first goal unless it says otherwise."""
    steps, state = [], root
    for tactic, place in ((each, 0) if isinstance(each, str) else each for each in path):
        after = pool.tactic_sync(state, on_goal(tactic, place, len(state.goals)))
        steps.append(Step(tactic, place, state.goals, after.goals))
        state = after
    return steps, state


def status(pool: LeanPool, root: ProofState, script: str) -> str:
    """Say what Lean thinks of a script as one tactic."""
    lines = "\n".join(f"  {line}" for line in script.split("\n"))
    return pool.tactic_sync(root, f"(\n{lines}\n)").status


AND = "example (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r"
TWO = "example : ∃ n : Nat, n > 3 ∧ n = 5"


@pytest.mark.parametrize(
    ("statement", "path", "script"),
    [
        (AND, ["exact ⟨hp, hq, hr⟩"], "exact ⟨hp, hq, hr⟩"),
        (
            AND,
            ["constructor", "exact hp", "constructor", "exact hq", "exact hr"],
            "constructor\n· exact hp\n· constructor\n  · exact hq\n  · exact hr",
        ),
        # In another order than Lean lists them: nothing depends on it.
        (
            AND,
            ["constructor", ("constructor", 1), ("exact hr", 2), ("exact hp", 0), "exact hq"],
            "constructor\n· exact hp\n· constructor\n  · exact hq\n  · exact hr",
        ),
        # A goal that another one's proof settles is not mentioned.
        (TWO, ["constructor", "exact ⟨by decide, (rfl : 5 = 5)⟩"], "constructor\nexact ⟨by decide, (rfl : 5 = 5)⟩"),
        # The witness was needed first.
        (
            TWO,
            ["constructor", ("exact 5", 1), "constructor", "decide", "rfl"],
            "constructor\ncase w => exact 5\ncase h =>\n  constructor\n  · decide\n  · rfl",
        ),
        # ... after half of the rest.
        (
            TWO,
            ["constructor", "constructor", ("exact 5", 2), ("rfl", 1), "decide"],
            "constructor\nconstructor\ncase w => exact 5\ncase h.left => decide\ncase h.right => rfl",
        ),
        (
            "example (p q : Prop) (h : p ∨ q) : q ∨ p",
            ["cases h", ("left", 1), ("assumption", 1), "right", "assumption"],
            "cases h\ncase inl =>\n  right\n  assumption\ncase inr =>\n  left\n  assumption",
        ),
        # Names begin anew within `case`.
        (
            "example (p q r : Prop) (h : p ∨ q ∨ r) : True",
            ["cases h", "trivial", "rename_i h", "cases h", "trivial", "trivial"],
            """\
cases h
case inl => trivial
case inr =>
  rename_i h
  cases h
  case inl => trivial
  case inr => trivial""",
        ),
        (
            "example (n m : Nat) : n = n",
            ["cases n", "rfl", "cases m", "rfl", "rfl"],
            "cases n\ncase zero => rfl\ncase succ =>\n  cases m\n  case zero => rfl\n  case succ => rfl",
        ),
        # What was run on all goals at once stays so.
        (
            AND,
            ["refine ⟨?_, ?_, ?_⟩", ("all_goals first | exact hp | exact hq | skip", None), "exact hr"],
            "refine ⟨?_, ?_, ?_⟩\nall_goals first | exact hp | exact hq | skip\nexact hr",
        ),
        # An order that only somebody who explores needs.
        (
            AND,
            ["constructor", ("rotate_left", None), "exact ⟨hq, hr⟩", "exact hp"],
            "constructor\n· exact hp\n· exact ⟨hq, hr⟩",
        ),
        # Comments, several lines, several tactics in one step.
        (
            AND,
            ["constructor -- two", "skip; exact hp -- one; two", "have h : q := by\n  exact hq -- q\nexact ⟨h, hr⟩"],
            "constructor -- two\n· skip; exact hp -- one; two\n· have h : q := by\n    exact hq -- q\n  exact ⟨h, hr⟩",
        ),
        # Goals without names, the last one first.
        (
            "example (a b c : Nat) (h : a ≤ b) (g : b ≤ c) : a ≤ c",
            ["apply Nat.le_trans", ("exact b", 2), "exact h", "exact g"],
            "apply Nat.le_trans\nrotate_left 2\n· exact b\n· exact h\n· exact g",
        ),
    ],
)
def test_a_script_is_laid_out_as_people_write_it(
    pool: LeanPool, statement: str, path: list[tuple[str, int | None] | str], script: str
) -> None:
    root = pool.prove_sync(statement)
    steps, state = run(pool, root, *path)
    assert state.completed
    assert structured(steps) == script
    assert {status(pool, root, each) for each in scripts(steps)} == {"Completed"}


def test_what_is_left_is_marked(pool: LeanPool) -> None:
    root = pool.prove_sync(AND)
    steps, _ = run(pool, root, "constructor", ("constructor", 1), ("exact hr", 2))
    assert structured(steps) == "constructor\n· sorry\n· constructor\n  · sorry\n  · exact hr"
    assert structured(steps[:1]) == "constructor\n· sorry\n· sorry"
    assert structured([]) == "sorry"
    for script in scripts(steps):
        assert status(pool, root, script) == "Incomplete: contains sorry"


def test_proofs_that_cannot_be_taken_apart_stay_as_they_were_run(pool: LeanPool) -> None:
    root = pool.prove_sync("example : ∃ n : Nat, n > 3 ∧ n = 5")
    steps, state = run(
        pool,
        root,
        "constructor",
        ("refine Nat.succ ?_", 1),
        "constructor",
        ("(exact (rfl : Nat.succ 4 = 5))", 1),
        "decide",
    )
    assert state.completed
    assert status(pool, root, structured(steps)) == "Completed"


def test_goals_of_another_process_are_known_by_their_texts(pool: LeanPool) -> None:
    root = pool.prove_sync(AND)
    steps, _ = run(pool, root, "constructor", ("constructor", 1), ("exact hr", 2), ("exact hp", 0), "exact hq")

    def elsewhere(goals: tuple[Goal, ...], number: int) -> tuple[Goal, ...]:
        return tuple(replace(goal, id=f"{number} {goal.id}") for goal in goals)

    moved = [
        replace(step, before=elsewhere(step.before, number), after=elsewhere(step.after, number + 1))
        for number, step in enumerate(steps)
    ]
    unknown = [
        replace(
            step,
            before=tuple(replace(goal, id=None) for goal in step.before),
            after=tuple(replace(goal, id=None) for goal in step.after),
        )
        for step in steps
    ]
    assert structured(moved) == structured(unknown) == structured(steps)


def test_a_long_proof_is_no_problem() -> None:
    goals = [(Goal.parse(f"⊢ {number}"),) for number in range(3001)]
    steps = [Step(f"tactic {number}", 0, goals[number], goals[number + 1]) for number in range(3000)]
    assert structured(steps).count("\n") == 3000
    assert flat(steps).count("\n") == 3000


STATEMENTS = [
    "example (p q r : Prop) : p ∧ q ∧ r → (r ∧ q) ∧ p",
    "example (p q r : Prop) : p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r)",
    TWO,
    "example : ∃ a b : Nat, a + b = 7 ∧ a < b",
    "example (n : Nat) : 0 + n = n ∧ n * 1 = n",
    "example (a b c : Nat) (h : a < b) (g : b < c) : a < c ∧ a ≤ b ∧ ∃ d, d = a + c",
    "example (p : Nat → Prop) (h : ∃ x, p x) (g : ∀ x, p x → p (x + 1)) : ∃ x, p (x + 1) ∧ True",
    "example (b : Bool) (x : Nat × Nat) : (b || !b) = true ∧ (x.1, x.2) = x",
    "example (f : Nat → Nat) (h : ∀ x, f x = x) : f 1 = 1 ∧ ∃ y, f y = 2 ∧ y = 2",
    "example : ∃ p : Nat × Nat, p.1 = 1 ∧ p.2 = 2",
]
TACTICS = """
intro h|intro|constructor|constructor|constructor|left|right|assumption|assumption|omega|omega|simp|simp_all|rfl|decide
exact 5|exact 3|exact 4|exact 2|exact 1|refine ⟨?_, ?_⟩|refine ⟨_, ?_, ?_⟩|apply And.intro|apply Exists.intro
exact ⟨_, rfl⟩|refine Nat.succ ?_|cases n|cases b|cases x|obtain ⟨x, hx⟩ := h|rcases h with ⟨h, g⟩ / h|cases h
intro ⟨hp, hq⟩|simp [h]
by_cases hn : 1 = 2|constructor <;> try assumption|exact g _ hx|exists 2|skip; skip -- nothing|trivial
"""
ON_ALL = ["all_goals simp", "all_goals try omega", "any_goals rfl", "rotate_left", "all_goals constructor"]


@pytest.mark.parametrize("seed", range(16))
def test_scripts_of_random_walks_are_right(pool: LeanPool, seed: int) -> None:
    chosen = random.Random(seed)
    tactics = [tactic.replace("/", "|") for tactic in TACTICS.strip().replace("\n", "|").split("|")]
    root = state = pool.prove_sync(STATEMENTS[seed % len(STATEMENTS)])
    steps: list[Step] = []
    for _ in range(40):
        if not state.goals or len(steps) == 12:
            break
        place = None if chosen.random() < 0.07 else chosen.randrange(len(state.goals))
        tactic = chosen.choice(ON_ALL if place is None else tactics)
        try:
            after = pool.tactic_sync(state, on_goal(tactic, place, len(state.goals)), timeout=20)
        except (TacticError, ServerError):
            continue
        if len(after.goals) < 6 and after.goals != state.goals:
            steps.append(Step(tactic, place, state.goals, after.goals))
            state = after
    expected = "Completed" if state.completed else "Incomplete: contains sorry"
    assert status(pool, root, structured(steps)) == expected, structured(steps)
    assert status(pool, root, flat(steps)) == expected, flat(steps)
