from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

import lean_magic
from lean_magic import EnvRef, InputError, LeanPool, LeanResult, ProofState, ReplayError, StateRef
from lean_magic.exports import read_export, write_export

STATEMENT = "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q"


def sealed(content: dict[str, Any]) -> str:
    """An export with a right checksum, made by the book."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return json.dumps({**content, "sha256": hashlib.sha256(canonical.encode()).hexdigest()})


def opened(text: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(text)
    del content["sha256"]
    return content


@pytest.fixture(scope="module")
def env_text(pool: LeanPool) -> str:
    base = pool.run_sync("def one := 1\nset_option pp.all true", options={"pp.unicode.fun": True})
    return pool.export_state_sync(pool.run_sync("def two := one + one", base.env))


@pytest.fixture(scope="module")
def state_text(pool: LeanPool) -> str:
    state = pool.prove_sync(STATEMENT).tactic_sync("have h : q := by sorry")
    return pool.export_state_sync(state.tactic_sync("constructor"))


def still_works(pool: LeanPool, env_text: str, state_text: str) -> None:
    env = pool.import_state_sync(env_text)
    assert isinstance(env, EnvRef)
    assert pool.run_sync("example : two = 2 := rfl", env).ok
    state = pool.import_state_sync(state_text)
    assert isinstance(state, ProofState)
    assert state.script == ("have h : q := by sorry", "constructor")
    assert [goal.target for goal in state.goals] == ["p", "q"]
    assert state.parent is not None
    assert len(state.parent.goals) == 1
    assert state.tactic_sync("exact hp").tactic_sync("exact h").status.startswith("Incomplete")


def test_the_format_is_the_documented_one(pool: LeanPool, env_text: str, state_text: str) -> None:
    for text in env_text, state_text:
        assert sealed(opened(text)) == json.dumps(json.loads(text))
    content = opened(env_text)
    assert [content[key] for key in ("format", "version", "lean")] == ["lean-magic export", 1, pool.toolchain.version]
    assert [link["options"] for link in content["chain"]] == [[["pp.unicode.fun", True]], []]
    assert content["state"] is None
    assert opened(state_text)["state"]["goals"][0].startswith("case left")


def test_it_works_in_the_same_pool_after_a_crash_and_after_a_restart(
    pool: LeanPool, env_text: str, state_text: str
) -> None:
    still_works(pool, env_text, state_text)
    killed = [worker.pid for worker in pool.status().workers]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    while any(worker.pid in killed for worker in pool.status().workers):  # else a request may meet two dying ones
        time.sleep(0.01)
    still_works(pool, env_text, state_text)
    pool.restart()
    still_works(pool, env_text, state_text)


def test_it_works_in_another_pool_and_another_process(env_text: str, state_text: str) -> None:
    with LeanPool(timeout=120) as other:
        still_works(other, env_text, state_text)
    program = """if True:
        import sys, lean_magic as lean
        env, state = map(lean.import_state_sync, sys.stdin.read().split("\\0"))
        assert lean.run_sync("example : two = 2 := rfl", env).ok
        print(state.tactic_sync("exact hp").goals[0].target)
    """
    asked = f"{env_text}\0{state_text}"
    done = subprocess.run(
        [sys.executable, "-c", program], input=asked, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr) == ("q\n", "")


async def test_everything_that_stands_for_a_state_can_be_exported(pool: LeanPool) -> None:
    result = await pool.run(
        "example : 1 = 1 ∧ True := by\n  constructor\n  · sorry\n  · trivial", all_tactics=True, root_goals=True
    )
    things = [result.sorries[0], result.tactics[1], result.root_goals[0]]
    for thing in things:
        state = await pool.import_state(await pool.export_state(thing))
        assert isinstance(state, ProofState)
        assert (state.ref, state.goals) == (thing.state.ref, thing.state.goals)
    assert await pool.import_state(await pool.export_state(result)) == result.env
    inner = (await things[2].state.tactic("have h : True := by sorry")).sorries[0].state
    again = await pool.import_state((await pool.export_state(inner)).encode())
    assert isinstance(again, ProofState)
    assert (again.ref, again.goals) == (inner.ref, inner.goals)


@pytest.mark.parametrize("thing", [None, "x", 1, StateRef(EnvRef("lean", "x"), "sorries", 0), EnvRef("lean", "x")])
def test_what_cannot_be_exported_is_refused(pool: LeanPool, thing: Any) -> None:
    with pytest.raises(InputError):
        pool.export_state_sync(thing)
    with pytest.raises(InputError, match="timeout"):
        pool.export_state_sync(LeanResult("x", "timeout"))


def seal_with(**changes: object) -> Callable[[str], object]:
    return lambda text: sealed({**opened(text), **changes})


def with_state(**changes: object) -> Callable[[str], object]:
    return lambda text: sealed({**opened(text), "state": {**opened(text)["state"], **changes}})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text[:-1], "cut off"),
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda text: text.replace("hp : p", "hp : q"), "checksum"),
        (lambda text: text.replace('"index":0', '"index":1'), "checksum"),
        (lambda text: json.dumps(opened(text)), "checksum"),
        (lambda text: text.replace('"version":1', '"version":1,"version":1'), "twice"),
        (lambda text: text.replace('"index":0', '"index":0,"index":0'), "twice"),
        (lambda text: text.replace('"index":0', '"index":NaN'), "NaN"),
        (lambda text: text.replace('"index":0', '"index":' + "1" * 10_000), "not JSON"),
        (lambda text: text.replace('"index":0', '"index":' + "1" * 100), "checksum"),
        (lambda text: text.replace("hp : p", r"hp : \ud800"), "checksum"),
        (lambda _: "", "not JSON"),
        (lambda _: "{}", "does not say"),
        (lambda _: "null", "does not say"),
        (lambda _: b"\x80\x04\x95", "not JSON"),
        (lambda _: "[" * 1_000_000, "nested too deeply"),
        (lambda _: '{"format":' * 100_000, "nested too deeply"),
        (lambda _: " " * 100_000_000, "larger than 64 MiB"),
        (lambda _: 5, "not int"),
        (lambda _: None, "not NoneType"),
        (seal_with(version=2), "update it"),
        (seal_with(version="1"), "no number"),
        (seal_with(version=True), "no number"),
        (seal_with(version=0), "no number"),
        (seal_with(format="another"), "does not say"),
        (seal_with(toolchain="another"), "another toolchain"),
        (seal_with(toolchain="another", lean="4.99.0"), "Lean 4.99.0"),
        (seal_with(more=1), "unknown field"),
        (seal_with(chain=[]), "no code"),
        (seal_with(chain=5), "chain"),
        (seal_with(chain=[{"code": 1, "options": [], "answer": None}]), "code"),
        (seal_with(chain=[{"code": "", "options": [["a", None]], "answer": None}]), "options"),
        (seal_with(chain=[{"code": "", "options": [["a", -1]], "answer": None}]), "option"),
        (seal_with(state=[]), "state"),
        (with_state(index=-1), "below 0"),
        (with_state(index="0"), "index"),
        (with_state(steps=[["simp", -1]]), "below 0"),
        (with_state(steps=["simp"]), "steps"),
        (with_state(collection="others"), "collection"),
    ],
)
def test_what_is_no_sound_export_is_refused_in_one_line(
    pool: LeanPool, state_text: str, change: Callable[[str], Any], reason: str
) -> None:
    with pytest.raises(InputError) as caught:
        pool.import_state_sync(change(state_text))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 7},
        {"index": 10**18},
        {"goals": ["⊢ False"]},
        {"goals": []},
        {"status": "Completed"},
        {"answer": "0" * 16},
        {"steps": [["no_such_tactic", None]]},
        {"steps": [["constructor", 3]]},
    ],
)
def test_a_state_that_comes_out_otherwise_is_refused(pool: LeanPool, state_text: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ReplayError, match="cannot be built again"):
        pool.import_state_sync(with_state(**changes)(state_text))


def test_another_toolchain_is_let_in_on_request_and_compared(pool: LeanPool, env_text: str, state_text: str) -> None:
    foreign = {"toolchain": "another", "lean": "4.0.0"}
    env = pool.import_state_sync(seal_with(**foreign)(env_text), allow_other_toolchain=True)
    assert isinstance(env, EnvRef)
    assert pool.run_sync("#check two", env).ok
    state = pool.import_state_sync(seal_with(**foreign)(state_text), allow_other_toolchain=True)
    assert isinstance(state, ProofState)
    assert state.ref.env.toolchain == pool.toolchain.identity
    other_goals = {**opened(state_text)["state"], "goals": ["⊢ p"]}
    with pytest.raises(ReplayError, match="left to show"):
        pool.import_state_sync(seal_with(**foreign, state=other_goals)(state_text), allow_other_toolchain=True)


def test_thousands_of_links_and_steps_are_no_matter() -> None:
    env = None
    for number in range(5_000):
        env = EnvRef("lean", f"def x{number} := {number}", env, answer=str(number))
    assert env is not None
    ref = StateRef(env, "sorries", 0, tuple((f"simp [x{number}]", None) for number in range(5_000)), answer="a")
    export = read_export(write_export(ref, "4.0.0", ("⊢ p",), "Incomplete"))
    assert export.env() == env
    assert export.env().answer == "4999"
    assert export.state is not None
    assert export.state.steps == ref.steps


def test_code_that_depends_on_the_clock_is_noticed(pool: LeanPool) -> None:
    result = pool.run_sync(
        "import Lean\nopen Lean Elab Term in\n"
        'elab "now%" : term => return mkNatLit (← IO.monoNanosNow)\n'
        "example : now% = 1 := by\n  sorry"
    )
    text = pool.export_state_sync(result.sorries[0])
    with pytest.raises(ReplayError, match="depends on more than its text"):
        pool.import_state_sync(text)


def test_a_definition_that_comes_out_otherwise_is_noticed(pool: LeanPool) -> None:
    env = pool.run_sync(
        "import Lean\nopen Lean Elab Term in\n"
        'elab "now%" : term => return mkNatLit (← IO.monoNanosNow)\n'
        "def stamp := now%"
    ).env
    assert env is not None
    text = pool.export_state_sync(env)
    pool.restart()
    again = pool.run_sync("#eval stamp", pool.import_state_sync(text))  # type: ignore[arg-type]
    assert again.verdict == "crashed"
    assert "depends on more than its text" in again.detail


def test_what_lean_makes_up_comes_out_the_same(pool: LeanPool) -> None:
    code = """inductive Tree where | leaf | node (left right : Tree)
  deriving Repr, BEq, DecidableEq, Inhabited, Hashable, Ord
def half (n : Nat) : Nat := if n = 0 then 0 else half (n / 2)
termination_by n
partial def forever (n : Nat) : Nat := forever (n + 1)
mutual
def even : Nat → Bool | 0 => true | n + 1 => odd n
def odd : Nat → Bool | 0 => false | n + 1 => even n
end
macro "twice" x:term : term => `(let y := $x; y + y)
def six := twice 3
def sum : StateM Nat Unit := do for i in [0:3] do if i > 1 then modify (· + i)
"""
    env = pool.run_sync(code, all_tactics=True, infotree="full").env
    pool.restart()
    assert pool.run_sync("mutual def a := 1 def b := 2 end").ok
    assert pool.run_sync("example : six = 6 := rfl", env).ok


def test_code_that_reads_a_file_is_noticed_when_that_changed(pool: LeanPool) -> None:
    write = '#eval IO.FS.writeFile "number.txt" "{}"'
    pool.run_sync(write.format(1))
    result = pool.run_sync(
        "import Lean\nopen Lean Elab Term in\n"
        'elab "number%" : term => return mkNatLit (← IO.FS.readFile "number.txt").toNat!\n'
        "example : number% = 1 := by\n  sorry"
    )
    text = pool.export_state_sync(result.sorries[0])
    assert isinstance(pool.import_state_sync(text), ProofState)
    pool.run_sync(write.format(2))
    with pytest.raises(ReplayError, match="depends on more than its text"):
        pool.import_state_sync(text)


def test_a_file_that_was_run_may_change(pool: LeanPool, tmp_path: Any) -> None:
    path = tmp_path / "two.lean"
    path.write_text("def two := 2")
    env = pool.run_file_sync(path).env
    path.write_text("def two := 3")
    pool.restart()
    assert pool.run_sync("example : two = 2 := rfl", env).ok


def test_what_was_pickled_goes_on_in_the_shared_pool(pool: LeanPool) -> None:
    state = pickle.loads(pickle.dumps(pool.prove_sync(STATEMENT)))
    with pytest.raises(InputError, match=r"lean_magic\.tactic"):
        state.tactic_sync("constructor")
    try:
        assert lean_magic.tactic_sync(state, "exact ⟨hp, hq⟩").completed
    finally:
        lean_magic.shutdown()


def test_a_result_with_a_deep_tree_travels(pool: LeanPool) -> None:
    tree: list[Any] = []
    for _ in range(100_000):
        tree = [tree]
    twin = pickle.loads(pickle.dumps(LeanResult("x", "valid", infotree=tree)))
    read = twin.infotree
    depth = 0
    while read:
        (read,) = read
        depth += 1
    assert (read, depth) == ([], 100_000)
    result = pool.run_sync("example : 1 = 1 ∧ True := by sorry", infotree="full")
    twin = pickle.loads(pickle.dumps(result))
    assert (twin.infotree, twin.env, twin.verdict) == (result.infotree, result.env, "sorry")
