"""What came of codes as rows: for tables, files and training sets.

`lean_magic.records.Record` is such a row; what its columns mean is said in one place, in
`lean_magic.records._schema`.
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
from lean_magic.records._schema import SCHEMA, Axioms, Open, Record, Said, Tactic, TripleRow
from lean_magic.records._triples import (
    read_triples,
    triple_rows,
    triples_to_dataframe,
    write_triples,
    write_triples_async,
)

__all__ = [
    "SCHEMA",
    "Axioms",
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
    "triples_to_dataframe",
    "write",
    "write_async",
    "write_triples",
    "write_triples_async",
]
