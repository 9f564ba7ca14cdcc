"""What a session knows of each cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.header import split_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lean_magic.header import Header
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult, Verdict

__all__ = ["MAIN", "SUCCESS", "Attempt", "Cell", "CellKey", "Entry", "Request", "Text", "Use"]

SUCCESS = frozenset({"valid", "sorry"})
"""The verdicts of cells that others can build on."""

_NONE = frozenset({"crashed", "cancelled", "out_of_memory"})

MAIN = "main"
"""The name of the line of cells that unnamed cells continue where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class CellKey:
    """The identity of a run of Lean.

    Parameters
    ----------
    cell : str
        That of the cell in which it is.
    part : int
        Which of the runs in that cell it is: a cell may contain several ``%lean``.
    lasts : bool
        Whether the cell has the same identity when it is run again; else each run is a cell of its own.
    """

    cell: str
    part: int = 0
    lasts: bool = True


@dataclass(frozen=True)
class Text:
    """The code of a cell.

    Parameters
    ----------
    code : str
        As the user wrote it.
    """

    code: str

    @cached_property
    def header(self) -> Header:
        """Its header; the empty one if it has none, or one that Lean would refuse to read."""
        if "import" not in self.code and "module" not in self.code and "prelude" not in self.code:
            return split_header("")
        header = split_header(self.code)
        return split_header("") if header.broken else header

    @cached_property
    def body(self) -> str:
        """The code with spaces in place of its header, so that everything else stays where it is."""
        start, end = self.header.start, self._header_end
        if start == end:
            return self.code
        blank = "".join(c if c in "\r\n" else " " for c in self.code[start:end])
        return self.code[:start] + blank + self.code[end:]

    @cached_property
    def without_header(self) -> str:
        """The code without its header, and without empty lines around it."""
        end = self._header_end
        return (self.code[: self.header.start] + self.code[end:].lstrip("\r\n")).strip("\r\n")

    @property
    def _header_end(self) -> int:
        """Where the last word of the header ends, or the line that it is in: comments that follow are no part of it."""
        header, code = self.header, self.code
        if not header:
            return header.start
        position = header.start
        while (line_end := code.find("\n", position, header.end)) >= 0:
            found = split_header(code[:line_end])
            if not found.broken and (found.imports, found.is_module, found.is_prelude) == (
                header.imports,
                header.is_module,
                header.is_prelude,
            ):
                return line_end
            position = line_end + 1
        return header.end

    @property
    def title(self) -> str:
        """The first line that says anything: of the commands, or else of the imports or comments."""
        lines = [line.strip() for line in (*self.without_header.splitlines(), *self.code.splitlines()) if line.strip()]
        return next((line for line in lines if not line.startswith(("--", "/-", "import "))), next(iter(lines), ""))


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run.

    Parameters
    ----------
    key : CellKey
        Its identity.
    code : str
        Its code.
    name : str or None
        The name that it gets (``--as``).
    base : str or None
        The name of the cell whose environment it starts from (``--env``); None for the cell before it.
    fresh : bool
        Whether it starts from nothing (``--fresh``).
    may_fail : bool
        Whether the notebook goes on if it fails (``--no-raise``).
    asked : mapping
        What else is asked of the run: arguments of `LeanPool.run_sync`.
    count : int or None
        Its number in the notebook, ``In [count]``.
    sent : float or None
        When the front end sent it, in seconds by its own clock.
    """

    key: CellKey
    code: str
    name: str | None = None
    base: str | None = None
    fresh: bool = False
    may_fail: bool = False
    asked: Mapping[str, Any] = field(default_factory=dict)
    count: int | None = None
    sent: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One run of a cell.

    Parameters
    ----------
    text : Text
        Its code.
    start : EnvRef or None
        The environment that it was run in; None for nothing.
    env : EnvRef or None
        The environment that it left; None if it failed.
    verdict : Verdict
        What came of it.
    complaint : str
        The first error, if there was one.
    asked : mapping
        What was asked of it.
    after : CellKey or None
        The cell that it extended.
    refused : bool
        Whether it failed at its own imports, whatever other cells do.
    """

    text: Text
    start: EnvRef | None
    env: EnvRef | None
    verdict: Verdict
    complaint: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    after: CellKey | None = None
    refused: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether it left an environment."""
        return self.env is not None

    @property
    def gave_none(self) -> bool:
        """Whether Lean gave no opinion for a reason that says nothing about the code."""
        return self.verdict in _NONE

    @classmethod
    def of(
        cls,
        text: Text,
        start: EnvRef | None,
        result: LeanResult,
        asked: Mapping[str, Any],
        after: CellKey | None,
    ) -> Attempt:
        """Return what is to be kept of a result."""
        env = result.env if result.verdict in SUCCESS else None
        complaint = ""
        if env is None:
            complaint = str(result.errors[0]).partition("\n")[0] if result.errors else result.detail
        return cls(text, start, env, result.verdict, complaint, asked, after)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A cell that was run.

    Parameters
    ----------
    key, name, base, fresh, may_fail, count
        As in `Request`.
    last : Attempt
        Its last run.
    good : Attempt or None
        The last one that did not fail, which is what other cells build on; None if that is over.
    header : Header
        What it imports: as it was last run, but as it was good if that failed.
    run : int
        The number of its last run in the session.
    at : float
        When that was, in seconds since 1970.
    """

    key: CellKey
    name: str | None
    base: str | None
    fresh: bool
    may_fail: bool
    count: int | None
    last: Attempt
    good: Attempt | None
    header: Header
    run: int
    at: float

    @property
    def label(self) -> str:
        """What people call it: by its name, or its number."""
        part = f".{self.key.part + 1}" if self.key.part else ""
        return self.name or ("[?]" if self.count is None else f"[{self.count}{part}]")

    def __str__(self) -> str:
        return f"cell {self.label}"


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """From here on, unnamed cells continue another line (``%leanctl use``).

    Parameters
    ----------
    key : CellKey
        Its identity.
    target : str
        The cell from which that line starts, or ``"main"``.
    run, at
        As in `Cell`.
    """

    key: CellKey
    target: str
    run: int
    at: float


Entry: TypeAlias = Cell | Use
