"""What is shown of a result, chosen once for all forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.display._notes import places
from lean_magic.display._options import display_options
from lean_magic.display._tactics import outlines

if TYPE_CHECKING:
    from lean_magic.display._notes import Place
    from lean_magic.display._options import DisplayOptions
    from lean_magic.display._tactics import Outline
    from lean_magic.results import LeanResult

__all__ = ["View", "view"]


@dataclass(frozen=True, slots=True)
class View:
    """A result, and what is shown of it."""

    result: LeanResult
    options: DisplayOptions
    places: list[Place]
    outlines: list[Outline]


def view(result: LeanResult, options: DisplayOptions | None = None) -> View:
    """Choose what is shown of a result."""
    options = options or display_options()
    proofs = outlines(result, options) if result.tactics else []
    return View(result, options, places(result, options), proofs)
