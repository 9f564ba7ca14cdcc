"""Values of Python variables in the code of a cell: ``{{NAME}}``, for the names that ``--var`` gives.

Nothing else is replaced, since braces are Lean's own: ``{{x : α}}`` is a binder.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from IPython.core.error import UsageError

from lean_magic.errors import InputError
from lean_magic.literals import literal
from lean_magic.positions import Position
from lean_magic.results import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import FrameType

    from lean_magic.results import LeanResult, Message, Sorry, Suggestion, TacticStep, Update

__all__ = ["Expansion", "expand", "variables_of_caller"]

_Placed = TypeVar("_Placed", bound="Message | Sorry | Suggestion | TacticStep")


@dataclass(frozen=True, slots=True)
class _Replaced:
    """Where a value stands on a line: from `start` to `end` in what the user wrote, and in what Lean is given."""

    start: int
    end: int
    given_start: int
    given_end: int


@dataclass(frozen=True, slots=True)
class Expansion:
    """Code with the values of variables in it, and the way back to what the user wrote.

    Parameters
    ----------
    code : str
        What the user wrote.
    text : str
        What Lean is given.
    """

    code: str
    text: str
    _lines: Mapping[int, list[_Replaced]]

    def in_code(self, position: Position, *, is_end: bool = False) -> Position:
        """Return the place in the user's code of one in Lean's; within a value, where its name begins or ends."""
        places = self._lines.get(position.line, [])
        index = bisect_right(places, position.column, key=lambda place: place.given_start) - 1
        if index < 0:
            return position
        place = places[index]
        if position.column >= place.given_end:
            return Position(position.line, place.end + position.column - place.given_end)
        return Position(position.line, place.end if is_end and position.column > place.given_start else place.start)

    def result(self, result: LeanResult) -> LeanResult:
        """Return a result as if Lean had been given what the user wrote."""
        if not self._lines:
            return result
        return replace(
            result,
            code=self.code,
            messages=self._messages(result.messages),
            sorries=tuple(map(self._placed, result.sorries)),
            tactics=tuple(map(self._placed, result.tactics)),
            root_goals=tuple(map(self._placed, result.root_goals)),
        )

    def update(self, update: Update) -> Update:
        """Return an update as if Lean had been given what the user wrote."""
        if not self._lines:
            return update
        position = update.position and self.in_code(update.position)
        return replace(update, position=position, messages=self._messages(update.messages))

    def _messages(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        return tuple(
            replace(message, suggestions=tuple(map(self._placed, message.suggestions)))
            for message in map(self._placed, messages)
        )

    def _placed(self, placed: _Placed) -> _Placed:
        start = None if placed.start is None else self.in_code(placed.start)
        end = None if placed.end is None else self.in_code(placed.end, is_end=True)
        return replace(placed, start=start, end=end)  # type: ignore[arg-type]


def variables_of_caller(frame: FrameType | None, otherwise: Mapping[str, object]) -> Mapping[str, object]:
    """Return the variables of who called a magic: those of a cell, or of a function that runs it.

    Parameters
    ----------
    frame : frame or None
        Where the magic runs.
    otherwise : mapping of str to object
        What to return where only IPython is found above.
    """
    while frame is not None and frame.f_globals.get("__name__", "").startswith(("IPython.", "lean_magic.")):
        frame = frame.f_back
    return otherwise if frame is None else {**frame.f_globals, **frame.f_locals}


def expand(code: str, variables: Sequence[str], values: Mapping[str, object]) -> Expansion:
    """Put the values of variables into code.

    Parameters
    ----------
    code : str
        What the user wrote.
    variables : sequence of str
        The names whose ``{{NAME}}`` is replaced.
    values : mapping of str to object
        The variables that there are.

    Raises
    ------
    UsageError
        There is no such variable, or the code does not use it.
    InputError
        Its value has no literal in Lean.
    """
    if not variables:
        return Expansion(code, code, {})
    placeholder = re.compile(r"\{\{ *(" + "|".join(map(re.escape, variables)) + r") *\}\}")
    used = {match[1] for match in placeholder.finditer(code)}
    terms = {name: _term(name, values, is_used=name in used) for name in variables}
    lines: dict[int, list[_Replaced]] = {}
    given = []
    for number, line in enumerate(code.split("\n"), 1):
        shift = 0
        for match in placeholder.finditer(line):
            start, end, length = match.start(), match.end(), len(terms[match[1]])
            lines.setdefault(number, []).append(_Replaced(start, end, start + shift, start + shift + length))
            shift += length - (end - start)
        given.append(placeholder.sub(lambda match: terms[match[1]], line))
    return Expansion(code, "\n".join(given), lines)


def _term(name: str, values: Mapping[str, object], *, is_used: bool) -> str:
    if name not in values:
        near = difflib.get_close_matches(name, [known for known in values if not known.startswith("_")], n=1)
        raise UsageError(
            f"--var {name}: there is no such Python variable{f'; did you mean {near[0]}?' if near else ''}"
        )
    if not is_used:
        raise UsageError(f"--var {name}: the code has no {{{{{name}}}}}, which is where its value would stand")
    try:
        return literal(values[name])
    except InputError as error:
        raise InputError(f"--var {name}: {error}") from None
