"""Cheats are refused, and forged declarations; honest proofs are accepted, of whatever shape, also after all those."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast, get_args

import pytest

from benchmarks.corpus.cheats import cheats
from benchmarks.verify import Environments, verified
from lean_magic import STANDARD_AXIOMS, LeanPool
from lean_magic.pool._done import Done
from lean_magic.pool._work import Judged
from lean_magic.protocol import JudgeReply
from lean_magic.verification import Finding

RUNS_CODE = re.compile(r"\b(run_tac|by_elab|unsafe)\b")
"""Each proof that runs code takes a new process, and so about a second."""

TELLING = {
    "axiom_declared_by_the_proof",
    "lemma_not_checked",
    "definition_under_the_statement_changed",
    "constructor_that_needs_no_proof",
    "reduce_bool_by_hand",
    "exits_as_if_all_were_well",
    "kernel_computes_for_ever",
    "elaborators_of_the_process_changed",
    "errors_taken_back",
}


SOON_REFUSED = [cheat for cheat in cheats() if not cheat.timeout and not RUNS_CODE.search(cheat.proof)]

NO_PROOF = [cheat for cheat in cheats() if cheat.kinds == ("syntax",)]

TRIED = [cheat for cheat in cheats() if cheat.name in TELLING] + SOON_REFUSED[::3] + NO_PROOF[::4]
"""The benchmark tries them all."""


# Statement and proof, in an environment after some code.
HONEST: dict[str, tuple[str, str, str]] = {
    "where": ("", "theorem foo (n : Nat) : n + 0 = n", "helper n\nwhere helper (m : Nat) : m + 0 = m := rfl"),
    "structural recursion": (
        "",
        "theorem foo (n : Nat) : 0 + n = n",
        "match n with\n  | 0 => rfl\n  | n + 1 => congrArg (· + 1) (foo n)",
    ),
    "well-founded recursion": (
        "",
        "theorem foo (n : Nat) : n / 2 ≤ n",
        "by\n  by_cases h : n < 2\n  · omega\n  · have := foo (n - 2); omega\ntermination_by n\ndecreasing_by omega",
    ),
    "let rec": (
        "",
        "theorem foo (n : Nat) : n % 2 = 0 ∨ n % 2 = 1",
        """\
let rec go : ∀ n : Nat, n % 2 = 0 ∨ n % 2 = 1
  | 0 => .inl rfl
  | 1 => .inr rfl
  | n + 2 => by have := go n; omega
go n""",
    ),
    "fun with alternatives": (
        "",
        "theorem foo : ∀ n : Nat, n = 0 ∨ n > 0",
        "fun\n  | 0 => .inl rfl\n  | n + 1 => .inr (Nat.succ_pos n)",
    ),
    "calc": (
        "",
        "theorem foo (a b c : Nat) (h : a = b) (k : b = c) : a = c",
        "calc a\n  _ = b := h\n  _ = c := k",
    ),
    "decide": ("", "theorem foo : ∀ n : Fin 20, n.val < 20", "by decide"),
    "all three axioms": ("", "theorem foo (p : Prop) : (p = True) ∨ (p = False)", "Classical.propComplete p"),
    "universes": ("", "theorem foo.{u, v} (α : Type u) (β : Sort v) (a : α) (b : β) : a = a ∧ b = b", "⟨rfl, rfl⟩"),
    "universes left open": ("", "theorem foo (α : Type _) (β : Sort _) (a : α) (b : β) : a = a ∧ b = b", "⟨rfl, rfl⟩"),
    "auto-bound variables": ("", "theorem foo {xs : List α} : xs ++ [] = xs", "by simp"),
    "namespace": ("namespace Zoo\ndef answer := 42", "theorem foo : answer = 42", "rfl"),
    "root": ("namespace Zoo", "theorem _root_.foo : 1 = 1", "rfl"),
    "variables": ("variable (n m : Nat) (h : n = m)\ninclude h", "theorem foo : m = n", "h.symm"),
    "private": ("", "private theorem foo : 1 = 1", "rfl"),
    "unicode": ("", "theorem κόσμος₁' (ℕ : Type) (ξ : ℕ) : ξ = ξ", "rfl"),
    "quoted name": ("", "theorem Zoo.«my theorem: 1».«a.b» : 1 = 1", "rfl"),
    "attribute": ("", "/-- Adds -- nothing. -/\n@[simp] theorem foo (n : Nat) : n + 0 = n", "rfl"),
    "options for the statement": ("", "set_option maxRecDepth 2000 in\ntheorem foo : 100 + 100 = 200", "by decide"),
    "commands before it": ("", 'def two := 2\nnotation "zwei" => two\ntheorem foo : zwei = 2', "rfl"),
    "match in the statement": (
        "",
        "theorem foo (n : Nat) : (match n with | 0 => 0 | m + 1 => m) ≤ n",
        "match n with\n  | 0 => Nat.le_refl _\n  | m + 1 => Nat.le_succ m",
    ),
    "proof in the statement": ("", "theorem foo (a : Array Nat) (h : a.size = 3) : a[0] = a[0]", "rfl"),
    "lemmas that Lean makes": (
        "def double : Nat → Nat\n  | 0 => 0\n  | n + 1 => double n + 2",
        "theorem foo (n : Nat) : double n = 2 * n",
        "by\n  fun_induction double with\n  | case1 => rfl\n  | case2 n ih => omega",
    ),
    "grind": ("", "theorem foo (xs ys : List Nat) : (xs ++ ys).length = ys.length + xs.length", "by grind"),
    "types of the environment": (
        "inductive Colour | red | green deriving DecidableEq",
        "theorem foo : Colour.red ≠ .green",
        "by decide",
    ),
    "code": (
        "import Lean",
        "theorem foo : True",
        """\
by run_tac Lean.Elab.Tactic.liftMetaTactic fun goal => do
  let value := Lean.mkConst ``True.intro
  Lean.addDecl (.thmDecl { name := `helpful, levelParams := [], type := ← goal.getType, value })
  goal.assign (Lean.mkConst `helpful)
  return []""",
    ),
    "comments": ("", "theorem foo : 1 = 1 -- so it is", "by\n  -- no sorry\n  /- /- nested -/ -/\n  rfl\n\n-- done"),
    "blank lines": ("", "\n\n  theorem foo : 1 = 1\n\n", "\n\n  by\n    rfl\n\n\n"),
    "lines that end as on Windows": ("", "theorem foo (n : Nat) :\r\n    n = n", "by\r\n  intros\r\n  rfl\r\n"),
    "proof left out at the end of the statement": ("", "theorem foo : 1 = 1 := by sorry", "rfl"),
    "the word sorry": ("", "theorem foo : 1 = 1", 'by\n  have _ : String := "sorry"\n  rfl'),
    "failed attempts": ("", "theorem foo : 1 = 1", "by first | (exact absurd) | rfl"),
    "suggestions": ("", "theorem foo (a b : Nat) : a + b = b + a", "by exact?"),
}

# What a process that is in the hands of a proof could hand over as the declarations of `theorem foo : False`: names,
# then terms and declarations by their numbers (lean_magic/lean/README.md).
FALSE = [["name", 0, "foo"], ["name", 0, "False"], ["const", 2]]
FORGED: dict[str, tuple[list[object], str]] = {
    "proof of something else": (
        [*FALSE, ["name", 0, "True"], ["name", 3, "intro"], ["const", 4], ["theorem", 1, [], 0, 1]],
        "kernel",
    ),
    "theorem of another type": (
        [*FALSE, ["name", 0, "True"], ["name", 3, "intro"], ["const", 3], ["const", 4], ["theorem", 1, [], 1, 2]],
        "statement",
    ),
    "proof by itself": ([*FALSE, ["const", 1], ["theorem", 1, [], 0, 1]], "kernel"),
    "proof by an axiom of its own": (
        [*FALSE, ["name", 0, "a"], ["axiom", 3, [], 0], ["const", 3], ["theorem", 1, [], 0, 1]],
        "axiom",
    ),
    "proof by sorry": (
        [*FALSE, ["name", 0, "sorryAx"], ["name", 0, "Bool"], ["name", 4, "true"], ["const", 3, 0], [1, 0],
         ["const", 5], [2, 3], ["theorem", 1, [], 0, 4]],
        "sorry",
    ),
    "definition instead of a theorem": ([*FALSE, ["sort", 0], ["def", 1, [], 1, 0, "abbrev"]], "missing"),
    "another False": (
        [*FALSE, ["name", 0, "True"], ["name", 3, "intro"], ["sort", 0], ["const", 3], ["def", 2, [], 1, 2, "abbrev"],
         ["const", 2], ["const", 4], ["theorem", 1, [], 3, 4]],
        "statement",
    ),
    "type without elements that has one": ([*FALSE, ["name", 0, "Bad"], ["inductive", 3, [], 0]], "declaration"),
    "more universes": ([*FALSE, ["name", 0, "u"], ["theorem", 1, [3], 0, 0]], "statement"),
    "variable that nothing binds": ([*FALSE, ["var", 0], ["theorem", 1, [], 0, 1]], "kernel"),
    "field that is not there": ([*FALSE, ["proj", 2, 7, 0], ["theorem", 1, [], 0, 1]], "kernel"),
    "compiled code": ([*FALSE, ["name", 0, "Lean"], ["name", 3, "reduceBool"], ["const", 4]], "axiom"),
    "nothing": ([], "missing"),
    "numbers of what is not there": ([["const", 7]], "missing"),
    "a number below zero": ([["var", -1]], "missing"),
    "a number that takes for ever to read": ([*FALSE, ["str", "\\\""], ["var", 10**30]], "missing"),
    "a literal that takes for ever to read": ([*FALSE, ["nat", "9" * 100_001]], "missing"),
    "a level that is too deep": ([["succ", number] for number in range(1_001)], "missing"),
    "words that mean nothing": ([["hole"], None, [], {}, 3], "missing"),
}  # fmt: skip


@pytest.fixture(scope="module")
def tried() -> Iterator[LeanPool]:
    """A pool of its own: some cheats change what their process says to others."""
    with LeanPool(workers=1, timeout=60) as pool:
        yield pool


@pytest.fixture(scope="module")
def environments(tried: LeanPool) -> Environments:
    return Environments(tried)


def test_each_cheat_says_what_it_is() -> None:
    assert len(cheats()) >= 60
    assert {cheat.name for cheat in cheats()} >= TELLING
    for what in (lambda cheat: cheat.trick), (lambda cheat: cheat.kinds[0]):
        assert {what(cheat) for cheat in TRIED} == {what(cheat) for cheat in cheats()}
    for same in (lambda cheat: cheat.name), (lambda cheat: (cheat.context, cheat.statement, cheat.proof)):
        assert len({same(cheat) for cheat in cheats()}) == len(cheats())
    for cheat in cheats():
        assert set(cheat.kinds) <= set(get_args(Finding)) - {"proved"}, cheat.name
        assert cheat.why.endswith("."), cheat.name


def test_code_that_is_only_run_can_be_fooled(tried: LeanPool, environments: Environments) -> None:
    first_of_each = {cheat.trick: cheat for cheat in reversed(cheats()) if cheat.fools_run}
    for cheat in first_of_each.values():
        assert tried.run_sync(cheat.theorem, environments[cheat.context]).ok, cheat.name


def test_no_cheat_is_accepted(tried: LeanPool, environments: Environments) -> None:
    wrong = {}
    for cheat in TRIED:
        verification = verified(tried, cheat, environments)
        if verification or verification.kind not in cheat.kinds:
            wrong[cheat.name] = verification
    assert not wrong
    # No cheat has changed the judge, though one of them has changed the elaborators of the process that ran it.
    assert tried.verify_sync("theorem foo : 1 = 1", "rfl")
    assert not tried.verify_sync("import Std.Data.HashMap\ntheorem foo : 1 = 2", "trivial")


@pytest.mark.parametrize("what", [*FORGED])
def test_no_forged_declaration_is_accepted(tried: LeanPool, what: str) -> None:
    entries, kind = FORGED[what]
    assert said_of(tried, "theorem foo : False", json.dumps(entries)) == kind


@pytest.mark.parametrize("text", ["", "{}", "no JSON", "[" * 100_000, '[["var",1e999999999]]'])
def test_what_cannot_be_read_is_not_accepted(tried: LeanPool, text: str) -> None:
    assert said_of(tried, "theorem foo : False", text) == "missing"


def test_a_true_theorem_may_be_handed_over_by_anybody(tried: LeanPool) -> None:
    true = [["name", 0, "foo"], ["name", 0, "True"], ["name", 2, "intro"], ["const", 2], ["const", 3]]
    assert said_of(tried, "theorem foo : True", json.dumps([*true, ["theorem", 1, [], 0, 1]])) == "proved"


@pytest.mark.parametrize("what", [*HONEST])
def test_an_honest_proof_is_accepted(tried: LeanPool, environments: Environments, what: str) -> None:
    context, statement, proof = HONEST[what]
    verification = tried.verify_sync(statement, proof, env=environments[context])
    assert verification, verification.reason


def said_of(pool: LeanPool, statement: str, exported: str) -> str:
    """Return what the judge says of a text that no process has handed over."""
    question = pool._requests.question(statement, " :=\nsorry", " :=\nsorry", None, 60, (), STANDARD_AXIOMS, exported)
    with pool._judges.seat(statement) as judge:
        done = cast("Done[Judged]", judge().answer_sync(question))
    assert done.value is not None, done.failure
    reply: JudgeReply = done.value.reply
    assert reply.theorem == ["foo"]
    kind = reply.objection.kind if reply.objection else "proved"
    return kind if kind in get_args(Finding) else "missing"
