from __future__ import annotations

import json
from importlib import util
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_magic import (
    EnvRef,
    Goal,
    InputError,
    LeanResult,
    Message,
    MissingPackageError,
    Position,
    ProofState,
    Sorry,
    StateRef,
    Suggestion,
    TacticStep,
    TraceNode,
)

_ENV = EnvRef("toolchain", "code")
_GOAL = Goal.parse("case right\np q : Prop\nx : Nat := 5\n⊢ p ∧ q")
_STATE = ProofState(StateRef(_ENV, "sorries", 0), (_GOAL,), "Incomplete: open goals remain")
_START, _END = Position(3, 4), Position(3, 9)
_RESULT = LeanResult(
    "theorem t : p := by\n  constructor\n  · sorry",
    "error",
    (
        Message("error", "no", _START, _END, (Suggestion("exact h", _START, _END),)),
        Message("info", "[Meta] a", Position(1, 0), None, (), (TraceNode("Meta", "a", (TraceNode("Meta", "b"),)),)),
    ),
    (Sorry(_GOAL, _STATE, _START, _END),),
    (TacticStep("constructor", (_GOAL,), Position(2, 2), Position(2, 13), ("And.intro",), _STATE, (_GOAL, _GOAL)),),
    env=_ENV,
    axioms={"t": ("propext",)},
    elapsed=0.0123,
)


def test_a_dictionary_has_everything() -> None:
    data = _RESULT.to_dict()
    assert json.loads(_RESULT.to_json()) == json.loads(_RESULT.to_json(indent=2)) == data
    assert set(data) == {"ok", *(name for name in LeanResult.__dataclass_fields__ if not name.startswith("_"))}
    place = {"start": {"line": 3, "column": 4}, "end": {"line": 3, "column": 9}}
    goal = {
        "id": None,
        "text": _GOAL.text,
        "case": "right",
        "hypotheses": [
            {"names": ["p", "q"], "type": "Prop", "value": None, "is_instance": False},
            {"names": ["x"], "type": "Nat", "value": "5", "is_instance": False},
        ],
        "target": "p ∧ q",
    }
    assert data["messages"][0] == {
        "severity": "error", "text": "no", **place, "suggestions": [{"text": "exact h", **place}], "traces": []
    }  # fmt: skip
    assert data["messages"][1]["traces"] == [
        {"name": "Meta", "text": "a", "children": [{"name": "Meta", "text": "b", "children": []}]}
    ]
    assert data["sorries"] == [{"goal": goal, **place, "state": _STATE.ref.id}]
    assert data["tactics"][0]["goals_after"] == [goal, goal]
    assert data["env"] == _ENV.id
    assert data["axioms"] == {"t": ["propext"]}


@given(st.text(st.characters() | st.sampled_from("\ud800`\r")))
def test_every_text_can_be_sent(text: str) -> None:
    result = LeanResult(text, "error", (Message("error", text, Position(1, 0)),), axioms={text: (text,)})
    result.to_json().encode()
    result.to_markdown().encode()


def test_traces_and_trees_of_any_depth_become_json() -> None:
    trace = TraceNode("Meta", "last")
    tree: list[Any] = []
    for _ in range(5000):
        trace, tree = TraceNode("Meta", "x", (trace,)), [tree]
    said = Message("info", "x", Position(1, 0), traces=(trace,))
    text = LeanResult("x", "valid", (said,), infotree=tree).to_json()
    assert text.count('"Meta"') == 5001
    assert text.count("[") > 10_000


def test_markdown_is_for_people_and_for_models() -> None:
    assert _RESULT.to_markdown() == (
        "**✗ error: 1 error, 1 goal left open · 12 ms**\n"
        "\n"
        "```lean\n"
        "theorem t : p := by\n"
        "  constructor\n"
        "  · sorry\n"
        "```\n"
        "\n"
        "```text\n" + "\n".join(str(_RESULT).split("\n")[:-1]) + "\n```\n"
    )
    assert LeanResult("def x := 1", "valid").to_markdown() == "**✓ valid · 0 ms**\n\n```lean\ndef x := 1\n```\n"


def test_no_code_ends_the_block_that_it_is_in() -> None:
    text = LeanResult("/-\n````\n-/", "valid").to_markdown()
    assert text.split("\n")[2] == "`````lean"
    assert text.split("\n")[-2] == "`````"


def test_tables() -> None:
    messages = _RESULT.to_dataframe()
    assert list(messages.columns) == ["line", "column", "end_line", "end_column", "severity", "text"]
    assert messages["line"].tolist() == [3, 1]
    assert messages["end_line"].isna().tolist() == [False, True]
    tactics = _RESULT.to_dataframe("tactics")
    assert tactics["goals_after"][0] == f"{_GOAL}\n\n{_GOAL}"
    assert tactics["parent"].isna().all()
    assert _RESULT.to_dataframe("sorries")["goal"].tolist() == [_GOAL.text]
    empty = LeanResult("x", "valid").to_dataframe()
    assert (len(empty), list(empty.columns)) == (0, list(messages.columns))
    with pytest.raises(InputError, match="not of 'goals'"):
        _RESULT.to_dataframe("goals")  # type: ignore[arg-type]


def test_without_pandas_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    monkeypatch.setattr("lean_magic.conversions.find_spec", lambda name: None if name == "pandas" else find(name))
    with pytest.raises(MissingPackageError, match=r"pip install 'lean-magic\[data\]'"):
        _RESULT.to_dataframe()
