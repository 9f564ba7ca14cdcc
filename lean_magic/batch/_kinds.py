"""What batches are made of: codes, or proofs. How each is read, run, and given out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from lean_magic.batch._check import Check
from lean_magic.batch._inputs import entry, proof_entry
from lean_magic.batch._proof_check import ProofCheck

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from lean_magic.errors import LeanMagicError
    from lean_magic.pool._case import Case
    from lean_magic.pool._checks import Checker, Said
    from lean_magic.pool._queue import Request
    from lean_magic.pool._settled import Settled
    from lean_magic.pool._verifier import Verifier, Verifying
    from lean_magic.pool._work import Elaboration

__all__ = ["Kept", "Kind", "Outcome", "Runner", "of_codes", "of_proofs"]


class Kept(Protocol):
    """What came of something, as it is kept."""

    @property
    def reply(self) -> bytes:
        """It, to be kept."""

    @property
    def verdict(self) -> str:
        """It in one word."""

    @property
    def detail(self) -> str:
        """What else there is to say."""

    @property
    def lasts(self) -> bool:
        """Whether it comes out the same next time."""

    @property
    def elapsed(self) -> float:
        """Seconds that Lean took."""

    @property
    def cpu(self) -> float:
        """Seconds of processor time."""

    @property
    def memory(self) -> int:
        """The most resident bytes."""


class Outcome(Protocol):
    """What is given out."""

    @property
    def error(self) -> LeanMagicError | None:
        """Why nothing came of it."""


_Work = TypeVar("_Work")
_Running = TypeVar("_Running")
_Kept = TypeVar("_Kept", bound=Kept)
_Kept_co = TypeVar("_Kept_co", bound=Kept, covariant=True)
_Outcome_co = TypeVar("_Outcome_co", bound=Outcome, covariant=True)


class Runner(Protocol[_Work, _Running, _Kept_co]):
    """Runs what is asked the same: a `Checker`, or a `Verifier`."""

    @property
    def seconds(self) -> float:
        """Seconds that each may take."""

    def work(self, given: object) -> _Work:
        """Return the work that something makes."""

    def code(self, work: _Work) -> str:
        """Return the code that is run."""

    def key(self, work: _Work) -> str:
        """Return the hash of all that decides what comes of it."""

    def header(self, work: _Work) -> str | None:
        """Return the key of its header."""

    async def run(self, work: _Work) -> _Kept_co:
        """Run it."""

    def run_sync(self, work: _Work) -> _Kept_co:
        """Run it, blocking."""

    def post(self, work: _Work, on_settled: Callable[[], object]) -> _Running:
        """Begin to run it; `collect` is to be called some time after the callback was."""

    def collect(self, running: _Running, on_settled: Callable[[], object]) -> _Kept_co | None:
        """Return what came of it; None if it has to be waited for once more."""

    def is_open(self, running: _Running) -> bool:
        """Whether nothing has come yet of what was posted."""

    def abandon(self, running: _Running) -> None:
        """Stop it."""

    def said(self, work: _Work, reply: bytes) -> _Kept_co:
        """Return what came of it, from what was kept."""


_Work_contra = TypeVar("_Work_contra", contravariant=True)
_Kept_contra = TypeVar("_Kept_contra", bound=Kept, contravariant=True)


class _Make(Protocol[_Work_contra, _Kept_contra, _Outcome_co]):
    def __call__(
        self,
        id: Hashable,
        given: object,
        work: _Work_contra | None,
        kept: _Kept_contra | None,
        error: LeanMagicError | None,
        cached: bool,
        at: float | None,
        batch: str | None,
        place: int,
    ) -> _Outcome_co: ...


@dataclass(frozen=True, slots=True)
class Kind(Generic[_Work, _Running, _Kept, _Outcome_co]):
    """How to deal with what a batch is made of.

    Parameters
    ----------
    runner : Runner
        Runs it.
    entry : callable
        Returns the id, and what is given to the runner, of what was found at a place of the input.
    text : callable
        Returns the code of what could not be given to Lean, as far as it is one.
    make : callable
        Makes what is given out.
    source : str
        What the log says that it was for.
    unit : str
        What one of them is.
    ahead : callable
        Returns how many are handed over to a pool of so many workers at the same time.
    """

    runner: Runner[_Work, _Running, _Kept]
    entry: Callable[[int, object], tuple[Hashable, object]]
    text: Callable[[object], str]
    make: _Make[_Work, _Kept, _Outcome_co]
    source: str
    unit: str
    ahead: Callable[[int], int]


def of_codes(checker: Checker) -> Kind[Elaboration, Request, Said, Check]:
    """Return how to deal with codes."""
    return Kind(checker, entry, _text, _check, "batch", "code", _codes_ahead)


def of_proofs(verifier: Verifier) -> Kind[Case, Verifying, Settled, ProofCheck]:
    """Return how to deal with proofs."""
    return Kind(verifier, proof_entry, _as_code, _proof_check, "verify", "proof", _proofs_ahead)


def _codes_ahead(workers: int) -> int:
    return workers + 16  # from which a worker takes what it is prepared for


def _proofs_ahead(workers: int) -> int:
    # Some at the judges, some at the workers; but judges should still know the statements of all.
    return 4 * workers + 4


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _as_code(given: object) -> str:
    return " :=\n".join(filter(None, _texts(given)))


def _texts(given: object) -> tuple[str, str]:
    if isinstance(given, tuple) and len(given) == 2:
        return _text(given[0]), _text(given[1])
    return "", ""


def _check(
    id: Hashable,
    given: object,
    work: Elaboration | None,
    kept: Said | None,
    error: LeanMagicError | None,
    cached: bool,
    at: float | None,
    batch: str | None,
    place: int,
) -> Check:
    code = _text(given) if work is None else work.ref.code
    return Check(id, code, None if kept is None else kept.result, error, cached, at, batch, place)


def _proof_check(
    id: Hashable,
    given: object,
    work: Case | None,
    kept: Settled | None,
    error: LeanMagicError | None,
    cached: bool,
    at: float | None,
    batch: str | None,
    place: int,
) -> ProofCheck:
    statement, proof = _texts(given) if work is None else (work.statement, work.proof)
    verification = None if kept is None else kept.known(cached=cached)
    error = error if kept is None else kept.error
    return ProofCheck(id, statement, proof, verification, error, cached, at, batch, place)
