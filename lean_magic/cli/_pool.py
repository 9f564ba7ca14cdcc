"""The pool that a command runs on."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from lean_magic.cli._arguments import default_workers
from lean_magic.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Hashable, Iterable, Iterator

    from lean_magic.batch import Check
    from lean_magic.pool import LeanPool

__all__ = ["checks_of", "opened_pool"]


@contextmanager
def opened_pool(options: argparse.Namespace) -> Iterator[LeanPool]:
    """Open a pool as ``--workers`` says, and close it; a terminal sees Lean being set up."""
    from lean_magic.pool import LeanPool
    from lean_magic.toolchain.progress import terminal_progress

    with LeanPool(options.workers or default_workers()) as pool:
        if not sys.stderr.isatty():
            yield pool
            return
        with terminal_progress(leave=False) as pool.on_progress:
            yield pool


def checks_of(
    pool: LeanPool,
    codes: Iterable[tuple[Hashable, str]],
    options: argparse.Namespace,
    **asked: Any,  # noqa: ANN401 - of check_many_sync
) -> Iterator[Check]:
    """Yield what comes of codes: see `LeanPool.check_many_sync`.

    A code that cannot be given to Lean is an item like the others. Where there is no Lean to give it to, no other would
    fare better: that is raised.
    """
    with closing(pool.check_many_sync(codes, on_error="keep", timeout=options.timeout, **asked)) as checks:
        for check in checks:
            if check.error is not None and not isinstance(check.error, InputError):
                raise check.error
            yield check
