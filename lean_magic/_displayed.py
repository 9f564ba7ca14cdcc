"""What makes notebooks show our objects as more than their ``repr``."""

from __future__ import annotations

from typing import Any

__all__ = ["Displayed"]


class Displayed:
    """An object that `lean_magic.display` knows how to show, in any notebook, with or without the extension."""

    __slots__ = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # Imported when a notebook asks, since display is a layer above.
        from lean_magic.display import mimebundle

        return mimebundle(self)  # type: ignore[arg-type]
