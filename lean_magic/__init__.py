"""Lean 4 in Python notebooks: cells, goals, tactics and a pool of Lean processes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lean_magic._version import __version__
from lean_magic.api import (
    check,
    check_many,
    check_many_sync,
    check_sync,
    complete,
    complete_sync,
    configure,
    default_pool,
    export_state,
    export_state_sync,
    get_result,
    get_result_sync,
    hover,
    hover_sync,
    import_state,
    import_state_sync,
    jobs,
    prove,
    prove_sync,
    restart,
    run,
    run_file,
    run_file_sync,
    run_sync,
    shutdown,
    stats,
    status,
    stream,
    submit,
    submit_sync,
    tactic,
    tactic_sync,
    type_of,
    type_of_sync,
    verify,
    verify_many,
    verify_many_sync,
    verify_sync,
)
from lean_magic.assistance import Completion, Hover
from lean_magic.batch import Check, ProofCheck
from lean_magic.errors import (
    CacheError,
    CancelledRequestError,
    ChecksumError,
    CrashedError,
    DeadlineError,
    DiskFullError,
    DownloadError,
    InputError,
    JobError,
    LeanError,
    LeanMagicError,
    MissingPackageError,
    NodeError,
    OutOfMemoryError,
    PoolBusyError,
    PoolClosedError,
    ReplayError,
    ServerError,
    SetupError,
    StartError,
    StoreError,
    StoreWarning,
    TacticError,
    ToolchainError,
    UnfinishedJobError,
    UnknownJobError,
)
from lean_magic.explorer import Attempt, AttemptTree, Explorer, explore
from lean_magic.goals import Goal, Hypothesis
from lean_magic.job import Job, JobList
from lean_magic.literals import literal
from lean_magic.pool import LeanPool, PoolEvent, PoolStats, PoolStatus, WorkerStatus
from lean_magic.positions import Position
from lean_magic.references import EnvRef, StateRef, TacticRun
from lean_magic.results import (
    GoalChoice,
    LeanResult,
    Message,
    ProofState,
    Severity,
    Sorry,
    Stage,
    Suggestion,
    TacticStep,
    TraceNode,
    Update,
    Verdict,
)
from lean_magic.store import Store
from lean_magic.triples import Triple, tactic_triples
from lean_magic.verification import STANDARD_AXIOMS, Verification

__all__ = [
    "STANDARD_AXIOMS",
    "Attempt",
    "AttemptTree",
    "CacheError",
    "CancelledRequestError",
    "Check",
    "ChecksumError",
    "Completion",
    "CrashedError",
    "DeadlineError",
    "DiskFullError",
    "DownloadError",
    "EnvRef",
    "Explorer",
    "Goal",
    "GoalChoice",
    "Hover",
    "Hypothesis",
    "InputError",
    "Job",
    "JobError",
    "JobList",
    "LeanError",
    "LeanMagicError",
    "LeanPool",
    "LeanResult",
    "Message",
    "MissingPackageError",
    "NodeError",
    "OutOfMemoryError",
    "PoolBusyError",
    "PoolClosedError",
    "PoolEvent",
    "PoolStats",
    "PoolStatus",
    "Position",
    "ProofCheck",
    "ProofState",
    "ReplayError",
    "ServerError",
    "SetupError",
    "Severity",
    "Sorry",
    "Stage",
    "StartError",
    "StateRef",
    "Store",
    "StoreError",
    "StoreWarning",
    "Suggestion",
    "TacticError",
    "TacticRun",
    "TacticStep",
    "ToolchainError",
    "TraceNode",
    "Triple",
    "UnfinishedJobError",
    "UnknownJobError",
    "Update",
    "Verdict",
    "Verification",
    "WorkerStatus",
    "__version__",
    "check",
    "check_many",
    "check_many_sync",
    "check_sync",
    "complete",
    "complete_sync",
    "configure",
    "default_pool",
    "explore",
    "export_state",
    "export_state_sync",
    "get_result",
    "get_result_sync",
    "hover",
    "hover_sync",
    "import_state",
    "import_state_sync",
    "jobs",
    "literal",
    "load_ipython_extension",
    "prove",
    "prove_sync",
    "restart",
    "run",
    "run_file",
    "run_file_sync",
    "run_sync",
    "shutdown",
    "stats",
    "status",
    "stream",
    "submit",
    "submit_sync",
    "tactic",
    "tactic_sync",
    "tactic_triples",
    "type_of",
    "type_of_sync",
    "unload_ipython_extension",
    "verify",
    "verify_many",
    "verify_many_sync",
    "verify_sync",
]

# What is logged under this name is for those who ask for it; otherwise Python would print warnings.
logging.getLogger(__name__).addHandler(logging.NullHandler())

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
