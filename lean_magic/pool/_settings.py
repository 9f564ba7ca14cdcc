"""What a pool is to be like."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.pool._inputs import check_count, check_timeout

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PoolSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What a pool is to be like; see `LeanPool` for what each setting means.

    Raises
    ------
    InputError
        A setting makes no sense.
    """

    min_workers: int = 0
    max_workers: int = 1
    timeout: float = 60.0
    memory_limit: int = 4 * 1024**3
    pool_memory_limit: int | None = None
    init: Mapping[str, int] = field(default_factory=dict)
    max_uses: int | None = None
    max_age: float = math.inf
    idle_timeout: float = math.inf
    queue_limit: int = 10_000
    max_wait: float = math.inf

    def __post_init__(self) -> None:
        check_count(self.max_workers, "max_workers")
        check_count(self.min_workers, "min_workers", least=0)
        if self.min_workers > self.max_workers:
            raise InputError(f"min_workers ({self.min_workers}) must not be above max_workers ({self.max_workers}).")
        check_count(self.memory_limit, "memory_limit")
        if self.pool_memory_limit is not None:
            check_count(self.pool_memory_limit, "pool_memory_limit")
        if self.max_uses is not None:
            check_count(self.max_uses, "max_uses")
        check_count(self.queue_limit, "queue_limit")
        for name in "timeout", "max_age", "idle_timeout", "max_wait":
            check_timeout(getattr(self, name), what=name)
        if sum(self.init.values()) > self.max_workers:
            raise InputError(
                f"init asks for {sum(self.init.values())} workers with a header ready, but there may be only "
                f"{self.max_workers}: raise max_workers."
            )
