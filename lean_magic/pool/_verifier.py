"""Proofs that are asked the same: the steps of a verification, and the key of each.

A proof is verified in three steps: a judge, which runs no proof, looks at the statement and at the text of the proof; a
worker runs both, and hands over what came of it as text; the same judge looks at that.

The key is a hash of all that decides what comes of it. No key of code is one, and no bytes that are kept for code can
be read as a verification: so nothing that has only been run counts as verified.
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast

import msgspec

from lean_magic.errors import DeadlineError, InputError
from lean_magic.header import header_key
from lean_magic.pool._answers import result_of
from lean_magic.pool._case import Case, Proceeding
from lean_magic.pool._checks import bytes_of_run
from lean_magic.pool._inputs import (
    check_axioms,
    check_caller,
    check_env,
    check_options,
    check_priority,
    check_text,
    check_timeout,
)
from lean_magic.pool._settled import FORMAT, refused, settled, settled_from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Iterable, Mapping

    from lean_magic.errors import ServerError
    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._done import Done
    from lean_magic.pool._inner_pool import InnerPool
    from lean_magic.pool._inputs import OptionValue, Priority
    from lean_magic.pool._judges import Judges
    from lean_magic.pool._queue import Request
    from lean_magic.pool._requests import Requests
    from lean_magic.pool._settled import Settled
    from lean_magic.pool._telemetry import Telemetry
    from lean_magic.pool._work import Elaborated, Elaboration, Judged, Outcome
    from lean_magic.references import EnvRef
    from lean_magic.results import TacticRunner

__all__ = ["AskedOfProofs", "Verifier", "Verifying", "VerifyingParts"]

_KEY = "verification:"
"""How a key begins. That of code is a hash, without a colon."""

_MACHINERY = "Lean error:"  # a reply where Lean gave up, out of stack for example
_COMPILER = frozenset({"Lean.ofReduceBool", "Lean.ofReduceNat", "Lean.trustCompiler"})

_Steps: TypeAlias = "Generator[tuple[Dispatch, Request], Done[Outcome], Settled]"
"""Requests with the way they are to take; takes what comes of each."""


class AskedOfProofs(TypedDict):
    """What is asked of proofs: see `LeanPool.verify`."""

    env: EnvRef | None
    axioms: Iterable[str]
    timeout: float | None
    options: Mapping[str, OptionValue] | None
    priority: Priority
    caller: Hashable


@dataclass(frozen=True, slots=True)
class VerifyingParts:
    """The parts of a pool that verifying takes.

    Parameters
    ----------
    dispatch : Dispatch
        The way to the workers.
    judges : Judges
        Those who run no proof.
    isolation : InnerPool
        Where a process ends after each proof that it has run, or judged by running it.
    """

    requests: Requests
    dispatch: Dispatch
    judges: Judges
    isolation: InnerPool
    telemetry: Telemetry
    runner: TacticRunner


class Verifying:
    """A verification that somebody waits for.

    Parameters
    ----------
    steps : generator
        Its steps.
    """

    def __init__(self, steps: _Steps) -> None:
        self.steps = steps
        self.dispatch: Dispatch | None = None
        self.request: Request | None = None
        """The step under way."""
        self.settled: Settled | None = None
        """What came of it, where that took no step."""

    def post_next(self, done: Done[Outcome] | None, on_settled: Callable[[], object]) -> Settled | None:
        """Post the next step; return what came of it all, if there is none."""
        try:
            self.dispatch, self.request = self.steps.send(done)  # type: ignore[arg-type]
        except StopIteration as end:
            self.dispatch = self.request = None
            return cast("Settled", end.value)
        self.dispatch.post(self.request, on_settled)
        return None


class Verifier:
    """Verifies proofs that are asked the same.

    Parameters
    ----------
    parts : VerifyingParts
        The parts of its pool.
    asked : AskedOfProofs
        What is asked.

    Attributes
    ----------
    seconds : float
        Seconds that a verification may take.

    Raises
    ------
    InputError
        What is asked makes no sense.
    """

    def __init__(self, parts: VerifyingParts, asked: AskedOfProofs) -> None:
        self._parts = parts
        toolchain = parts.requests.toolchain
        self._env = check_env(asked["env"], toolchain)
        self._allowed = check_axioms(asked["axioms"])
        self._options = check_options(asked["options"])
        self.seconds = check_timeout(asked["timeout"], parts.requests.timeout)
        self._priority = check_priority(asked["priority"])
        self._caller = threading.get_ident() if asked["caller"] is None else check_caller(asked["caller"])
        above = None if self._env is None else self._env.id
        before = ("verification", FORMAT, toolchain, above, self._options, self._allowed)
        self._before_key = hashlib.sha256(msgspec.json.encode(before))

    def work(self, given: object) -> Case:
        """Return a statement and a proof as a case.

        Raises
        ------
        InputError
            They cannot be given to Lean.
        """
        if not isinstance(given, tuple) or len(given) != 2:
            found = f"{type(given).__name__}{f' of {len(given)}' if isinstance(given, tuple | list) else ''}"
            raise InputError(f"A proof comes with its statement, as a pair of texts, and not as {found}.")
        statement, proof = given
        for part in given:
            if isinstance(part, InputError):  # who read it knows more
                raise part
        return Case(check_text(statement, "statement"), check_text(proof, "proof"))

    def code(self, work: Case) -> str:
        """Return the code that is run."""
        return work.code

    def key(self, work: Case) -> str:
        """Return the hash of all that decides what comes of it.

        That is the statement and the proof with the header, the environment, the options, the axioms that are allowed,
        and the toolchain with the project; time and memory limits are not.
        """
        digest = self._before_key.copy()
        digest.update(msgspec.json.encode((work.statement, work.proof)))
        return _KEY + digest.hexdigest()

    def header(self, work: Case) -> str | None:
        """Return the key of the header; None where it starts from an environment, or has a broken one."""
        return header_key(work.stated) if self._env is None else None

    async def run(self, work: Case) -> Settled:
        """Verify a proof."""
        with closing(self._steps(work)) as steps:
            done = None
            while True:
                try:
                    dispatch, request = steps.send(done)  # type: ignore[arg-type]
                except StopIteration as end:
                    return cast("Settled", end.value)
                done = await dispatch.answer(request)

    def run_sync(self, work: Case) -> Settled:
        """Verify a proof, blocking."""
        with closing(self._steps(work)) as steps:
            done = None
            while True:
                try:
                    dispatch, request = steps.send(done)  # type: ignore[arg-type]
                except StopIteration as end:
                    return cast("Settled", end.value)
                done = dispatch.answer_sync(request)

    def post(self, work: Case, on_settled: Callable[[], object]) -> Verifying:
        """Begin to verify a proof; `collect` is to be called some time after the callback was, in any thread.

        Raises
        ------
        PoolClosedError
            The pool was shut down.
        """
        verifying = Verifying(self._steps(work))
        verifying.settled = verifying.post_next(None, on_settled)
        if verifying.settled is not None:
            on_settled()
        return verifying

    def collect(self, running: Verifying, on_settled: Callable[[], object]) -> Settled | None:
        """Return what came of a proof that was posted; None if it has to be waited for once more.

        Raises
        ------
        ToolchainError, StartError, PoolBusyError, PoolClosedError
            As `LeanPool.run`.
        """
        if running.request is None or running.dispatch is None:
            return running.settled
        try:
            done = running.dispatch.collect(running.request, on_settled)
            return None if done is None else running.post_next(done, on_settled)
        except BaseException:
            running.steps.close()
            raise

    def is_open(self, running: Verifying) -> bool:
        """Whether nothing has come yet of the step under way."""
        return running.request is not None and running.request.promise.open

    def abandon(self, running: Verifying) -> None:
        """Stop a verification that nobody waits for any more."""
        if running.request is not None and running.dispatch is not None:
            running.dispatch.abandon(running.request)
        running.steps.close()

    def said(self, work: Case, reply: bytes) -> Settled:
        """Return what came of a case, from what was kept.

        Raises
        ------
        CrashedError
            Nobody can read it, or it is of another case.
        """
        return settled_from_bytes(reply, work, self._proof_run(work, None), self._parts.runner)

    # The steps

    def _steps(self, case: Case) -> _Steps:
        """Yield the requests that a verification takes, take what comes of each, and return what came of it."""
        with self._parts.judges.seat((self._env, case.stated)) as judge:
            found = yield from self._verified(case, judge)
        self._parts.telemetry.verification(found.verdict)
        return found

    def _verified(self, case: Case, judge: Callable[[], Dispatch]) -> _Steps:
        parts, allowed = self._parts, self._allowed
        proceeding = Proceeding(case)
        if case.is_nested_too_deep:
            return settled(proceeding.nested_too_deep())

        # What is to be proved, and whether this is a proof of it as text: nothing is run for a text that is none.
        done = cast("Done[Judged]", (yield judge(), self._question(case, self.seconds)))
        proceeding.has_cost(done.cost)
        if done.failure is not None:
            return settled(proceeding.given_up(self._failure(done.failure)))
        assert done.value is not None
        reply = done.value.reply
        if reply.theorem is None:
            if reply.message is not None and reply.message.startswith(_MACHINERY):
                return settled(proceeding.judged(reply, allowed))
            return refused(case, reply)
        proceeding.theorem = reply.name
        if reply.objection is not None:
            return settled(proceeding.refused(reply))

        left = self.seconds - proceeding.elapsed
        if left <= 0:
            return settled(proceeding.given_up(DeadlineError("The time was up.")))
        runs_code = reply.runs_code
        run = self._proof_run(case, tuple(reply.theorem))
        dispatch = parts.isolation.dispatch() if runs_code else parts.dispatch
        ran = cast("Done[Elaborated]", (yield dispatch, self._request(run, case, left)))
        proceeding.has_cost(ran.cost)
        if ran.value is not None:
            ran.value.reply.doubts.unchecked = False  # the judge's kernel checks it all
        proceeding.result = result = result_of(case.code, ran, parts.runner)
        exported, kept = _exported(ran), bytes_of_run(run, ran)
        if ran.failure is not None:
            return settled(proceeding.given_up(self._failure(ran.failure)), kept)
        assert ran.value is not None
        if result.verdict == "error":
            # Lean gave up, or code may have looked at the clock.
            may_change = ran.value.reply.message is not None or runs_code
            return settled(proceeding.failed(), kept, lasts=not may_change)
        if exported is None:  # where something is left open, the judge sees whether it is the proof
            nothing = f"Running the proof left no theorem {proceeding.theorem} behind."
            return settled(proceeding.because("missing", nothing), kept)

        left = self.seconds - proceeding.elapsed
        if left <= 0:
            return settled(proceeding.given_up(DeadlineError("The time was up.")), kept)
        # Where compiled code is trusted, the judge runs what the proof has it run, and ends then.
        way = judge() if _COMPILER.isdisjoint(allowed) else parts.isolation.dispatch()
        done = cast("Done[Judged]", (yield way, self._question(case, left, exported)))
        proceeding.has_cost(done.cost)
        if done.failure is not None:
            return settled(proceeding.given_up(self._failure(done.failure)), kept)
        assert done.value is not None
        verification = proceeding.judged(done.value.reply, allowed)
        return settled(verification, kept, lasts=verification.ok or not runs_code)

    def _failure(self, failure: ServerError) -> ServerError:
        """Return why there is no opinion; a step knows only what was left of the time."""
        if not isinstance(failure, DeadlineError):
            return failure
        return DeadlineError(f"Lean did not finish within {self.seconds:g} s, and was stopped.")

    def _question(self, case: Case, seconds: float, exported: str | None = None) -> Request:
        return self._parts.requests.question(
            case.stated,
            case.omitted,
            case.ending,
            self._env,
            seconds,
            self._options,
            self._allowed,
            exported,
            self._priority,
            self._caller,
        )

    def _proof_run(self, case: Case, theorem: tuple[str | int, ...] | None) -> Elaboration:
        return self._parts.requests.proof(case.code, self._env, self._options, theorem)

    def _request(self, work: Elaboration, case: Case, seconds: float) -> Request:
        return self._parts.requests.request(work, self.header(case), seconds, self._priority, self._caller)


def _exported(ran: Done[Elaborated]) -> str | None:
    """Return what a run has handed over, and take it out of what is kept of it."""
    if ran.value is None:
        return None
    reply = ran.value.reply
    exported, reply.export = reply.export, None
    with suppress(RecursionError):  # it has traces that are nested too deep
        ran.value.frame = msgspec.json.encode(reply)
    return exported
