"""What Lean says about code, with what it offers to write instead, and what it tells of its own work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from lean_magic.positions import Position

__all__ = ["Message", "Severity", "Suggestion", "TraceNode"]

Severity: TypeAlias = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What Lean offers to write instead: *Try this*.

    Parameters
    ----------
    text : str
        What to write.
    start, end : Position or None
        What it replaces; None in tactic mode, where it replaces the tactic.
    """

    text: str
    start: Position | None = None
    end: Position | None = None


@dataclass(frozen=True, slots=True)
class TraceNode:
    """A step of what Lean did, as a trace option has it tell.

    Parameters
    ----------
    name : str
        The trace class, such as ``"Meta.synthInstance"``.
    text : str
        What it says.
    children : tuple of TraceNode
        The steps that it consists of.
    """

    name: str
    text: str
    children: tuple[TraceNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One thing Lean said about the code.

    Parameters
    ----------
    severity : {"error", "warning", "info"}
        How bad it is.
    text : str
        What Lean said.
    start, end : Position
        Which part of the code it is about; ``end`` is None where Lean gave none.
    suggestions : tuple of Suggestion
        What it offers to write instead.
    traces : tuple of TraceNode
        The steps that it tells, if it is a trace, and not too large to be told step by step; `text` has all of it.
    """

    severity: Severity
    text: str
    start: Position
    end: Position | None = None
    suggestions: tuple[Suggestion, ...] = field(default=(), repr=False)
    traces: tuple[TraceNode, ...] = field(default=(), repr=False)

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        return f"{self.start} {self.severity}: {self.text}"
