"""A statement and a proof: the texts that are made of them, and what comes of a verification in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, cast

from lean_magic.errors import InputError, LeanError
from lean_magic.pool._advice import advice_on_proof, advice_on_statement
from lean_magic.pool._answers import messages_of
from lean_magic.results import LeanResult
from lean_magic.verification import STANDARD_AXIOMS, Verification

if TYPE_CHECKING:
    from lean_magic.errors import ServerError
    from lean_magic.pool._work import Cost
    from lean_magic.positions import Position
    from lean_magic.protocol import JudgeReply
    from lean_magic.verification import Finding

__all__ = ["Case", "Proceeding", "refuse_statement"]

# White space and comments; those with quotes may rather be in a text.
_BLANK = r"""(?:\s|--[^\n"]*(?:\n|\Z)|/-(?:[^-"]|-(?!/))*-/)*"""
_PROOF_LEFT_OUT = re.compile(rf":={_BLANK}(?:by\b{_BLANK})?sorry\b{_BLANK}\Z|:=\s*(?:by\b\s*)?\Z")
_OPTION = re.compile(r"Unknown option|the value of option")
_BRACKETS = re.compile(r"[()\[\]{}⟨⟩]")
_DEEPEST = 2000
_PLACE = re.compile(r"^line (\d+), column (\d+)")
_OMITTED = "sorry"
_SHOWN = 200  # characters of a message


@dataclass(frozen=True, slots=True)
class Case:
    """A statement and a proof.

    Parameters
    ----------
    statement, proof : str
        As they were given.

    Attributes
    ----------
    stated : str
        The statement, without the end that leaves its proof out.
    code : str
        Both as they are run.

    Raises
    ------
    InputError
        The statement is empty.
    """

    statement: str
    proof: str
    stated: str = field(init=False, repr=False)
    code: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stated", _PROOF_LEFT_OUT.sub("", self.statement).rstrip())
        if not self.stated:
            raise InputError("The statement is empty: give one such as 'theorem two : 1 + 1 = 2'.")
        object.__setattr__(self, "code", self.stated + self.ending)

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
    def is_nested_too_deep(self) -> bool:
        """Whether Lean would take forever to parse the proof; brackets in texts and comments count, too."""
        depth = 0
        for bracket in _BRACKETS.finditer(self.proof):
            depth += 1 if bracket[0] in "([{⟨" else -1
            if depth > _DEEPEST:
                return True
        return False

    def place(self, line: int, column: int) -> str:
        """Return in words where a place of the code is: in the proof, if it is there."""
        before = (self.stated + self._sign).count("\n")
        if line > before:
            return f"line {line - before}, column {column}"
        return f"line {line}, column {column} of the statement"


@dataclass(slots=True)
class Proceeding:
    """The verification of a case, as far as it is."""

    case: Case
    theorem: str = ""
    result: LeanResult | None = None
    elapsed: float = 0.0
    cpu: float = 0.0
    memory: int = 0

    def has_cost(self, cost: Cost) -> None:
        """Take note of what a step of it cost."""
        self.elapsed += cost.elapsed
        self.cpu += cost.cpu
        self.memory = max(self.memory, cost.memory)

    def first_error(self) -> str:
        """Return the first error of running the proof, in one line."""
        assert self.result is not None
        start = self.result.errors[0].start
        place = self.case.place(start.line, start.column)
        return f"{place[0].upper()}{place[1:]}: {_shortened(self.result)}"

    def because(self, kind: Finding, reason: str, reply: JudgeReply | None = None) -> Verification:
        """Return what came of it."""
        return Verification(
            kind,
            " ".join(reason.split()),
            self.case.statement,
            self.case.proof,
            self.case.code,
            self.theorem,
            () if reply is None else tuple(sorted(reply.axioms)),
            () if reply is None else tuple(sorted(reply.axioms_unseen)),
            self.result,
            self.elapsed,
            self.cpu,
            self.memory,
        )

    def given_up(self, failure: ServerError) -> Verification:
        """Return that the machinery failed."""
        kind = cast("Finding", failure.verdict)
        return self.because(kind, f"There is no opinion on the proof: {failure}")

    def nested_too_deep(self) -> Verification:
        """Return that nobody could parse the proof."""
        return self.because("syntax", _OBJECTIONS["syntax"].format(detail="its brackets are nested too deep"))

    def failed(self) -> Verification:
        """Return that Lean has found errors when it ran the proof."""
        advice = advice_on_proof(self.case.proof)
        return self.because("error", f"Lean refuses the proof{f': {advice}' if advice else ''}. {self.first_error()}")

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
            detail = advice_on_proof(self.case.proof) or _PLACE.sub(self._place_of, detail)
        if kind not in _OBJECTIONS:
            return self.because("missing", f"What came of the proof cannot be judged: {detail}.", reply)
        return self.because(cast("Finding", kind), _OBJECTIONS[kind].format(detail=detail), reply)

    def _place_of(self, match: re.Match[str]) -> str:
        place = self.case.place(int(match[1]), int(match[2]))
        # Where there is no proof to be read, Lean says so at the end of what comes before.
        return "at its beginning" if place.endswith("statement") else place


_OBJECTIONS = {
    "syntax": "The proof is not one term: {detail}.",
    "sorry": "The proof rests on sorry, so it proves nothing.",
    "axiom": "The proof is refused for its axioms: {detail}. If that is trusted, name it among axioms=.",
    "statement": "This is no proof of the statement: {detail}.",
    "declaration": "No proof may do this: {detail}.",
    "kernel": "Lean's kernel refuses what came of the proof: {detail}.",
}


def refuse_statement(case: Case, reply: JudgeReply) -> NoReturn:
    """Say what is wrong with a statement.

    Raises
    ------
    LeanError
        That.
    """
    code = case.stated + case.omitted
    said = messages_of(reply.messages)
    result = LeanResult(code, "error", said) if any(message.severity == "error" for message in said) else None
    if result is not None:
        error = f"{_place_in(case.stated, result.errors[0].start)}: {_shortened(result)}"
        advice = advice_on_statement(case.stated, case.proof, error)
        raise LeanError(" ".join(["Lean refuses the statement.", *([advice] if advice else []), error]), result)
    detail = reply.message or (reply.objection.detail if reply.objection is not None else "")
    if _OPTION.match(detail):
        raise LeanError(f"Lean refuses the options: {detail}.")
    raise LeanError(f"This is no statement to prove: {detail}. Give one such as 'theorem two : 1 + 1 = 2'.")


def _place_in(statement: str, start: Position) -> str:
    """Return in words where an error is: what follows a statement is none of the caller's."""
    *before, last = statement.split("\n")
    is_after = (start.line, start.column) >= (len(before) + 1, len(last))
    return "At its end" if is_after else str(start)


def _shortened(result: LeanResult) -> str:
    text = " ".join(result.errors[0].text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
