"""Prove by exploring: a tree of attempts, driven by hand or by a program."""

from __future__ import annotations

from lean_magic.explorer._attempt import Attempt, Author, Status
from lean_magic.explorer._events import Event, EventKind, Events
from lean_magic.explorer._explorer import Explorer
from lean_magic.explorer._tree import AttemptTree

__all__ = ["Attempt", "AttemptTree", "Author", "Event", "EventKind", "Events", "Explorer", "Status"]
