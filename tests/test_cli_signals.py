"""Signals that stop the program: as Ctrl-C does, once, and only while it runs."""

from __future__ import annotations

import signal
import threading

import pytest

from lean_magic.cli._signals import StoppedError, stopped_by_signals


def ended_by(*signals: int) -> None:
    """Get a signal, and others while what was begun is put in order."""
    first, *others = signals
    with stopped_by_signals():
        try:
            signal.raise_signal(first)
        finally:
            for number in others:
                signal.raise_signal(number)


def test_a_signal_stops_as_an_interrupt_does() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt) as stop:
        ended_by(signal.SIGTERM)
    assert isinstance(stop.value, StoppedError)
    assert (stop.value.name, stop.value.exit_code) == ("SIGTERM", 143)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that hang up")
def test_what_follows_does_not_disturb_the_end() -> None:
    with pytest.raises(StoppedError) as stop:
        ended_by(signal.SIGHUP, signal.SIGTERM, signal.SIGHUP)
    assert (stop.value.name, stop.value.exit_code) == ("SIGHUP", 129)
    assert stop.value.__context__ is None  # the others were none


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals that hang up")
def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with stopped_by_signals():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_have_no_signals() -> None:
    found: list[object] = []

    def run() -> None:
        with stopped_by_signals():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert found == [before]
