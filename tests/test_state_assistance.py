"""What a tactic that somebody is writing could become, what is in it, and the types of terms, in a proof state."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

import lean_magic
from lean_magic import Completion, DeadlineError, InputError, LeanPool, Position, ProofState, TacticError

_STATEMENT = "theorem t (p q : Prop) (foo : p ∧ q) (xs : List Nat) (n : Nat) : q ∧ xs.length + n = n + xs.length"
_UNLIMITED = "set_option maxHeartbeats 0 in\nset_option maxRecDepth 1000000 in\n"
_ENDLESS = f"{_UNLIMITED}theorem endless (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) (bar : f 0 = 1) : f 0 = 1"
_FOR_EVER = "have : f 0 = 1 := by simp (maxSteps := 1000000000) [h]\nexact ba"


@pytest.fixture(scope="module")
def state(pool: LeanPool) -> ProofState:
    return pool.prove_sync(_STATEMENT)


def _complete(state: ProofState, marked: str, goal: int = 0) -> tuple[Completion, ...]:
    """Complete at the bar in the tactic."""
    offset = marked.index("│")
    tactic = marked.replace("│", "")
    found = state.complete_sync(tactic, Position.at(tactic, offset), goal=goal)
    assert all(completion.end == Position.at(tactic, offset) for completion in found)
    return found


@pytest.mark.parametrize(
    ("marked", "first", "kind"),
    [
        ("exact fo│", "foo", "variable"),
        ("cases fo│", "foo", "variable"),
        ("exact foo.ri│", "right", "theorem"),
        ("have : xs.leng│", "length", "function"),
        ("si│", "simp", "tactic"),
        ("ome│ga", "omega", "tactic"),
        ("omega│", "omega", "tactic"),
        ("/- first -/ exf│", "exfalso", "tactic"),
        ("(constructor; exa│)", "exact", "tactic"),
        ("constructor <;> exa│", "exact", "tactic"),
        ("constructor\n· exac│", "exact", "tactic"),
        ("constructor\n· exact foo.ri│\n· omega", "right", "theorem"),
        ("constructor\nexac│", "exact", "tactic"),
        ("refine ⟨by exac│, ?_⟩", "exact", "tactic"),
        ("have 𝔸𝔸 := foo\nexact 𝔸│", "𝔸𝔸", "variable"),
        ("rw [Nat.add_c│", "add_comm", "theorem"),
        ("rw [Nat.add_c│]", "add_comm", "theorem"),
        ("exact ⟨foo.2, Nat.add_com│ _ _⟩", "add_comm", "theorem"),
        ("exact absurd nothing nothing\nexac│", "exact", "tactic"),
    ],
)
def test_the_best_comes_first(state: ProofState, marked: str, first: str, kind: str) -> None:
    best = _complete(state, marked)[0]
    assert (best.text, best.kind) == (first, kind)


def test_a_completion_says_what_it_replaces_and_what_it_is(state: ProofState) -> None:
    best = _complete(state, "have 𝔸𝔸 := n\nexact /- 𝔸 -/ foo.ri│")[0]
    assert (best.start, best.end) == (Position(2, 18), Position(2, 20))
    (variable, *_) = state.complete_sync("exact foo")
    assert variable.type == "p ∧ q"


def test_where_a_tactic_begins_all_tactics_are_told(state: ProofState) -> None:
    for beginning in ("│", "  │", "constructor\n│", "skip; │"):
        assert {"constructor", "exact", "unfold"} <= {found.text for found in _complete(state, beginning)}


@pytest.mark.parametrize("marked", ["-- exac│", "/- exac│", "exact xyzzyxyzzy│"])
def test_where_there_is_nothing_to_say_nothing_is_said(state: ProofState, marked: str) -> None:
    assert _complete(state, marked) == ()


def test_each_goal_has_its_own_hypotheses(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem t (p q : Prop) (h : p ∨ q) : q ∨ p").tactic_sync("rcases h with left | right")
    for goal, (own, other) in enumerate((("left", "right"), ("right", "left"))):
        assert state.complete_sync(f"exact {own}", goal=goal)[0].kind == "variable"
        assert "variable" not in {found.kind for found in state.complete_sync(f"exact {other}", goal=goal)}
    assert [state.type_of_sync(name, goal=goal) for goal, name in enumerate(("left", "right"))] == ["p", "q"]
    with pytest.raises(TacticError, match="left"):
        state.type_of_sync("left", goal=1)
    for goal in (2, -1):
        with pytest.raises(InputError, match="goal"):
            state.complete_sync("exact ", goal=goal)


def test_own_lemmas_and_tactics_are_told(pool: LeanPool) -> None:
    env = pool.run_sync('theorem my_lemma : 1 = 1 := rfl\nmacro "my_tactic" : tactic => `(tactic| rfl)').env
    state = pool.prove_sync("example : 1 = 1", env)
    assert state.complete_sync("exact my_l")[0].text == "my_lemma"
    assert [found.text for found in state.complete_sync("my_t")] == ["my_tactic"]
    assert "my_lemma : 1 = 1" in (state.hover_sync("exact my_lemma", Position(1, 8)) or "").text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("marked", "told", "place"),
    [
        ("exact fo│o.right", "foo : p ∧ q", (6, 9)),
        ("exact ⟨foo.2, Nat.add_│comm _ _⟩", "Nat.add_comm (n m : Nat) : n + m = m + n", (14, 26)),
        ("rw [Nat.add_c│omm", "Nat.add_comm", (4, 16)),
    ],
)
def test_hovering_tells_types_and_the_goals_there(
    state: ProofState, marked: str, told: str, place: tuple[int, int]
) -> None:
    hover = state.hover_sync(marked.replace("│", ""), Position(1, marked.index("│")))
    assert hover is not None
    assert told in hover.text
    assert (hover.start, hover.end) == (Position(1, place[0]), Position(1, place[1]))
    assert hover.goals[0].target.startswith("q ∧ ")


@pytest.mark.parametrize(
    ("term", "type_"),
    [
        ("foo", "p ∧ q"),
        ("foo.2", "q"),
        ("n + 1", "Nat"),
        ("∀ x, x = n", "Prop"),
        ("List.length_nil", "∀ {α : Type u_1}, [].length = 0"),
        ("fun (𝔸 : Nat) => 𝔸 + n", "Nat → Nat"),
    ],
)
def test_terms_have_types(state: ProofState, term: str, type_: str) -> None:
    assert state.type_of_sync(term) == type_


def test_inaccessible_hypotheses_have_types_too(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem t (n : Nat) : ∀ a b : Nat, a = b → ∀ a, a = n").tactic_sync("intros")
    assert {name for hypothesis in state.goals[0].hypotheses for name in hypothesis.names} >= {"a✝", "a✝¹", "a✝²"}
    assert state.type_of_sync("a✝") == "Nat"
    assert state.type_of_sync("a✝¹") == "a✝² = b✝"
    assert state.type_of_sync("Eq.symm a✝¹") == "b✝ = a✝²"


@pytest.mark.parametrize(("term", "why"), [("n +", "unexpected end"), ("nobody", "nobody"), ("n = p", "Type mismatch")])
def test_terms_without_a_type_are_refused_in_leans_words(state: ProofState, term: str, why: str) -> None:
    with pytest.raises(TacticError, match=why) as caught:
        state.type_of_sync(term)
    assert not str(caught.value).startswith("<input>")
    assert (caught.value.state, caught.value.tactic) == (state, term)


def test_where_no_goal_is_left_there_are_still_tactics(state: ProofState) -> None:
    done = state.tactic_sync("exact ⟨foo.2, Nat.add_comm _ _⟩")
    assert done.complete_sync("exac")[0].text == "exact"
    with pytest.raises(InputError, match="No goal is left"):
        done.type_of_sync("foo")


def test_what_cannot_be_asked_is_refused(pool: LeanPool, state: ProofState) -> None:
    with pytest.raises(InputError, match="place"):
        state.complete_sync("exact", Position(2, 0))
    with pytest.raises(InputError, match="text"):
        state.complete_sync(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="goal chooses"):
        pool.complete_sync("example", Position(1, 0), goal=1)
    with pytest.raises(InputError, match="ProofState"):
        pool.type_of_sync("n", "state")  # type: ignore[arg-type]


async def test_awaiting_gives_the_same(pool: LeanPool, state: ProofState) -> None:
    assert await state.complete("exact foo.r") == state.complete_sync("exact foo.r")
    assert await state.hover("exact foo", Position(1, 7)) == state.hover_sync("exact foo", Position(1, 7))
    assert await state.type_of("foo") == await pool.type_of("foo", state) == "p ∧ q"
    assert lean_magic.type_of_sync.__doc__ == LeanPool.type_of_sync.__doc__


async def test_who_stops_waiting_stops_lean(pool: LeanPool) -> None:
    state = await pool.prove(_ENDLESS)
    asking = asyncio.ensure_future(state.complete(_FOR_EVER))
    await asyncio.sleep(0.2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(DeadlineError):
        await state.complete(_FOR_EVER, timeout=0.3)
    assert (await state.complete("exact ba"))[0].text == "bar"
    assert (await state.tactic("exact bar")).completed


def test_a_lost_worker_is_no_loss_and_nothing_is_kept() -> None:
    with LeanPool(workers=1, timeout=60) as own:
        state = own.prove_sync(_STATEMENT).tactic_sync("constructor")
        os.kill(own.status().workers[0].pid, signal.SIGKILL)
        assert state.type_of_sync("foo.1") == "p"
        held = own.status().workers[0].proof_states
        assert state.complete_sync("exact foo.r", goal=1)[0].text == "right"
        assert own.status().workers[0].proof_states == held
        assert len(state.tactic_sync("exact foo.2").goals) == 1
