"""A bar that shows how far a batch is."""

from __future__ import annotations

import math
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter

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
    """

    def __init__(self, total: int | None, counts: Counter[str]) -> None:
        self._total = total
        self._counts = counts
        self._began = time.time()  # by which the bar counts, too
        self._next = time.monotonic() + _SHOWN_AFTER
        self._bar: Any = None

    def show(self) -> None:
        """Show how far it is, if that is due."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _SHOWN_EVERY
            self._show()

    def close(self) -> None:
        """Show it for the last time, if it was shown; it stays as it is."""
        self._next = math.inf
        if self._bar is not None:
            self._show()
            self._bar.close()
            self._bar = None

    def _show(self) -> None:
        if self._bar is None:
            self._bar = _open(self._total)
        if self._bar is None:
            self._next = math.inf
            return
        counts = self._counts.copy()
        self._bar.start_t = self._began
        self._bar.set_postfix(counts, refresh=False)
        self._bar.update(counts.total() - self._bar.n)


def _open(total: int | None) -> Any:  # noqa: ANN401 - which class it is depends on where this runs
    """Return a bar; None where nobody would see it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are no widgets, say
        from tqdm.auto import tqdm
        from tqdm.std import tqdm as in_terminal

    class Shown(tqdm):  # type: ignore[type-arg]
        monitor_interval = 0  # a thread that refreshes bars: this one is shown in time

    if not sys.stderr.isatty() and in_terminal in tqdm.__bases__:
        return None
    return Shown(total=total, unit=" codes", dynamic_ncols=True, mininterval=0)
