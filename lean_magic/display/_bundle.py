"""The three forms in one: what a notebook keeps of a result."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.display import _html, _text
from lean_magic.display._limits import CODE, NOTES, clipped
from lean_magic.display._notes import Note, goal_is_long, places
from lean_magic.goals import Goal
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lean_magic.positions import Position

RESULT_MIME = "application/vnd.lean-magic.result+json"
_VERSION = 1

Displayable: TypeAlias = LeanResult | ProofState | Sorry | Goal


@singledispatch
def text(shown: Displayable) -> str:
    """Return plain text that says everything.

    Parameters
    ----------
    shown : LeanResult, ProofState, Sorry or Goal
        What to show.
    """
    raise TypeError(f"lean_magic.display shows results, proof states and goals, not {type(shown).__name__}")


text.register(LeanResult, _text.result_text)
text.register(ProofState, _text.state_text)
text.register(Goal, _text.goal_text)


@singledispatch
def html(shown: Displayable) -> str:
    """Return HTML that needs nothing around it: no script, no style sheet, nothing from elsewhere.

    Parameters
    ----------
    shown : LeanResult, ProofState, Sorry or Goal
        What to show.
    """
    raise TypeError(f"lean_magic.display shows results, proof states and goals, not {type(shown).__name__}")


html.register(LeanResult, _html.result_html)
html.register(ProofState, _html.state_html)
html.register(Goal, _html.goal_html)


@text.register
def _(shown: Sorry) -> str:
    return _text.goal_text(shown.goal)


@html.register
def _(shown: Sorry) -> str:
    return _html.goal_html(shown.goal)


def data(result: LeanResult) -> dict[str, Any]:
    """Return a result as data that can be written as JSON, the content of `RESULT_MIME`.

    Parameters
    ----------
    result : LeanResult
        What came of some code.

    Returns
    -------
    dict
        ``version`` (1), ``verdict``, ``detail``, ``elapsed`` (seconds), ``code`` (null if long), ``env`` (identity of
        the environment), ``messages`` (``severity``, ``text``, ``start``, ``end``), ``sorries`` (``goal``, ``start``,
        ``end``), ``tactics`` (``tactic``, ``goals``, ``start``, ``end``), ``axioms`` and ``axioms_unseen`` (as in
        `LeanResult`), and ``omitted`` (how many ``messages``, ``sorries`` and ``tactics`` are left out). A goal has
        ``text``, ``case``, ``hypotheses`` (``names``, ``type``, ``value``) and ``target``. A position has ``line``
        (from 1) and ``column`` (from 0, in code points).
    """
    notes = [note for place in places(result) for note in place.notes]
    messages = [_message(note, note.body) for note in notes if isinstance(note.body, str)]
    sorries = [_sorry(note, note.body) for note in notes if isinstance(note.body, Goal)]
    tactics = [
        {
            "tactic": _plain(step.tactic),
            "goals": [_goal(goal) for goal in step.goals[:NOTES]],
            "start": _position(step.start),
            "end": _position(step.end),
        }
        for step in result.tactics[:NOTES]
    ]
    return {
        "version": _VERSION,
        "verdict": result.verdict,
        "detail": _plain(result.detail),
        "elapsed": result.elapsed,
        "code": _plain(result.code) if len(result.code) <= CODE else None,
        "env": result.env.id if result.env else None,
        "messages": messages,
        "sorries": sorries,
        "tactics": tactics,
        "axioms": None if result.axioms is None else _lists(result.axioms),
        "axioms_unseen": _lists(result.axioms_unseen),
        "omitted": {
            "messages": len(result.messages) - len(messages),
            "sorries": len(result.sorries) - len(sorries),
            "tactics": len(result.tactics) - len(tactics),
        },
    }


def mimebundle(shown: Displayable) -> dict[str, Any]:
    """Return all forms under their MIME types, for IPython's ``_repr_mimebundle_``.

    Parameters
    ----------
    shown : LeanResult, ProofState, Sorry or Goal
        What to show.
    """
    bundle: dict[str, Any] = {"text/plain": text(shown), "text/html": html(shown)}
    if isinstance(shown, LeanResult):
        bundle[RESULT_MIME] = data(shown)
    return bundle


def _message(note: Note, text: str) -> dict[str, Any]:
    start, end = _position(note.start), _position(note.end)
    return {"severity": note.kind, "text": _plain(clipped(text)), "start": start, "end": end}


def _sorry(note: Note, goal: Goal) -> dict[str, Any]:
    return {"goal": _goal(goal), "start": _position(note.start), "end": _position(note.end)}


def _goal(goal: Goal) -> dict[str, Any]:
    if goal_is_long(goal):
        goal = Goal.parse(clipped(goal.text))
    return {
        "text": _plain(goal.text),
        "case": goal.case and _plain(goal.case),
        "hypotheses": [
            {
                "names": [_plain(name) for name in hypothesis.names],
                "type": _plain(hypothesis.type),
                "value": None if hypothesis.value is None else _plain(hypothesis.value),
            }
            for hypothesis in goal.hypotheses
        ],
        "target": _plain(goal.target),
    }


def _lists(axioms: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {_plain(name): [_plain(axiom) for axiom in found] for name, found in axioms.items()}


def _position(position: Position | None) -> dict[str, int] | None:
    return {"line": position.line, "column": position.column} if position else None


def _plain(text: str) -> str:
    """Replace lone surrogates, which cannot be sent; everything else is data and stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
