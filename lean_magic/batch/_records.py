"""Between what came of codes and what the store knows of them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from lean_magic.pool._checks import result_from_reply
from lean_magic.pool._settled import is_of_verification, verification_from_bytes
from lean_magic.store import CheckRecord

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.batch._kinds import Kept
    from lean_magic.errors import LeanError
    from lean_magic.results import LeanResult
    from lean_magic.verification import Verification

__all__ = ["name_of", "record_of", "refusal", "result_of_record", "verification_of_record"]


def name_of(id: Hashable) -> str:
    """Return an id as JSON, so that 1 and "1" differ; one that is not JSON as a text that Python prints for it."""
    try:
        return json.dumps(id)
    except (TypeError, ValueError):
        return json.dumps(repr(id))


def record_of(
    id: Hashable, key: str, code: str, said: Kept, *, batch: str | None, source: str, cached: bool
) -> CheckRecord:
    """Return what the store is to know of what came of a code, or of a proof."""
    return CheckRecord(
        name_of(id),
        key,
        code,
        said.verdict,
        said.reply,
        time.time(),
        batch,
        source,
        said.detail,
        said.elapsed,
        said.cpu,
        said.memory,
        cached,
        said.lasts,
    )


def refusal(id: Hashable, code: str, why: str, *, batch: str | None, source: str) -> CheckRecord:
    """Return what the store is to know of what could not be given to Lean."""
    code = code.encode(errors="backslashreplace").decode()  # what is no Unicode
    return CheckRecord(name_of(id), "", code, "refused", None, time.time(), batch, source, why)


def result_of_record(record: CheckRecord) -> LeanResult | None:
    """Return what Lean said, from a record of the store; None where there was nothing to say, or a proof was verified.

    Its environment can be used in every pool of the same toolchain if the code started from nothing; otherwise there is
    none.

    Parameters
    ----------
    record : CheckRecord
        One from `Store.log` or `Store.finished`.

    Raises
    ------
    CrashedError
        The record cannot be read.
    """
    if record.reply is None or is_of_verification(record.reply):
        return None
    return result_from_reply(record.code, record.reply)


def verification_of_record(record: CheckRecord) -> Verification | LeanError | None:
    """Return what came of a proof, from a record of the store; None where there is nothing, or code was only run.

    Parameters
    ----------
    record : CheckRecord
        One from `Store.log` or `Store.finished`.

    Returns
    -------
    Verification, LeanError or None
        An error where the statement was wrong.

    Raises
    ------
    CrashedError
        The record cannot be read.
    """
    if record.reply is None or not is_of_verification(record.reply):
        return None
    return verification_from_bytes(record.reply)
