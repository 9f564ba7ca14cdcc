"""Where Lean comes from.

Everything above this package sees a `Toolchain`, which can be prepared and launched, and knows nothing else about it.
"""

from __future__ import annotations

from lean_magic.errors import ToolchainError
from lean_magic.toolchain._launch import Finding, Launch, Toolchain
from lean_magic.toolchain.progress import Progress, ProgressCallback, terminal_progress

__all__ = ["Finding", "Launch", "Progress", "ProgressCallback", "Toolchain", "resolve_toolchain", "terminal_progress"]


def resolve_toolchain(name: str | None = None) -> Toolchain:
    """Choose where Lean comes from.

    Parameters
    ----------
    name
        ``"embedded"``, which is also the default.

    Raises
    ------
    ToolchainError
        There is no toolchain of that name.
    """
    from lean_magic.toolchain.embedded import EmbeddedToolchain

    if name not in (None, EmbeddedToolchain.name):
        raise ToolchainError(f"there is no toolchain {name!r}; use {EmbeddedToolchain.name!r}")
    return EmbeddedToolchain()
