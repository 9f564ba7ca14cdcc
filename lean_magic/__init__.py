"""Lean 4 in Python notebooks: cells, goals, tactics and a pool of Lean processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic._version import __version__
from lean_magic.api import (
    configure,
    default_pool,
    prove,
    prove_sync,
    restart,
    run,
    run_file,
    run_file_sync,
    run_sync,
    shutdown,
    status,
    tactic,
    tactic_sync,
)
from lean_magic.errors import (
    CacheError,
    CancelledRequestError,
    ChecksumError,
    CrashedError,
    DeadlineError,
    DiskFullError,
    DownloadError,
    InputError,
    LeanError,
    LeanMagicError,
    NodeError,
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
from lean_magic.pool import LeanPool, PoolStatus, WorkerStatus
from lean_magic.positions import Position
from lean_magic.references import EnvRef, StateRef
from lean_magic.results import LeanResult, Message, ProofState, Severity, Sorry, TacticStep, Verdict

__all__ = [
    "CacheError",
    "CancelledRequestError",
    "ChecksumError",
    "CrashedError",
    "DeadlineError",
    "DiskFullError",
    "DownloadError",
    "EnvRef",
    "Goal",
    "Hypothesis",
    "InputError",
    "LeanError",
    "LeanMagicError",
    "LeanPool",
    "LeanResult",
    "Message",
    "NodeError",
    "OutOfMemoryError",
    "PoolClosedError",
    "PoolStatus",
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
    "WorkerStatus",
    "__version__",
    "configure",
    "default_pool",
    "load_ipython_extension",
    "prove",
    "prove_sync",
    "restart",
    "run",
    "run_file",
    "run_file_sync",
    "run_sync",
    "shutdown",
    "status",
    "tactic",
    "tactic_sync",
    "unload_ipython_extension",
]

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give IPython the Lean magics: what ``%load_ext lean_magic`` calls."""
    from lean_magic.magic import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take them away again, and shut the shared pool down: what ``%unload_ext lean_magic`` calls."""
    from lean_magic.magic import unload_ipython_extension as unload

    unload(shell)
