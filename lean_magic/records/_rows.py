"""From what came of codes to rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import msgspec

from lean_magic.batch import Check, ProofCheck, result_of_record, verification_of_record
from lean_magic.batch._records import name_of
from lean_magic.conversions import plain
from lean_magic.errors import CrashedError, InputError, LeanError, ServerError
from lean_magic.records._declaring import declares
from lean_magic.records._schema import Axioms, Claim, Open, Record, Said, Tactic
from lean_magic.results import LeanResult
from lean_magic.store import CheckRecord
from lean_magic.store._records import OPINIONS
from lean_magic.verification import Verification

if TYPE_CHECKING:
    from lean_magic.errors import LeanMagicError
    from lean_magic.results import Message, Sorry, TacticStep
    from lean_magic.triples import Triple

__all__ = ["Exported", "id_of", "place_of", "record_of", "result_in"]

_VERIFY = "verify"  # as the log says what it was for
_GONE = "what Lean said is no longer in the store"


Exported: TypeAlias = Record | LeanResult | Check | Verification | ProofCheck | CheckRecord
"""What can be a row."""


_VERDICTS = {
    "proved": "valid",
    "sorry": "sorry",
    **{verdict: verdict for verdict in ("timeout", "out_of_memory", "crashed", "cancelled")},
}
"""Of verifications; all others are errors of the proof."""


class Place(TypedDict):
    """Columns that say where something is."""

    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


def record_of(check: Exported) -> Record:
    """Return what came of a code, or of a proof, as a row.

    Parameters
    ----------
    check : Check, LeanResult, ProofCheck, Verification, CheckRecord or Record
        A check, of ``check_many`` or ``check``; a result; what ``verify_many`` or ``verify`` give; what is in the log
        of a store; or a row.

    Raises
    ------
    InputError
        It is none of these.
    """
    match check:
        case Record():
            return check
        case LeanResult():
            return _of_result(check)
        case Check():
            row = _of_error(check.code, check.error) if check.result is None else _of_result(check.result)
            return _of_many(row, check)
        case Verification():
            return _of_verification(check)
        case ProofCheck():
            return _of_proof(check)
        case CheckRecord():
            return _of_log(check)
        case _:
            raise _no_check(check)


def result_in(check: Exported) -> LeanResult | None:
    """Return what Lean said, as far as it is known.

    Raises
    ------
    InputError
        It is not what a result can be made of.
    """
    match check:
        case LeanResult():
            return check
        case Check():
            return check.result
        case Verification():
            return check.result
        case ProofCheck():
            return None if check.verification is None else check.verification.result
        case CheckRecord():
            kept = _kept(check)
            return kept.result if isinstance(kept, Verification | LeanError) else kept
        case Record():
            raise InputError(
                "A row has no proof states to make triples of: give the check, or the result, that it is of."
            )
        case _:
            raise _no_check(check)


def id_of(check: Exported) -> str:
    """Return what the caller calls a code: text as it is, anything else as JSON."""
    match check:
        case Record():
            return check.id
        case LeanResult() | Verification():
            return ""
        case CheckRecord():
            name = check.name
        case Check() | ProofCheck():
            if isinstance(check.id, str):
                return plain(check.id)
            name = name_of(check.id)
    value = json.loads(name)
    return plain(value) if isinstance(value, str) else name


def _no_check(found: object) -> InputError:
    return InputError(f"A row is made of a check or a result, not of {type(found).__name__}.")


def _of_many(row: Record, check: Check | ProofCheck) -> Record:
    """Return a row with what is known of one among many."""
    return msgspec.structs.replace(
        row,
        id=id_of(check),
        cached=check.cached,
        at=check.at,
        batch=plain(check.batch or ""),
        place=check.place,
    )


def _of_error(code: str, error: LeanMagicError | None) -> Record:
    return Record(
        code=plain(code),
        verdict=error.verdict if isinstance(error, ServerError) else "refused",
        ok=False,
        declares=declares(code),
        error=type(error).__name__,
        detail=plain(str(error)),
    )


def _of_proof(check: ProofCheck) -> Record:
    if check.verification is not None:
        return _of_many(_of_verification(check.verification), check)
    claim = Claim(statement=plain(check.statement), proof=plain(check.proof))
    return _of_many(msgspec.structs.replace(_of_error("", check.error), claim=claim), check)


def _of_verification(found: Verification) -> Record:
    verdict = _VERDICTS.get(found.kind, "error")
    row = (
        Record(code=plain(found.code), verdict=verdict, ok=found.ok, declares=declares(found.code))
        if found.result is None
        else _of_result(found.result)
    )
    axioms = [
        Axioms(
            declaration=plain(found.theorem),
            axioms=[plain(axiom) for axiom in found.axioms],
            unseen=[plain(theorem) for theorem in found.axioms_unseen],
        )
    ]
    return msgspec.structs.replace(
        row,
        verdict=verdict,
        ok=found.ok,
        axioms=axioms if found.ok or found.axioms or found.axioms_unseen else None,
        detail=plain(found.reason),
        elapsed=found.elapsed,
        cpu=found.cpu,
        memory=found.memory_peak,
        cached=found.cached,
        kind=found.kind,
        claim=Claim(statement=plain(found.statement), proof=plain(found.proof), theorem=plain(found.theorem)),
    )


def _of_log(check: CheckRecord) -> Record:
    kept = _kept(check)
    if isinstance(kept, Verification):
        row = _of_verification(kept)
    elif isinstance(kept, LeanError):
        row = _of_error(check.code, kept)
    elif kept is not None:
        row = _of_result(kept)
    else:
        is_proof = check.source == _VERIFY and check.verdict != "refused"
        verdict = _VERDICTS.get(check.verdict, "error") if is_proof else check.verdict
        row = Record(
            code=plain(check.code),
            verdict=verdict,
            ok=verdict == "valid",
            declares=declares(check.code),
            error="InputError" if check.verdict == "refused" else "",
            detail=plain(check.detail) or (_GONE if check.verdict in OPINIONS else ""),
            kind=check.verdict if is_proof else "",
        )
    return msgspec.structs.replace(
        row,
        id=id_of(check),
        elapsed=check.elapsed,
        cpu=check.cpu,
        memory=check.memory,
        cached=check.cached,
        at=check.at,
        batch=plain(check.batch or ""),
    )


def _kept(check: CheckRecord) -> LeanResult | Verification | LeanError | None:
    """Return what the store has of what came of it; None if there is nothing, or nobody can read it."""
    try:
        verification = verification_of_record(check)  # false where it is no proof
        return result_of_record(check) if verification is None else verification
    except CrashedError:
        return None


def _of_result(result: LeanResult) -> Record:
    return Record(
        code=plain(result.code),
        verdict=result.verdict,
        ok=result.ok,
        declares=declares(result.code),
        errors=len(result.errors),
        messages=[_said(message) for message in result.messages],
        sorries=[_open(sorry) for sorry in result.sorries],
        axioms=_axioms(result),
        tactics=[_tactic(step) for step in result.tactics],
        detail=plain(result.detail),
        elapsed=result.elapsed,
        cpu=result.cpu,
        memory=result.memory_peak,
        toolchain=plain(result.env.toolchain) if result.env else "",
    )


def _axioms(result: LeanResult) -> list[Axioms] | None:
    if result.axioms is None:
        return None
    return [
        Axioms(
            declaration=plain(name),
            axioms=[plain(axiom) for axiom in found],
            unseen=[plain(theorem) for theorem in result.axioms_unseen.get(name, ())],
        )
        for name, found in result.axioms.items()
    ]


def _said(message: Message) -> Said:
    return Said(severity=message.severity, text=plain(message.text), **place_of(message))


def _open(sorry: Sorry) -> Open:
    return Open(goal=plain(sorry.goal.text), **place_of(sorry))


def _tactic(step: TacticStep) -> Tactic:
    return Tactic(
        tactic=plain(step.tactic),
        goals_before=[plain(goal.text) for goal in step.goals],
        goals_after=[plain(goal.text) for goal in step.goals_after],
        parent=step.parent,
        depth=step.depth,
        **place_of(step),
    )


def place_of(about: Message | Sorry | TacticStep | Triple) -> Place:
    """Return where something is, as columns."""
    start, end = about.start, about.end
    return {
        "line": start.line if start else None,
        "column": start.column if start else None,
        "end_line": end.line if end else None,
        "end_column": end.column if end else None,
    }
