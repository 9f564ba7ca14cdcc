"""Steps of proofs as rows, in tables and files."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from lean_magic.conversions import plain
from lean_magic.records._files import RowFile, read_rows
from lean_magic.records._rows import id_of, place_of, result_in
from lean_magic.records._schema import TripleRow
from lean_magic.records._tables import arrow_table, data_frame, dataset
from lean_magic.triples import tactic_triples

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable, Iterator

    import datasets
    import pandas as pd
    import pyarrow as pa

    from lean_magic.records._rows import Exported

__all__ = [
    "read_triples",
    "triple_rows",
    "triples_to_arrow",
    "triples_to_dataframe",
    "triples_to_dataset",
    "write_triples",
    "write_triples_async",
]


def triple_rows(checks: Iterable[Exported]) -> Iterator[TripleRow]:
    """Return the steps of all proofs in some checks as rows, one after the other.

    Parameters
    ----------
    checks : iterable of Check, LeanResult or CheckRecord
        What ``check_many_sync(…, all_tactics=True)`` gives, results, or the log of a store. Where there are no tactics,
        there are no rows; so there are none of what ``verify`` gives: check its ``code`` with ``all_tactics=True``.

    Raises
    ------
    InputError
        Something is none of these.
    """
    for check in checks:
        yield from _rows_of(check)


def write_triples(checks: Iterable[Exported], path: str | os.PathLike[str], *, append: bool = False) -> int:
    """Write the steps of all proofs in some checks into a file, as they come.

    Parameters
    ----------
    checks : iterable of Check, LeanResult or CheckRecord
        As in `triple_rows`.
    path, append
        As in `lean_magic.records.write`.

    Returns
    -------
    int
        How many rows it has written.

    Raises
    ------
    InputError, MissingPackageError, OSError
        As `lean_magic.records.write`.
    """
    with RowFile(path, TripleRow, append=append) as file:
        for row in triple_rows(checks):
            file.add(row)
    return file.count


async def write_triples_async(
    checks: AsyncIterable[Exported], path: str | os.PathLike[str], *, append: bool = False
) -> int:
    """Write the steps of proofs into a file as checks come from an async iterable: see `write_triples`."""
    with RowFile(path, TripleRow, append=append) as file:
        async for check in checks:
            for row in _rows_of(check):
                file.add(row)
    return file.count


def read_triples(path: str | os.PathLike[str]) -> Iterator[TripleRow]:
    """Return the rows of a file that `write_triples` has written, one after the other.

    Raises
    ------
    InputError, MissingPackageError, OSError
        As `lean_magic.records.read`.
    """
    return read_rows(path, TripleRow)


def triples_to_dataframe(checks: Iterable[Exported]) -> pd.DataFrame:
    """Return the steps of all proofs in some checks as a table of pandas, with the columns of `TripleRow`.

    Raises
    ------
    MissingPackageError
        There is no pandas: ``pip install 'lean-magic[data]'``.
    """
    return data_frame(triple_rows(checks), TripleRow)


def triples_to_arrow(checks: Iterable[Exported]) -> pa.Table:
    """Return the steps of all proofs in some checks as an Arrow table, with the columns of `TripleRow`.

    Raises
    ------
    MissingPackageError
        There is no pyarrow: ``pip install 'lean-magic[data]'``.
    """
    return arrow_table(triple_rows(checks), TripleRow)


def triples_to_dataset(checks: Iterable[Exported]) -> datasets.Dataset:
    """Return the steps of all proofs in some checks as a dataset of Hugging Face, with the columns of `TripleRow`.

    It is in memory. For more than fits there, `write_triples` a Parquet file.

    Raises
    ------
    MissingPackageError
        There is no `datasets`: ``pip install 'lean-magic[datasets]'``.
    """
    return dataset(triple_rows(checks), TripleRow)


def _rows_of(check: Exported) -> Iterator[TripleRow]:
    result = result_in(check)
    if result is None:
        return
    name = id_of(check)
    code = plain(result.code)
    sha256 = hashlib.sha256(code.encode()).hexdigest()
    toolchain = plain(result.env.toolchain) if result.env else ""
    for step, triple in enumerate(tactic_triples(result)):
        yield TripleRow(
            id=name,
            verdict=result.verdict,
            declaration=plain(triple.declaration or ""),
            name=plain(triple.name or ""),
            proof=triple.proof,
            step=step,
            depth=triple.depth,
            goal=None if triple.goal is None else list(triple.goal),
            goals_before=[plain(goal.text) for goal in triple.goals_before],
            tactic=plain(triple.tactic),
            goals_after=[plain(goal.text) for goal in triple.goals_after],
            printed=plain(triple.printed),
            has_sorry=triple.has_sorry,
            code_sha256=sha256,
            toolchain=toolchain,
            **place_of(triple),
        )
