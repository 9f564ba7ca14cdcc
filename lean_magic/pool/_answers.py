"""Turn what comes over the wire into what users see. No number of a process leaves here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

from lean_magic.assistance import Completion, Hover
from lean_magic.errors import TacticError
from lean_magic.goals import Goal, Hypothesis
from lean_magic.positions import Position
from lean_magic.protocol import CompletionReply, HoverReply
from lean_magic.results import (
    LeanResult,
    Message,
    ProofState,
    Severity,
    Sorry,
    Suggestion,
    TacticRunner,
    TacticStep,
    TraceNode,
    Update,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lean_magic.pool._done import Done
    from lean_magic.pool._work import Elaborated, Looked, Stepped
    from lean_magic.protocol import Interim, WireGoal, WireMessage, WirePosition, WireSorry, WireTrace
    from lean_magic.references import StateRef

__all__ = ["completions_of", "hover_of", "messages_of", "result_of", "state_after", "type_of", "update_of"]


class _Cost(TypedDict):
    """The fields of a result that say what it cost."""

    elapsed: float
    queued: float
    cpu: float
    memory_peak: int
    worker: str | None
    attempts: int


_UNREAD = "Lean stopped here and did not read the rest: {}."
_EXIT = "remove #exit, or what follows it"
_LATE_IMPORT = "imports come before everything else"
_UNCHECKED = (
    "The kernel may not have checked this: leave out debug.skipKernelTC, addDeclWithoutChecking and addDeclCore."
)
_PLACE = re.compile(r"^<input>:(\d+):\d+: ")
_OPEN = "Incomplete: open goals remain"
_USES_SORRY = ("declaration uses 'sorry'", "declaration uses `sorry`")


def result_of(code: str, done: Done[Elaborated], runner: TacticRunner | None) -> LeanResult:
    """Return the result of code."""
    cost: _Cost = {
        "elapsed": done.cost.elapsed,
        "queued": done.queued,
        "cpu": done.cost.cpu,
        "memory_peak": done.cost.memory,
        "worker": done.worker,
        "attempts": done.attempts,
    }
    if done.failure is not None:
        said = () if done.value is None else messages_of(done.value.reply.messages)
        return LeanResult(code, done.failure.verdict, said, detail=_told(done), **cost)
    assert done.value is not None
    reply = done.value.reply
    messages = messages_of(reply.messages)
    if reply.message is not None:
        messages += (
            Message("error", reply.message.removeprefix("Lean error:\n"), _place(reply.pos) or Position(1, 0)),
        )
    if unread := _place(reply.doubts.unread):
        is_import = code[unread.offset(code) :].startswith("import")
        messages += (Message("error", _UNREAD.format(_LATE_IMPORT if is_import else _EXIT), unread),)
    if reply.doubts.unchecked:
        messages += (Message("error", _UNCHECKED, Position(1, 0)),)
    table = tuple(map(_goal, reply.goal_table))
    # Lean tells of those in terms after those in tactics.
    sorries = tuple(
        sorted((_sorry(sorry, ref, table, runner) for sorry, ref in done.value.sorries), key=_place_in_code)
    )
    unseen = {name: tuple(theorems) for name, theorems in reply.axioms_unseen.items()}
    axioms = None if reply.axioms is None else {name: tuple(found) for name, found in reply.axioms.items()}
    verdict = _verdict(messages, sorries, reply.doubts.sorry)
    return LeanResult(
        code,
        verdict,
        messages,
        sorries,
        tactics=tuple(
            TacticStep(
                tactic.tactic,
                goals := _goals(tactic.goals, tactic.goals_before, table),
                Position(tactic.pos.line, tactic.pos.column),
                Position(tactic.end_pos.line, tactic.end_pos.column),
                tuple(tactic.used_constants),
                ProofState(ref, goals, _OPEN, _runner=runner),
                _at(table, tactic.goals_after),
                tactic.parent,
                tactic.depth,
            )
            for tactic, ref in done.value.tactics
        ),
        root_goals=tuple(_sorry(sorry, ref, table, runner) for sorry, ref in done.value.root_goals),
        env=None if reply.env is None else done.value.env,
        axioms=axioms,
        axioms_unseen=unseen,
        infotree=reply.infotree,
        **cost,
        detail=_resting(reply.doubts.sorry) if verdict == "sorry" and not sorries else "",
        _resting=tuple(dict.fromkeys(reply.doubts.sorry)),
    )


def state_after(state: ProofState, tactic: str, done: Done[Stepped], runner: TacticRunner) -> ProofState:
    """Return the proof state after a tactic.

    Raises
    ------
    TacticError
        Lean rejected the tactic, with an exception or with error messages.
    ServerError
        The machinery failed.
    """
    if done.failure is not None:
        raise done.failure
    assert done.value is not None
    reply = done.value.reply
    messages = messages_of(reply.messages)
    errors = [
        f"line {message.start.line}: {message.text}" if "\n" in tactic and message.start.line > 0 else message.text
        for message in messages
        if message.severity == "error"
    ]
    if reply.message is not None:
        raise TacticError(_complaint(reply.message, tactic), state, tactic, messages)
    if errors:
        raise TacticError("\n".join(errors), state, tactic, messages)
    table = tuple(map(_goal, reply.goal_table))
    return ProofState(
        done.value.state,
        tuple(map(Goal.parse, reply.goals)) if reply.goals_after is None else _at(table, reply.goals_after),
        reply.proof_status,
        state,
        messages,
        tuple(_sorry(sorry, ref, table, runner) for sorry, ref in done.value.sorries),
        tuple(reply.traces),
        done.cost.elapsed,
        reply.sorry,
        runner,
    )


def completions_of(done: Done[Looked]) -> tuple[Completion, ...]:
    """Return what a word could become; nothing where Lean cannot say.

    Raises
    ------
    ServerError
        The machinery failed.
    """
    reply = _looked(done)
    if not isinstance(reply, CompletionReply) or reply.pos is None or reply.end_pos is None:
        return ()
    start, end = _position(reply.pos), _position(reply.end_pos)
    return tuple(
        Completion(
            item.label, item.kind, start if item.pos is None else _position(item.pos), end, item.detail, item.doc
        )
        for item in reply.items or ()
    )


def hover_of(done: Done[Looked]) -> Hover | None:
    """Return what is at a place; None where Lean cannot say.

    Raises
    ------
    ServerError
        The machinery failed.
    """
    reply = _looked(done)
    if not isinstance(reply, HoverReply) or not (reply.text or reply.goal_table):
        return None
    return Hover(reply.text or "", _place(reply.pos), _place(reply.end_pos), tuple(map(_goal, reply.goal_table)))


def type_of(term: str, state: ProofState, done: Done[Looked]) -> str:
    """Return the type of a term.

    Raises
    ------
    TacticError
        Lean rejects the term.
    ServerError
        The machinery failed.
    """
    reply = _looked(done)
    if not isinstance(reply, HoverReply) or reply.text is None:
        raise TacticError(_complaint(reply.message or "Lean says nothing of it."), state, term)
    return reply.text


def _complaint(message: str, tactic: str = "") -> str:
    """Return what Lean says against a tactic or term, with the line if the tactic has several."""
    return _PLACE.sub(r"line \1: " if "\n" in tactic else "", message.removeprefix("Lean error:\n"))


def _looked(done: Done[Looked]) -> CompletionReply | HoverReply:
    if done.failure is not None:
        raise done.failure
    assert done.value is not None
    return done.value.reply


def update_of(interim: Interim | None) -> Update:
    """Return what to tell of code that is not done; None stands for a step of a replay."""
    if interim is None:
        return Update("replaying")
    return Update("running", _place(interim.reached), messages_of(interim.messages))


def _told(done: Done[Elaborated]) -> str:
    """Return why there is no answer, and how far it was."""
    reached = done.value.reply.interrupted if done.value is not None else None
    where = f" It was at line {reached.line}." if reached is not None and reached.line > 1 else ""
    return f"{done.failure}{where}"


def _place_in_code(sorry: Sorry) -> tuple[int, int]:
    return (0, 0) if sorry.start is None else (sorry.start.line, sorry.start.column)


def _verdict(messages: Iterable[Message], sorries: tuple[Sorry, ...], resting_on_sorry: list[str]) -> Verdict:
    if any(message.severity == "error" for message in messages):
        return "error"
    uses_sorry = any(message.severity == "warning" and message.text.startswith(_USES_SORRY) for message in messages)
    return "sorry" if sorries or uses_sorry or resting_on_sorry else "valid"


def _resting(names: list[str]) -> str:
    names = list(dict.fromkeys(names))  # several examples have one name
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}: rests on sorry" if names else ""


def messages_of(messages: Iterable[WireMessage]) -> tuple[Message, ...]:
    """Return what Lean said."""
    return tuple(
        Message(
            _severity(message.severity),
            message.data,
            _place(message.pos) or Position(1, 0),
            _place(message.end_pos),
            tuple(Suggestion(found.text, _place(found.pos), _place(found.end_pos)) for found in message.suggestions),
            tuple(map(_trace, message.traces)),
        )
        for message in messages
    )


def _trace(node: WireTrace) -> TraceNode:
    return TraceNode(node.trace_class, node.text, tuple(map(_trace, node.children)))


def _severity(word: str) -> Severity:
    match word:
        case "error" | "warning":
            return word
        case _:  # "trace" too
            return "info"


def _position(position: WirePosition) -> Position:
    return Position(position.line, position.column)


def _place(position: WirePosition | None) -> Position | None:
    """Return a position; line 0 stands for none, in tactic mode."""
    return None if position is None or position.line == 0 else Position(position.line, position.column)


def _goal(goal: WireGoal) -> Goal:
    hypotheses = tuple(
        Hypothesis(tuple(found.names), found.type, found.value, tuple(found.ids), found.instance)
        for found in goal.hypotheses
    )
    return Goal(goal.text, goal.case, hypotheses, goal.target, goal.id)


def _at(table: tuple[Goal, ...], places: list[int]) -> tuple[Goal, ...]:
    return tuple(table[place] for place in places)


def _goals(text: str, places: list[int] | None, table: tuple[Goal, ...]) -> tuple[Goal, ...]:
    """Return goals that a reply has as text, and perhaps in parts."""
    return Goal.parse_all(text) if places is None else _at(table, places)


def _sorry(sorry: WireSorry, ref: StateRef, table: tuple[Goal, ...], runner: TacticRunner | None) -> Sorry:
    goal = Goal.parse(sorry.goal) if sorry.goals is None or len(sorry.goals) != 1 else table[sorry.goals[0]]
    state = ProofState(ref, (goal,), _OPEN, _runner=runner)
    return Sorry(goal, state, _place(sorry.pos), _place(sorry.end_pos))
