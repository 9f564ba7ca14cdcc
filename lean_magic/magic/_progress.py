"""Show how far Lean is while it runs, and put the result in its place."""

from __future__ import annotations

import contextvars
import math
import sys
import threading
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.getipython import get_ipython
from IPython.display import display
from tqdm import tqdm

from lean_magic.display import ProgressView, RunningView
from lean_magic.results import LeanResult
from lean_magic.toolchain import terminal_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.pool import LeanPool
    from lean_magic.results import Message, Update
    from lean_magic.toolchain import Progress

__all__ = ["Live", "show_progress"]

_APPEARS_AFTER = 0.5  # seconds
_UPDATED_EVERY = 0.25  # seconds
_STARTING_EVERY = 0.1  # seconds


class Live(ABC):
    """What is seen of a run while there is no result yet."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._began = time.monotonic()
        self._messages: list[Message] = []
        self._latest: Update | None = None
        self._runs_since = math.inf
        self._stage = ""

    def update(self, update: Update) -> None:
        """Take note how far Lean is."""
        if self._latest is None:
            self._runs_since = time.monotonic()
        self._messages.extend(update.messages)
        self._latest = update

    def interrupted(self) -> LeanResult:
        """Return what came of the code until now, where the user stopped it."""
        position = self._latest and self._latest.position
        detail = f"stopped at line {position.line}" if position else "stopped"
        return LeanResult(
            self._code,
            "cancelled",
            tuple(self._messages),
            elapsed=time.monotonic() - self._began,
            detail=detail,
        )

    def view(self) -> RunningView:
        """Return how far Lean is."""
        elapsed = time.monotonic() - self._began
        return RunningView(self._code, tuple(self._messages), elapsed, self._latest)

    def _is_due(self) -> bool:
        """Whether it has taken long: the start of Lean does not count, which is shown by itself."""
        return time.monotonic() >= self._runs_since + _APPEARS_AFTER if self._stage else True

    @abstractmethod
    def start(self) -> None:
        """Begin to show, should it take long."""

    @abstractmethod
    def report(self, report: Progress) -> None:
        """Show how far the start of Lean is; called from background threads."""

    @abstractmethod
    def replace_by(self, result: LeanResult) -> bool:
        """Put a result in its place; return whether there was anything."""

    @abstractmethod
    def close(self) -> None:
        """Show no more; what is shown stays."""

    @abstractmethod
    def clear(self) -> None:
        """Leave nothing behind."""


class _Ticking(Live):
    """Somewhere that is renewed while Lean runs, by a thread."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="lean-magic progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _tick(self) -> None:
        wait = _APPEARS_AFTER
        while not self._closed.wait(wait):
            wait = _UPDATED_EVERY
            with self._lock:
                if not self._closed.is_set() and self._is_due():
                    self._show(self.view())

    @abstractmethod
    def _show(self, view: RunningView) -> None:
        """Show how far Lean is; called with the lock."""


class _Cell(_Ticking):
    """In the output of a cell."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        # By its context, output finds its cell. A start that an earlier cell caused would report in that of the other.
        self._context = contextvars.copy_context()
        self._handle: Any = None
        self._at = 0.0

    def report(self, report: Progress) -> None:
        with self._lock:
            now = time.monotonic()
            finished = report.total is not None and report.done >= report.total
            if self._closed.is_set() or self._latest is not None or (finished and self._handle is None):
                return
            if report.stage == self._stage and not finished and now - self._at < _STARTING_EVERY:
                return
            self._stage, self._at = report.stage, now
            self._show(ProgressView(report))

    def _show(self, view: RunningView | ProgressView) -> None:
        if self._handle is None:
            self._handle = self._context.run(display, view, display_id=True)
        else:
            self._context.run(self._handle.update, view)

    def replace_by(self, result: LeanResult) -> bool:
        self.close()
        if self._handle is not None:
            self._handle.update(result)
        return self._handle is not None

    def close(self) -> None:
        with self._lock:
            self._closed.set()

    def clear(self) -> None:
        self.close()
        if self._handle is not None:
            self._handle.update({}, raw=True)


class _Hidden(Live):
    """Nowhere."""

    def start(self) -> None:
        """Show nothing."""

    def report(self, report: Progress) -> None:
        """Show nothing."""

    def replace_by(self, result: LeanResult) -> bool:  # noqa: ARG002 - there is nothing
        return False

    def close(self) -> None:
        """Show nothing."""

    def clear(self) -> None:
        """Show nothing."""


class _Terminal(_Ticking):
    """On standard error, one line at a time, which goes away; nothing of a run where that is no terminal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self._starting = ExitStack()
        self._show_start = self._starting.enter_context(terminal_progress(leave=False))
        self._line: tqdm[Any] | None = None

    def start(self) -> None:
        if sys.stderr.isatty():
            super().start()

    def report(self, report: Progress) -> None:
        with self._lock:
            if not self._closed.is_set() and self._latest is None:
                self._end_line()
                self._stage = report.stage
                self._show_start(report)

    def update(self, update: Update) -> None:
        with self._lock:
            super().update(update)
            self._starting.close()

    def _show(self, view: RunningView) -> None:
        if self._line is None:
            self._line = tqdm(bar_format="{desc}", file=sys.stderr, leave=False, dynamic_ncols=True)
        self._line.set_description_str(view.line)

    def _end_line(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def replace_by(self, result: LeanResult) -> bool:  # noqa: ARG002 - a terminal takes nothing back
        self.close()
        return False

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            self._starting.close()
            self._end_line()
        if self._thread.is_alive():
            self._thread.join()

    def clear(self) -> None:
        self.close()


@contextmanager
def show_progress(pool: LeanPool, code: str, *, is_shown: bool = True) -> Iterator[Live]:
    """Show what the pool reports meanwhile: in the cell, or on standard error where there are no cells.

    Parameters
    ----------
    pool : LeanPool
        Which pool.
    code : str
        What is run.
    is_shown : bool
        Whether to show how far Lean is; the start of Lean, which may take minutes, is shown in any case.
    """
    shell = get_ipython()
    has_cells = getattr(shell, "kernel", None) is not None
    # Who captures the output of a cell would get each of its states, instead of the last.
    is_captured = isinstance(getattr(shell, "display_pub", None), CapturingDisplayPublisher)
    live: Live = _Hidden(code) if is_captured else _Cell(code) if has_cells else _Terminal(code)
    former, pool.on_progress = pool.on_progress, live.report
    try:
        if is_shown:
            live.start()
        yield live
    finally:
        pool.on_progress = former
        live.close()
