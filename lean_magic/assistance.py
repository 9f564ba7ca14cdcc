"""What Lean says while code is being written: how a word could go on, and what is at a place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lean_magic.goals import Goal
    from lean_magic.positions import Position

__all__ = ["Completion", "Hover"]


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that a word could become.

    Parameters
    ----------
    text : str
        What to write.
    kind : str
        ``"theorem"``, ``"function"``, ``"variable"``, ``"tactic"``, ``"option"``, ``"module"``, ``"keyword"``,
        ``"namespace"``, ``"field"``, ``"constructor"`` and the like.
    start, end : Position
        Which part of the code it replaces; it ends where the cursor is.
    type : str or None
        Its type, or another word on what it is; None where nobody has asked: only the first 50 are told with theirs.
    doc : str or None
        Its doc string, in Markdown, if this build of Lean has it: the embedded one does not have the library's.
    """

    text: str
    kind: str
    start: Position
    end: Position
    type: str | None = None
    doc: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hover:
    """What is at a place of the code.

    Parameters
    ----------
    text : str
        Markdown: its type and its doc string, if this build of Lean has it. Empty if there is nothing to say.
    start, end : Position or None
        Which part of the code it is about.
    goals : tuple of Goal
        What is left to show there, if it is in a proof by tactics.
    """

    text: str
    start: Position | None = None
    end: Position | None = None
    goals: tuple[Goal, ...] = ()
