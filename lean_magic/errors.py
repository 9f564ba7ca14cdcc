"""Everything that lean-magic raises.

::

    LeanMagicError
    ├── InputError              what was passed in cannot be given to Lean (also a ValueError)
    ├── MissingPackageError     an optional Python package is not installed
    ├── LeanError               Lean said no; carries the result
    │   └── TacticError         ... to a tactic; carries the proof state it was tried on
    ├── ToolchainError          there is no usable Lean here
    │   ├── NodeError           ... because Node.js is missing or too old
    │   └── SetupError          ... because installing it failed
    │       ├── DownloadError   ... the registry can't be reached, or lacks the package
    │       ├── ChecksumError   ... what came is not the package that was pinned
    │       ├── DiskFullError   ... the disk is full
    │       └── CacheError      ... the cache folder can't be written
    ├── PoolClosedError         the pool was shut down by its owner
    ├── PoolBusyError           no worker came free in the time that a request may wait
    ├── JobError                a job cannot be had: it waits for another toolchain
    │   ├── UnknownJobError     ... there is none of this id (also a LookupError)
    │   └── UnfinishedJobError  ... it has not ended yet (also a TimeoutError)
    ├── StoreError              the file of results, log and jobs can't be used now
    └── ServerError             the machinery failed: Lean gave no opinion
        ├── StartError          a Lean process did not come up
        ├── ReplayError         an environment or proof state could not be built again as it was
        ├── DeadlineError       the time was up (also a TimeoutError)
        ├── OutOfMemoryError    the process needed more memory than it may have
        ├── CrashedError        the process died, or wrote what nobody can read
        └── CancelledRequestError   somebody restarted or shut down the pool meanwhile

Two kinds of failure are kept apart everywhere: *Lean said no* (`LeanError`) and *the machinery failed* (`ServerError`).
In IPython each of them prints as one line, without a traceback. `StoreWarning` is the one warning: the store of results
can't be used, and everything else goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from lean_magic.results import LeanResult, Message, ProofState, Verdict

__all__ = [
    "CacheError",
    "CancelledRequestError",
    "ChecksumError",
    "CrashedError",
    "DeadlineError",
    "DiskFullError",
    "DownloadError",
    "InputError",
    "JobError",
    "LeanError",
    "LeanMagicError",
    "MissingPackageError",
    "NodeError",
    "OutOfMemoryError",
    "PoolBusyError",
    "PoolClosedError",
    "ReplayError",
    "ServerError",
    "SetupError",
    "StartError",
    "StoreError",
    "StoreWarning",
    "TacticError",
    "ToolchainError",
    "UnfinishedJobError",
    "UnknownJobError",
]


class LeanMagicError(Exception):
    """The root of all errors of this package."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class InputError(LeanMagicError, ValueError):
    """Raised when what was passed in cannot be given to Lean: a wrong type, or text that is not Unicode."""


class MissingPackageError(LeanMagicError):
    """Raised when something needs a Python package that comes only with an extra of this one."""


class LeanError(LeanMagicError):
    """Raised when Lean said no.

    Attributes
    ----------
    result : LeanResult or None
        Everything Lean said.
    """

    def __init__(self, text: str, result: LeanResult | None = None) -> None:
        super().__init__(text)
        self.result = result


class TacticError(LeanError):
    """Raised when Lean rejects a tactic, or a term for one: it fails, does not parse, or names what does not exist.

    Attributes
    ----------
    state : ProofState
        The proof state it was tried on, which is still good.
    tactic : str
        The tactic, or the term.
    messages : tuple of Message
        What Lean said, where it said it as messages.
    """

    def __init__(self, text: str, state: ProofState, tactic: str, messages: tuple[Message, ...] = ()) -> None:
        super().__init__(text)
        self.state = state
        self.tactic = tactic
        self.messages = messages

    def __reduce__(self) -> tuple[object, ...]:
        # That of exceptions would call it with the text alone.
        return type(self), (str(self), self.state, self.tactic, self.messages)


class ToolchainError(LeanMagicError):
    """Raised when there is no usable Lean here."""


class NodeError(ToolchainError):
    """Raised when the Node.js that the embedded toolchain runs on is missing, too old or does not run."""


class SetupError(ToolchainError):
    """Raised when a toolchain could not be installed."""


class DownloadError(SetupError):
    """Raised when the registry can't be reached, does not have the package, or breaks off."""


class ChecksumError(SetupError):
    """Raised when a package is not the one that was pinned."""


class DiskFullError(SetupError):
    """Raised when the disk is full, or a quota is used up."""


class CacheError(SetupError):
    """Raised when the cache folder can't be written."""


class PoolClosedError(LeanMagicError):
    """Raised when a pool is used after it was shut down."""


class PoolBusyError(LeanMagicError):
    """Raised when a request has waited for a worker as long as it may, and none came free."""


class JobError(LeanMagicError):
    """Raised when the result of a job cannot be had."""


class UnknownJobError(JobError, LookupError):
    """Raised when there is no job of an id: it was forgotten, or belongs to another store."""


class UnfinishedJobError(JobError, TimeoutError):
    """Raised when a job has not ended, and nobody wants to wait longer for it; it goes on."""


class StoreError(LeanMagicError):
    """Raised when the file of results, log and jobs can't be used now, by what makes no sense without it."""


class StoreWarning(UserWarning):
    """Says that the file of results, log and jobs can't be used, or was replaced; checks go on without it."""


class ServerError(LeanMagicError):
    """Raised when the machinery failed, so that Lean gave no opinion.

    Attributes
    ----------
    verdict : str
        The verdict of a result that ends this way.
    """

    verdict: ClassVar[Verdict] = "crashed"


class StartError(ServerError):
    """Raised when a Lean process did not come up."""


class ReplayError(ServerError):
    """Raised when an environment or proof state, built again on another worker, is not what it was."""


class DeadlineError(ServerError, TimeoutError):
    """Raised when the time was up, and Lean was stopped."""

    verdict: ClassVar[Verdict] = "timeout"


class OutOfMemoryError(ServerError):
    """Raised when the process needed more memory than it may have; it is gone."""

    verdict: ClassVar[Verdict] = "out_of_memory"


class CrashedError(ServerError):
    """Raised when the process died, or wrote what nobody can read."""


class CancelledRequestError(ServerError):
    """Raised when somebody restarted or shut down the pool while the request was under way."""

    verdict: ClassVar[Verdict] = "cancelled"
