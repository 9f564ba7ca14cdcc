"""Steps of proofs: each can be run again and does what it says, and together they are the whole proof."""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import theorems
from lean_magic import EnvRef, Goal, LeanPool, LeanResult, Position, ProofState, StateRef, TacticStep, Triple
from lean_magic import tactic_triples as triples_of
from lean_magic.triples._source import Places, dedented, masked

_STRUCTURED = Path(__file__).with_name("proofs") / "structured.lean"
_HOLDING = re.compile(r"(?:\b(?:by|then|else|from|decreasing_by)\b|=>|[\s;·(){}]|(?<=\s)\.(?=\s))*")
"""What may belong to no step: it only holds tactics together."""


_ALWAYS = {"group_inverse_on_the_right", "nested_trees_have_members"}
"""Theorems of the corpus with tactics in a term below ``open … in``, and a ``match`` with ``_`` in a pattern."""


def _bare(goal: Goal) -> str:
    """Return a goal without its name, and without the numbers that Lean gives anew."""
    return re.sub(r"\?m\.\d+", "?m", re.sub(r"\Acase [^\n]*\n", "", goal.text))


async def _replayed(pool: LeanPool, triple: Triple) -> list[str]:
    assert triple.state is not None
    assert triple.state.goals == triple.goals_before
    return [_bare(goal) for goal in (await pool.tactic(triple.state, triple.tactic)).goals]


async def _check_replay(pool: LeanPool, results: list[LeanResult]) -> int:
    """Run each step of some proofs again."""
    triples = [triple for result in results for triple in result.triples()]
    found = await asyncio.gather(*(_replayed(pool, triple) for triple in triples))
    for triple, goals in zip(triples, found, strict=True):
        assert goals == [_bare(goal) for goal in triple.goals_after], triple
    return len(triples)


def _check_text(result: LeanResult) -> None:
    """Steps neither overlap nor leave anything of a tactic out, and say where they are."""
    code, mask = result.code, list(masked(result.code))
    triples = result.triples()
    spans = [(start.offset(code), end.offset(code)) for triple in triples for start, end in triple.spans]
    for (_, end), (start, _) in itertools.pairwise(sorted(spans)):
        assert end <= start
    for start, end in spans:
        mask[start:end] = " " * (end - start)
    for step in result.tactics:
        if not (step.goals or step.goals_after):  # what has no goals is no step
            start, end = step.start.offset(code), step.end.offset(code)
            mask[start:end] = " " * (end - start)
    for step in result.tactics:
        left = "".join(mask[step.start.offset(code) : step.end.offset(code)])
        assert _HOLDING.fullmatch(left), (step, left.split())
    assert [triple.start for triple in triples] == sorted(triple.start for triple in triples)
    for triple in triples:
        whole = dedented(code[triple.start.offset(code) : triple.end.offset(code)], triple.start.column)
        assert triple.spans[0][0] == triple.start
        if "?_" not in triple.tactic and "case'" not in triple.tactic and not triple.tactic.startswith("obtain"):
            assert triple.tactic == whole


async def _check_walk(pool: LeanPool, results: list[LeanResult]) -> None:
    """The steps of a proof can be run one after the other, from its beginning to the end."""
    proofs = [
        list(proof) for result in results for _, proof in itertools.groupby(result.triples(), lambda step: step.proof)
    ]
    await asyncio.gather(*(_walk(pool, proof) for proof in proofs))


async def _walk(pool: LeanPool, proof: list[Triple]) -> None:
    if proof[0].name == "ack":
        # `decreasing_by` begins with several goals, which are told one after the other
        assert None in {step.goal for step in proof}
        return
    state = proof[0].state
    for step in proof:
        assert state is not None
        assert step.goal is not None, step
        assert [_bare(state.goals[place]) for place in step.goal] == [_bare(goal) for goal in step.goals_before], step
        state = await pool.tactic(state, step.tactic, goal=step.goal)
    assert state is not None
    assert state.goals == (), proof[0]
    assert state.completed or "uses" in state.status, (proof[0], state.status)


def test_structured_proofs(pool: LeanPool) -> None:
    result = pool.run_sync(_STRUCTURED.read_text(), all_tactics=True)
    assert result.ok, result.errors
    _check_text(result)
    asyncio.run(_check_walk(pool, [result]))
    assert asyncio.run(_check_replay(pool, [result])) > 200


def test_proofs_of_the_corpus(pool: LeanPool) -> None:
    """A part of them, each time the same: all take some minutes."""
    valid = [theorem for theorem in theorems() if theorem.verdict == "valid"]
    codes = [theorem.code for n, theorem in enumerate(valid) if n % 14 == 0 or theorem.name in _ALWAYS]
    results = [pool.run_sync(code, all_tactics=True) for code in codes]
    for result in results:
        _check_text(result)
    asyncio.run(_check_replay(pool, results))
    asyncio.run(_check_walk(pool, results))


_SETTLING = [
    "∃ n : Nat, n = 5 ∧ n > 3 := by\n  refine ⟨?n, ?h, ?g⟩\n  case h => rfl\n  case g => decide",
    "∃ x y : Nat, x = y ∧ y = 3 := by\n  refine ⟨?x, ?y, ?a, ?b⟩\n  case a => rfl\n  case b => rfl",
    "∃ x y : Nat, x = y ∧ y = 3 := by\n  refine ⟨?x, ?y, ?a, ?b⟩\n  case b => rfl\n  case a => rfl",
    "∃ n : Nat, n = 5 ∧ 3 < n := by\n  refine ⟨?_, ?_, ?_⟩\n  case refine_2 => rfl\n  decide",
    "1 < 3 := by\n  apply Nat.lt_trans (m := ?m) ?x ?y\n  case m => exact 2\n  case y => decide\n  case x => decide",
    (
        "∀ a b c : Nat, a < b → b < c → a < c := by\n  intro a b c h k\n  apply Nat.lt_trans (m := ?m) ?x ?y\n"
        "  case y => exact k\n  case x => exact h"
    ),
    "True ∧ True := by\n  constructor\n  · trivial\n    all_goals assumption\n  · trivial\n    done",
    "True ∧ True := by\n  constructor\n  · trivial\n    repeat assumption\n  · obtain x : True := by trivial\n    simp",
    "True ∧ True := by\n  constructor\n  · trivial\n    try simp\n  · have x := by exact trivial\n    exact x",
]


def test_steps_that_settle_other_goals_or_have_none_can_be_run_in_order(pool: LeanPool) -> None:
    results = [pool.run_sync(f"theorem t : {rest}", all_tactics=True) for rest in _SETTLING]
    for result in results:
        assert result.ok, result.errors
        assert {step.proof for step in result.triples()} == {0}
        _check_text(result)
    asyncio.run(_check_walk(pool, results))


def _tactics(pool: LeanPool, code: str) -> list[str]:
    return [triple.tactic for triple in pool.run_sync(code, all_tactics=True).triples()]


@pytest.mark.parametrize(
    ("proof", "tactics"),
    [
        ("constructor\n  · trivial\n  · exact (by rfl)", ["constructor", "trivial", "refine (?_)", "rfl"]),
        (
            "have h : n = n := by\n    rfl\n  exact ⟨trivial, h⟩",
            ["have h : n = n := ?_", "rfl", "exact ⟨trivial, h⟩"],
        ),
        (
            "cases n with\n  | zero => constructor <;> simp\n  | succ k => -- k\n    simp",
            ["cases n with\n| zero => ?_\n| succ k => ?_", "constructor <;> simp", "simp"],
        ),
        ("suffices h : True by\n    simp\n  trivial", ["suffices h : True from ?_", "simp", "trivial"]),
        ("obtain ⟨h, _⟩ : True ∧ True := by simp\n  simp", ["obtain ⟨h, _⟩ : True ∧ True", "simp", "simp"]),
        ("rw [show n = n + 0 by simp]; simp", ["rw [show n = n + 0 from ?_]", "simp", "simp"]),
        (
            "refine ⟨?a, ?b⟩\n  case b => rfl\n  next => trivial",
            ["refine ⟨?a, ?b⟩", "case' b => skip", "rfl", "case' _ => skip", "trivial"],
        ),
        ("first | omega | simp <;> omega", ["first | omega | simp <;> omega"]),
        ("simp <;> (omega; rfl) <;> rw [foo,\n    bar]", ["simp <;> (omega; rfl) <;> rw [foo,\n  bar]"]),
        ("(simp; done)", ["simp"]),
        ("constructor\n  · trivial\n    try simp\n  · rfl\n    done", ["constructor", "trivial", "rfl"]),
        ("obtain h : True := by simp\n  simp", ["have h : True := ?_", "simp", "simp"]),
        ("obtain (h) : True := by simp\n  simp", ["obtain (h) : True := by simp", "simp"]),
        ("have h := by exact trivial\n  simp", ["have h := by exact trivial", "simp"]),
        ("cases n with\n  | zero | succ _ => simp", ["cases n with\n| zero | succ _ => simp"]),
        ("exact ⟨trivial, (fun (m : Nat) => by rfl : ∀ m : Nat, m = m) n⟩", None),
        ("have k : Nat := by exact 5\n  simp", ["have k : Nat := by exact 5", "simp"]),
    ],
)
def test_what_the_steps_of_a_tactic_are(pool: LeanPool, proof: str, tactics: list[str] | None) -> None:
    found = _tactics(pool, f"theorem t (n : Nat) : True ∧ n = n := by\n  {proof}")
    if tactics is None:
        tactics = ["refine ⟨trivial, (fun (m : Nat) => ?_ : ∀ m : Nat, m = m) n⟩", "rfl"]
    assert found == tactics


def test_a_step_says_what_it_belongs_to(pool: LeanPool) -> None:
    code = "namespace A\ntheorem t : True ∧ True := ⟨by trivial, by\n  have h : True := by trivial\n  exact h⟩"
    found = pool.run_sync(code, all_tactics=True).triples()
    assert [(step.tactic, step.proof, step.depth) for step in found] == [
        ("trivial", 0, 0),
        ("have h : True := ?_", 1, 0),
        ("trivial", 1, 1),
        ("exact h", 1, 0),
    ]
    assert {(step.declaration, step.name) for step in found} == {("theorem A.t", "A.t")}
    assert [step.goal for step in found] == [
        (0,),
        (0,),
        (1,),
        (0,),
    ]
    have = found[1]
    assert (have.start, have.end, have.spans) == (
        Position(3, 2), Position(3, 29), ((Position(3, 2), Position(3, 18)),)
    )  # fmt: skip
    assert have.printed == "have h : True := by trivial"
    assert str(have) == "⊢ True\n\n3:2 have h : True := ?_\n\nh : True\n⊢ True\n\n⊢ True"


def test_comments_after_a_step_are_not_printed(pool: LeanPool) -> None:
    code = (
        'theorem t : "--" = "--" := by\n  -- before\n  skip -- after\n  /- and -/\n  exact (rfl : "--" = "--") -- end\n'
    )
    assert [step.printed for step in pool.run_sync(code, all_tactics=True).triples()] == [
        "skip",
        'exact\n  (rfl : "--" = "--")',
    ]


def test_a_tactic_with_an_error_is_no_step(pool: LeanPool) -> None:
    code = (
        "theorem t (p q : Prop) (hp : p) : p ∧ (p ∧ q) := by\n"
        "  constructor\n"
        "  · exact hp\n"
        "  · have h : p := by\n"
        "      skip\n"
        "    refine ⟨?_, ?_⟩\n"
        "    · exact foo\n"
        "    · sorry"
    )
    found = pool.run_sync(code, all_tactics=True).triples()
    assert [(step.tactic, step.has_sorry) for step in found] == [
        ("constructor", False),
        ("exact hp", False),
        ("have h : p := ?_", False),
        ("skip", False),  # and leaves its goal, which no step closes
        ("refine ⟨?_, ?_⟩", False),
        ("sorry", True),
    ]
    assert triples_of(pool.run_sync("theorem t : 1 = 2 := by\n  simp [", all_tactics=True)) == ()


def test_what_gives_up_says_so_and_nothing_else_does(pool: LeanPool) -> None:
    code = (
        "theorem t : True ∧ 1 = 2 := by\n  have h : 1 = 2 := by\n    sorry\n  exact ⟨trivial, by first | done | admit⟩"
    )
    found = pool.run_sync(code, all_tactics=True).triples()
    assert [step.tactic for step in found if step.has_sorry] == ["sorry", "first | done | admit"]
    assert len(found) == 4


def test_elaboration_trees_tell_the_same(pool: LeanPool) -> None:
    code = _STRUCTURED.read_text()[:5000]
    code = code[: code.rindex("\n\n")]
    steps = pool.run_sync(code, all_tactics=True).triples()
    others = pool.run_sync(code, infotree="tactics").triples()
    assert [(step.start, step.spans, step.tactic, step.depth) for step in others] == [
        (step.start, step.spans, step.tactic, step.depth) for step in steps
    ]
    different = [
        (one.tactic, other.tactic)
        for one, other in zip(steps, others, strict=True)
        if [goal.text for goal in one.goals_after] != [goal.text for goal in other.goals_after]
    ]
    assert different == []
    assert {step.state for step in others} == {None}


def test_without_tactics_there_are_no_steps() -> None:
    assert LeanResult("theorem t : True := trivial", "valid").triples() == ()
    assert LeanResult("x", "timeout", infotree=[]).triples() == ()


def _handmade(code: str, tactics: list[tuple[int, int, int | None]]) -> LeanResult:
    goal = Goal.parse("⊢ True")
    state = ProofState(StateRef(EnvRef("t", code), "tactics", 0), (goal,), "Incomplete: open goals remain")
    steps = [
        TacticStep(code[start:end], (goal,), Position.at(code, start), Position.at(code, end), (), state, (), parent)
        for start, end, parent in tactics
    ]
    return LeanResult(code, "valid", tactics=tuple(steps))


def test_proofs_may_be_as_deep_as_they_like() -> None:
    levels = 3000
    head, tail = "have : a := by ", "rfl"
    code = head * levels + tail
    tactics = [(number * len(head), len(code), number - 1 if number else None) for number in range(levels)]
    found = _handmade(code, [*tactics, (levels * len(head), len(code), levels - 1)]).triples()
    assert len(found) == levels + 1
    assert found[-1].depth == levels
    assert found[0].tactic == "have : a := ?_"


@given(st.text(st.sampled_from("ab \n-/\"'«»\\r#·.;<>()[]{}|=:?"), max_size=40), st.data())
def test_any_text_may_be_there(code: str, data: st.DataObject) -> None:
    mask = masked(code)
    assert len(mask) == len(code)
    assert mask.count("\n") == code.count("\n")
    places = Places(code)
    offset = data.draw(st.integers(0, len(code)))
    assert places.position(offset) == Position.at(code, offset)
    assert places.offset(places.position(offset)) == offset
    ends = sorted(data.draw(st.lists(st.integers(0, len(code)), max_size=6)))
    tactics = [(start, end, None) for start, end in itertools.pairwise(ends)]
    triples_of(_handmade(code, tactics))


@pytest.mark.parametrize(
    ("code", "mask"),
    [
        ("a -- by simp\nb", "a           \nb"),
        ("a /- by /- c -/ d -/ b", "a                    b"),
        ('s "-- (" t', "s ______ t"),
        ("h' '(' h''", "h' ___ h''"),
        ("«a b» c", "_____ c"),
        ("a /- by", "a      "),
    ],
)
def test_comments_and_quotes_are_no_code(code: str, mask: str) -> None:
    assert masked(code) == mask
