"""Rows of datasets on the Hugging Face Hub."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.cli._tables import Row
from lean_magic.errors import InputError, MissingPackageError

if TYPE_CHECKING:
    from lean_magic.cli._tables import Rows

__all__ = ["rows_of_dataset"]

_ANSWERS_WITHIN = 10.0  # seconds


def rows_of_dataset(name: str, subset: str | None, split: str) -> Rows:
    """Yield the rows of a dataset as they come: only those that are asked for are downloaded.

    Raises
    ------
    InputError
        The Hub cannot be reached, there is no such dataset, or it cannot be loaded.
    MissingPackageError
        The package `datasets` is not installed.
    """
    try:
        import datasets
    except ModuleNotFoundError:
        raise MissingPackageError(
            f"{name} is no file, and a Hugging Face dataset needs datasets: pip install 'lean-magic[datasets]'"
        ) from None
    if not Path(name).exists():
        _look_for(name)
    try:
        rows = datasets.load_dataset(name, subset, split=split, streaming=True)
        for number, cells in enumerate(rows):
            yield Row(f"{name}, row {number}", cells)
    except GeneratorExit:
        raise
    except Exception as error:  # noqa: BLE001 - of whichever library it came through
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"{name} is no file, and cannot be loaded as a Hugging Face dataset (split {split}): {reason[0]}"
        ) from None


def _look_for(name: str) -> None:
    """See that the Hub can be reached, once: `datasets` would try for long, and say so in lines of its own.

    Raises
    ------
    InputError
        It cannot.
    """
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
    except ImportError:  # another edition of it
        return
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    try:
        HfApi().dataset_info(name, timeout=_ANSWERS_WITHIN)
    except (HfHubHTTPError, HFValidationError, OfflineModeIsEnabled):
        return  # what is wrong with the name, or is in the cache, `datasets` knows
    except Exception as error:  # noqa: BLE001 - of whichever library it came through
        why = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()) or type(error).__name__
        raise InputError(
            f"{name} is no file, and Hugging Face cannot be reached to look for a dataset of that name "
            f"({why}). Look at the network; or set HF_HUB_OFFLINE=1, if it was "
            "downloaded before."
        ) from None
