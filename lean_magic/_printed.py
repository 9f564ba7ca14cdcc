"""What makes IPython show a small object as ``print`` does, alone as in lists."""

from __future__ import annotations

from typing import Any

__all__ = ["as_printed"]


def as_printed(self: object, printer: Any, _cycle: bool) -> None:  # noqa: ANN401 - IPython's
    """Show an object as text.

    For ``_repr_pretty_ = as_printed`` in each class: IPython prefers a class's ``__repr__`` to what a base says.
    """
    printer.text(str(self))
