"""One attempt: a tactic that was tried at a point of a proof, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from lean_magic._displayed import Displayed
from lean_magic._printed import as_printed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.explorer._origin import Checked
    from lean_magic.goals import Goal
    from lean_magic.results import Message, ProofState

__all__ = ["Attempt", "Author", "Status"]

Status: TypeAlias = Literal[
    "open", "finished", "sorry", "running", "failed", "timeout", "out_of_memory", "crashed", "cancelled"
]
Author: TypeAlias = Literal["person", "program", "proof"]

_DECIDED = frozenset({"open", "finished", "sorry", "failed"})


@dataclass(eq=False, repr=False)
class Attempt(Displayed):
    """A tactic that was tried, or where the proof begins. It changes as the explorer goes on: read it, don't write it.

    Parameters
    ----------
    id : int
        Its number among all attempts of an explorer; 0 is where the proof begins.
    parent : Attempt or None
        The one in whose state it was tried; None where the proof begins.
    tactic : str or None
        The tactic, as it was given; None where the proof begins.
    place : int or None
        The number of the goal that it was run on, from 0; None if it was run with all goals in its reach.
    by : {"person", "program", "proof"}
        Who tried it: somebody in the notebook, or a program; or it was taken over from a proof in the code.
    status : str
        ``"open"``: goals are left. ``"finished"``: none is, and the kernel has checked the proof. ``"sorry"``: none is,
        but the proof does not hold: it rests on ``sorry``, say. ``"running"``; ``"failed"``: Lean rejects the tactic.
        The others say why Lean gave no opinion: ``"timeout"``, ``"out_of_memory"``, ``"crashed"``, ``"cancelled"``.
    state : ProofState or None
        The state after it, if there is one.
    messages : tuple of Message
        What Lean said.
    error : str or None
        Why there is no state.
    elapsed : float or None
        Seconds until Lean's answer was there.
    name : str or None
        What somebody calls it.
    marked : bool
        Whether somebody wants to come back to it.
    children : tuple of Attempt
        What was tried in its state, the first one first.
    """

    id: int
    parent: Attempt | None = None
    tactic: str | None = None
    place: int | None = 0
    by: Author = "program"
    status: Status = "running"
    state: ProofState | None = None
    messages: tuple[Message, ...] = ()
    error: str | None = None
    elapsed: float | None = None
    name: str | None = None
    marked: bool = False
    children: tuple[Attempt, ...] = ()
    _checked: Checked | None = field(default=None)

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What is left to show after it; none if there is no state after it, too."""
        return () if self.state is None else self.state.goals

    @property
    def goal(self) -> Goal | None:
        """The goal that it was run on; None where the proof begins, or if it was run on all."""
        if self.parent is None or self.place is None or self.place >= len(self.parent.goals):
            return None
        return self.parent.goals[self.place]

    @property
    def path(self) -> tuple[Attempt, ...]:
        """The attempts that lead here: from where the proof begins to this one."""
        return tuple(reversed([*self._upwards()]))

    @property
    def depth(self) -> int:
        """How many tactics lead here."""
        return sum(1 for _ in self._upwards()) - 1

    @property
    def finished(self) -> bool:
        """Whether the proof is finished here, and holds."""
        return self.status == "finished"

    @property
    def is_decided(self) -> bool:
        """Whether Lean has an opinion of it."""
        return self.status in _DECIDED

    @property
    def script(self) -> str | None:
        """The finished proof as Lean code, once Lean has accepted it as a whole; see also `Explorer.script_of`."""
        checked = self._checked
        return checked.text if checked is not None and checked.verdict == "valid" else None

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        first, _, more = ("beginning" if self.tactic is None else self.tactic).partition("\n")
        what = f"{first} …" if more else first
        left = f": {len(self.goals)} left" if self.status == "open" else ""
        return f"{what} ({self.status}{left})"

    def __repr__(self) -> str:
        return f"<Attempt {self.id} {self}>"

    def _upwards(self) -> Iterator[Attempt]:
        attempt: Attempt | None = self
        while attempt is not None:
            yield attempt
            attempt = attempt.parent
