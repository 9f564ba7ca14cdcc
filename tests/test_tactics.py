"""Tactics on a proof state: they do what they do in the whole proof, and on the goals that one chooses."""

from __future__ import annotations

import asyncio

import pytest

from lean_magic import InputError, LeanPool, ProofState, TacticError

_BOTH = "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q"
_LESS = "theorem t (n : Nat) (h : n < 3) : n < 4"
_SUBST = "theorem t (a b : Nat) (h : a = b) (p : Nat → Prop) (hp : p a) : p b"
_SCOPED = 'namespace A\nscoped notation "succ!" => Nat.succ\ntheorem two : 1 + 1 = 2 := rfl\nend A\n'
_SPLIT = "theorem t (x : Nat) : (match x with | 0 => 1 | _ => 2) > 0"
_RIGHT = [
    (_LESS, "match n with\n| 0 => decide\n| _ + 1 => omega"),
    (_LESS, "match n, h with\n| 0, _ => decide\n| _ + 1, _ => omega"),
    ("theorem t (v : (n : Nat) × Fin n) : v.1 > 0", "match v with\n| ⟨_, ⟨_, h⟩⟩ => exact Nat.zero_lt_of_lt h"),
    ("theorem t : (∃ n, n > 3) → ∃ n, n > 2", "exact fun\n  | ⟨_, h⟩ => ⟨_, Nat.lt_of_succ_lt h⟩"),
    ("theorem t (p : Nat → Prop) (h : p 0) : ∃ q : Nat → Prop, q 0", "exact ⟨_, h⟩"),
    (_SUBST, "exact Eq.subst h hp"),
    (_SUBST, "refine Eq.subst h ?_\nexact hp"),
    (_SPLIT, "split <;> decide"),
    (_SPLIT, "cases x <;> simp"),
    (
        "theorem t.{u} (α : Type u) (a : α) : a = a",
        "have : ∀ (β : Type u) (b : β), b = b := fun _ _ => rfl\nexact this α a",
    ),
    ("universe u\ntheorem t : True", "have : ∀ (β : Type u) (b : β), b = b := fun _ _ => rfl\ntrivial"),
    (f"{_SCOPED}open A in\ntheorem t : 2 = 2", "exact (rfl : succ! 1 = 2)"),
    (f"{_SCOPED}theorem t : 2 = 2", "open A in exact (rfl : succ! 1 = 2)"),
    ("theorem t : ∃ n : Nat, n = 5", "constructor\nrfl"),
    (_BOTH, "constructor\nexact hp\nexact hq"),
    (_BOTH, "constructor; exact hp;\nexact hq"),
    (_BOTH, "  -- first\n  constructor\n  · exact hp\n  /- then -/\n  · exact hq -- done"),
    (_BOTH, "have h := hp\nexact ⟨h, hq⟩"),
    (_BOTH, "have h : p := by\n  exact hp\nexact ⟨h, hq⟩"),
]
_WRONG = [
    ("theorem t (α : Type) (s : Setoid α) (q : Quotient s) : q = q", "refine Quotient.ind (fun _ => ?_) q\nrfl"),
    ("theorem t (p q : Prop) (hp : p) : p ∧ q", "constructor\nexact hp"),
    (_BOTH, "exact ⟨?_, hq⟩"),
    (_BOTH, "exact ⟨_, hq⟩"),
    (_BOTH, "constructor\n  exact hp\n  exact hq"),
    (_BOTH, "exact ⟨hp, hq⟩\nsimp"),
    (_BOTH, "exact ⟨hp, hq⟩)"),
    (f"{_SCOPED}theorem t : 2 = 2", "exact (rfl : succ! 1 = 2)"),
    ("theorem t : True", "have : ∀ (β : Type u) (b : β), b = b := fun _ _ => rfl\ntrivial"),
    ("theorem t : True", "have := []\ntrivial"),
    ("theorem t : True", "have : PUnit := ⟨⟩\ntrivial"),
    (_BOTH, "exact by\nexact ⟨hp, hq⟩"),
]
_AROUND = {
    "with_reducible": [("a = id b", "exact h", False), ("a = id b", "simp [h]", True)],
    "with_reducible_and_instances": [("a = id b", "exact h", False)],
    "with_unfolding_all": [("a = hidden b", "exact h", True)],
    "skip; exact id": [("a = hidden b", "exact h", False)],
}
_META = "import Lean\nopen Lean Elab Tactic Meta"
_FORGED = [
    (
        "let g ← getMainGoal\n"
        "  modifyMCtx fun m => {m with decls := m.decls.insert g {(m.decls.find! g) with type := mkConst ``True}}\n"
        "exact trivial"
    ),
    (
        "let g ← getMainGoal\n"
        "  modifyMCtx fun m => {m with decls := m.decls.insert g {(m.decls.find! g) with\n"
        "    lctx := (m.decls.find! g).lctx.mkLocalDecl ⟨`hh⟩ `hh (mkConst ``False) .default}}\n"
        "  g.assign (.fvar ⟨`hh⟩)"
    ),
    (
        "let env ← getEnv\n"
        "  let added ← env.addConstAsync `x .defn (reportExts := false)\n"
        "  let add (env : Environment) (declaration : Declaration) : TacticM Environment :=\n"
        "    match env.addDeclCore 0 declaration none (doCheck := false) with\n"
        "    | .ok env => return env\n"
        '    | .error _ => throwError "refused"\n'
        "  let one ← add env (.thmDecl\n"
        "    {name := `bad, levelParams := [], type := mkConst ``False, value := mkConst `bad})\n"
        "  let two ← add one (.defnDecl\n"
        "    {name := `x, levelParams := [], type := mkConst ``False, value := mkConst `bad, hints := .abbrev,\n"
        "      safety := .safe})\n"
        "  added.commitConst two\n"
        "  added.commitCheckEnv two\n"
        "  setEnv added.mainEnv\n"
        "exact x"
    ),
]
"""Tactics that make another goal of theirs, or hide what they declare, to prove what is false."""


async def _is_proved(pool: LeanPool, statement: str, tactics: str) -> tuple[bool, bool]:
    """Return whether tactics prove a statement: in the whole, and on the state of a ``sorry`` in their place."""
    whole = await pool.run(f"{statement} := by\n  " + tactics.replace("\n", "\n  "))
    state = (await pool.run(f"{statement} := by\n  sorry")).sorries[0].state
    try:
        return whole.ok, (await pool.tactic(state, tactics)).completed
    except TacticError:
        return whole.ok, False


@pytest.mark.parametrize(("proofs", "verdict"), [(_RIGHT, True), (_WRONG, False)])
def test_a_state_judges_tactics_as_the_whole_proof_does(
    pool: LeanPool, proofs: list[tuple[str, str]], verdict: bool
) -> None:
    async def verdicts() -> list[tuple[bool, bool]]:
        return await asyncio.gather(*(_is_proved(pool, *proof) for proof in proofs))

    found = asyncio.run(verdicts())
    assert [proof for proof, both in zip(proofs, found, strict=True) if both != (verdict, verdict)] == []


def test_what_is_unfolded_around_a_sorry_is_unfolded_in_its_state(pool: LeanPool) -> None:
    for around, cases in _AROUND.items():
        for hypothesis, tactic, verdict in cases:
            ahead = "@[irreducible] def hidden (n : Nat) := n\n"
            code = f"{ahead}theorem t (a b : Nat) (h : {hypothesis}) : a = b := by\n  {around} "
            held = "(by sorry)" if around.endswith("id") else "sorry"
            assert pool.run_sync(code + held.replace("sorry", tactic)).ok == verdict
            state = pool.run_sync(code + held).sorries[0].state
            try:
                assert state.tactic_sync(tactic).completed == verdict
            except TacticError:
                assert not verdict


def test_what_is_to_be_proved_was_said_at_the_beginning(pool: LeanPool) -> None:
    env = pool.run_sync(_META).env
    state = pool.run_sync("theorem t : False := by sorry", env=env).sorries[0].state
    for forged in _FORGED:
        try:
            after = state.tactic_sync(f"run_tac do\n  {forged}")
        except TacticError as error:
            assert "unknown free variable" in str(error)  # noqa: PT017  (what comes of one of them)
        else:
            assert not after.goals
            assert not after.completed


def test_an_error_in_several_lines_has_its_line(pool: LeanPool) -> None:
    state = pool.run_sync(f"{_BOTH} := by sorry").sorries[0].state
    for tactics, complaint in {
        "constructor\nexact hq": "line 2: Type mismatch",
        "constructor\nexact hp\nexact foo": "line 3: Unknown identifier `foo`",
        "constructor\nexat": "line 2: unknown tactic",
        "have : p := by\n  exact foo\nexact ⟨hp, hq⟩": "line 2: Unknown identifier `foo`",
        "exact foo": "Unknown identifier `foo`",
    }.items():
        with pytest.raises(TacticError) as error:
            state.tactic_sync(tactics)
        assert str(error.value).startswith(complaint)


def test_a_term_below_open_has_states_that_know_of_it(pool: LeanPool) -> None:
    state = pool.run_sync(f"{_SCOPED}theorem t : 2 = 2 ∧ True := open A in ⟨by sorry, trivial⟩").sorries[0].state
    assert pool.tactic_sync(state, "exact (two.symm.trans two : succ! 1 = 2)").completed


def test_a_proof_that_uses_itself_says_so(pool: LeanPool) -> None:
    state = pool.run_sync("theorem t (n : Nat) : 0 + n = n := by sorry").sorries[0].state
    assert "uses `t`" in pool.tactic_sync(state, "exact t n").status


@pytest.fixture
def three(pool: LeanPool) -> ProofState:
    state = pool.run_sync("example (a b c : Nat) : a = a ∧ b = b ∧ c = c := by sorry").sorries[0].state
    return pool.tactic_sync(state, "refine ⟨?_, ?_, ?_⟩")


def _targets(state: ProofState) -> list[str]:
    return [goal.target for goal in state.goals]


def test_a_tactic_is_run_on_the_goals_that_one_chooses(three: ProofState) -> None:
    assert _targets(three.tactic_sync("rfl", goal=1)) == ["a = a", "c = c"]
    assert _targets(three.tactic_sync("apply Eq.trans", goal=1))[0::4] == ["a = a", "c = c"]
    assert _targets(three.tactic_sync("skip", goal=(2, 0))) == ["c = c", "a = a", "b = b"]
    assert _targets(three.tactic_sync("skip", goal=(2, 1))) == ["a = a", "c = c", "b = b"]
    assert _targets(three.tactic_sync("all_goals rfl", goal=(0, 2))) == ["b = b"]
    assert three.tactic_sync("all_goals rfl").completed
    assert three.tactic_sync("rfl", goal=2).tactic_sync("rfl", goal=[1]).tactic_sync("rfl").completed


def test_which_goals_were_chosen_is_part_of_a_state(pool: LeanPool, three: ProofState) -> None:
    one, other = three.tactic_sync("rfl", goal=1), three.tactic_sync("rfl")
    assert one.ref.id != other.ref.id
    assert one.script == other.script
    again = pool.import_state_sync(pool.export_state_sync(one))
    assert isinstance(again, ProofState)
    assert again.ref == one.ref
    assert _targets(again) == ["a = a", "c = c"]


@pytest.mark.parametrize("goal", [3, -1, True, "0", (0, 0), (0, 3), 1.0, (), []])
def test_goals_that_are_not_there_are_refused(three: ProofState, goal: object) -> None:
    with pytest.raises(InputError, match="goal"):
        three.tactic_sync("rfl", goal=goal)  # type: ignore[arg-type]
