"""The Lean in a cell that is being written, and where the cursor is in it."""

from __future__ import annotations

import asyncio
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from IPython.core.error import UsageError

from lean_magic.magic._options import Options, parse
from lean_magic.positions import Position
from lean_magic.session import Text, start_of_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from lean_magic.magic._control import Control
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef
    from lean_magic.session import Session

__all__ = ["Desk", "Draft", "ask"]

_CELL = re.compile(r"%%lean(?=\s|$)")
_LINE = re.compile(r"[ \t]*%lean(?=\s|$)")
_SECONDS = 1.5  # that Lean may take: the user waits
_IMPORTS = re.compile(r"\s*(?:(?:public|private|meta)\s+)*import\b")
_VALUE = re.compile(r"\{\{ *\w+ *\}\}")

_Answer = TypeVar("_Answer")


class Desk(Protocol):
    """What is needed to help with writing: the magic of a shell."""

    session: Session
    control: Control

    @property
    def pool_if_made(self) -> LeanPool | None:
        """The pool that cells run on, if it is there already."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Lean in a cell, with a cursor.

    Parameters
    ----------
    code : str or None
        The Lean code; None if the cursor is among the options.
    position : Position
        Where the cursor is: in the code, or on the line of the options.
    before : str
        What the user wrote before the cursor on its line; of that line, only what belongs to Lean.
    options : Options
        The options as far as they can be read.
    """

    code: str | None
    position: Position
    before: str
    options: Options

    @classmethod
    def at(cls, cell: str, position: Position) -> Draft | None:
        """Return the Lean at a place of a cell; None if it is in Python there."""
        lines = cell.split("\n")
        first = next((number for number, line in enumerate(lines, 1) if line.strip()), 0)
        if first and _CELL.match(lines[first - 1]) and position.line >= first:
            line = lines[first - 1]
            if position.line == first and position.column <= len("%%lean"):
                return None
            if position.line == first:
                return cls(None, position, line[len("%%lean") : position.column], Options())
            code = "\n".join(lines[first:])
            place = Position(position.line - first, position.column)
            options, _ = _parsed(line[len("%%lean") :])
            return cls(code, place, lines[position.line - 1][: position.column], options)
        line = lines[position.line - 1] if position.line <= len(lines) else ""
        match = _LINE.match(line)
        if match is None or position.column < match.end():
            return None
        options, rest = _parsed(line[match.end() :])
        before = line[match.end() : position.column]
        start = len(line.rstrip()) - len(rest) if rest else position.column
        if position.column < start or (not rest and before.lstrip().startswith("-")):
            return cls(None, position, before, options)
        return cls(line[start:], Position(1, position.column - start), line[start : position.column], options)

    def lean(self, session: Session) -> tuple[str, EnvRef | None]:
        """Return what Lean is to be given, with all places as they are; and the environment that it starts from."""
        code = _VALUE.sub(lambda match: "sorry".ljust(len(match[0])), self.code or "")
        if _IMPORTS.match(self.before):
            return code, None
        written = code[: self.position.offset(code)]
        env = start_of_draft(session, written, self.options.env, fresh=self.options.fresh)
        return (code, None) if env is None else (Text(code).body, env)


def _parsed(line: str) -> tuple[Options, str]:
    try:
        return parse(line)
    except UsageError:
        return Options(), ""


def ask(
    pool: LeanPool | None,
    question: Callable[[LeanPool], Coroutine[object, object, _Answer]],
    otherwise: _Answer,
) -> _Answer:
    """Return what Lean says if it is up, idle, and quick enough; nothing is started, and nothing raised.

    Parameters
    ----------
    pool : LeanPool or None
        The pool, if there is one.
    question : callable
        Asks a pool.
    otherwise : object
        The answer where there is none.
    """
    if pool is None or not pool.idle:
        return otherwise
    answer: Future[_Answer] = Future()

    def wait() -> None:  # in a thread, since the caller's may have an event loop that runs
        try:
            answer.set_result(asyncio.run(asyncio.wait_for(question(pool), _SECONDS)))
        except Exception:  # noqa: BLE001 - help with writing is never worth failing for
            answer.set_result(otherwise)

    threading.Thread(target=wait, name="lean-magic help", daemon=True).start()
    return answer.result()
