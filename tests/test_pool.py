"""The pool with real Lean."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from lean_magic import (
    DeadlineError,
    EnvRef,
    InputError,
    LeanError,
    LeanPool,
    LeanResult,
    Position,
    ProofState,
    TacticError,
)

LOOP = "partial def forever (n : Nat) : Nat := forever (n + 1)\n#eval forever 0"


def test_code_that_holds_is_valid(pool: LeanPool) -> None:
    result = pool.run_sync("theorem t : 1 + 1 = 2 := rfl\n#eval 2 + 3")
    assert result.verdict == "valid"
    assert [(message.text, message.start) for message in result.infos] == [("5", Position(2, 0))]
    assert result.elapsed > 0
    assert result.raise_for_verdict() is result


def test_lean_says_no_at_the_right_place(pool: LeanPool) -> None:
    result = pool.run_sync('def 𝔸 := 1\nexample : ("שלום𝔸", 𝔸) = ("", 2) := rfl')
    assert result.verdict == "error"
    assert result.errors[0].start.line == 2
    assert result.code.splitlines()[1][result.errors[0].start.column :] == "rfl"


@pytest.mark.parametrize(
    "code", ["theorem t : False := sorry", "theorem t : False := by\n  have : 1 = 1 := rfl\n  sorry"]
)
def test_sorry_is_neither_valid_nor_an_error(pool: LeanPool, code: str) -> None:
    result = pool.run_sync(code)
    assert result.verdict == "sorry"
    assert [goal.target for goal in result.goals] == ["False"]
    with pytest.raises(LeanError):
        result.raise_for_verdict()


def test_sorry_counts_also_where_its_warning_is_switched_off(pool: LeanPool) -> None:
    code = "set_option warn.sorry false\ntheorem t : False := sorry"
    assert pool.run_sync(code).verdict == "sorry"


@pytest.mark.parametrize(
    "code",
    [
        "theorem u : False := t",
        "example : False := t",
        "example : False := by exact t",
        "instance : Inhabited (PLift False) := ⟨⟨t⟩⟩",
        "set_option warn.sorry false\nexample : False := sorryAx _ false",
        'macro "trust_me" : term => `(sorryAx _ false)\nset_option warn.sorry false in\ntheorem v : False := trust_me',
    ],
)
def test_what_rests_on_an_earlier_or_hidden_sorry_is_not_valid(pool: LeanPool, code: str) -> None:
    env = pool.run_sync("theorem t : False := sorry").env
    result = pool.run_sync(code, env)
    assert (result.verdict, result.sorries) == ("sorry", ())
    assert result.detail.endswith("rests on sorry")
    with pytest.raises(LeanError, match="rests on sorry"):
        result.raise_for_verdict()
    assert pool.run_sync("theorem w : 1 = 1 := rfl\nexample : 2 = 2 := rfl", result.env).ok


def test_text_after_exit_is_not_passed_over(pool: LeanPool) -> None:
    result = pool.run_sync("theorem t : 1 = 1 := rfl\n#exit\ntheorem u : 1 = 2 := rfl")
    assert result.verdict == "error"
    assert result.errors[0].start == Position(2, 0)
    assert "#exit" in result.errors[0].text
    assert pool.run_sync("theorem t : 1 = 1 := rfl\n#exit  -- the end").ok


def test_environments_chain_and_branch(pool: LeanPool) -> None:
    base = pool.run_sync("def f := 2").env
    left = pool.run_sync("def g := f + 1", base).env
    right = pool.run_sync("def g := f + 2", base).env
    assert pool.run_sync("#eval g", left).infos[0].text == "3"
    assert pool.run_sync("#eval g", right).infos[0].text == "4"
    assert pool.run_sync("#eval g", base).verdict == "error"


def test_nothing_is_lost_with_the_workers(pool: LeanPool) -> None:
    result = pool.run_sync("def p : Prop := True")
    result = pool.run_sync("theorem t (q : Prop) (hq : q) : p ∧ q := by sorry", result.env)
    state = result.sorries[0].state.tactic_sync("constructor").tactic_sync("exact True.intro")
    pool.restart()
    assert state.tactic_sync("exact hq").ok
    assert pool.run_sync("#check t", result.env).infos[0].text.startswith("t (q : Prop)")


def test_a_proof_step_by_step(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem and_swap (p q : Prop) : p ∧ q → q ∧ p -- a comment")
    assert state.script == ()
    assert state.parent is None
    for tactic in ["intro h", "constructor", "exact h.right", "exact h.left"]:
        assert not state.ok
        state = state.tactic_sync(tactic)
    assert state.ok
    assert state.goals == ()
    assert state.script == ("intro h", "constructor", "exact h.right", "exact h.left")
    assert state.parent is not None
    assert [goal.case for goal in state.parent.goals] == ["right"]


def test_hypotheses_may_have_been_elaborated_on_the_way(pool: LeanPool) -> None:
    # The level of the numerals' equality is known only by assignment.
    result = pool.run_sync("example : 1 = 1 := by\n  have h : 2 = 2 := rfl\n  sorry")
    assert result.sorries[0].state.tactic_sync("rfl").completed
    # The universe of an automatically bound variable is not known before the end of its declaration.
    result = pool.run_sync("example (h : p) (g : q) : p ×' q := by sorry")
    assert result.sorries[0].state.tactic_sync("exact ⟨h, g⟩").completed
    assert not result.sorries[0].state.tactic_sync("exact ⟨h, sorry⟩").completed


async def test_a_proof_step_by_step_asynchronously(pool: LeanPool) -> None:
    state = await pool.prove("theorem t (p : Prop) (hp : p) : p := by")
    assert (await state.tactic("exact hp")).completed
    assert (await pool.tactic(state, "assumption")).completed  # going back is free


@pytest.mark.parametrize("tactic", ["rfl", "exact nonsense", "this is no tactic", ""])
def test_a_rejected_tactic_raises_and_leaves_the_state_good(pool: LeanPool, tactic: str) -> None:
    state = pool.prove_sync("theorem t (p : Prop) (hp : p) : p")
    with pytest.raises(TacticError) as raised:
        state.tactic_sync(tactic)
    assert raised.value.state is state
    assert raised.value.tactic == tactic
    assert str(raised.value)
    assert state.tactic_sync("exact hp").ok


def test_sorry_in_a_tactic_is_no_completion_and_can_be_gone_on_with(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem t (p q : Prop) (hp : p) (h : p → q) : q")
    after = state.tactic_sync("have hq : q := by sorry")
    (hole,) = after.sorries
    assert hole.goal.target == "q"
    assert hole.state.script == ("have hq : q := by sorry",)
    done = after.tactic_sync("exact hq")
    assert done.goals == ()
    assert not done.ok
    filled = hole.state.tactic_sync("exact h hp")
    assert filled.goals == ()
    pool.restart()
    assert hole.state.tactic_sync("exact h hp").goals == filled.goals


def test_prove_says_what_is_no_statement(pool: LeanPool) -> None:
    with pytest.raises(LeanError, match="not a proposition"):
        pool.prove_sync("theorem t : nonsense")
    with pytest.raises(LeanError, match="without its proof"):
        pool.prove_sync("theorem t : 1 = 1 := rfl")
    with pytest.raises(LeanError):
        pool.prove_sync("#eval 1")


def test_every_tactic_can_be_asked_for(pool: LeanPool) -> None:
    code = "theorem t : 1 = 1 ∧ True := by\n  constructor\n  · rfl\n  · trivial"
    result = pool.run_sync(code, all_tactics=True, root_goals=True)
    assert result.verdict == "valid"
    first = result.tactics[0]
    assert (first.tactic, first.start, first.goals[0].target) == ("constructor", Position(2, 2), "1 = 1 ∧ True")
    assert first.state.tactic_sync("exact ⟨rfl, trivial⟩").ok
    (root,) = result.root_goals
    assert root.goal.target == "1 = 1 ∧ True"
    pool.restart()
    assert root.state.tactic_sync("simp").ok
    assert first.state.tactic_sync("simp").ok


def test_axioms_can_be_asked_for(pool: LeanPool) -> None:
    code = "axiom ax : 1 = 2\ntheorem bad : 1 = 2 := ax\ntheorem good : 1 = 1 := rfl"
    result = pool.run_sync(code, axioms=True)
    assert (result.verdict, result.axioms, result.axioms_unseen) == ("valid", {"bad": ("ax",), "good": ()}, {})
    assert pool.run_sync(code).axioms is None
    hidden = "set_option warn.sorry false\naxiom sorryAx' : False\ntheorem t : False := sorryAx _ false"
    result = pool.run_sync(hidden, axioms=True)
    assert result.axioms == {"t": ("sorryAx",)}
    assert result.verdict == "sorry"


def test_axioms_that_cannot_be_seen_are_not_denied(pool: LeanPool) -> None:
    result = pool.run_sync("theorem classical (p : Prop) : p ∨ ¬p := Classical.em p", axioms=True)
    assert result.axioms is not None
    # With the library's proofs at hand the axioms are known; without them, what is not known is named.
    assert result.axioms["classical"] or result.axioms_unseen["classical"] == ("Classical.em",)
    assert "Classical.em" not in result.axioms["classical"]


def test_infotree_and_options_can_be_asked_for(pool: LeanPool) -> None:
    assert pool.run_sync("example : 1 = 1 := by rfl", infotree="original").infotree
    assert pool.run_sync("example : 1 = 1 := by rfl").infotree is None
    assert "OfNat" in pool.run_sync("#check (1 : Nat)", options={"pp.all": True}).infos[0].text
    assert "OfNat" not in pool.run_sync("#check (1 : Nat)").infos[0].text


def test_infotree_of_deeply_nested_code(pool: LeanPool) -> None:
    result = pool.run_sync("example : Nat := " + "id (" * 200 + "1" + ")" * 200, infotree="full")
    assert (result.verdict, result.attempts) == ("valid", 1)
    assert result.infotree


def test_files_run_like_code(pool: LeanPool, tmp_path: Path) -> None:
    file = tmp_path / "some file.lean"
    file.write_text("def x := 1 -- ℕ\n#eval x", encoding="utf-8")
    assert pool.run_file_sync(file).infos[0].text == "1"
    assert pool.run_sync("#eval x", pool.run_file_sync(str(file)).env).infos[0].text == "1"
    file.write_bytes(b"\xff")
    for unreadable in file, tmp_path, tmp_path / "nowhere.lean", "\0", None, 5, b"bytes":
        with pytest.raises(InputError, match=r"cannot be read|is a folder"):
            pool.run_file_sync(unreadable)  # type: ignore[arg-type]


def test_a_deadline_costs_only_the_request(pool: LeanPool) -> None:
    env = pool.run_sync("def f := 2").env
    result = pool.run_sync(LOOP, env, timeout=1)
    assert (result.verdict, result.env) == ("timeout", None)
    assert "within 1 s" in result.detail
    assert pool.run_sync("#eval f", env).infos[0].text == "2"
    state = pool.prove_sync("theorem t : 1 = 1", env)
    with pytest.raises(DeadlineError):
        state.tactic_sync("have : (List.range 10000000).foldl (· + ·) 0 = 0 := by decide +kernel", timeout=1)
    assert state.tactic_sync("rfl").ok


def test_allocating_without_end_is_told_from_crashing() -> None:
    code = """
def hoard (n : Nat) (all : Array (Array Nat)) : Nat → Array (Array Nat)
  | 0 => all
  | k + 1 => hoard n (all.push (Array.replicate n k)) k
#eval (hoard 100000 #[] 100000).size
"""
    with LeanPool(memory_limit=1536 * 1024**2, timeout=120) as pool:
        result = pool.run_sync(code)
        assert result.verdict == "out_of_memory", result
        assert pool.run_sync("#eval 1").ok


def test_everything_at_once(pool: LeanPool) -> None:
    """Many threads, each with a loop of its own, and synchronous callers among them."""
    base = pool.run_sync("def f := 2").env
    answers: list[tuple[int, str]] = []

    def blocking(number: int) -> None:
        answers.append((number, pool.run_sync(f"#eval f + {number}", base).infos[0].text))

    def looping(number: int) -> None:
        async def both() -> list[LeanResult]:
            return await asyncio.gather(*[pool.run(f"#eval f + {n}", base) for n in (number, number + 100)])

        for n, result in zip((number, number + 100), asyncio.run(both()), strict=True):
            answers.append((n, result.infos[0].text))

    threads = [threading.Thread(target=blocking if n % 2 else looping, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 24
    assert all(text == str(number + 2) for number, text in answers)


async def test_cancelling_frees_the_worker_at_once(pool: LeanPool) -> None:
    tasks = [asyncio.create_task(pool.run(LOOP)) for _ in range(3)]
    while sum(worker.state == "busy" for worker in pool.status().workers) == 0:
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(error, asyncio.CancelledError) for error in await asyncio.gather(*tasks, return_exceptions=True)
    )
    assert (await pool.run("#eval 1")).ok
    assert pool.status().waiting == 0


def test_status_prints(pool: LeanPool) -> None:
    pool.run_sync("def x := 1")
    status = pool.status()
    assert status.workers
    worker = next(worker for worker in status.workers if worker.uses)
    assert worker.memory > 100_000_000
    assert worker.cpu > 0
    assert worker.environments > 0
    assert str(worker.pid) in str(status)
    assert pool.toolchain.version in str(status)


def test_references_of_another_toolchain_are_refused(pool: LeanPool) -> None:
    with pytest.raises(InputError, match="another toolchain"):
        pool.run_sync("#eval 1", EnvRef("another", "def x := 1"))


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "10", True, pytest.param(10**400, id="huge")])
def test_timeouts_are_seconds(pool: LeanPool, timeout: float) -> None:
    with pytest.raises(InputError, match="timeout"):
        pool.run_sync("#eval 1", timeout=timeout)


def test_what_is_not_the_right_thing_is_refused(pool: LeanPool) -> None:
    result = pool.run_sync("def x := 1")
    with pytest.raises(InputError, match=r"result\.env"):
        pool.run_sync("#eval x", result)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="EnvRef"):
        pool.run_sync("#eval x", 0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="ProofState"):
        pool.tactic_sync(result, "simp")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="infotree"):
        pool.run_sync("#eval x", infotree="all")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"pp\.all"):
        pool.run_sync("#eval x", options={"pp.all": 1.5})  # type: ignore[dict-item]
    for options in [("pp.all", True)], [], "pp.all", {1: True}:
        with pytest.raises(InputError, match="option"):
            pool.run_sync("#eval x", options=options)  # type: ignore[arg-type]
    for number in -1, 2**64, 10**5000:
        with pytest.raises(InputError, match="maxRecDepth"):
            pool.run_sync("#eval x", options={"maxRecDepth": number})
    with pytest.raises(InputError, match="workers"):
        LeanPool(workers=0)
    with pytest.raises(InputError, match="timeout"):
        LeanPool(timeout=-1)
    with pytest.raises(InputError, match="timeout"):
        LeanPool(timeout=None)  # type: ignore[arg-type]


def test_a_state_goes_on_in_another_pool(pool: LeanPool) -> None:
    other = LeanPool()
    state = pool.prove_sync("theorem t : 1 = 1")
    adopted = ProofState(state.ref, state.goals, state.status, _runner=other)
    with other:
        assert adopted.tactic_sync("rfl").ok
