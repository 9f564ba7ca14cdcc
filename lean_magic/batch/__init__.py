"""Many codes, or proofs: through the cache and the log, in order or as they come, and from where they were left."""

from __future__ import annotations

from typing import TypeAlias

from lean_magic.batch._check import Check
from lean_magic.batch._inputs import AsyncCodes, AsyncProofs, Codes, Proofs
from lean_magic.batch._many import check_many, check_many_sync, verify_many, verify_many_sync
from lean_magic.batch._one import check, check_sync, verify, verify_sync
from lean_magic.batch._proof_check import ProofCheck
from lean_magic.batch._records import result_of_record, verification_of_record
from lean_magic.batch._stream import AsyncResults, OnError, Results

__all__ = [
    "AsyncChecks",
    "AsyncCodes",
    "AsyncProofChecks",
    "AsyncProofs",
    "AsyncResults",
    "Check",
    "Checks",
    "Codes",
    "OnError",
    "ProofCheck",
    "ProofChecks",
    "Proofs",
    "Results",
    "check",
    "check_many",
    "check_many_sync",
    "check_sync",
    "result_of_record",
    "verification_of_record",
    "verify",
    "verify_many",
    "verify_many_sync",
    "verify_sync",
]

Checks: TypeAlias = Results[Check]
AsyncChecks: TypeAlias = AsyncResults[Check]
ProofChecks: TypeAlias = Results[ProofCheck]
AsyncProofChecks: TypeAlias = AsyncResults[ProofCheck]
