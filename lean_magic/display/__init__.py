"""Results as people see them: plain text, HTML, and data for tools.

Every function here takes a `LeanResult`, `ProofState`, `Sorry` or `Goal`. Output is bounded however much Lean said:
what is left out is counted, with where to find it.
"""

from __future__ import annotations

from lean_magic.display._bundle import RESULT_MIME, data, html, mimebundle, text
from lean_magic.display._cells import CellRow, CellsView, ReplayView
from lean_magic.display._notice import Notice
from lean_magic.display._progress import ProgressView
from lean_magic.display._running import RunningView

__all__ = [
    "RESULT_MIME",
    "CellRow",
    "CellsView",
    "Notice",
    "ProgressView",
    "ReplayView",
    "RunningView",
    "data",
    "html",
    "mimebundle",
    "text",
]
