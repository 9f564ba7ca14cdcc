"""What all commands say on standard error."""

from __future__ import annotations

import sys

__all__ = ["complain"]


def complain(text: str) -> None:
    """Say in one line what is wrong."""
    print(f"lean-magic: {text}", file=sys.stderr)  # noqa: T201
