"""Verify proofs: what the pool's workers run, a judge that runs no proof decides upon."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

from lean_magic.errors import DeadlineError, InputError, LeanError
from lean_magic.pool._advice import advice_on_proof, advice_on_statement
from lean_magic.pool._answers import messages_of, result_of
from lean_magic.pool._inputs import check_axioms, check_text, check_timeout
from lean_magic.results import LeanResult
from lean_magic.verification import STANDARD_AXIOMS, Verification

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from lean_magic.errors import ServerError
    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._done import Done
    from lean_magic.pool._inner_pool import InnerPool
    from lean_magic.pool._inputs import OptionValue
    from lean_magic.pool._queue import Request
    from lean_magic.pool._requests import Requests
    from lean_magic.pool._work import Elaborated, Judged, Outcome
    from lean_magic.protocol import JudgeReply
    from lean_magic.references import EnvRef
    from lean_magic.verification import Finding

__all__ = ["VerifyingPool"]

_Steps: TypeAlias = "Generator[tuple[Dispatch, Request], Done[Outcome], Verification]"
"""Requests with the way they are to take; takes what comes of each."""

_PROOF_LEFT_OUT = re.compile(r"\s*:=\s*(by\b\s*)?(sorry\b\s*)?$")
_BRACKETS = re.compile(r"[()\[\]{}⟨⟩]")
_DEEPEST = 2000
_PLACE = re.compile(r"^line (\d+), column (\d+)")
_OMITTED = "sorry"
_SHOWN = 200  # characters of a message
_MACHINERY = "Lean error:"  # a reply where Lean gave up, out of stack for example
_COMPILER = frozenset({"Lean.ofReduceBool", "Lean.ofReduceNat", "Lean.trustCompiler"})


class VerifyingPool:
    """What a `LeanPool` can do about proofs that nobody trusts."""

    _dispatch: Dispatch
    _requests: Requests
    _judge: InnerPool
    """Never runs a proof."""
    _isolation: InnerPool
    """Where a process ends after each proof that it has run, or judged by running it."""

    async def verify(
        self,
        statement: str,
        proof: str,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
    ) -> Verification:
        """Say whether a proof proves exactly a statement.

        >>> if await pool.verify("theorem two : 1 + 1 = 2", "by rfl"):  # doctest: +SKIP
        ...     reward = 1

        The statement, the environment and the options are trusted; the proof is not. It is run by a worker of the pool,
        which hands over what came of it as text. A process that runs no proof, the judge, elaborates the statement
        itself, reads that text, and has Lean's kernel check it against the statement. So it does not matter what code
        a proof runs when it is elaborated. A proof with such code (``run_tac``, ``by_elab``) is run in a process of its
        own, which ends then, so that nothing of it stays; that takes about a second more.

        Parameters
        ----------
        statement : str
            A theorem without its proof, ``"theorem two : 1 + 1 = 2"``; other commands may come before it. An end such
            as ``":= by sorry"`` is left away.
        proof : str
            A term, such as ``"by simp"``. What may follow a term in a theorem, as ``where``, may follow it here.
        env : EnvRef, optional
            The environment of the statement, ``result.env`` of an earlier run; by default it starts from nothing.
        axioms : iterable of str
            The axioms that the proof may rest on. With ``"Lean.trustCompiler"`` (or ``"Lean.ofReduceBool"``),
            ``native_decide`` and ``bv_decide`` are allowed; the judge compiles and runs what they run, without anything
            that a proof may have put in its place.
        timeout : float, optional
            Seconds that all of it may take once it runs; by default those of the pool.
        options : mapping, optional
            Lean options for the statement and the proof, ``{"autoImplicit": False}``.

        Returns
        -------
        Verification
            True only if the proof proves the statement; otherwise it says why not. Also where Lean gave no opinion.

        Raises
        ------
        InputError
            What was passed in cannot be given to Lean.
        LeanError
            The statement itself is wrong: Lean refuses it, it is no theorem, or it rests on `sorry`.
        ToolchainError, StartError, PoolBusyError, PoolClosedError
            As in `run`.
        """
        steps = self._verification(statement, proof, env, axioms, timeout, options)
        done = None
        while True:
            try:
                dispatch, request = steps.send(done)  # type: ignore[arg-type]
            except StopIteration as end:
                return cast("Verification", end.value)
            done = await dispatch.answer(request)

    def verify_sync(
        self,
        statement: str,
        proof: str,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
    ) -> Verification:
        """Say whether a proof proves exactly a statement, blocking: see `verify`."""
        steps = self._verification(statement, proof, env, axioms, timeout, options)
        done = None
        while True:
            try:
                dispatch, request = steps.send(done)  # type: ignore[arg-type]
            except StopIteration as end:
                return cast("Verification", end.value)
            done = dispatch.answer_sync(request)

    def _verification(
        self,
        statement: str,
        proof: str,
        env: EnvRef | None,
        axioms: Iterable[str],
        timeout: float | None,
        options: Mapping[str, OptionValue] | None,
    ) -> _Steps:
        """Yield the requests that a verification takes, take what comes of each, and return what came of it."""
        case = _Case(check_text(statement, "statement"), check_text(proof, "proof"))
        if not case.stated:
            raise InputError("The statement is empty: give one such as 'theorem two : 1 + 1 = 2'.")
        allowed = check_axioms(axioms)
        left = check_timeout(timeout, self._requests.timeout)

        def question(exported: str | None = None) -> Request:
            return self._requests.question(
                case.stated, case.omitted, case.ending, env, left, options, allowed, exported
            )

        if _is_nested_too_deep(case.proof):
            return case.because("syntax", _OBJECTIONS["syntax"].format(detail="its brackets are nested too deep"))

        # What is to be proved, and whether this is a proof of it as text: nothing is run for a text that is none.
        done = cast("Done[Judged]", (yield self._judge.dispatch(), question()))
        case.elapsed += done.cost.elapsed
        if done.failure is not None:
            return case.given_up(done.failure)
        assert done.value is not None
        reply = done.value.reply
        if reply.theorem is None:
            if reply.message is not None and reply.message.startswith(_MACHINERY):
                return case.judged(reply, allowed)
            _refuse_statement(case, reply)
        case.theorem = reply.name
        if reply.objection is not None:
            return case.refused(reply)

        left -= done.cost.elapsed
        if left <= 0:
            return case.given_up(DeadlineError("The time was up."))
        proof_run = self._requests.proof(case.code, env, left, options, tuple(reply.theorem))
        dispatch = self._isolation.dispatch() if reply.runs_code else self._dispatch
        ran = cast("Done[Elaborated]", (yield dispatch, proof_run))
        case.elapsed += ran.cost.elapsed
        if ran.value is not None:
            ran.value.reply.doubts.unchecked = False  # the judge's kernel checks it all
        case.result = result = result_of(case.code, ran, self)  # type: ignore[arg-type]
        if ran.failure is not None:
            return case.given_up(ran.failure)
        assert ran.value is not None
        if result.verdict == "error":
            return case.because("error", f"Lean refuses the proof{case.advice}. {case.first_error(result)}")
        exported = ran.value.reply.export
        if exported is None:  # where something is left open, the judge sees whether it is the proof
            return case.because("missing", f"Running the proof left no theorem {case.theorem} behind.")

        left -= ran.cost.elapsed
        if left <= 0:
            return case.given_up(DeadlineError("The time was up."))
        # Where compiled code is trusted, the judge runs what the proof has it run, and ends then.
        judge = self._judge if _COMPILER.isdisjoint(allowed) else self._isolation
        done = cast("Done[Judged]", (yield judge.dispatch(), question(exported)))
        case.elapsed += done.cost.elapsed
        if done.failure is not None:
            return case.given_up(done.failure)
        assert done.value is not None
        return case.judged(done.value.reply, allowed)


@dataclass
class _Case:
    """A statement and a proof, and what is known of them so far."""

    statement: str
    proof: str
    theorem: str = ""
    result: LeanResult | None = None
    elapsed: float = 0.0

    @property
    def stated(self) -> str:
        """The statement, without the end that leaves its proof out."""
        return _PROOF_LEFT_OUT.sub("", self.statement).rstrip()

    @property
    def _sign(self) -> str:
        # On a line of its own where a comment may end the statement.
        return "\n:=\n" if "--" in self.stated.rpartition("\n")[2] else " :=\n"

    @property
    def omitted(self) -> str:
        """What follows the statement where its proof is left out."""
        return self._sign + _OMITTED

    @property
    def ending(self) -> str:
        """What follows the statement where its proof is there."""
        return self._sign + self.proof

    @property
    def code(self) -> str:
        """Both as they are run."""
        return self.stated + self.ending

    def place(self, line: int, column: int) -> str:
        """Return in words where a place of the code is: in the proof, if it is there."""
        before = (self.stated + self._sign).count("\n")
        if line > before:
            return f"line {line - before}, column {column}"
        return f"line {line}, column {column} of the statement"

    def _place_of(self, match: re.Match[str]) -> str:
        place = self.place(int(match[1]), int(match[2]))
        # Where there is no proof to be read, Lean says so at the end of what comes before.
        return "at its beginning" if place.endswith("statement") else place

    @property
    def advice(self) -> str:
        """What is often wrong with such a proof."""
        advice = advice_on_proof(self.proof)
        return f": {advice}" if advice else ""

    def first_error(self, result: LeanResult) -> str:
        """Return the first error of running the proof, in one line."""
        start = result.errors[0].start
        place = self.place(start.line, start.column)
        return f"{place[0].upper()}{place[1:]}: {_shortened(result)}"

    def because(self, kind: Finding, reason: str, reply: JudgeReply | None = None) -> Verification:
        """Return what came of it."""
        return Verification(
            kind,
            " ".join(reason.split()),
            self.statement,
            self.proof,
            self.code,
            self.theorem,
            () if reply is None else tuple(sorted(reply.axioms)),
            () if reply is None else tuple(sorted(reply.axioms_unseen)),
            self.result,
            self.elapsed,
        )

    def given_up(self, failure: ServerError) -> Verification:
        """Return that the machinery failed."""
        kind = cast("Finding", failure.verdict)
        return self.because(kind, f"There is no opinion on the proof: {failure}")

    def judged(self, reply: JudgeReply, allowed: tuple[str, ...]) -> Verification:
        """Return what the judge says, where these axioms are allowed."""
        if reply.message is not None:
            return self.because("crashed", f"There is no opinion on the proof: {reply.message}")
        if reply.objection is not None:
            return self.refused(reply)
        refused = [name for name in STANDARD_AXIOMS if name not in allowed]
        if reply.axioms_unseen and refused:
            detail = (
                f"it uses {min(reply.axioms_unseen)}, which this Lean has without proof, and which may rest on "
                f"{', '.join(refused)}"
            )
            return self.because("axiom", _OBJECTIONS["axiom"].format(detail=detail), reply)
        rests = f"by {', '.join(sorted(reply.axioms))}" if reply.axioms else "without axioms"
        library = " besides those of the library's theorems" if reply.axioms_unseen else ""
        return self.because("proved", f"{self.theorem} is proved, {rests}{library}.", reply)

    def refused(self, reply: JudgeReply) -> Verification:
        """Return what the judge objects."""
        assert reply.objection is not None
        kind, detail = reply.objection.kind, reply.objection.detail
        if kind in ("crashed", "out_of_memory", "timeout"):
            return self.because(cast("Finding", kind), f"There is no opinion on the proof: {detail}.", reply)
        if kind == "syntax":
            detail = advice_on_proof(self.proof) or _PLACE.sub(self._place_of, detail)
        if kind not in _OBJECTIONS:
            return self.because("missing", f"What came of the proof cannot be judged: {detail}.", reply)
        return self.because(cast("Finding", kind), _OBJECTIONS[kind].format(detail=detail), reply)


_OBJECTIONS = {
    "syntax": "The proof is not one term: {detail}.",
    "sorry": "The proof rests on sorry, so it proves nothing.",
    "axiom": "The proof is refused for its axioms: {detail}. If that is trusted, name it among axioms=.",
    "statement": "This is no proof of the statement: {detail}.",
    "declaration": "No proof may do this: {detail}.",
    "kernel": "Lean's kernel refuses what came of the proof: {detail}.",
}


def _is_nested_too_deep(proof: str) -> bool:
    """Whether Lean would take forever to parse a proof; brackets in texts and comments count, too."""
    depth = 0
    for bracket in _BRACKETS.finditer(proof):
        depth += 1 if bracket[0] in "([{⟨" else -1
        if depth > _DEEPEST:
            return True
    return False


def _refuse_statement(case: _Case, reply: JudgeReply) -> NoReturn:
    """Say what is wrong with a statement."""
    code = case.stated + case.omitted
    said = messages_of(reply.messages)
    result = LeanResult(code, "error", said) if any(message.severity == "error" for message in said) else None
    if result is not None:
        error = f"{result.errors[0].start}: {_shortened(result)}"
        advice = advice_on_statement(case.stated, case.proof, error)
        raise LeanError(" ".join(["Lean refuses the statement.", *([advice] if advice else []), error]), result)
    detail = reply.message or (reply.objection.detail if reply.objection is not None else "")
    raise LeanError(f"This is no statement to prove: {detail}. Give one such as 'theorem two : 1 + 1 = 2'.")


def _shortened(result: LeanResult) -> str:
    text = " ".join(result.errors[0].text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
