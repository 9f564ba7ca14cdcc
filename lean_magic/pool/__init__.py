"""Lean processes behind one door: who runs what, what is built again where, who waits."""

from __future__ import annotations

from lean_magic.pool._pool import LeanPool
from lean_magic.pool._status import PoolStats, PoolStatus, WorkerStatus
from lean_magic.pool._telemetry import PoolEvent

__all__ = ["LeanPool", "PoolEvent", "PoolStats", "PoolStatus", "WorkerStatus"]
