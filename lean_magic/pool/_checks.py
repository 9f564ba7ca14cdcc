"""Codes that are asked the same: the key of each, its run, and what Lean said as bytes and back again.

The key is a hash of all that decides what Lean says. The bytes are Lean's reply as it came over the wire, below a line
that says what it cost. References are recipes, so that environments and proof states of a result that was made from
bytes can be used like any other: whoever uses one has it built again.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

import msgspec

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    DeadlineError,
    OutOfMemoryError,
)
from lean_magic.header import header_key
from lean_magic.pool._answers import result_of
from lean_magic.pool._done import Done
from lean_magic.pool._elaborated import elaborated_of
from lean_magic.pool._inputs import (
    check_caller,
    check_env,
    check_flags,
    check_infotree,
    check_options,
    check_priority,
    check_text,
    check_timeout,
)
from lean_magic.pool._queue import Request
from lean_magic.pool._work import Cost, Elaboration
from lean_magic.protocol import CommandReply, decode
from lean_magic.references import EnvRef

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from lean_magic.errors import ServerError
    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._inputs import InfoTree, OptionValue, Priority
    from lean_magic.pool._telemetry import Telemetry
    from lean_magic.pool._work import Elaborated, Outcome
    from lean_magic.results import LeanResult, TacticRunner, Verdict

__all__ = ["Asked", "Checker", "Said", "bytes_of_run", "result_from_reply", "run_from_bytes"]

_FORMAT = 2  # of keys and bytes: what was kept in another one is not found
_OPINIONS = {"valid", "sorry", "error"}
_FAILURES: dict[str, type[ServerError]] = {
    error.verdict: error for error in (DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError)
}


class Asked(TypedDict):
    """What is asked of codes: see `LeanPool.run`."""

    env: EnvRef | None
    timeout: float | None
    all_tactics: bool
    root_goals: bool
    infotree: InfoTree | None
    axioms: bool
    options: Mapping[str, OptionValue] | None
    priority: Priority
    caller: Hashable


@dataclass(frozen=True, slots=True)
class Said:
    """What Lean said of a code.

    Parameters
    ----------
    reply : bytes
        It, to be kept.
    result : LeanResult
        It, to be used.
    """

    reply: bytes
    result: LeanResult

    @property
    def verdict(self) -> Verdict:
        """That of the result."""
        return self.result.verdict

    @property
    def detail(self) -> str:
        """That of the result."""
        return self.result.detail

    @property
    def elapsed(self) -> float:
        """Seconds that Lean took."""
        return self.result.elapsed

    @property
    def cpu(self) -> float:
        """Seconds of processor time."""
        return self.result.cpu

    @property
    def memory(self) -> int:
        """The most resident bytes that the process was seen to have."""
        return self.result.memory_peak

    @property
    def lasts(self) -> bool:
        """Whether it is Lean's opinion, which stays the same."""
        return self.result.verdict in _OPINIONS


class _Heading(msgspec.Struct, omit_defaults=True, gc=False):
    """What is kept besides Lean's reply."""

    toolchain: str
    elapsed: float
    cpu: float
    memory: int
    attempts: int = 1
    options: tuple[tuple[str, bool | int | str], ...] = ()
    parent: str | None = None
    all_tactics: bool = False
    root_goals: bool = False
    failure: str | None = None
    """The verdict, where the machinery failed."""
    detail: str = ""


class Checker:
    """Runs codes that are asked the same.

    Parameters
    ----------
    toolchain : str
        Identity of the pool's toolchain.
    timeout : float
        Seconds that a code may take unless it is asked otherwise.
    dispatch : Dispatch
        Hands requests over.
    telemetry : Telemetry
        Told the verdicts.
    runner : TacticRunner
        The pool, which goes on from the proof states of results.
    asked : Asked
        What is asked.

    Attributes
    ----------
    seconds : float
        Seconds that a code may take.

    Raises
    ------
    InputError
        What is asked makes no sense.
    """

    def __init__(
        self,
        toolchain: str,
        timeout: float,
        dispatch: Dispatch,
        telemetry: Telemetry,
        runner: TacticRunner,
        asked: Asked,
    ) -> None:
        self._toolchain = toolchain
        self._dispatch = dispatch
        self._telemetry = telemetry
        self._runner = runner
        self._parent = check_env(asked["env"], toolchain)
        self._options = check_options(asked["options"])
        flags = asked["all_tactics"], asked["root_goals"], asked["axioms"]
        check_flags(all_tactics=flags[0], root_goals=flags[1], axioms=flags[2])
        self._questions = (*flags, check_infotree(asked["infotree"]))
        self.seconds = check_timeout(asked["timeout"], timeout)
        self._priority = check_priority(asked["priority"])
        self._caller = threading.get_ident() if asked["caller"] is None else check_caller(asked["caller"])
        self._before_key = hashlib.sha256(msgspec.json.encode((_FORMAT, self._questions)))

    def work(self, code: object) -> Elaboration:
        """Return the work that a code makes.

        Raises
        ------
        InputError
            It cannot be given to Lean.
        """
        ref = EnvRef(self._toolchain, check_text(code, "code"), self._parent, self._options)
        return Elaboration(ref, *self._questions)

    def code(self, work: Elaboration) -> str:
        """Return the code that is run."""
        return work.ref.code

    def key(self, work: Elaboration) -> str:
        """Return the hash of all that decides what Lean says: code, header, environment, options, toolchain, project.

        What Lean is asked besides is part of it, too; time and memory limits are not.
        """
        digest = self._before_key.copy()
        digest.update(work.ref.id.encode())
        return digest.hexdigest()

    def header(self, work: Elaboration) -> str | None:
        """Return the key of the header of a code; None where it starts from an environment, or has a broken one."""
        return header_key(work.ref.code) if self._parent is None else None

    async def run(self, work: Elaboration) -> Said:
        """Run a code."""
        return self._said(work, await self._dispatch.answer(self._request(work)))

    def run_sync(self, work: Elaboration) -> Said:
        """Run a code, blocking."""
        return self._said(work, self._dispatch.answer_sync(self._request(work)))

    def post(self, work: Elaboration, on_settled: Callable[[], object]) -> Request:
        """Begin to run a code; `collect` is to be called some time after the callback was, which comes in any thread.

        Raises
        ------
        PoolClosedError
            The pool was shut down.
        """
        request = self._request(work)
        self._dispatch.post(request, on_settled)
        return request

    def collect(self, request: Request, on_settled: Callable[[], object]) -> Said | None:
        """Return what came of a code that was posted; None if it has to be waited for once more.

        Raises
        ------
        ToolchainError, StartError, PoolBusyError, PoolClosedError
            As `LeanPool.run`.
        """
        done = self._dispatch.collect(request, on_settled)
        return None if done is None else self._said(cast("Elaboration", request.work), done)

    def abandon(self, request: Request) -> None:
        """Stop a code that nobody waits for any more."""
        self._dispatch.abandon(request)

    def said(self, work: Elaboration, reply: bytes) -> Said:
        """Return what Lean said, from what was kept."""
        heading, frame = _parted(reply)
        return Said(reply, result_of(work.ref.code, _done(work, heading, frame), self._runner))

    def is_open(self, request: Request) -> bool:
        """Whether nothing has come yet of a code that was posted."""
        return request.promise.open

    def _request(self, work: Elaboration) -> Request:
        return Request(work, self.header(work), self.seconds, self._priority, self._caller)

    def _said(self, work: Elaboration, done: Done[Outcome]) -> Said:
        ended = cast("Done[Elaborated]", done)
        result = result_of(work.ref.code, ended, self._runner)
        self._telemetry.verdict(result.verdict)
        return Said(bytes_of_run(work, ended), result)


def result_from_reply(code: str, reply: bytes) -> LeanResult:
    """Return what Lean said of a code, from what was kept, where there is no pool.

    Its environment can be used in every pool of the same toolchain if the code started from nothing; otherwise there is
    none. Its proof states can be, under the same condition, by ``pool.tactic(state, ...)``.

    Raises
    ------
    CrashedError
        Nobody can read it.
    """
    heading, frame = _parted(reply)
    work = Elaboration(
        EnvRef(heading.toolchain, code, None, heading.options),
        all_tactics=heading.all_tactics,
        root_goals=heading.root_goals,
    )
    done = _done(work, heading, frame)
    if heading.parent is not None and done.value is not None:
        done.value.reply.env = None  # whose chain is not known here
    return result_of(code, done, None)


def run_from_bytes(code: str, run: bytes, work: Elaboration | None, runner: TacticRunner | None) -> LeanResult:
    """Return what Lean said, from what `bytes_of_run` has made of it; without the work, as far as that is known then.

    Raises
    ------
    CrashedError
        Nobody can read it.
    """
    if work is None:
        return result_from_reply(code, run)
    heading, frame = _parted(run)
    return result_of(code, _done(work, heading, frame), runner)


def bytes_of_run(work: Elaboration, done: Done[Elaborated]) -> bytes:
    """Return what Lean said, to be kept."""
    ref, cost, failure = work.ref, done.cost, done.failure
    heading = _Heading(
        ref.toolchain,
        cost.elapsed,
        cost.cpu,
        cost.memory,
        done.attempts,
        ref.options,
        None if ref.parent is None else ref.parent.id,
        work.all_tactics,
        work.root_goals,
        None if failure is None else failure.verdict,
        "" if failure is None else str(failure),
    )
    return msgspec.json.encode(heading) + b"\n" + (b"" if done.value is None else done.value.frame)


def _parted(reply: bytes) -> tuple[_Heading, bytes]:
    heading, _, frame = reply.partition(b"\n")
    try:
        return msgspec.json.decode(heading, type=_Heading), frame
    except (msgspec.MsgspecError, ValueError) as error:
        raise CrashedError(f"What was kept of Lean's reply cannot be read ({error}).") from None


def _done(work: Elaboration, heading: _Heading, frame: bytes) -> Done[Elaborated]:
    failure = None if heading.failure is None else _FAILURES.get(heading.failure, CrashedError)(heading.detail)
    value = elaborated_of(work, decode(frame, CommandReply), failure, frame) if frame else None
    cost = Cost(heading.elapsed, heading.cpu, heading.memory)
    return Done(value, failure, None, heading.attempts, 0.0, cost)
