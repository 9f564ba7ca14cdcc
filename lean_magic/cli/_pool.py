"""The pool that a command runs on."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

from lean_magic.cli._arguments import default_workers
from lean_magic.errors import InputError
from lean_magic.pool import LeanPool
from lean_magic.pool._crew import STARTING
from lean_magic.toolchain.progress import terminal_progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Hashable, Iterable, Iterator

    from lean_magic.batch import Check
    from lean_magic.toolchain import Progress, ProgressCallback

__all__ = ["checks_of", "opened_pool"]


@contextmanager
def opened_pool(options: argparse.Namespace) -> Iterator[LeanPool]:
    """Open a pool as ``--workers`` says, and close it; a terminal sees how far Lean's installation is."""
    with LeanPool(options.workers or default_workers()) as pool:
        if not sys.stderr.isatty():
            yield pool
            return
        pool.on_progress = bar = _InstallationBar()
        try:
            yield pool
        finally:
            bar.close()


class _InstallationBar:
    """Shows how far the installation of Lean is, and is gone when Lean starts: other bars may follow."""

    def __init__(self) -> None:
        self._bar = ExitStack()
        self._show: ProgressCallback | None = None

    def __call__(self, report: Progress) -> None:
        if report.stage == STARTING:
            self.close()
            return
        if self._show is None:
            self._show = self._bar.enter_context(terminal_progress(leave=False))
        self._show(report)

    def close(self) -> None:
        """Take the bar away."""
        self._show = None
        self._bar.close()


def checks_of(
    pool: LeanPool,
    codes: Iterable[tuple[Hashable, str | InputError]],
    options: argparse.Namespace,
    **asked: Any,  # noqa: ANN401 - of check_many_sync
) -> Iterator[Check]:
    """Yield what comes of codes: see `LeanPool.check_many_sync`.

    A code that cannot be given to Lean, or an error that says why there is none, is an item like the others. Where
    there is no Lean to give it to, no other would fare better: that is raised.
    """
    given = cast("Iterable[tuple[Hashable, str]]", codes)
    with closing(pool.check_many_sync(given, on_error="keep", timeout=options.timeout, **asked)) as checks:
        for check in checks:
            if check.error is not None and not isinstance(check.error, InputError):
                raise check.error
            yield check
