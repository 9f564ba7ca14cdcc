"""What is tried on a goal, and what of it is told."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from lean_magic import DeadlineError, Goal, InputError, PoolClosedError, ProofState
from lean_magic.explorer import DEFAULT_TACTICS, Suggestions, candidates, suggestions
from lean_magic.explorer._candidates import introduction
from lean_magic.explorer._focus import on_goal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic import LeanPool
    from lean_magic.explorer import TacticTrial

_UNLIMITED = "set_option maxHeartbeats 0 in\nset_option maxRecDepth 1000000 in\n"
_ENDLESS = f"{_UNLIMITED}theorem endless (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = 1 ∨ True"
_FOR_EVER = "simp (maxSteps := 1000000000) [h]"


def _on(pool: LeanPool, state: ProofState, place: int = 0) -> TacticTrial:
    async def trial(tactic: str, timeout: float) -> ProofState:
        tactic = on_goal(tactic, place, len(state.goals))
        return await pool.tactic(state, tactic, timeout=timeout, priority="batch")

    return trial


async def _suggested(
    pool: LeanPool, state: ProofState, tactics: Sequence[str] = DEFAULT_TACTICS, place: int = 0, limit: int = 20
) -> Suggestions:
    trying = suggestions(_on(pool, state, place), state.goals, place, tactics=tactics, timeout=60, limit=limit)
    news = [each async for each in trying]
    assert [each.done for each in news] == list(range(news[-1].total + 1))
    assert [each.running for each in news] == [True] * news[-1].total + [False]
    return news[-1]


def _goal(text: str) -> Goal:
    return Goal.parse(text)


def test_candidates_are_for_what_can_be_written_and_is_worth_it() -> None:
    goal = _goal("α : Type\np : Prop\nn m : Nat\na✝ : n < m\nh : p\nhn : 0 < n\nk : Nat := 3\n⊢ n = n + k")
    tactics = ("rfl", "cases {hypothesis}", "induction {variable} <;> simp", "rfl")
    assert candidates(goal, tactics) == ("rfl", "cases n", "cases h", "cases hn", "induction n <;> simp")


def test_one_search_is_not_made_twice() -> None:
    assert candidates(_goal("⊢ p"), ("exact?", "simp", "apply?")) == ("simp", "apply?")
    assert candidates(_goal("⊢ p"), ("exact?", "simp")) == ("exact?", "simp")


def test_of_many_hypotheses_the_latest_are_taken_apart() -> None:
    goal = _goal("\n".join([f"h{number} : a = b" for number in range(30)] + ["⊢ False"]))
    assert candidates(goal, ["cases {hypothesis}"]) == tuple(f"cases h{number}" for number in range(22, 30))


@pytest.mark.parametrize(
    ("after", "tactic"),
    [
        ("h : p\nn✝ : Nat\na✝ : n✝ = 2\n⊢ p", "intro n h1"),
        ("h : p\nh✝ : Nat\n⊢ h✝ = 1", "intro h1"),
        ("h : p\nx₁✝ x₂✝ : Nat\n⊢ x₁✝ = x₂✝", "intro x₁ x₂"),
        ("h : p\n⊢ p", None),
    ],
)
def test_binders_keep_their_names_and_assumptions_get_one(after: str, tactic: str | None) -> None:
    assert introduction(_goal("h : p\n⊢ q"), _goal(after)) == tactic


async def test_what_closes_the_goal_comes_first_and_the_simplest_of_it(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (a b c : Nat) (h : a < b) : a + c < b + c")
    found = await _suggested(pool, state, [tactic for tactic in DEFAULT_TACTICS if not tactic.endswith("?")])
    closing = [item for item in found.items if item.status == "finished"]
    assert found.items[: len(closing)] == tuple(closing)
    assert {"omega", "grind", "simp_all"} == {item.tactic for item in closing}
    assert {(item.goals_left, item.gain) for item in closing} == {(0, "closes the goal")}
    assert all(item.state.completed for item in closing)
    simpler, *others = found.items[len(closing) :]
    assert (simpler.tactic, simpler.status, simpler.gain) == ("simp", "open", "leaves a < b")
    assert {"cases h", "induction a", "obtain _ | n := b"} <= {item.tactic for item in others}
    assert {item.gain for item in others} == {"1 goal → 2"}


async def test_of_a_search_its_findings_are_told(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (p q : Prop) (f : p → q → False) : ¬ (p ∧ (True ∧ q))")
    found = await _suggested(pool, state, ("apply?", "simp?"))
    assert {item.tried for item in found.items} == {"apply?", "simp?"}
    assert not [item for item in found.items if "?" in item.tactic.replace("?_", "")]
    told = {item.tactic for item in found.items}
    assert "simp only [true_and, not_and]" in told
    assert any(tactic.startswith("refine ") for tactic in told)
    assert len({item.state.goals for item in found.items}) == len(found.items)
    for item in found.items:
        assert len((await pool.tactic(state, item.tactic)).goals) == item.goals_left
    (item,) = (await _suggested(pool, await pool.prove("example (a b : Nat) : a + b = b + a"), ("exact?",))).items
    assert (item.tactic, item.tried, item.status) == ("exact Nat.add_comm a b", "exact?", "finished")


async def test_failures_and_what_changes_nothing_are_left_out(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (p q : Prop) : p → q")
    found = await _suggested(pool, state, ("skip", "rfl", "no_such_tactic", "intro h", "intros", "intro h"))
    assert [item.tactic for item in found.items] == ["intro h", "intros"]
    assert (found.done, found.total, found.undecided) == (5, 5, ())


async def test_who_leads_to_the_same_goals_is_told_once(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (b : Bool) (p : Prop) : (b = b) ∧ p")
    found = await _suggested(pool, state, ("(cases b)", "induction b", "cases b", "constructor"))
    assert {item.tactic for item in found.items} == {"cases b", "constructor"}


async def test_intro_has_names(pool: LeanPool) -> None:
    state = await pool.prove("theorem t : ∀ n m : Nat, n ≤ m → n < m + 1")
    found = await _suggested(pool, state, ("intro",))
    (item,) = found.items
    assert (item.tactic, item.tried, item.state.goals[0].target) == ("intro n m h", "intro", "n < m + 1")


async def test_one_goal_of_several(pool: LeanPool) -> None:
    state = await (await pool.prove("theorem t (p q : Prop) (h : q ∧ p) : p ∧ q")).tactic("constructor")
    found = await _suggested(pool, state, ("assumption", "grind", "exact h.1", "cases h"), place=1)
    assert [(item.tactic, item.gain) for item in found.items] == [
        ("exact h.1", "closes the goal"),
        ("grind", "closes the goal"),
        ("obtain ⟨h₁, h₂⟩ := h", "leaves q"),
    ]
    assert [(item.status, item.goals_left) for item in found.items] == [("open", 1), ("open", 1), ("open", 2)]
    with pytest.raises(InputError, match="goal"):
        await _suggested(pool, state, place=2)


async def test_what_rests_on_sorry_closes_nothing(pool: LeanPool) -> None:
    code = 'theorem bad {p : Prop} : p := sorry\nmacro "hidden" : tactic => `(tactic| sorry)'
    env = (await pool.run(code)).env
    state = await (await pool.prove("theorem t (p q : Prop) (h : p) (k : q) : p ∧ q", env=env)).tactic("constructor")
    unproved = ("sorry", "admit", "exact (sorryAx _ true)", "hidden", "exact bad", "first | sorry | exact h")
    found = await _suggested(pool, state, (*unproved, "exact h", "have := h", "have : q := sorry"))
    first, second, *others = found.items
    assert (first.tactic, first.gain, first.closes) == ("exact h", "closes the goal", True)
    assert (second.tactic, second.gain, second.closes) == ("have := h", "leaves p", False)
    assert {item.tactic for item in others} == {*unproved, "have : q := sorry"}
    assert {item.gain for item in others} == {"leaves it to sorry", "leaves p, and the rest to sorry"}
    assert not any(item.closes for item in others)
    last = await state.tactic("exact h")
    for before, gain in (
        (last, "closes the goal"),
        (await state.tactic("hidden"), "closes the goal, but the proof rests on"),
    ):
        (item,) = (await _suggested(pool, before, ("exact k",))).items
        assert item.gain.startswith(gain)
        assert item.closes is (before is last)


async def test_what_a_tactic_does_to_other_goals_is_not_taken_for_its_own(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (p : Prop) (h : p) : ∃ n, (n = 3 ∧ p) ∧ n < 5")
    state = await (await state.tactic("constructor")).tactic("constructor")
    assert [goal.target for goal in state.goals] == ["?w = 3 ∧ p", "?w < 5", "Nat"]
    found = await _suggested(pool, state, ("refine ⟨rfl, ?_⟩",))
    assert [(item.gain, item.closes, item.goals_left) for item in found.items] == [("leaves p", False, 2)]
    found = await _suggested(pool, state, ("refine Nat.lt_of_le_of_lt (m := 3) (n := 3) ?_ ?_",), place=1)
    assert [(item.gain, item.closes) for item in found.items] == [("1 goal → 2", False)]
    found = await _suggested(pool, state, ("exact ⟨rfl, h⟩",))
    assert [(item.gain, item.closes, item.goals_left) for item in found.items] == [("closes 2 goals", True, 1)]


@pytest.mark.parametrize("tactics", ["simp", [5], ["simp", None]])
async def test_what_is_no_text_cannot_be_tried(pool: LeanPool, tactics: list[str]) -> None:
    with pytest.raises(InputError, match=r"tactic|list"):
        await _suggested(pool, await pool.prove("example : 1 = 1"), tactics)


async def test_what_is_no_tactic_holds_up_no_other(pool: LeanPool) -> None:
    found = await _suggested(pool, await pool.prove("example : 1 = 1"), ("  ", "exact \ud835", "rfl", ""))
    assert [item.tactic for item in found.items] == ["rfl"]
    assert (found.done, found.total, found.undecided) == (4, 4, ())


async def test_what_may_be_unprovable_comes_later_and_once(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (p q r : Prop) (h : p ∨ q) (g : q → p ∨ r) : p ∨ r")
    tactics = ("refine Or.inl ?_", "left", "right", "cases h", "grind", "exact h.elim Or.inl g")
    found = await _suggested(pool, state, tactics)
    assert [(item.tactic, item.gain) for item in found.items] == [
        ("exact h.elim Or.inl g", "closes the goal"),
        ("grind", "closes the goal"),
        ("obtain h | h := h", "1 goal → 2"),
        ("left", "leaves p"),
        ("right", "leaves r"),
    ]


@pytest.mark.parametrize(
    ("statement", "tactic"),
    [
        ("(p q : Prop) (h : p ∧ q) : q ∧ p", "obtain ⟨h₁, h₂⟩ := h"),
        ("(p q r : Prop) (h : p ∨ q ∧ r) : q ∨ p", "obtain h | h := h"),
        ("(f : Nat → Nat) (h : ∃ n, f n = 0) : ∃ n, f n < 1", "obtain ⟨w, h⟩ := h"),
        ("(n : Nat) (h : 0 < n) (k : n < 2) : n + 0 = 1", "obtain _ | n := n"),
        ("(xs : List Nat) : xs ++ [] = [] ++ xs", "obtain _ | ⟨head, tail⟩ := xs"),
    ],
)
async def test_what_cases_brings_has_names(pool: LeanPool, statement: str, tactic: str) -> None:
    name = tactic.rpartition(" ")[2]
    found = await _suggested(pool, await pool.prove(f"theorem t {statement}"), (f"cases {name}",))
    assert [item.tactic for item in found.items] == [tactic]
    for goal in found.items[0].state.goals:
        assert not [each for each in goal.hypotheses if each.inaccessible]


async def test_only_the_best_are_told(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (a b c : Nat) (h : a < b) : a + c < b + c")
    found = await _suggested(pool, state, ("cases a", "omega", "simp", "cases b"), limit=2)
    assert [item.tactic for item in found.items] == ["omega", "simp"]


async def test_a_slow_one_holds_up_nobody_and_is_stopped_with_the_loop(pool: LeanPool) -> None:
    state = await pool.prove(_ENDLESS)
    trying = suggestions(_on(pool, state), state.goals, tactics=(_FOR_EVER, "left", "simp"), timeout=60)
    async with aclosing(trying):
        async for found in trying:
            if found.done == 2:
                assert [item.tactic for item in found.items] == ["simp", "left"]
                break
    began = time.monotonic()
    while any(worker.state == "busy" for worker in pool.status().workers):
        assert time.monotonic() - began < 30
        await asyncio.sleep(0.01)


async def test_what_takes_too_long_is_named(pool: LeanPool) -> None:
    state = await pool.prove(_ENDLESS)
    news = [
        each async for each in suggestions(_on(pool, state), state.goals, tactics=(_FOR_EVER, "right"), timeout=0.4)
    ]
    assert news[-1].undecided == (_FOR_EVER,)
    assert [item.tactic for item in news[-1].items] == ["right"]
    with pytest.raises(DeadlineError):
        await pool.tactic(state, _FOR_EVER, timeout=0.3)


async def test_a_pool_that_is_closed_is_not_a_lack_of_ideas(pool: LeanPool) -> None:
    state = await pool.prove("example : 1 = 1")

    async def trial(tactic: str, timeout: float) -> ProofState:  # noqa: ARG001
        raise PoolClosedError("closed")

    with pytest.raises(PoolClosedError):
        async for _ in suggestions(trial, state.goals):
            pass
