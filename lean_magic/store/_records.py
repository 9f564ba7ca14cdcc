"""What goes into the store, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["OPINIONS", "CheckRecord", "Cleared", "StoreInfo"]

# What Lean would say again, of code and of proofs. A timeout, a crash or a lack of memory may be different next time.
OPINIONS = frozenset({"valid", "sorry", "error", "proved", "syntax", "axiom", "statement", "declaration", "kernel"})


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One check of a code, as the log keeps it.

    Parameters
    ----------
    name
        The id within the batch, as JSON text (so that 1 and "1" differ).
    key
        What the result depends on, as a hash: toolchain, project, header, code, options and what was asked.
    code
        The code.
    verdict
        A verdict of a result; of a verification, its kind, such as ``"proved"``; or ``"refused"`` where the input could
        not be given to Lean, or the statement was wrong.
    reply
        What Lean said. That of an opinion (``"valid"``, ``"sorry"``, ``"error"``) is kept in the result cache and read
        from there: it is None where it has been evicted since.
    at
        When, as Unix time in seconds.
    batch
        The name of the batch, None outside of one.
    source
        What the check was for: ``"check"``, ``"batch"``, ``"job"``, ``"verify"`` or ``"bench"``.
    detail
        What else there is to say, such as why the machinery failed.
    elapsed
        How long it took, in seconds.
    cpu
        Processor time, in seconds.
    memory
        The most memory that the process had, in bytes.
    cached
        Whether the result came from the cache.
    lasts
        Whether an opinion goes into the cache; what does not is kept in the log.
    """

    name: str
    key: str
    code: str
    verdict: str
    reply: bytes | None
    at: float
    batch: str | None = None
    source: str = "check"
    detail: str = ""
    elapsed: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    cached: bool = False
    lasts: bool = True


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """How much is in a store.

    Attributes
    ----------
    path : Path
        The file.
    size : int
        What it takes on the disk, in bytes, with the files beside it that SQLite makes.
    results, result_bytes : int
        Results in the cache, and what counts against `result_limit`.
    result_limit : int
        At how many bytes the results go that were not used for the longest time.
    checks, log_bytes : int
        Checks in the log, and what counts against `log_limit`.
    log_limit : int
        At how many bytes the oldest checks go.
    oldest : float or None
        When the oldest check of the log was, as Unix time in seconds; None if there is none.
    """

    path: Path
    size: int
    results: int
    result_bytes: int
    result_limit: int
    checks: int
    log_bytes: int
    log_limit: int
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Cleared:
    """How much was removed.

    Attributes
    ----------
    results, checks : int
        Results of the cache, and checks of the log.
    """

    results: int
    checks: int
