"""How a request ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from lean_magic.pool._work import Cost

if TYPE_CHECKING:
    from lean_magic.errors import ServerError
    from lean_magic.pool._work import Answer
    from lean_magic.pool._worker import Worker

__all__ = ["Done", "Ended"]

_Value = TypeVar("_Value", covariant=True)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request has ended on a worker, before anybody has read the answer.

    Parameters
    ----------
    answer : Answer or None
        What Lean said; None if the machinery failed.
    failure : ServerError or None
        How the machinery failed.
    worker : Worker or None
        Who ran it last.
    cost : Cost
        What it cost there.
    """

    answer: Answer | None
    failure: ServerError | None
    worker: Worker | None = None
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True)
class Done(Generic[_Value]):
    """How a request ended.

    Parameters
    ----------
    value : object
        What came of it; None if nothing did. Where it was stopped, what came before.
    failure : ServerError or None
        How the machinery failed.
    worker : str or None
        The worker that ran it last.
    attempts : int
        How many workers it took.
    queued : float
        Seconds that it waited for workers.
    cost : Cost
        What it cost on the last worker.
    """

    value: _Value | None
    failure: ServerError | None
    worker: str | None
    attempts: int
    queued: float
    cost: Cost
