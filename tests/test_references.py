from __future__ import annotations

import copy
import pickle
from dataclasses import replace

from lean_magic import EnvRef, StateRef


def test_a_reference_is_its_content() -> None:
    first = EnvRef("lean", "def x := 1")
    assert EnvRef("lean", "def x := 1") == first
    assert len({first, EnvRef("lean", "def x := 1", answer="whatever Lean said")}) == 1
    others = {
        EnvRef("other lean", "def x := 1"),
        EnvRef("lean", "def x := 2"),
        EnvRef("lean", "def x := 1", EnvRef("lean", "def y := 1")),
        EnvRef("lean", "def x := 1", options=(("pp.all", True),)),
    }
    assert len(others) == 4
    assert first not in others


def test_a_state_is_the_code_and_the_tactics() -> None:
    env = EnvRef("lean", "example : p := by sorry")
    root = StateRef(env, "sorries", 0)
    after = replace(root, steps=(("intro h", None),))
    assert len({root, after, StateRef(env, "tactics", 0), StateRef(env, "sorries", 1)}) == 4
    assert after.parent == root
    assert root.parent is None


def test_references_travel() -> None:
    state = StateRef(EnvRef("lean", "x", EnvRef("lean", "y")), "sorries", 0, (("simp", None),))
    assert pickle.loads(pickle.dumps(state)) == state
    assert pickle.loads(pickle.dumps(state)).id == state.id


def test_long_chains_travel() -> None:
    env = None
    for number in range(2000):
        env = EnvRef("lean", f"def x{number} := 1", env, (("pp.all", True),), answer=str(number))
    assert env is not None
    state = StateRef(env, "sorries", 0, (("simp", None),) * 2000)
    assert copy.deepcopy(env) is copy.copy(env) is env
    assert copy.deepcopy(state) is state
    twin = pickle.loads(pickle.dumps(state))
    assert twin == state
    assert (twin.env, twin.env.answer) == (env, "1999")
    assert twin.env.parent == env.parent
    assert twin.env.parent.answer == "1998"
