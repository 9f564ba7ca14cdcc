"""Prove by exploring: a tree of attempts, driven by hand or by a program."""

from __future__ import annotations

from lean_magic.explorer._attempt import Attempt, Author, Status
from lean_magic.explorer._candidates import DEFAULT_TACTICS, candidates
from lean_magic.explorer._events import Event, EventKind, Events
from lean_magic.explorer._explore import explore
from lean_magic.explorer._explorer import Explorer
from lean_magic.explorer._origin import Checked, Origin
from lean_magic.explorer._script import Step
from lean_magic.explorer._suggestions import Suggestion, Suggestions, TacticTrial, suggestions
from lean_magic.explorer._tree import AttemptTree

__all__ = [
    "DEFAULT_TACTICS",
    "Attempt",
    "AttemptTree",
    "Author",
    "Checked",
    "Event",
    "EventKind",
    "Events",
    "Explorer",
    "Origin",
    "Status",
    "Step",
    "Suggestion",
    "Suggestions",
    "TacticTrial",
    "candidates",
    "explore",
    "suggestions",
]
