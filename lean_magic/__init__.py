"""Lean 4 in Python notebooks: cells, goals, tactics and a pool of Lean processes."""

from __future__ import annotations

from lean_magic._version import __version__
from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    DeadlineError,
    InputError,
    LeanError,
    LeanMagicError,
    OutOfMemoryError,
    PoolClosedError,
    ReplayError,
    ServerError,
    SetupError,
    StartError,
    TacticError,
    ToolchainError,
)
from lean_magic.goals import Goal, Hypothesis
from lean_magic.positions import Position
from lean_magic.references import EnvRef, StateRef
from lean_magic.results import LeanResult, Message, ProofState, Severity, Sorry, TacticStep, Verdict

__all__ = [
    "CancelledRequestError",
    "CrashedError",
    "DeadlineError",
    "EnvRef",
    "Goal",
    "Hypothesis",
    "InputError",
    "LeanError",
    "LeanMagicError",
    "LeanResult",
    "Message",
    "OutOfMemoryError",
    "PoolClosedError",
    "Position",
    "ProofState",
    "ReplayError",
    "ServerError",
    "SetupError",
    "Severity",
    "Sorry",
    "StartError",
    "StateRef",
    "TacticError",
    "TacticStep",
    "ToolchainError",
    "Verdict",
    "__version__",
]
