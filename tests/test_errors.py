from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from lean_magic import EnvRef, LeanResult, ProofState, StateRef, errors
from lean_magic.errors import LeanError, TacticError


def classes() -> dict[str, type[Exception]]:
    return {
        name: kind
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__ and issubclass(kind, Exception)
    }


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__
    drawn = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        word = next((word for word in line.split() if word in classes()), None)
        if word is None or "`" in line:
            continue
        depth = (line.index(word) - 4) // 4
        path[depth:] = [word]
        drawn[word] = path[depth - 1] if depth else "Exception"
    bases = {name: kind.__bases__[0].__name__ for name, kind in classes().items()}
    assert drawn == {name: base for name, base in bases.items() if name != "StoreWarning"}


def test_all_errors_are_public() -> None:
    assert sorted(classes()) == errors.__all__


def test_errors_are_also_what_python_calls_them() -> None:
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.DeadlineError, TimeoutError)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_travel_with_all_they_carry(again: object) -> None:
    assert callable(again)
    for kind in classes().values():
        if not issubclass(kind, TacticError):
            twin = again(kind("why"))
            assert (type(twin), str(twin)) == (kind, "why")
    state = ProofState(StateRef(EnvRef("lean", "x"), "sorries", 0), (), "Incomplete: open goals remain")
    error = again(TacticError("no", state, "simp"))
    assert (str(error), error.tactic, error.messages, error.state.ref) == ("no", "simp", (), state.ref)
    result = LeanResult("x", "error", infotree=[{"node": 1}])
    assert again(LeanError("no", result)).result.infotree == [{"node": 1}]
