"""Lean processes behind one door: who runs what, what is built again where, who waits."""

from __future__ import annotations

from lean_magic.pool._pool import LeanPool
from lean_magic.pool._status import PoolStatus, WorkerStatus

__all__ = ["LeanPool", "PoolStatus", "WorkerStatus"]
