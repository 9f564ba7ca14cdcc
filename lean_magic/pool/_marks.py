"""Marks of what Lean said, by which a replay that goes another way is noticed."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lean_magic.protocol import CommandReply

__all__ = ["mark_of_answer", "mark_of_goals"]

_NUMBERED_METAVARIABLE = re.compile(r"\?[\w.]*\d+")  # the number depends on what else a process has done


def mark_of_answer(reply: CommandReply) -> str:
    """Return a mark of what decides whether the environment is the same.

    That is where errors are, which goals are open, and what was declared. The texts of messages are left out: that the
    time or a random number is printed changes no environment.
    """
    errors = [(message.pos.line, message.pos.column) for message in reply.messages if message.severity == "error"]
    goals = [_plain(sorry.goal) for sorry in reply.sorries if sorry.pos != sorry.end_pos]
    return _mark([reply.env is not None, errors, goals, reply.digest])


def mark_of_goals(goals: list[str]) -> str:
    """Return a mark of the goals of a proof state."""
    return _mark([_plain(goal) for goal in goals])


def _plain(goal: str) -> str:
    return _NUMBERED_METAVARIABLE.sub("?", goal)


def _mark(content: list[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]
