"""Show how far the start is, and put the result in its place."""

from __future__ import annotations

import contextvars
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.display import display

from lean_magic.display import ProgressView
from lean_magic.toolchain import terminal_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from lean_magic.pool import LeanPool
    from lean_magic.results import LeanResult
    from lean_magic.toolchain import Progress

__all__ = ["Shown", "show_progress"]

_UPDATED_EVERY = 0.1  # seconds


class Shown:
    """The output of a cell while there is no result yet; nothing, if Lean is up already."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # By its context, output finds its cell. A start that an earlier cell caused would report in that of the other.
        self._context = contextvars.copy_context()
        self._handle: Any = None
        self._stage = ""
        self._at = 0.0
        self._closed = False

    def report(self, report: Progress) -> None:
        """Show this; called from background threads."""
        with self._lock:
            now = time.monotonic()
            finished = report.total is not None and report.done >= report.total
            if self._closed or (finished and self._handle is None):
                return
            if report.stage == self._stage and not finished and now - self._at < _UPDATED_EVERY:
                return
            self._stage, self._at = report.stage, now
            if self._handle is None:
                self._handle = self._context.run(display, ProgressView(report), display_id=True)
            else:
                self._context.run(self._handle.update, ProgressView(report))

    def close(self) -> None:
        """Show no more."""
        with self._lock:
            self._closed = True

    def replace_by(self, result: LeanResult) -> bool:
        """Put a result where the progress was; return whether there was any."""
        self.close()
        if self._handle is not None:
            self._handle.update(result)
        return self._handle is not None

    def clear(self) -> None:
        """Leave nothing behind."""
        self.close()
        if self._handle is not None:
            self._handle.update({}, raw=True)


@contextmanager
def show_progress(shell: InteractiveShell, pool: LeanPool) -> Iterator[Shown]:
    """Show what the pool reports meanwhile: in the cell, or on standard error where there are no cells."""
    shown, former = Shown(), pool.on_progress
    try:
        if getattr(shell, "kernel", None) is None:
            with terminal_progress() as pool.on_progress:
                yield shown
        else:
            pool.on_progress = shown.report
            yield shown
    except BaseException:
        shown.clear()
        raise
    finally:
        pool.on_progress = former
        shown.close()
