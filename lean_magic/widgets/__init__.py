"""Front ends for notebooks: live, where results are still pictures. Imported when the first of them is shown."""

from __future__ import annotations

from lean_magic.widgets._shown import close_all, show

__all__ = ["close_all", "show"]
