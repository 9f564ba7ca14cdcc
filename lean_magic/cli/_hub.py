"""Rows of datasets on the Hugging Face Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lean_magic.errors import InputError, MissingPackageError

if TYPE_CHECKING:
    from lean_magic.cli._tables import Rows

__all__ = ["rows_of_dataset"]


def rows_of_dataset(name: str, subset: str | None, split: str) -> Rows:
    """Yield the rows of a dataset as they come: only those that are asked for are downloaded.

    Raises
    ------
    InputError
        There is no such dataset, or it cannot be loaded.
    MissingPackageError
        The package `datasets` is not installed.
    """
    try:
        import datasets
    except ModuleNotFoundError:
        raise MissingPackageError(
            f"{name} is no file, and a Hugging Face dataset needs datasets: pip install 'lean-magic[datasets]'"
        ) from None
    try:
        yield from datasets.load_dataset(name, subset, split=split, streaming=True)
    except GeneratorExit:
        raise
    except Exception as error:  # noqa: BLE001 - of whichever library it came through
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"{name} is no file, and cannot be loaded as a Hugging Face dataset (split {split}): {reason[0]}"
        ) from None
