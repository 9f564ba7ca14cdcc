"""A bar that shows how far a batch is."""

from __future__ import annotations

import math
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

__all__ = ["Bar"]

_SHOWN_AFTER = 0.5  # seconds
_SHOWN_EVERY = 0.1  # seconds


class Bar:
    """A bar with rate, counts by verdict and remaining time; in a notebook, or on standard error if it is a terminal.

    Parameters
    ----------
    total : int or None
        How many codes there are, if that is known.
    counts : Counter
        How many have come to which verdict, now.
    unit : str
        What one of them is.
    """

    def __init__(self, total: int | None, counts: Counter[str], unit: str = "code") -> None:
        self._total = total
        self._unit = unit
        self._counts = counts
        self._began = time.time()  # by which the bar counts, too
        self._next = time.monotonic() + _SHOWN_AFTER
        self._bar: Any = None
        self._leave_text: Callable[[], None] | None = None

    def show(self) -> None:
        """Show how far it is, if that is due."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _SHOWN_EVERY
            self._show()

    def close(self) -> None:
        """Show it for the last time, if it was shown; what it says stays."""
        self._next = math.inf
        bar, self._bar = self._bar, None
        if bar is not None:
            self._update(bar)
            bar.close()
            if self._leave_text is not None:
                self._leave_text()

    def _show(self) -> None:
        if self._bar is None:
            self._open()
        if self._bar is not None:
            self._update(self._bar)

    def _update(self, bar: Any) -> None:  # noqa: ANN401 - which class it is depends on where this runs
        counts = self._counts.copy()
        bar.set_postfix(counts, refresh=False)
        bar.update(counts.total() - bar.n)

    def _open(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there are no widgets, say
            from tqdm.auto import tqdm
            from tqdm.std import tqdm as in_terminal

        class Shown(tqdm):  # type: ignore[type-arg]
            monitor_interval = 0  # a thread that refreshes bars: this one is shown in time

        look: dict[str, Any] = {"total": self._total, "unit": self._unit, "dynamic_ncols": True, "mininterval": 0}
        if in_terminal not in tqdm.__bases__:
            from lean_magic.magic import bar_in_cell  # a layer above, which knows cells

            self._bar = Shown(**look, display=False)
            show, self._leave_text = bar_in_cell(self._bar)
            show()
        elif sys.stderr.isatty():
            self._bar = Shown(**look)
        else:
            self._next = math.inf
        if self._bar is not None:
            self._bar.start_t = self._bar.last_print_t = self._began
