"""Parts of results, made by hand."""

from __future__ import annotations

from typing import Any

from lean_magic import EnvRef, Goal, Message, Position, ProofState, Sorry, StateRef

ENV = EnvRef("toolchain", "code")


def made_message(severity: Any, text: str, start: tuple[int, int], end: tuple[int, int] | None = None) -> Message:
    return Message(severity, text, Position(*start), Position(*end) if end else None)


def made_state(*goals: str, status: str = "Incomplete: open goals remain", script: tuple[str, ...] = ()) -> ProofState:
    steps = tuple((tactic, None) for tactic in script)
    return ProofState(StateRef(ENV, "sorries", 0, steps), tuple(map(Goal.parse, goals)), status)


def made_sorry(goal: str, start: tuple[int, int], end: tuple[int, int]) -> Sorry:
    return Sorry(Goal.parse(goal), made_state(goal), Position(*start), Position(*end))
