"""Which environments and proof states a process holds, and which of them it may forget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from lean_magic.references import EnvRef

if TYPE_CHECKING:
    from lean_magic.references import StateRef

__all__ = ["Holdings", "Leases"]

_SPARE = 16  # that nobody has a reference to, kept in case one comes back (a recipe that is imported, say)
_MOST_ENVIRONMENTS = 10_000
_MOST_STATES = 50_000


class Leases:
    """Knows which references somebody still has.

    Who has one may use it at any time: what it stands for is best kept. It holds no reference itself. That a reference
    is dropped where an equal one lives on is not noticed; then what it stands for may have to be built again.
    """

    def __init__(self) -> None:
        self._references: WeakValueDictionary[str, EnvRef | StateRef] = WeakValueDictionary()

    def note(self, reference: EnvRef | StateRef) -> None:
        """Take note that somebody has this reference."""
        self._references[reference.id] = reference

    def __contains__(self, identity: str) -> bool:
        return identity in self._references


class Holdings:
    """Numbers of environments and proof states in a process, by the references that stand for them; for any thread.

    Parameters
    ----------
    leases : Leases
        Which references somebody still has.
    """

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._lock = threading.Lock()
        self._environments = _Shelf(leases, _MOST_ENVIRONMENTS)
        self._states = _Shelf(leases, _MOST_STATES)

    def number(self, ref: EnvRef | StateRef) -> int | None:
        """Return the number of what a reference stands for, and take note that it is used.

        None if it is not there, or if Lean's answer was another one than the reference knows.
        """
        with self._lock:
            number, answer = self._shelf(ref).get(ref.id) or (None, None)
        return number if answer is None or ref.answer in (None, answer) else None

    def add(self, ref: EnvRef | StateRef, number: int) -> None:
        """Take note that something is there."""
        with self._lock:
            self._leases.note(ref)
            self._shelf(ref).put(ref.id, number, ref.answer)

    def count(self) -> tuple[int, int]:
        """Return how many environments and how many proof states are there."""
        return len(self._environments), len(self._states)

    def take_released(self, keep: int | None) -> dict[str, list[int]]:
        """Return the numbers that the process may forget, as a request has them; each only once.

        Not the one that the request itself goes on from: it may have been replaced in this moment.
        """
        with self._lock:
            shelves = {"environments": self._environments, "proofStates": self._states}
            released = {kind: shelf.take_left(keep) for kind, shelf in shelves.items()}
        return {kind: numbers for kind, numbers in released.items() if numbers}

    def _shelf(self, ref: EnvRef | StateRef) -> _Shelf:
        return self._environments if isinstance(ref, EnvRef) else self._states


class _Shelf:
    """Numbers with the mark of Lean's answer, by the identity of their reference; the one used last at the end."""

    def __init__(self, leases: Leases, most: int) -> None:
        self._leases = leases
        self._most = most
        self._held: OrderedDict[str, tuple[int, str | None]] = OrderedDict()
        self._left: list[int] = []
        self._clear_at = 2 * _SPARE

    def __len__(self) -> int:
        return len(self._held)

    def get(self, identity: str) -> tuple[int, str | None] | None:
        held = self._held.get(identity)
        if held is not None:
            self._held.move_to_end(identity)
        return held

    def put(self, identity: str, number: int, answer: str | None) -> None:
        self._leave(identity)
        self._held[identity] = number, answer
        if len(self._held) >= self._clear_at:
            self._clear()
            self._clear_at = len(self._held) + 2 * _SPARE

    def take_left(self, keep: int | None) -> list[int]:
        left = [number for number in self._left if number != keep]
        self._left = [keep] if keep is not None and len(left) < len(self._left) else []
        return left

    def _clear(self) -> None:
        """Leave what is no longer worth keeping."""
        nobody_has = [identity for identity in self._held if identity not in self._leases]
        for identity in nobody_has[:-_SPARE]:
            self._leave(identity)
        for identity in list(self._held)[: max(0, len(self._held) - self._most)]:
            self._leave(identity)

    def _leave(self, identity: str) -> None:
        if identity in self._held:
            self._left.append(self._held.pop(identity)[0])
