"""Signals by which a program is told to end: those that ask for it end it as Ctrl-C does."""

from __future__ import annotations

import math
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["StoppedError", "stopped_by_signals"]

_NAMES = ("SIGTERM", "SIGHUP")  # a scheduler's, and that of a terminal that is closed; Windows has only the first

_STOPS_WITHIN = 5.0  # seconds


class StoppedError(KeyboardInterrupt):
    """Raised where a signal came; all that an interrupt ends is ended by it, too.

    Parameters
    ----------
    number
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.name = signal.Signals(number).name
        self.exit_code = 128 + number  # as shells say


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Have signals stop what runs meanwhile in the main thread; one that is ignored, as by nohup, stays so.

    Those that come soon after another, as where a session ends, do not disturb how it stops.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    caught = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]

    last = -math.inf

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before > _STOPS_WITHIN:
            raise StoppedError(number)

    for number in caught:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, signal.SIG_DFL)
