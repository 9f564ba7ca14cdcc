"""The columns of exported files: what they mean, their types and units. This is the one place that says so.

A row is a `Record`: one check of one code, whatever came of it. Files of any format have these columns in this order:

===============  =====================  ==========================================================================
column           Arrow type             meaning
===============  =====================  ==========================================================================
``id``           string                 what the caller calls the code: text as it is, anything else as JSON
``code``         string                 the code
``verdict``      string                 ``valid``, ``sorry``, ``error``: Lean's opinion; ``timeout``,
                                        ``out_of_memory``, ``crashed``, ``cancelled``: Lean gave none; ``refused``:
                                        it could not be given to Lean
``ok``           bool                   whether the verdict is ``valid``
``errors``       int64                  how many of the messages are errors
``messages``     list of struct         what Lean said: `Said`
``sorries``      list of struct         the goals left open: `Open`
``axioms``       list of struct, null   what each new declaration rests on: `Axioms`; null where nobody asked
``tactics``      list of struct         every tactic, each after those that contain it: `Tactic`; empty where nobody
                                        asked
``error``        string                 the kind of error, where there is no result: ``InputError``; else empty
``detail``       string                 one line that says why there is no opinion, or what is wrong; else empty
``elapsed``      double                 seconds that Lean took, without waiting and replays
``cpu``          double                 seconds of processor time that it cost
``memory``       int64                  the most resident bytes that its process was seen to have; 0 if unknown
``cached``       bool                   whether it was known from before; the costs are those of then
``at``           double, null           when, in seconds since 1970 (UTC); null where nobody noted it
``batch``        string                 the name of the batch; empty if it has none
``toolchain``    string                 which Lean, as its environments name it; empty where that is not known
``schema``       int64                  which edition of these columns: `SCHEMA`
===============  =====================  ==========================================================================

Lines are counted from 1, columns from 0 in code points, both in ``code``; null where Lean names no place.

A row of a file of triples is a `TripleRow`: one step of one proof. Its own columns are those of `lean_magic.Triple`.

===============  =====================  ==========================================================================
column           Arrow type             meaning
===============  =====================  ==========================================================================
``id``           string                 the code's, as above
``verdict``      string                 the code's, as above; only a ``valid`` one has been proved to its end
``declaration``  string                 what is proved: ``theorem And.swap``; empty where the lines do not tell
``proof``        int64                  which proof of the code, from 0
``step``         int64                  which step of the code, from 0
``depth``        int64                  how many steps it is within
``goals_before`` list of string         the goals, as Lean prints them
``tactic``       string                 what can be run on them
``goals_after``  list of string         the goals then, as Lean prints them
``printed``      string                 the whole tactic as Lean prints it; empty for several with ``<;>``
``line`` …       int64, null            where the tactic is in the code: ``line``, ``column``, ``end_line``,
                                        ``end_column``
``has_sorry``    bool                   whether it gives up
``schema``       int64                  as above
===============  =====================  ==========================================================================

In CSV, a cell that is not text is JSON (``true``, ``1.5``, ``[{"severity": …}]``), and null is an empty cell. Lone
surrogates, which no file can hold, are replaced by ``�``; all other text is as it was, with its line ends and NULs.
"""

from __future__ import annotations

import msgspec

__all__ = ["SCHEMA", "Axioms", "Open", "Record", "Row", "Said", "Tactic", "TripleRow"]

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


class Record(Row, frozen=True, kw_only=True, gc=False):
    """One check of one code: a row of an exported file.

    The table at the top of `lean_magic.records._schema` says what the fields mean.
    """

    id: str = ""
    code: str
    verdict: str
    ok: bool
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
    toolchain: str = ""
    schema: int = SCHEMA


class TripleRow(Row, frozen=True, kw_only=True, gc=False):
    """One step of one proof: a row of a file of triples.

    The second table at the top of `lean_magic.records._schema` says what the fields mean.
    """

    id: str = ""
    verdict: str
    declaration: str = ""
    proof: int
    step: int
    depth: int
    goals_before: list[str]
    tactic: str
    goals_after: list[str]
    printed: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    has_sorry: bool = False
    schema: int = SCHEMA
