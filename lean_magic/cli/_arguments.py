"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
import os

__all__ = ["add_pool_options", "count", "default_workers", "seconds", "table"]

_MEMORY_OF_A_WORKER = 1_500_000_000  # bytes, as a rule of thumb for how many workers a machine has room for


def seconds(text: str) -> float:
    """Return the seconds that an option gives."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0 (inf for no limit)")
    return number


def count(text: str) -> int:
    """Return the number of things that an option gives, at least one."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return number


def table(text: str) -> str:
    """Return the name of a table that an option gives; ``"-"`` for standard input or output, whatever it is called."""
    return "-" if text in {"/dev/stdin", "/dev/stdout"} else text


def add_pool_options(parser: argparse.ArgumentParser, *, timeout: float = 60.0) -> None:
    """Add ``--workers`` and ``--timeout``."""
    parser.add_argument(
        "--workers",
        type=count,
        metavar="N",
        help="how many Lean processes run at once, each of about 0.7 GB and more (default: one for each processor, as "
        "far as memory goes)",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=timeout,
        metavar="SECONDS",
        help=f"how long Lean may take for each, without the wait for its turn (default: {timeout:g}; inf for no limit)",
    )


def default_workers() -> int:
    """Return how many Lean processes this machine has room for."""
    import psutil

    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(processors, psutil.virtual_memory().available // _MEMORY_OF_A_WORKER))
