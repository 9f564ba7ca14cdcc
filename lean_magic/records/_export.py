"""What users call: checks into tables and files, and files into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.records._files import RowFile, read_rows
from lean_magic.records._rows import record_of
from lean_magic.records._schema import Record
from lean_magic.records._tables import arrow_table, data_frame, dataset

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable, Iterator

    import datasets
    import pandas as pd
    import pyarrow as pa

    from lean_magic.records._rows import Exported

__all__ = ["read", "rows", "to_arrow", "to_dataframe", "to_dataset", "write", "write_async"]


def rows(checks: Iterable[Exported]) -> Iterator[Record]:
    """Return checks as rows, one after the other.

    Parameters
    ----------
    checks : iterable of Check, LeanResult, ProofCheck, Verification, CheckRecord or Record
        What ``check_many_sync`` or ``verify_many_sync`` give, results, or the log of a store; rows stay what they are.

    Raises
    ------
    InputError
        Something is none of these.
    """
    return map(record_of, checks)


def write(checks: Iterable[Exported], path: str | os.PathLike[str], *, append: bool = False) -> int:
    """Write checks into a file, those without a result too, as they come.

    The file is there when all is written, and not before: if something fails or is interrupted, nothing changes. (Only
    where the process is killed, a hidden file with the suffix ``.part`` is left beside it.) There are never more than a
    thousand rows in memory.

    Parameters
    ----------
    checks : iterable of Check, LeanResult, ProofCheck, Verification, CheckRecord or Record
        As in `rows`.
    path : str or path
        Where. The suffix says the format: ``.csv``, ``.jsonl``, ``.jsonl.gz``, ``.parquet``, ``.arrow``, ``.feather``.
    append : bool
        Whether to add to a file of JSON lines, each row as soon as it comes.

    Returns
    -------
    int
        How many rows it has written.

    Raises
    ------
    InputError
        The suffix says no format or one that cannot be added to; or something is no check.
    MissingPackageError
        The format needs pyarrow: ``pip install 'lean-magic[data]'``.
    OSError
        The file cannot be written.
    """
    with RowFile(path, Record, append=append) as file:
        for check in checks:
            file.add(record_of(check))
    return file.count


async def write_async(checks: AsyncIterable[Exported], path: str | os.PathLike[str], *, append: bool = False) -> int:
    """Write checks into a file as they come from an async iterable, such as ``check_many``: see `write`."""
    with RowFile(path, Record, append=append) as file:
        async for check in checks:
            file.add(record_of(check))
    return file.count


def read(path: str | os.PathLike[str]) -> Iterator[Record]:
    """Return the rows of a file that `write` has written, one after the other.

    Parameters
    ----------
    path : str or path
        Where; the suffix says the format.

    Raises
    ------
    InputError
        The suffix says no format; or, when it is met, what is there is no such row.
    MissingPackageError
        The format needs pyarrow: ``pip install 'lean-magic[data]'``.
    OSError
        The file cannot be read.
    """
    return read_rows(path, Record)


def to_dataframe(checks: Iterable[Exported]) -> pd.DataFrame:
    """Return checks as a table of pandas, with the columns of `Record`; lists are lists of dictionaries.

    Raises
    ------
    MissingPackageError
        There is no pandas: ``pip install 'lean-magic[data]'``.
    """
    return data_frame(rows(checks), Record)


def to_arrow(checks: Iterable[Exported]) -> pa.Table:
    """Return checks as an Arrow table, with the columns of `Record`.

    Raises
    ------
    MissingPackageError
        There is no pyarrow: ``pip install 'lean-magic[data]'``.
    """
    return arrow_table(rows(checks), Record)


def to_dataset(checks: Iterable[Exported]) -> datasets.Dataset:
    """Return checks as a dataset of Hugging Face, with the columns of `Record`.

    It is in memory. For more than fits there, `write` a Parquet file: ``datasets.load_dataset("parquet",
    data_files=path)`` reads it from the disk.

    Raises
    ------
    MissingPackageError
        There is no `datasets`: ``pip install 'lean-magic[datasets]'``.
    """
    return dataset(rows(checks), Record)
