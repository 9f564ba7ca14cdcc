"""What the user's interrupt becomes."""

from __future__ import annotations

__all__ = ["LeanInterrupt"]


class LeanInterrupt(KeyboardInterrupt):
    """Raised when the user interrupts a cell; prints as one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"KeyboardInterrupt: {self}"]
