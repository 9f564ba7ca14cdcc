"""Between what came of codes and what the store knows of them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from lean_magic.pool._checks import result_from_reply
from lean_magic.store import CheckRecord

if TYPE_CHECKING:
    from collections.abc import Hashable

    from lean_magic.pool._checks import Said
    from lean_magic.results import LeanResult

__all__ = ["name_of", "record_of", "refusal", "result_of_record"]


def name_of(id: Hashable) -> str:
    """Return an id as JSON, so that 1 and "1" differ; one that is not JSON as a text that Python prints for it."""
    try:
        return json.dumps(id)
    except (TypeError, ValueError):
        return json.dumps(repr(id))


def record_of(
    id: Hashable, key: str, code: str, said: Said, *, batch: str | None, source: str, cached: bool
) -> CheckRecord:
    """Return what the store is to know of what Lean said."""
    result = said.result
    return CheckRecord(
        name_of(id),
        key,
        code,
        result.verdict,
        said.reply,
        time.time(),
        batch,
        source,
        result.detail,
        result.elapsed,
        result.cpu,
        result.memory_peak,
        cached,
    )


def refusal(id: Hashable, code: str, why: str, *, batch: str | None, source: str) -> CheckRecord:
    """Return what the store is to know of what could not be given to Lean."""
    code = code.encode(errors="backslashreplace").decode()  # what is no Unicode
    return CheckRecord(name_of(id), "", code, "refused", None, time.time(), batch, source, why)


def result_of_record(record: CheckRecord) -> LeanResult | None:
    """Return what Lean said, from a record of the store; None where there was nothing to say.

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
    return None if record.reply is None else result_from_reply(record.code, record.reply)
