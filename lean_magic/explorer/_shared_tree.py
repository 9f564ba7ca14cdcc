"""A tree of attempts that several work on: what people do with it, and who is told of it."""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.explorer._events import Event, Events, Listeners
from lean_magic.explorer._tree import AttemptTree
from lean_magic.pool._inputs import check_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lean_magic.explorer._attempt import Attempt
    from lean_magic.explorer._events import EventKind
    from lean_magic.results import ProofState

__all__ = ["SharedTree"]


class SharedTree(ABC):
    """A tree of attempts that may be changed in any thread.

    Parameters
    ----------
    state : ProofState
        Where the proof begins.

    Attributes
    ----------
    tree : AttemptTree
        All attempts.
    """

    def __init__(self, state: ProofState) -> None:
        self.tree = AttemptTree(state)
        self._current = self.tree.root
        self._lock = threading.RLock()
        self._listeners = Listeners()
        self._changes = 0  # that are being made, one within the other

    @property
    def current(self) -> Attempt:
        """The attempt that is being looked at."""
        return self._current

    @property
    def best(self) -> Attempt:
        """The shortest finished proof; if there is none, the attempt that leaves least to show."""
        with self._lock:
            return self.tree.best

    @abstractmethod
    def cancel(self, attempt: Attempt | None = None) -> None:
        """Stop an attempt that is running."""

    def select(self, attempt: Attempt) -> None:
        """Look at an attempt."""
        with self._changing():
            self._own(attempt)
            if attempt is not self._current:
                self._current = attempt
                self._note("selected", attempt)

    def rename(self, attempt: Attempt, name: str | None) -> None:
        """Give an attempt a name, or take it away."""
        if name is not None:
            check_text(name, "name of an attempt")
        with self._changing():
            self._own(attempt).name = name or None
            self._note("changed", attempt)

    def mark(self, attempt: Attempt, marked: bool = True) -> None:
        """Mark an attempt, to find it again."""
        with self._changing():
            self._own(attempt).marked = bool(marked)
            self._note("changed", attempt)

    def prune(self, attempt: Attempt) -> None:
        """Take an attempt out of the tree, with all that came after it.

        Raises
        ------
        InputError
            It is where the proof begins.
        """
        with self._changing():
            parent = self._own(attempt).parent
            if parent is None:
                raise InputError("Where the proof begins cannot be pruned: prune what was tried there.")
            gone = self.tree._prune(attempt)  # noqa: SLF001 - its own
            for each in gone:
                self.cancel(each)
            self._note("removed", *gone)
            if self._current not in self.tree:
                self._current = parent
                self._note("selected", parent)

    def restore(self) -> None:
        """Put back what was pruned last, if anything was."""
        with self._changing():
            if self.can_restore:
                self._note("added", *self.tree._restore())  # noqa: SLF001 - its own

    @property
    def can_restore(self) -> bool:
        """Whether there is anything to put back."""
        return self.tree._can_restore  # noqa: SLF001 - its own

    def on_change(self, callback: Callable[[Event], object]) -> Callable[[], None]:
        """Have a function called whenever something happens; what is returned ends that.

        Parameters
        ----------
        callback : callable
            Takes an `Event`, in whatever thread it happens; should return soon.
        """
        return self._listeners.add(lambda event: None if event is None else callback(event))

    def events(self) -> Events:
        """Return what happens from now on, for ``async for``; it ends when the explorer is closed."""
        return Events(self._listeners)

    def _own(self, attempt: Attempt) -> Attempt:
        if attempt not in self.tree:
            raise InputError(f"{attempt!r} is no part of this exploration, or was pruned.")
        return attempt

    def _with_state(self, attempt: Attempt) -> Attempt:
        if self._own(attempt).state is None:
            raise InputError(f"There is no state after {attempt}: go on from another attempt.")
        return attempt

    def _note(self, kind: EventKind, *attempts: Attempt) -> None:
        self._listeners.note(*(Event(kind, attempt) for attempt in attempts))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock, and tell what was changed when it is free again."""
        with self._lock:
            self._changes += 1
            try:
                yield
            finally:
                self._changes -= 1
                is_done = not self._changes
        if is_done:
            self._listeners.tell()
