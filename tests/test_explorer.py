"""Exploring a proof from Python."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from lean_magic import InputError, LeanPool, ProofState, explore
from lean_magic.explorer import Event, Explorer

if TYPE_CHECKING:
    from collections.abc import Iterator

# Keeps Lean busy for minutes, unless it is stopped.
SLOW = "exact absurd (show (List.range 30000000).foldl (· + ·) 0 = 7 by decide +kernel) (by omega)"


@pytest.fixture(scope="module")
def root(pool: LeanPool) -> ProofState:
    return pool.prove_sync("theorem t (p q r : Prop) (hp : p) (hq : q) (hr : r) : p ∧ q ∧ r")


@pytest.fixture
def explorer(pool: LeanPool, root: ProofState) -> Iterator[Explorer]:
    with Explorer(root, pool) as explorer:
        yield explorer


def test_attempts_make_a_tree(explorer: Explorer) -> None:
    root = explorer.tree.root
    first = explorer.add_sync("constructor")
    second = explorer.add_sync("refine ⟨hp, ?_⟩", root)
    assert root.children == (first, second)
    assert (first.status, len(first.goals), second.status, len(second.goals)) == ("open", 2, "open", 1)
    deeper = explorer.add_sync("exact hq", first, place=1 - 1 if first.goals[0].target == "q" else 1)
    assert deeper.parent is first
    assert deeper.path == (root, first, deeper)
    assert deeper.depth == 2
    assert len(explorer.tree) == 4
    assert [*explorer.tree] == [root, first, deeper, second]


def test_failures_are_part_of_it(explorer: Explorer) -> None:
    failed = explorer.add_sync("exact hq")
    assert failed.status == "failed"
    assert failed.error is not None
    assert "Type mismatch" in failed.error
    assert failed.state is None
    assert explorer.add_sync("no_such_tactic").status == "failed"
    with pytest.raises(InputError, match="no state"):
        explorer.add_sync("simp", failed)


def test_a_goal_is_chosen(explorer: Explorer) -> None:
    split = explorer.add_sync("refine ⟨?_, ?_, ?_⟩")
    done = explorer.add_sync("exact hq", split, place=1)
    assert done.goal == split.goals[1]
    assert [goal.target for goal in done.goals] == ["p", "r"]
    assert explorer.add_sync("assumption", done, place=None).goals[0].target == "r"
    assert explorer.add_sync("all_goals assumption", done, place=None).finished
    for place in (-1, 2, 7):
        with pytest.raises(InputError, match="There is no goal"):
            explorer.add_sync("simp", done, place=place)


def test_the_same_is_not_tried_twice(explorer: Explorer) -> None:
    attempt = explorer.add_sync("constructor")
    assert explorer.add_sync("  constructor\n") is attempt
    assert explorer.add_sync("exact hq") is explorer.add_sync("exact hq")
    assert explorer.add_sync("constructor", place=None) is not attempt


def test_a_finished_proof_is_the_best(explorer: Explorer) -> None:
    assert explorer.best is explorer.tree.root
    split = explorer.add_sync("refine ⟨hp, ?_⟩")
    assert explorer.best is split
    long = explorer.add_sync("skip", explorer.add_sync("constructor", split))
    assert explorer.add_sync("all_goals assumption", long, place=None).finished
    short = explorer.add_sync("exact ⟨hp, hq, hr⟩")
    assert explorer.best is short
    with pytest.raises(InputError, match="Nothing is left"):
        explorer.add_sync("simp", short)


def test_sorry_is_no_proof(explorer: Explorer) -> None:
    attempt = explorer.add_sync("sorry")
    assert attempt.status == "sorry"
    assert not attempt.finished
    assert not explorer.best.finished


def test_what_rests_on_sorry_is_never_better(explorer: Explorer) -> None:
    split = explorer.add_sync("refine ⟨?_, ?_, ?_⟩")
    explorer.add_sync("sorry", split)
    explorer.add_sync("exact sorryAx _ true", split)
    honest = explorer.add_sync("exact hp", split)
    explorer.add_sync("all_goals sorry", honest, place=None)
    assert explorer.best is honest


def test_lean_may_be_less_clear_than_a_hint(explorer: Explorer) -> None:
    assert "Mathlib" in (explorer.add_sync("linarith").error or "")


def test_recursion_is_decided_in_its_place(pool: LeanPool) -> None:
    code = "theorem r (n : Nat) : 0 ≤ n := by\n  cases n with\n  | zero => simp\n  | succ k => sorry"
    with explore(pool.run_sync(code), pool=pool) as explorer:
        attempt = explorer.add_sync("exact Nat.le_succ_of_le (r k)")
        assert not attempt.finished
        assert explorer.best is attempt
        assert explorer.script == "exact Nat.le_succ_of_le (r k)"


def test_what_runs_is_cancelled_at_once(explorer: Explorer) -> None:
    attempt = explorer.start(SLOW)
    assert attempt.status == "running"
    explorer.cancel(attempt)
    assert attempt.status == "cancelled"
    assert explorer.add_sync("constructor").status == "open"
    # Lean has not decided on it, so it may be tried again.
    assert explorer.add_sync(SLOW, timeout=0.2) is attempt
    assert attempt.status == "timeout"


def test_pruned_and_put_back(explorer: Explorer) -> None:
    first = explorer.add_sync("constructor")
    second = explorer.add_sync("exact hp", first)
    explorer.select(second)
    explorer.prune(first)
    assert [*explorer.tree] == [explorer.tree.root]
    assert explorer.current is explorer.tree.root
    with pytest.raises(InputError, match="pruned"):
        explorer.add_sync("simp", second)
    assert explorer.can_restore
    explorer.restore()
    assert [*explorer.tree] == [explorer.tree.root, first, second]
    assert not explorer.can_restore
    explorer.restore()
    with pytest.raises(InputError, match="cannot be pruned"):
        explorer.prune(explorer.tree.root)


def test_pruning_stops_what_runs_there(explorer: Explorer) -> None:
    attempt = explorer.start(SLOW)
    explorer.prune(attempt)
    assert attempt.status == "cancelled"


def test_everything_is_told_in_order(explorer: Explorer) -> None:
    told: list[tuple[str, str | None]] = []
    stop = explorer.on_change(lambda event: told.append((event.kind, event.attempt.tactic)))
    attempt = explorer.add_sync("constructor")
    explorer.rename(attempt, "both")
    explorer.mark(attempt)
    explorer.select(attempt)
    explorer.select(attempt)
    explorer.prune(attempt)
    assert told == [
        ("added", "constructor"),
        *[("changed", "constructor")] * 3,
        ("selected", "constructor"),
        ("removed", "constructor"),
        ("selected", None),
    ]
    assert (attempt.name, attempt.marked) == ("both", True)
    stop()
    explorer.restore()
    assert len(told) == 7


def test_who_listens_may_go_on(explorer: Explorer) -> None:
    answers: list[str] = []

    def answer(event: Event) -> None:
        if event.kind == "changed" and event.attempt.tactic == "constructor":
            explorer.start("assumption", event.attempt)
        if event.kind == "changed" and event.attempt.tactic == "assumption":
            answers.append(event.attempt.status)

    explorer.on_change(answer)
    explorer.add_sync("constructor")
    deadline = time.monotonic() + 30
    while not answers and time.monotonic() < deadline:
        time.sleep(0.01)
    assert answers == ["open"]


def test_who_fails_to_listen_keeps_nobody(explorer: Explorer, caplog: pytest.LogCaptureFixture) -> None:
    told = []

    def fail(_: Event) -> None:
        raise ValueError

    explorer.on_change(fail)
    explorer.on_change(told.append)
    explorer.add_sync("constructor")
    assert [event.kind for event in told] == ["added", "changed"]
    assert len(caplog.records) == 1


async def test_events_are_awaited(explorer: Explorer) -> None:
    events = explorer.events()  # from now on, not from when somebody awaits them
    await explorer.add("constructor")
    assert [(await anext(events)).kind for _ in range(2)] == ["added", "changed"]
    explorer.close()
    assert [event async for event in events] == []


async def test_who_stops_waiting_stops_lean(explorer: Explorer) -> None:
    waiting = asyncio.ensure_future(explorer.add(SLOW))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert explorer.tree.root.children[0].status == "cancelled"


async def test_who_waits_is_told_of_a_cancel(explorer: Explorer) -> None:
    waiting = asyncio.ensure_future(explorer.add(SLOW))
    await asyncio.sleep(0.1)
    explorer.cancel()
    assert (await waiting).status == "cancelled"


async def test_a_recipe_is_tried_again(pool: LeanPool, root: ProofState, explorer: Explorer) -> None:
    split = await explorer.add("constructor")
    done = await explorer.add("exact ⟨hq, hr⟩", split, place=1)
    await explorer.add("exact hp", done)
    await explorer.add("exact hq")
    explorer.rename(split, "both")
    explorer.mark(done)
    recipe = explorer.recipe()
    with Explorer(root, pool) as again:
        await again.replay(recipe)
        assert [(each.tactic, each.status, each.name, each.marked) for each in again.tree] == [
            (each.tactic, each.status, each.name, each.marked) for each in explorer.tree
        ]
        assert again.recipe() == recipe
    other = await pool.prove("theorem other : 1 + 1 = 2")
    with Explorer(other, pool) as another, pytest.raises(InputError, match="something else"):
        await another.replay(recipe)
    for wrong in ({}, {"format": "lean-magic exploration", "version": 2}, []):
        with pytest.raises(InputError, match="no recipe"):
            await explorer.replay(wrong)  # type: ignore[arg-type]


def test_many_threads_at_once(explorer: Explorer) -> None:
    def climb(number: int) -> None:
        attempt = explorer.tree.root
        for step in range(4):
            attempt = explorer.add_sync(f"have h{number}_{step} : True := trivial", attempt)

    threads = [threading.Thread(target=climb, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(explorer.tree) == 25
    assert [attempt.status for attempt in explorer.tree] == ["open"] * 25
    assert sorted(attempt.id for attempt in explorer.tree) == list(range(25))


def test_nothing_is_left_behind(pool: LeanPool, root: ProofState) -> None:
    def ours() -> int:
        return sum(thread.name == "lean-magic explorer" for thread in threading.enumerate())

    before = ours()
    with Explorer(root, pool) as closed:
        closed.start(SLOW)
    assert ours() == before
    with pytest.raises(InputError, match="closed"):
        closed.add_sync("simp")
    forgotten = Explorer(root, pool)
    forgotten.add_sync("constructor")
    assert ours() == before + 1
    del forgotten
    gc.collect()
    deadline = time.monotonic() + 10
    while ours() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ours() == before


def test_a_lost_worker_is_made_up_for() -> None:
    with LeanPool() as pool, Explorer(pool.prove_sync("theorem t (p : Prop) (h : p) : p ∧ p"), pool) as explorer:
        split = explorer.add_sync("constructor")
        (worker,) = pool.status().workers
        assert worker.pid is not None
        psutil.Process(worker.pid).kill()
        assert explorer.add_sync("exact h", split).status == "open"


def test_what_the_pool_cannot_do_is_no_opinion_of_lean(root: ProofState) -> None:
    pool = LeanPool()
    pool.shutdown()
    with Explorer(root, pool) as explorer:
        attempt = explorer.add_sync("constructor")
        assert attempt.status == "crashed"
        assert attempt.error is not None
        assert "shut down" in attempt.error


async def test_suggestions_are_tried(explorer: Explorer) -> None:
    split = await explorer.add("refine ⟨?_, ?_, ?_⟩")
    found = [each async for each in explorer.suggest(split, place=1, tactics=["rfl", "assumption", "constructor"])][-1]
    assert [item.tactic for item in found.items] == ["assumption"]
    assert (found.done, found.total, found.running) == (3, 3, False)
    assert [goal.target for goal in found.items[0].state.goals] == ["p", "r"]
    assert len(explorer.tree) == 2
    with pytest.raises(InputError, match="no goal 3"):
        await anext(explorer.suggest(split, place=3))


def test_an_interrupt_while_telling_keeps_nobody_from_being_told(explorer: Explorer) -> None:
    told: list[str] = []
    interrupts = iter([KeyboardInterrupt])

    def interrupted(_: Event) -> None:
        for interrupt in interrupts:
            raise interrupt

    explorer.on_change(interrupted)
    explorer.on_change(lambda event: told.append(event.kind))
    with pytest.raises(KeyboardInterrupt):
        explorer.mark(explorer.tree.root)
    explorer.add_sync("exact hq")
    explorer.mark(explorer.tree.root)
    assert told == ["added", "changed", "changed"]


async def test_who_breaks_off_a_loop_leaves_nothing(explorer: Explorer) -> None:
    for _ in range(5):
        events = explorer.events()
        explorer.mark(explorer.tree.root)
        async for event in events:
            assert event.kind == "changed"
            break
        del events, event
    gc.collect()
    assert explorer._listeners._listeners == []
    explorer.close()
    assert [event async for event in explorer.events()] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"tactic": "exact \ud835"},
        {"tactic": "skip", "place": 0.0},
        {"tactic": "skip", "place": True},
        {"tactic": "skip", "by": "me"},
        {"tactic": "skip", "timeout": -1},
        {"tactic": "skip", "timeout": "x"},
    ],
)
def test_bad_input_is_refused_at_once(explorer: Explorer, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        explorer.add_sync(**wrong)
    assert len(explorer.tree) == 1
    with pytest.raises(InputError):
        explorer.rename(explorer.tree.root, 5)  # type: ignore[arg-type]


async def test_a_damaged_recipe_is_refused_whole(explorer: Explorer) -> None:
    await explorer.add("constructor")
    recipe = explorer.recipe()
    for damage in ({"tactic": " "}, {"by": "me"}, {"parent": 0}, {"place": 0.5}):
        damaged = {**recipe, "attempts": [{**recipe["attempts"][0], **damage}]}
        with pytest.raises(InputError):
            await explorer.replay(damaged)
    assert len(explorer.tree) == 2


def test_a_proof_is_checked_though_each_step_took_its_time(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem t : True ∧ True")
    with Explorer(state, pool, timeout=0.05) as explorer:
        slow = "have : (List.range 1000).foldl (· + ·) 0 = 499500 := by decide +kernel"
        attempt = explorer.tree.root
        for _ in range(3):
            attempt = explorer.add_sync(slow, attempt, timeout=60)
        assert explorer.add_sync("exact ⟨trivial, trivial⟩", attempt, timeout=60).script is not None


def test_a_finished_proof_whose_check_was_stopped_is_checked_later(explorer: Explorer) -> None:
    attempt = explorer.start("exact ⟨hp, hq, hr⟩")
    while attempt.status == "running":
        time.sleep(0.0005)
    explorer.cancel()
    assert attempt.finished
    assert explorer.add_sync("exact ⟨hp, hq, hr⟩", explorer.tree.root) is attempt
    assert attempt.script == "exact ⟨hp, hq, hr⟩"


async def test_a_closed_explorer_suggests_nothing(explorer: Explorer) -> None:
    search = explorer.suggest(tactics=[SLOW])
    assert (await anext(search)).running
    explorer.close()
    (last,) = [found async for found in search]
    assert (last.done, last.undecided) == (1, (SLOW,))
    with pytest.raises(InputError, match="closed"):
        await anext(explorer.suggest())


def test_who_hears_of_the_end_starts_nothing(explorer: Explorer) -> None:
    def start(event: Event) -> None:
        if event.attempt.status == "cancelled":
            explorer.start("skip", explorer.tree.root)

    explorer.on_change(start)
    explorer.start(SLOW)
    explorer.close()
    assert [attempt.status for attempt in explorer.tree] == ["open", "cancelled"]


def test_what_was_pruned_long_ago_is_let_go(explorer: Explorer) -> None:
    for number in range(22):
        explorer.prune(explorer.add_sync(f"have h{number} : True := trivial", explorer.tree.root))
    while explorer.can_restore:
        explorer.restore()
    assert len(explorer.tree) == 21
