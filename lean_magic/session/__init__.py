"""One notebook: which cell built which environment, and where a cell starts from."""

from __future__ import annotations

from lean_magic.session._session import Session

__all__ = ["Session"]
