"""What came of codes as rows: for tables, files and training sets. What the columns mean is said here, and only here.

A row is a `Record`: one check of one code, or the verification of one proof, whatever came of it. Files of any format
have these columns in this order:

===============  =====================  ==========================================================================
column           Arrow type             meaning
===============  =====================  ==========================================================================
``id``           string                 what the caller calls the code: text as it is, anything else as JSON
``code``         string                 the code
``verdict``      string                 ``valid``, ``sorry``, ``error``: Lean's opinion; ``timeout``,
                                        ``out_of_memory``, ``crashed``, ``cancelled``: Lean gave none; ``refused``:
                                        it could not be given to Lean
``ok``           bool                   whether the verdict is ``valid``
``declares``     bool                   whether it may declare something, an example, say; code that does not, an empty
                                        one, say, proves nothing, though it is valid
``errors``       int64                  how many of the messages are errors
``messages``     list of struct         what Lean said: `Said`
``sorries``      list of struct         the goals left open: `Open`
``axioms``       list of struct, null   what each new declaration rests on: `Axioms`; null where nobody asked
``tactics``      list of struct         every tactic, each after those that contain it: `Tactic`; empty where nobody
                                        asked
``error``        string                 the kind of error, where there is no result: ``InputError``; else empty
``detail``       string                 one line that says why there is no opinion, or what is wrong, and of a proof
                                        why it is proved or not; else empty
``elapsed``      double                 seconds that Lean took, without waiting and replays
``cpu``          double                 seconds of processor time that it cost
``memory``       int64                  the most resident bytes that its process was seen to have; 0 if unknown
``cached``       bool                   whether it was known from before; the costs are those of then
``at``           double, null           when, in seconds since 1970 (UTC); null where nobody noted it
``batch``        string                 the name of the batch; empty if it has none
``place``        int64, null            which of many codes it was, from 0: which row of what ``lean-magic batch`` has
                                        read; null where nobody noted it
``kind``         string                 of a proof, what came of it: ``proved``, or why not, as
                                        `lean_magic.Verification` says; empty for code that was only run. The verdict is
                                        ``valid`` only for ``proved``, and ``error`` for all that is wrong with a proof
``claim``        struct, null           of a proof, what was given, and what it is to prove: `Claim`; null for code that
                                        was only run. ``code`` has both
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
``name``         string                 the full name of that: ``And.swap``; empty where it has none
``proof``        int64                  which proof of the code, from 0: one for each outermost ``by``
``step``         int64                  which step of the code, from 0
``depth``        int64                  how many steps it is within
``goal``         list of int64, null    the places of ``goals_before`` among the goals that the steps before lead to, to
                                        run them one after the other; null where they do not lead there
``goals_before`` list of string         the goals, as Lean prints them
``tactic``       string                 what can be run on them
``goals_after``  list of string         the goals then, as Lean prints them
``printed``      string                 the whole tactic as Lean prints it; empty for several with ``<;>``
``line`` …       int64, null            where the tactic is in the code: ``line``, ``column``, ``end_line``,
                                        ``end_column``
``has_sorry``    bool                   whether it gives up
``code_sha256``  string                 which code: the SHA-256 of its text in UTF-8, in hexadecimal digits
``toolchain``    string                 as above
``schema``       int64                  as above
===============  =====================  ==========================================================================

In CSV, a cell that is not text is JSON (``true``, ``1.5``, ``[{"severity": …}]``), and null is an empty cell. Lone
surrogates, which no file can hold, are replaced by ``�``; all other text is as it was, with its line ends and NULs.
"""

from __future__ import annotations

from lean_magic.records._export import (
    read,
    rows,
    to_arrow,
    to_dataframe,
    to_dataset,
    write,
    write_async,
)
from lean_magic.records._rows import record_of
from lean_magic.records._schema import SCHEMA, Axioms, Claim, Open, Record, Said, Tactic, TripleRow
from lean_magic.records._triples import (
    read_triples,
    triple_rows,
    triples_to_arrow,
    triples_to_dataframe,
    triples_to_dataset,
    write_triples,
    write_triples_async,
)

__all__ = [
    "SCHEMA",
    "Axioms",
    "Claim",
    "Open",
    "Record",
    "Said",
    "Tactic",
    "TripleRow",
    "read",
    "read_triples",
    "record_of",
    "rows",
    "to_arrow",
    "to_dataframe",
    "to_dataset",
    "triple_rows",
    "triples_to_arrow",
    "triples_to_dataframe",
    "triples_to_dataset",
    "write",
    "write_async",
    "write_triples",
    "write_triples_async",
]
