"""Results as people see them: plain text, HTML, and data for tools.

Every function here takes a `LeanResult`, `ProofState`, `Sorry`, `Goal`, `AttemptTree` or `Explorer`. Output is bounded
however much Lean said: what is left out is counted, with where to find it.
"""

from __future__ import annotations

from lean_magic.display._bundle import RESULT_MIME, data, html, mimebundle, text
from lean_magic.display._cells import CellRow, CellsView, ReplayView
from lean_magic.display._characters import visible
from lean_magic.display._jobs import JobsView, JobView
from lean_magic.display._notes import axiom_lines, summary
from lean_magic.display._notice import Notice
from lean_magic.display._options import DisplayOptions, display_options, set_display_options
from lean_magic.display._progress import ProgressView
from lean_magic.display._running import RunningView

__all__ = [
    "RESULT_MIME",
    "CellRow",
    "CellsView",
    "DisplayOptions",
    "JobView",
    "JobsView",
    "Notice",
    "ProgressView",
    "ReplayView",
    "RunningView",
    "axiom_lines",
    "data",
    "display_options",
    "html",
    "mimebundle",
    "set_display_options",
    "summary",
    "text",
    "visible",
]
