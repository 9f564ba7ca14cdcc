"""All attempts at one proof, as a tree: branches are alternatives."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from lean_magic._displayed import Displayed
from lean_magic.explorer._attempt import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.explorer._attempt import Author
    from lean_magic.results import ProofState

__all__ = ["AttemptTree"]


_UNDONE = 20
"""Prunings that can be undone. Lean keeps the states of what was pruned until then."""


class AttemptTree(Displayed):
    """All attempts at one proof; ``print`` it, or end a cell with it. An explorer goes on changing it.

    Parameters
    ----------
    state : ProofState
        Where the proof begins.

    Attributes
    ----------
    root : Attempt
        Where the proof begins.
    """

    def __init__(self, state: ProofState) -> None:
        status = "open" if state.goals else "finished" if state.completed else "sorry"
        self.root = Attempt(0, status=status, state=state, by="proof")  # type: ignore[arg-type]
        self._attempts = {0: self.root}
        self._next = 1
        self._pruned: deque[Attempt] = deque(maxlen=_UNDONE)

    def __len__(self) -> int:
        return len(self._attempts)

    def __getitem__(self, id: int) -> Attempt:
        return self._attempts[id]

    def __contains__(self, attempt: object) -> bool:
        return isinstance(attempt, Attempt) and self._attempts.get(attempt.id) is attempt

    def __iter__(self) -> Iterator[Attempt]:
        return self.walk()

    def walk(self, start: Attempt | None = None) -> Iterator[Attempt]:
        """Return an attempt and all that came after it, each branch to its end.

        Parameters
        ----------
        start : Attempt, optional
            The attempt; by default where the proof begins.
        """
        # Without recursion: a proof may be longer than Python goes deep.
        rest = [self.root if start is None else start]
        while rest:
            yield (attempt := rest.pop())
            rest += reversed(attempt.children)

    @property
    def best(self) -> Attempt:
        """The shortest finished proof; if there is none, the attempt that leaves least to show: the shortest goals.

        What rests on ``sorry`` comes after all that does not.
        """
        return min(self._merits())[-1]

    def _merits(self) -> Iterator[tuple[int, int, int, int, Attempt]]:
        """Return how good each attempt is, the better the less, and the attempt."""
        rest = [(self.root, 0, False)]
        while rest:
            attempt, depth, uses_sorry = rest.pop()
            uses_sorry = uses_sorry or (attempt.state is not None and attempt.state.uses_sorry)
            if attempt.finished or attempt.script is not None:
                yield 0, depth, 0, attempt.id, attempt
            elif attempt.status == "open":
                size = sum(len(goal.target) for goal in attempt.goals)
                yield 2 if uses_sorry else 1, size, len(attempt.goals), attempt.id, attempt
            else:
                yield 3, 0, 0, attempt.id, attempt
            rest += [(child, depth + 1, uses_sorry) for child in attempt.children]

    def to_dict(self) -> dict[str, Any]:
        """Return it as data that can be written as JSON.

        Returns
        -------
        dict
            ``goals``: those where the proof begins, as Lean prints them; ``attempts``: for each, in `walk`'s order,
            ``id``, ``parent`` (None where the proof begins), ``tactic``, ``place``, ``status``, ``goals`` (those left,
            as Lean prints them), ``error``, ``elapsed`` (seconds), ``by``, ``name`` and ``marked``: see `Attempt`.
        """
        return {"goals": [goal.text for goal in self.root.goals], "attempts": [_data(each) for each in self.walk()]}

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON.

        Parameters
        ----------
        indent : int, optional
            Spaces for each level; by default, all is on one line.
        """
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False)

    def __str__(self) -> str:
        from lean_magic.display import text

        return text(self)

    def __repr__(self) -> str:
        return f"<AttemptTree {len(self)} attempts, best: {self.best}>"

    # The rest is for the explorer, which holds its lock meanwhile.

    def _begin(self, parent: Attempt, tactic: str, place: int | None, by: Author) -> tuple[Attempt, bool]:
        """Return the attempt to be run, and whether it is new: one that says nothing yet is run again."""
        for attempt in parent.children:
            if (attempt.tactic, attempt.place) == (tactic, place):
                if not (attempt.is_decided or attempt.status == "running"):
                    attempt.status, attempt.error, attempt.messages = "running", None, ()
                    return attempt, True
                return attempt, False
        attempt = Attempt(self._next, parent, tactic, place, by)
        self._next += 1
        self._attempts[attempt.id] = attempt
        parent.children += (attempt,)
        return attempt, True

    def _prune(self, attempt: Attempt) -> list[Attempt]:
        assert attempt.parent is not None
        attempt.parent.children = tuple(child for child in attempt.parent.children if child is not attempt)
        gone = [*self.walk(attempt)]
        for each in gone:
            del self._attempts[each.id]
        self._pruned.append(attempt)
        return gone

    @property
    def _can_restore(self) -> bool:
        return bool(self._pruned)

    def _restore(self) -> list[Attempt]:
        attempt = self._pruned.pop()
        assert attempt.parent is not None
        # The parent is there: had it been pruned later, it would have been restored before.
        attempt.parent.children = tuple(sorted((*attempt.parent.children, attempt), key=lambda child: child.id))
        back = [*self.walk(attempt)]
        self._attempts |= {each.id: each for each in back}
        return back


def _data(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "parent": None if attempt.parent is None else attempt.parent.id,
        "tactic": attempt.tactic,
        "place": attempt.place,
        "status": attempt.status,
        "goals": [goal.text for goal in attempt.goals],
        "error": attempt.error,
        "elapsed": attempt.elapsed,
        "by": attempt.by,
        "name": attempt.name,
        "marked": attempt.marked,
    }
