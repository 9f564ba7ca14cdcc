"""Opening an explorer on whatever is to be proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lean_magic import InputError, LeanError, LeanPool, explore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic import Explorer

TWO = """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  constructor
  · sorry
  · sorry

example : 1 + 1 = 2 := sorry"""


@pytest.fixture
def opened() -> Iterator[list[Explorer]]:
    """The explorers that a test has opened."""
    explorers: list[Explorer] = []
    yield explorers
    for explorer in explorers:
        explorer.close()


async def test_a_goal_of_a_result(pool: LeanPool, opened: list[Explorer]) -> None:
    result = await pool.run(TWO)
    explorer = explore(result, goal=2, pool=pool)
    opened.append(explorer)
    assert [goal.target for goal in explorer.root.goals] == ["p"]
    assert explorer.title == "theorem swap, goal 2"
    done = await explorer.add("exact h.1")
    checked = await explorer.script_of(done)
    assert (checked.verdict, checked.before) == ("valid", TWO)
    assert checked.after == TWO.replace("· sorry\n\n", "· exact h.1\n\n")


async def test_a_goal_and_a_state(pool: LeanPool, opened: list[Explorer]) -> None:
    result = await pool.run(TWO)
    for what in (result.sorries[2], result.sorries[2].state):
        explorer = explore(what, pool=pool)
        opened.append(explorer)
        done = await explorer.add("rfl")
        assert explorer.script == "rfl"
        after = (await explorer.script_of(done)).after
        assert after is not None
        assert after.endswith("example : 1 + 1 = 2 := by rfl")


async def test_a_statement(pool: LeanPool, opened: list[Explorer]) -> None:
    result = await pool.run("def two := 2")
    explorer = explore("theorem is_two : two = 2", env=result.env, pool=pool)
    opened.append(explorer)
    assert explorer.title == "theorem is_two"
    assert explorer.script == "sorry"
    done = await explorer.add("rfl")
    assert (await explorer.script_of(done)).after == "theorem is_two : two = 2 := by rfl"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("theorem two : 1 + 1 = 2 := by sorry", "theorem two : 1 + 1 = 2 := by sorry"),
        ("theorem two : 1 + 1 = 2 :=\n  sorry -- todo", "theorem two : 1 + 1 = 2 := by sorry"),
        ("theorem two : 1 + 1 = 2 := by\n  sorry", "theorem two : 1 + 1 = 2 := by sorry"),
        ("theorem two : 1 + 1 = 2 :=\n  by", "theorem two : 1 + 1 = 2 := by sorry"),
        ("1 + 1 = 2", "example : 1 + 1 = 2 := by sorry"),
        ("∀ p : Prop, p → p", "example : ∀ p : Prop, p → p := by sorry"),
        ("open Nat in\n@[simp] theorem one : succ 0 = 1", "open Nat in\n@[simp] theorem one : succ 0 = 1 := by sorry"),
    ],
)
def test_a_statement_as_people_write_it(pool: LeanPool, opened: list[Explorer], text: str, code: str) -> None:
    explorer = explore(text, pool=pool)
    opened.append(explorer)
    assert explorer.origin.code == code
    assert len(explorer.root.goals) == 1


def test_goals_are_numbered_in_the_order_of_the_code(pool: LeanPool, opened: list[Explorer]) -> None:
    """Lean tells of those in terms after those in tactics."""
    code = "example (q r : Prop) : q ∧ r := by\n  have a : q := sorry\n  have b : r := by\n    sorry\n  exact ⟨a, b⟩"
    result = pool.run_sync(code)
    assert [sorry.start.line for sorry in result.sorries if sorry.start] == [2, 4]
    for number, (target, line) in enumerate([("q", 2), ("r", 4)], 1):
        explorer = explore(result, goal=number, pool=pool)
        opened.append(explorer)
        assert [goal.target for goal in explorer.root.goals] == [target]
        located = explorer.origin.of_state(explorer.root, result)
        assert located.start is not None
        assert located.start.line == line


def test_a_proof_that_is_there(pool: LeanPool, opened: list[Explorer]) -> None:
    code = """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  have ⟨hp, hq⟩ := h
  constructor
  · exact hq
  · exact hp

theorem two : 1 + 1 = 2 := by
  rfl"""
    explorer = explore(pool.run_sync(code), pool=pool)
    opened.append(explorer)
    assert explorer.title == "theorem swap"
    assert explorer.proof is not None
    assert [(each.tactic, each.by) for each in explorer.current.path[1:]] == [
        ("have ⟨hp, hq⟩ := h", "proof"),
        ("constructor", "proof"),
        ("exact hq", "proof"),
        ("exact hp", "proof"),
    ]
    assert explorer.current.finished
    shorter = explorer.add_sync("exact ⟨h.2, h.1⟩", explorer.tree.root)
    assert explorer.best is shorter
    second = explore(pool.run_sync(code), goal=2, pool=pool)
    opened.append(second)
    assert second.title == "theorem two"
    assert second.current.finished


def test_what_cannot_be_explored(pool: LeanPool) -> None:
    result = pool.run_sync(TWO)
    with pytest.raises(InputError, match="no goal 4"):
        explore(result, goal=4, pool=pool)
    with pytest.raises(InputError, match="no proof by tactics"):
        explore(pool.run_sync("def two := 2"), pool=pool)
    with pytest.raises(InputError, match="not int"):
        explore(7, pool=pool)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"A statement begins with theorem or example.*Function expected"):
        explore("hello world", pool=pool)
    with pytest.raises(InputError, match="Lean tells no goal for the sorry"):
        explore(pool.run_sync("def f : Nat := sorry * 2"), pool=pool)
    with pytest.raises(LeanError):
        explore("theorem wrong : no_such_thing", pool=pool)


def test_a_proof_that_fails(pool: LeanPool, opened: list[Explorer]) -> None:
    explorer = explore(pool.run_sync("theorem wrong : 1 + 0 = 2 := by\n  skip\n  rfl\n  simp"), pool=pool)
    opened.append(explorer)
    assert [(each.tactic, each.status) for each in explorer.tree][1:] == [("skip", "open"), ("rfl", "failed")]
    assert explorer.script == "skip\nsorry" or explorer.script == "sorry"
