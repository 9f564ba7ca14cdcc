"""What came of a verification: to be used, as bytes to be kept, and back from them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

import msgspec

from lean_magic.errors import CrashedError, LeanError
from lean_magic.pool._case import Case, refuse_statement
from lean_magic.pool._checks import run_from_bytes
from lean_magic.protocol import JudgeReply, decode
from lean_magic.verification import Verification

if TYPE_CHECKING:
    from lean_magic.pool._work import Elaboration
    from lean_magic.results import TacticRunner
    from lean_magic.verification import Finding

__all__ = [
    "FORMAT",
    "Settled",
    "is_of_verification",
    "refused",
    "settled",
    "settled_from_bytes",
    "verification_from_bytes",
]

FORMAT = 1
"""Of keys, bytes, and of what the judge decides: what was kept in another one is not found. Grows with each of them."""

_DECIDED: frozenset[Finding] = frozenset(
    {"proved", "syntax", "error", "sorry", "axiom", "statement", "declaration", "kernel"}
)
"""What comes of the same case next time, too. Time, memory and crashes may be different, and so may ``"missing"``."""

_BEGINNING = b'{"verification":'  # of what is kept: of what is kept of code, it is another


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a case.

    Parameters
    ----------
    reply : bytes
        It, to be kept.
    verification : Verification or None
        It, to be used; None where the statement is wrong.
    error : LeanError or None
        What is wrong with the statement.
    lasts : bool
        Whether it comes out the same next time.
    """

    reply: bytes
    verification: Verification | None
    error: LeanError | None = None
    lasts: bool = False

    def known(self, *, cached: bool) -> Verification | None:
        """Return the verification, and whether it was known from before."""
        return self.verification if self.verification is None or not cached else replace(self.verification, cached=True)

    @property
    def verdict(self) -> Finding | Literal["refused"]:
        """What came of it, in one word."""
        return "refused" if self.verification is None else self.verification.kind

    @property
    def detail(self) -> str:
        """What came of it, in a line."""
        return str(self.error) if self.verification is None else self.verification.reason

    @property
    def elapsed(self) -> float:
        """Seconds that Lean took."""
        return 0.0 if self.verification is None else self.verification.elapsed

    @property
    def cpu(self) -> float:
        """Seconds of processor time."""
        return 0.0 if self.verification is None else self.verification.cpu

    @property
    def memory(self) -> int:
        """The most resident bytes that a process was seen to have."""
        return 0 if self.verification is None else self.verification.memory_peak


class _Heading(msgspec.Struct, omit_defaults=True, gc=False):
    """What is kept of a verification; below it, what the run has said, or what the judge says of a wrong statement."""

    verification: int
    """The format: no bytes of code have this field."""
    statement: str
    proof: str
    code: str
    kind: str = ""
    """Empty where the statement is wrong."""
    reason: str = ""
    theorem: str = ""
    axioms: tuple[str, ...] = ()
    axioms_unseen: tuple[str, ...] = ()
    elapsed: float = 0.0
    cpu: float = 0.0
    memory: int = 0


def settled(verification: Verification, run: bytes = b"", *, lasts: bool = True) -> Settled:
    """Return what came of a case.

    Whatever the code in a proof does, a proof is one, once the judge has said so. But with it, what else comes of
    the proof may depend on the time, or on chance: then nothing of that lasts.
    """
    heading = _Heading(
        FORMAT,
        verification.statement,
        verification.proof,
        verification.code,
        verification.kind,
        verification.reason,
        verification.theorem,
        verification.axioms,
        verification.axioms_unseen,
        verification.elapsed,
        verification.cpu,
        verification.memory_peak,
    )
    reply = msgspec.json.encode(heading) + b"\n" + run
    return Settled(reply, verification, lasts=lasts and verification.kind in _DECIDED)


def is_of_verification(reply: bytes) -> bool:
    """Whether what was kept is of a verification, and not of code."""
    return reply.startswith(_BEGINNING)


def settled_from_bytes(reply: bytes, case: Case, work: Elaboration, runner: TacticRunner) -> Settled:
    """Return what came of a case, from what was kept.

    Parameters
    ----------
    reply : bytes
        What was kept.
    case : Case
        What it is looked up for.
    work : Elaboration
        The run of the proof.
    runner : TacticRunner
        The pool, which goes on from the proof states of its result.

    Raises
    ------
    CrashedError
        Nobody can read it, or it is of another case.
    """
    heading, rest = _parted(reply)
    if (heading.statement, heading.proof) != (case.statement, case.proof):
        raise CrashedError("What was kept is of another proof.")
    if not heading.kind:
        return Settled(reply, None, _error_of(case, rest))
    verification = _verification(heading, rest, work, runner)
    return Settled(reply, verification, lasts=verification.kind in _DECIDED)


def verification_from_bytes(reply: bytes) -> Verification | LeanError:
    """Return what came of a case, from what was kept, where there is no pool; an error if the statement was wrong.

    Raises
    ------
    CrashedError
        Nobody can read it.
    """
    heading, rest = _parted(reply)
    if not heading.kind:
        return _error_of(Case(heading.statement, heading.proof), rest)
    return _verification(heading, rest, None, None)


def refused(case: Case, reply: JudgeReply) -> Settled:
    """Return that the statement is wrong."""
    said = msgspec.json.encode(reply)
    heading = _Heading(FORMAT, case.statement, case.proof, case.code)
    return Settled(msgspec.json.encode(heading) + b"\n" + said, None, _error_of(case, said))


def _error_of(case: Case, said: bytes) -> LeanError:
    """Return what is wrong with a statement."""
    reply = decode(said, JudgeReply)
    try:
        refuse_statement(case, reply)
    except LeanError as error:
        return error


def _verification(heading: _Heading, run: bytes, work: Elaboration | None, runner: TacticRunner | None) -> Verification:
    return Verification(
        cast("Finding", heading.kind),
        heading.reason,
        heading.statement,
        heading.proof,
        heading.code,
        heading.theorem,
        heading.axioms,
        heading.axioms_unseen,
        run_from_bytes(heading.code, run, work, runner) if run else None,
        heading.elapsed,
        heading.cpu,
        heading.memory,
    )


def _parted(reply: bytes) -> tuple[_Heading, bytes]:
    heading, _, rest = reply.partition(b"\n")
    with suppress(msgspec.MsgspecError, ValueError):
        found = msgspec.json.decode(heading, type=_Heading)
        if found.verification == FORMAT:
            return found, rest
    raise CrashedError("What was kept of a verification cannot be read.")
