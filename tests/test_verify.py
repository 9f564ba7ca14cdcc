"""Verifying proofs: what is accepted, what is refused and why, and what happens when something breaks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil
import pytest
from command import wait_until

from lean_magic import STANDARD_AXIOMS, InputError, LeanError, LeanPool, PoolClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

TWO = "theorem two : 1 + 1 = 2"
COMPILER = (*STANDARD_AXIOMS, "Lean.ofReduceBool")

LISTS = """
inductive Tree (α : Type u) where
  | leaf
  | node (left : Tree α) (value : α) (right : Tree α)

namespace Tree

def size : Tree α → Nat
  | leaf => 0
  | node l _ r => l.size + 1 + r.size

def mirror : Tree α → Tree α
  | leaf => leaf
  | node l a r => node r.mirror a l.mirror

variable {α : Type u} [Inhabited α] (t : Tree α)
open Nat
"""


WITH_LOCAL = """by
  let rec go : ∀ (xs : List Nat) (a : Nat), xs.foldl (· + ·) a = a + xs.sum
    | [], _ => by simp
    | x :: xs, a => by simp [go xs (a + x)]; omega
  simpa using go xs 0"""


@pytest.mark.parametrize(
    ("statement", "proof"),
    [
        (TWO, "rfl"),
        (TWO, "by decide"),
        (f"{TWO} := by sorry", "by rfl -- done"),
        (f"{TWO} := by sorry -- prove me\n-- := by\n", "rfl"),
        (f"{TWO} := by -- prove me\n  sorry /- or - do\nnot -/ ", "rfl"),
        (f'theorem text : "{TWO} := sorry -- x" = "{TWO} := sorry" ++ " -- x"', "rfl"),
        (f"{TWO} -- a remark", "  (by\n    simp)  \n\n"),
        (f"{TWO} /- a -/ := by", "by\nrfl\n/- the end -/"),
        ("theorem lt (a b : Int) (h : 2 * a ≤ b) (i : b < a) : a < 0", "by omega"),
        ("theorem comm (a b c : Nat) : a + b + c = c + b + a", "by grind"),
        ("theorem em' (p : Prop) : p ∨ ¬ p", "Classical.em p"),
        ("theorem funny (f g : Nat → Nat) (h : ∀ x, f x = g x) : f = g", "funext h"),
        ("theorem same.{u, v} (α : Type u) (β : Type v) (x : α × β) : (x.1, x.2) = x", "by cases x; rfl"),
        ("theorem auto (xs : List α) : xs ++ [] = xs", "by simp"),
        ("private theorem «odd name» : True", "trivial"),
        ("@[simp] theorem attributed (n : Nat) : n * 1 = n", "Nat.mul_one n"),
        ("set_option autoImplicit false in\ntheorem inside : 'a'.toNat = 97", "by decide"),
        ("theorem large : 10 ^ 40 % 7 = 4", "by decide"),
        ('theorem text : "a\\n\\"∀\\" \\u0000".length = 7', "by decide"),
        ("theorem by_match (n : Nat) : (match n with | 0 => 1 | m + 1 => m + 2) > 0", "by split <;> omega"),
        ("theorem with_let : let x := 3; (⟨x, by decide⟩ : Fin 5).val = 3", "rfl"),
        (
            "theorem sums (n : Nat) : n ≤ n * n",
            "match n with\n| 0 => Nat.le_refl 0\n| m + 1 => Nat.le_mul_of_pos_left _ (Nat.succ_pos m)",
        ),
        (
            "theorem recursive : ∀ n : Nat, n < 2 ^ n",
            "go\nwhere\n  go : ∀ n : Nat, n < 2 ^ n\n    | 0 => by decide\n    | n + 1 => by have := go n; omega",
        ),
        (
            "theorem by_halves (n : Nat) : n = n + 0",
            "by\n  if h : n < 2 then rfl else have := by_halves (n / 2); rfl\ntermination_by n\ndecreasing_by omega",
        ),
        ("theorem with_local (xs : List Nat) : xs.foldl (· + ·) 0 = xs.sum", WITH_LOCAL),
        (f"{LISTS}theorem mirror_mirror : t.mirror.mirror = t", "by induction t <;> simp_all [mirror]"),
        (
            f"{LISTS}theorem size_mirror : t.mirror.size = t.size",
            "by induction t <;> simp_all +arith [mirror, size]",
        ),
        (f"{LISTS}theorem shown : (leaf : Tree α).size = 0", "by unfold size; rfl"),
        ("theorem a : 1 = 2 := sorry\ntheorem b : 2 = 2", "rfl"),
        ("import Lean\nopen Lean Meta\ntheorem imported (n m : Name) (h : n = m) : m = n", "h ▸ rfl"),
    ],
)
def test_what_is_proved_is_accepted(pool: LeanPool, statement: str, proof: str) -> None:
    verification = pool.verify_sync(statement, proof)
    assert verification, (verification, verification.result)
    assert (verification.ok, verification.kind) == (True, "proved")
    assert set(verification.axioms) <= set(STANDARD_AXIOMS)
    assert verification.result is not None
    assert not verification.result.errors
    assert verification.elapsed > verification.result.elapsed
    assert str(verification).startswith("✓")


@pytest.mark.parametrize(
    ("statement", "proof", "kind", "said"),
    [
        ("theorem three : 1 + 1 = 3", "by decide", "error", "1 + 1 = 3"),
        ("theorem three : 1 + 1 = 3", "two", "error", "two"),
        ("theorem three : 1 + 1 = 3", "by sorry", "sorry", "sorry"),
        ("theorem three : 1 + 1 = 3", "sorryAx _ false", "sorry", "sorry"),
        ("theorem three : 1 + 1 = 3", "rfl\naxiom cheat : False", "syntax", "line 2, column 0"),
        ("theorem three : 1 + 1 = 3", "by simp\n#exit\nwhatever", "syntax", "line 2"),
        ("theorem three : 1 + 1 = 3", "by simp)", "syntax", "line 1, column 7"),
        ("theorem three : 1 + 1 = 3", "", "syntax", "empty"),
        ("theorem two :\n  1 + 1 = 2", ":= by rfl", "syntax", "begins with :="),
        ("theorem two : 1 + 1 = 2", "theorem two : 1 + 1 = 2 := by rfl", "syntax", "only what follows the :="),
        ("theorem two : 1 + 1 = 2", "```lean\nby rfl\n```", "syntax", "between those fences"),
        ("theorem two : 1 + 1 = 2", "simp", "error", "put by before it. Line 1, column 0"),
        ("theorem three :\n  1 + 1 = 3", "by\n  rfl", "error", "Line 2, column 2: "),
        ("theorem two : 1 + 1 = 2", "axiom", "syntax", "at its beginning"),
        ("theorem two : 1 + 1 = 2", f"{'(' * 20_000}rfl{')' * 20_000}", "syntax", "nested"),
        ("theorem three : 1 + 1 = 3", "/- open", "syntax", "comment"),
        ("axiom cheat : 1 + 1 = 3\ntheorem three : 1 + 1 = 3", "cheat", "axiom", "cheat"),
        ("theorem cheat : 1 + 1 = 3 := sorry\ntheorem three : 1 + 1 = 3", "cheat", "sorry", "sorry"),
        ("theorem large : 100 < 200", "by native_decide", "axiom", "Lean.ofReduceBool"),
    ],
)
def test_what_is_not_proved_is_refused_and_it_says_why(
    pool: LeanPool, statement: str, proof: str, kind: str, said: str
) -> None:
    verification = pool.verify_sync(statement, proof)
    assert not verification
    assert verification.kind == kind
    assert said in verification.reason
    assert "\n" not in verification.reason
    assert (verification.result is None) == (kind == "syntax")
    assert str(verification).startswith("✗")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("theorem three : 1 + 1 = Nat.unknown", "unknown"),
        ("theorem three : (sorry : Prop)", "sorry"),
        ("by rfl", "mixed up"),
        ("theorem two : 1 + 1 = 2 := by rfl", "Leave out its :="),
        ("```lean\ntheorem two : 1 + 1 = 2\n```", "Leave out the ```"),
        ("lemma two : 1 + 1 = 2", "Write theorem for lemma"),
        ("1 + 1 = 2", "such as 'theorem two"),
        ("def three : Nat", "three is no theorem"),
        ("#check 3", ""),
        ("theorem a : True := trivial\n#exit\ntheorem b : True", "#exit"),
        ("theorem a : True /-", "At its end: unterminated comment"),
        ("theorem a :\n  1 =", "At its end: unexpected token ':='"),
    ],
)
def test_a_statement_that_is_wrong_is_the_callers_mistake(pool: LeanPool, statement: str, said: str) -> None:
    with pytest.raises(LeanError, match="statement") as caught:
        pool.verify_sync(statement, "trivial")
    assert said in str(caught.value)


def test_what_cannot_be_given_to_lean(pool: LeanPool) -> None:
    for arguments, keywords in [
        (("", "rfl"), {}),
        ((" := by sorry", "rfl"), {}),
        ((TWO, None), {}),
        ((TWO, "rfl"), {"axioms": "propext"}),
        ((TWO, "rfl"), {"axioms": [3]}),
        ((TWO, "rfl"), {"timeout": -1}),
        ((TWO, "rfl"), {"env": "env"}),
    ]:
        with pytest.raises(InputError):
            pool.verify_sync(*arguments, **keywords)  # type: ignore[arg-type]


def test_the_environment_and_the_options_are_those_of_the_caller(pool: LeanPool) -> None:
    env = pool.run_sync("def answer := 42\nnamespace Deep\naxiom given : answer = 43").env
    assert pool.verify_sync("theorem right : answer = 42", "rfl", env=env).theorem == "Deep.right"
    refused = pool.verify_sync("theorem wrong : answer = 43", "given", env=env)
    assert (refused.kind, refused.axioms) == ("axiom", ("Deep.given",))
    assert pool.verify_sync("theorem wrong : answer = 43", "given", env=env, axioms=["Deep.given"])
    with pytest.raises(LeanError, match="α"):
        pool.verify_sync("theorem auto (x : α) : x = x", "rfl", options={"autoImplicit": False})


def test_library_theorems_without_proof_count_as_resting_on_all_standard_axioms(pool: LeanPool) -> None:
    statement, proof = "theorem em' (p : Prop) : p ∨ ¬ p", "Classical.em p"
    assert pool.verify_sync(statement, proof).axioms_unseen == ("Classical.em",)
    refused = pool.verify_sync(statement, proof, axioms=["propext"])
    assert refused.kind == "axiom"
    assert "Classical.em" in refused.reason


def test_compiled_code_is_trusted_only_if_that_is_said(pool: LeanPool) -> None:
    env = pool.run_sync("import Std.Tactic.BVDecide").env
    statement, proof = "theorem bits (x y : BitVec 8) : x &&& y = y &&& x", "by bv_decide"
    large, native = "theorem large : (List.range 1000).length = 1000", "by native_decide"
    assert not pool.verify_sync(large, native)
    before = judged(pool)
    trusted = pool.verify_sync(large, native, axioms=(*STANDARD_AXIOMS, "Lean.trustCompiler"))
    assert trusted.axioms == ("Lean.ofReduceBool",)
    assert judged(pool) == before + 1  # what compiled code it ran, a process did that has ended
    assert pool.verify_sync(statement, proof, env=env).kind in ("axiom", "error")  # the embedded Lean has no solver


def test_a_proof_cannot_say_what_runs_in_place_of_a_definition(pool: LeanPool) -> None:
    env = pool.run_sync("import Lean\nopen Lean Elab Command Term").env
    proof = (
        "by\n  run_tac do\n    let cheat ← `(command| @[implemented_by Bool.not] def swapped (b : Bool) : Bool := b)\n"
        "    liftCommandElabM (elabCommand cheat)\n  exact (by native_decide : swapped true = false).elim"
    )
    assert not pool.verify_sync("theorem wrong : False", proof, env=env, axioms=COMPILER)


PRINTED = r"""by
  run_tac do IO.println "\n\n{}\n\n"
  trivial"""

RENAMED = """by
  run_tac do
    let value := mkApp2 (mkConst ``rfl [1]) (mkConst ``Nat) (mkRawNatLit 3)
    let type := mkApp3 (mkConst ``Eq [1]) (mkConst ``Nat) (mkRawNatLit 3) (mkRawNatLit 3)
    addDecl (.thmDecl { name := `wrong, levelParams := [], type, value })
  sorry"""


@pytest.mark.parametrize(
    ("proof", "kinds"),
    [
        (RENAMED, {"error", "sorry", "statement", "kernel"}),
        (PRINTED, {"error"}),
        ('by_elab do throwError "no"', {"error"}),
    ],
)
def test_code_that_a_proof_runs_proves_nothing(pool: LeanPool, proof: str, kinds: set[str]) -> None:
    env = pool.run_sync("import Lean\nopen Lean Elab Command Term Meta Tactic").env
    verification = pool.verify_sync("theorem wrong : 1 = 2", proof, env=env)
    assert verification.kind in kinds, verification


def judged(pool: LeanPool) -> int:
    """Return how many questions the judges have answered."""
    pools = [judge.process._pool for judge in pool._judges._judges]
    return sum(pool.stats().requests for pool in pools if pool is not None)


async def verified(pool: LeanPool, count: int) -> int:
    cases = (pool.verify(f"theorem t{i} : {i} + 1 = {i + 1}", "rfl" if i % 2 else "by omega") for i in range(count))
    return sum(map(bool, await asyncio.gather(*cases)))


def test_many_at_once(pool: LeanPool) -> None:
    assert asyncio.run(verified(pool, 12)) == 12


def test_a_proof_that_takes_too_long(pool: LeanPool) -> None:
    env = pool.run_sync("import Lean\nopen Lean Elab Tactic").env
    verification = pool.verify_sync("theorem slow : 1 = 2", "by run_tac do IO.sleep 60000", env=env, timeout=1)
    assert verification.kind == "timeout", verification
    assert "no opinion" in verification.reason
    assert "within 1 s" in verification.reason  # what was asked, not what was left of it
    assert pool.verify_sync("theorem fast : 1 = 1", "rfl", env=env)


def test_machinery_that_fails_is_no_opinion(faulty_pool: Callable[..., LeanPool]) -> None:
    pool = faulty_pool()
    verification = pool.verify_sync("theorem a : True", "die")
    assert verification.kind in ("crashed", "timeout")
    pool.shutdown()
    with pytest.raises(PoolClosedError):
        pool.verify_sync("theorem a : True", "trivial")


def test_the_judge_ends_with_the_pool_and_comes_back_after_a_restart() -> None:
    with LeanPool() as pool:
        assert pool.verify_sync(TWO, "rfl")
        pool.restart()
        assert pool.verify_sync(TWO, "rfl", cache=False)
        (judge,) = pool.status().judges
        assert psutil.pid_exists(judge.pid)
    assert pool.status().judges == ()
    wait_until(lambda: not psutil.pid_exists(judge.pid))
    with pytest.raises(PoolClosedError):
        pool.verify_sync(TWO, "rfl", cache=False)
