"""From what came of codes to rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import msgspec

from lean_magic.batch import Check, result_of_record
from lean_magic.batch._records import name_of
from lean_magic.conversions import plain
from lean_magic.errors import CrashedError, InputError, ServerError
from lean_magic.records._declaring import declares
from lean_magic.records._schema import Axioms, Open, Record, Said, Tactic
from lean_magic.results import LeanResult
from lean_magic.store import CheckRecord
from lean_magic.store._records import OPINIONS

if TYPE_CHECKING:
    from lean_magic.results import Message, Sorry, TacticStep
    from lean_magic.triples import Triple

__all__ = ["Exported", "id_of", "place_of", "record_of", "result_in"]

_GONE = "what Lean said is no longer in the store"


Exported: TypeAlias = Record | LeanResult | Check | CheckRecord
"""What can be a row."""


class Place(TypedDict):
    """Columns that say where something is."""

    line: int | None
    column: int | None
    end_line: int | None
    end_column: int | None


def record_of(check: Exported) -> Record:
    """Return what came of a code as a row.

    Parameters
    ----------
    check : Check, LeanResult, CheckRecord or Record
        A check, of ``check_many`` or ``check``; a result; a check in the log of a store; or a row.

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
            return _of_check(check)
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
        case CheckRecord():
            return _kept(check)
        case _:
            raise _no_check(check)


def id_of(check: Exported) -> str:
    """Return what the caller calls a code: text as it is, anything else as JSON."""
    match check:
        case Record():
            return check.id
        case LeanResult():
            return ""
        case CheckRecord():
            name = check.name
        case Check():
            if isinstance(check.id, str):
                return plain(check.id)
            name = name_of(check.id)
    value = json.loads(name)
    return plain(value) if isinstance(value, str) else name


def _no_check(found: object) -> InputError:
    return InputError(f"A row is made of a check or a result, not of {type(found).__name__}.")


def _of_check(check: Check) -> Record:
    if check.result is not None:
        return msgspec.structs.replace(
            _of_result(check.result),
            id=id_of(check),
            cached=check.cached,
            at=check.at,
            batch=plain(check.batch or ""),
            place=check.place,
        )
    return Record(
        id=id_of(check),
        code=plain(check.code),
        verdict=check.error.verdict if isinstance(check.error, ServerError) else "refused",
        ok=False,
        declares=declares(check.code),
        error=type(check.error).__name__,
        detail=plain(str(check.error)),
        cached=check.cached,
        at=check.at,
        batch=plain(check.batch or ""),
        place=check.place,
    )


def _of_log(check: CheckRecord) -> Record:
    result = _kept(check)
    if result is not None:
        row = _of_result(result)
    else:
        is_opinion = check.verdict in OPINIONS
        row = Record(
            code=plain(check.code),
            verdict=check.verdict,
            ok=check.verdict == "valid",
            declares=declares(check.code),
            error="InputError" if check.verdict == "refused" else "",
            detail=plain(check.detail) or (_GONE if is_opinion else ""),
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


def _kept(check: CheckRecord) -> LeanResult | None:
    """Return what the store has of what Lean said; None if there is nothing, or nobody can read it."""
    try:
        return result_of_record(check)
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
