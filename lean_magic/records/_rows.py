"""From what came of codes to rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypedDict, runtime_checkable

import msgspec

from lean_magic.conversions import plain
from lean_magic.errors import InputError, ServerError
from lean_magic.records._schema import Axioms, Open, Record, Said, Tactic
from lean_magic.results import LeanResult

if TYPE_CHECKING:
    from lean_magic.errors import LeanMagicError
    from lean_magic.results import Message, Sorry, TacticStep

__all__ = ["Checked", "Exported", "name_of", "place_of", "record_of"]


@runtime_checkable
class Checked(Protocol):
    """A check with the caller's name for it: `lean_magic.Check`."""

    @property
    def id(self) -> Any: ...  # noqa: ANN401 - anything
    @property
    def code(self) -> str: ...
    @property
    def result(self) -> LeanResult | None: ...
    @property
    def error(self) -> LeanMagicError | None: ...
    @property
    def cached(self) -> bool: ...


Exported: TypeAlias = Record | LeanResult | Checked
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
        case Checked():
            return _of_check(check)
        case _:
            raise InputError(f"A row is made of a check or a result, not of {type(check).__name__}.")


def name_of(check: Exported) -> str:
    """Return what the caller calls a code."""
    match check:
        case Record():
            return check.id
        case LeanResult():
            return ""
        case _:
            return _name(check.id)


def _name(id: object) -> str:
    return plain(id if isinstance(id, str) else json.dumps(id, ensure_ascii=False, default=str))


def _of_check(check: Checked) -> Record:
    if check.result is not None:
        return msgspec.structs.replace(_of_result(check.result), id=name_of(check), cached=check.cached)
    verdict = check.error.verdict if isinstance(check.error, ServerError) else "refused"
    return Record(
        id=name_of(check),
        code=plain(check.code),
        verdict=verdict,
        ok=False,
        error=type(check.error).__name__,
        detail=plain(str(check.error)),
        cached=check.cached,
    )


def _of_result(result: LeanResult) -> Record:
    return Record(
        code=plain(result.code),
        verdict=result.verdict,
        ok=result.ok,
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


def place_of(about: Message | Sorry | TacticStep) -> Place:
    """Return where something is, as columns."""
    start, end = about.start, about.end
    return {
        "line": start.line if start else None,
        "column": start.column if start else None,
        "end_line": end.line if end else None,
        "end_column": end.column if end else None,
    }
