"""How long to measure: ``python -m benchmarks --quick`` is for seeing that everything runs."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["either", "set_quick"]

_Value = TypeVar("_Value")

_quick = False


def set_quick() -> None:
    """Measure just enough to see that it works; the figures mean little."""
    global _quick  # noqa: PLW0603 - one run measures in one way
    _quick = True


def either(thorough: _Value, quick: _Value) -> _Value:
    """Return what is for measuring, or what is quick."""
    return quick if _quick else thorough
