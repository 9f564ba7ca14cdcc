from __future__ import annotations

import copy
import pickle
import re

import pytest
from IPython.lib.pretty import pretty

from lean_magic import (
    CrashedError,
    DeadlineError,
    EnvRef,
    Goal,
    InputError,
    LeanError,
    LeanMagicError,
    LeanPool,
    LeanResult,
    Message,
    OutOfMemoryError,
    PoolEvent,
    Position,
    ProofState,
    Sorry,
    StateRef,
    TacticError,
    TacticStep,
)
from lean_magic.errors import CancelledRequestError
from lean_magic.results import Verdict

error = Message("error", "unsolved goals\n⊢ p", Position(2, 5), Position(2, 7))
warning = Message("warning", "unused variable", Position(1, 0))
state = ProofState(StateRef(EnvRef("lean", "x"), "sorries", 0), (Goal.parse("⊢ p"),), "Incomplete: open goals remain")


def test_messages_print_with_their_place() -> None:
    assert str(warning) == "1:0 warning: unused variable"


def test_a_result_sorts_its_messages() -> None:
    result = LeanResult("code", "error", (warning, error))
    assert (result.errors, result.warnings, result.infos) == ((error,), (warning,), ())
    assert not result.ok
    assert not result


def test_a_result_prints_as_it_is_shown() -> None:
    result = LeanResult("code", "error", (warning, error), axioms={"t": ("propext",)})
    assert str(result) == (
        "   1 │ code\n"
        "     │ ^^^^\n"
        "1:0 warning: unused variable\n"
        "2:5 error: unsolved goals\n"
        "    ⊢ p\n"
        "t rests on propext\n"
        "✗ error: 1 error, 1 warning · 0 ms"
    )
    assert repr(result) == "<LeanResult ✗ error: 1 error, 1 warning · 0 ms>"


def test_small_things_print_as_text_in_ipython() -> None:
    sorry = Sorry(state.goals[0], state, Position(3, 2))
    step = TacticStep("simp", state.goals, Position(1, 2), Position(1, 6), (), state)
    event = PoolEvent("worker_ended", "lean-1", "killed", time=0)
    printed = {
        warning: "1:0 warning: unused variable",
        state.goals[0]: "<Goal '⊢ p'>",
        sorry: "<Sorry 3:2 ⊢ p>",
        state: "<ProofState 'Incomplete: open goals remain' goals=1>",
        step: "1:2 simp",
        Goal.parse("x y : Nat\n⊢ p").hypotheses[0]: "x y : Nat",
    }
    for thing, text in printed.items():
        assert pretty(thing) == text
    assert pretty([warning]) == "[1:0 warning: unused variable]"
    assert re.fullmatch(r"\d\d:\d\d:\d\d worker ended lean-1: killed", pretty(event))


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("timeout", DeadlineError),
        ("out_of_memory", OutOfMemoryError),
        ("crashed", CrashedError),
        ("cancelled", CancelledRequestError),
    ],
)
def test_a_failed_machine_is_not_leans_opinion(verdict: Verdict, kind: type[LeanMagicError]) -> None:
    with pytest.raises(kind, match="why") as raised:
        LeanResult("code", verdict, detail="why").raise_for_verdict()
    assert not isinstance(raised.value, LeanError)


def test_an_error_says_where_and_how_many() -> None:
    result = LeanResult("code", "error", (error, error))
    with pytest.raises(LeanError, match=r"^2:5: unsolved goals \(and 1 more\)$") as raised:
        result.raise_for_verdict()
    assert raised.value.result is result


def test_sorry_is_never_success() -> None:
    with pytest.raises(LeanError, match="sorry"):
        LeanResult("code", "sorry", sorries=(Sorry(state.goals[0], state),)).raise_for_verdict()


def test_a_valid_result_is_handed_on() -> None:
    result = LeanResult("code", "valid")
    assert result.raise_for_verdict() is result


def test_results_can_be_copied_and_pickled() -> None:
    result = LeanResult("code", "sorry", sorries=(Sorry(state.goals[0], state),), env=state.ref.env)
    for twin in copy.deepcopy(result), pickle.loads(pickle.dumps(result)):
        assert twin.sorries[0].state.ref == state.ref
        assert twin.sorries[0].state.goals == state.goals
        assert twin.env == result.env


def test_long_proofs_travel() -> None:
    after = state
    for number in range(1, 1000):
        ref = StateRef(state.ref.env, "sorries", 0, (("simp", None),) * number)
        after = ProofState(ref, state.goals, str(number), after, (warning,), traces=("trace",))
    assert copy.deepcopy(after) is copy.copy(after) is after
    twin = pickle.loads(pickle.dumps(after))
    assert (twin.ref, twin.status, twin.parent.status) == (after.ref, "999", "998")
    assert [str(message) for message in twin.messages] == [str(warning)]
    assert (str(twin.goals[0]), twin.traces) == ("⊢ p", ("trace",))


def test_a_state_without_a_pool_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"lean_magic\.tactic"):
        pickle.loads(pickle.dumps(state)).tactic_sync("simp")


def test_no_goals_is_not_success() -> None:
    after = ProofState(state.ref, (), "Incomplete: contains sorry")
    assert not after.ok
    assert "contains sorry" in str(after)
    assert ProofState(state.ref, (), "Completed").ok


def test_errors_print_as_one_line_in_ipython() -> None:
    assert TacticError("no", state, "simp")._render_traceback_() == ["TacticError: no"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("unsolved goals\n⊢ False", "1:0: unsolved goals"),
        ("Lean error:\ndeep recursion was detected", "1:0: Lean error: deep recursion was detected"),
        ("overloaded, errors \n  1:6 no such thing", "1:0: overloaded, errors 1:6 no such thing"),
        ("", "1:0: error"),
    ],
)
def test_an_error_in_one_line_says_what_is_wrong(text: str, line: str) -> None:
    result = LeanResult("code", "error", (Message("error", text, Position(1, 0)),))
    with pytest.raises(LeanError) as caught:
        result.raise_for_verdict()
    assert str(caught.value) == line


def test_the_line_of_an_error_is_a_whole_sentence(pool: LeanPool) -> None:
    for code, said in {
        "theorem t : 1 = 2 := by decide": "1:24: Tactic `decide` proved that the proposition 1 = 2 is false",
        "example (p q : Prop) (h : p) : q := by\n  skip": "1:36: unsolved goals",
        "#check nobody": "1:7: Unknown identifier `nobody`",
    }.items():
        with pytest.raises(LeanError) as error:
            pool.run_sync(code).raise_for_verdict()
        assert str(error.value) == said
