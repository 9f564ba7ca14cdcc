"""The columns of exported files as types. What they mean is said at the top of `lean_magic.records`."""

from __future__ import annotations

import msgspec

__all__ = ["SCHEMA", "Axioms", "Claim", "Open", "Record", "Row", "Said", "Tactic", "TripleRow"]

SCHEMA = 1
"""The edition of the columns. It grows when one changes its meaning or is taken away, not when one is added."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row of a file: its fields are the columns."""


class Said(Row, frozen=True, kw_only=True, gc=False):
    """A message.

    Parameters
    ----------
    severity : str
        ``"error"``, ``"warning"`` or ``"info"``.
    text : str
        What Lean says.
    line, column, end_line, end_column : int or None
        Which part of the code it is about.
    """

    severity: str
    text: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class Open(Row, frozen=True, kw_only=True, gc=False):
    """A goal left open with ``sorry``.

    Parameters
    ----------
    goal : str
        As Lean prints it.
    line, column, end_line, end_column : int or None
        Where the ``sorry`` is.
    """

    goal: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class Axioms(Row, frozen=True, kw_only=True, gc=False):
    """What a declaration rests on.

    Parameters
    ----------
    declaration : str
        Its name.
    axioms : list of str
        The axioms that it is known to rest on.
    unseen : list of str
        Theorems of the library besides, of which this Lean cannot say what they rest on.
    """

    declaration: str
    axioms: list[str]
    unseen: list[str] = []


class Tactic(Row, frozen=True, kw_only=True, gc=False):
    """A tactic.

    Parameters
    ----------
    tactic : str
        As Lean prints it.
    goals_before, goals_after : list of str
        The goals, as Lean prints them.
    line, column, end_line, end_column : int or None
        Where it is.
    parent : int or None
        The place in the list of the tactic that contains it.
    depth : int
        How many tactics contain it, bullets, parentheses and ``<;>`` included.
    """

    tactic: str
    goals_before: list[str]
    goals_after: list[str]
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    parent: int | None = None
    depth: int = 0


class Claim(Row, frozen=True, kw_only=True, gc=False):
    """What was verified.

    Parameters
    ----------
    statement, proof : str
        What was given.
    theorem : str
        The name of what is to be proved; empty where it did not come so far.
    """

    statement: str
    proof: str
    theorem: str = ""


class Record(Row, frozen=True, kw_only=True, gc=False):
    """One check of one code, or the verification of one proof: a row of an exported file.

    The table at the top of `lean_magic.records` says what the fields mean.
    """

    id: str = ""
    code: str
    verdict: str
    ok: bool
    declares: bool = True
    errors: int = 0
    messages: list[Said] = []
    sorries: list[Open] = []
    axioms: list[Axioms] | None = None
    tactics: list[Tactic] = []
    error: str = ""
    detail: str = ""
    elapsed: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    cached: bool = False
    at: float | None = None
    batch: str = ""
    place: int | None = None
    kind: str = ""
    claim: Claim | None = None
    toolchain: str = ""
    schema: int = SCHEMA


class TripleRow(Row, frozen=True, kw_only=True, gc=False):
    """One step of one proof: a row of a file of triples.

    The second table at the top of `lean_magic.records` says what the fields mean.
    """

    id: str = ""
    verdict: str
    declaration: str = ""
    name: str = ""
    proof: int
    step: int
    depth: int
    goal: list[int] | None = None
    goals_before: list[str]
    tactic: str
    goals_after: list[str]
    printed: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    has_sorry: bool = False
    code_sha256: str = ""
    toolchain: str = ""
    schema: int = SCHEMA
