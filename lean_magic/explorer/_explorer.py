"""Prove by exploring: try tactics, branch, go back, compare."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from lean_magic._displayed import DisplayedLive
from lean_magic.errors import InputError, LeanMagicError, ServerError, TacticError
from lean_magic.explorer._background import Background, settled
from lean_magic.explorer._events import Event, Events, Listeners
from lean_magic.explorer._focus import on_goal, tidy
from lean_magic.explorer._tree import AttemptTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from lean_magic.explorer._attempt import Attempt, Author, Status
    from lean_magic.explorer._events import EventKind
    from lean_magic.pool import LeanPool
    from lean_magic.results import ProofState

__all__ = ["Explorer"]

_FORMAT = "lean-magic exploration"
_UNDECIDED: frozenset[Status] = frozenset({"timeout", "out_of_memory", "crashed", "cancelled"})


class Explorer(DisplayedLive):
    """One proof, explored: a tree of attempts that people and programs extend together.

    Whatever it is told may come from any thread; nothing but `add_sync` and `close` waits for Lean. Attempts that fail
    are part of the tree, and raise nothing.

    Parameters
    ----------
    root : ProofState
        Where the proof begins.
    pool : LeanPool
        The pool to run on.
    title : str
        What is being proven, in a few words.
    timeout : float, optional
        Seconds that an attempt may take; by default those of the pool.

    Attributes
    ----------
    tree : AttemptTree
        All attempts.
    """

    def __init__(
        self,
        root: ProofState,
        pool: LeanPool,
        *,
        title: str = "proof",
        timeout: float | None = None,
    ) -> None:
        self.root = root
        self.pool = pool
        self.title = title
        self.timeout = timeout
        self.tree = AttemptTree(root)
        self._current = self.tree.root
        self._lock = threading.RLock()
        self._listeners = Listeners()
        self._background = Background()
        self._changes = 0  # that are being made, one within the other
        self._under_way: dict[Attempt, Future[None]] = {}

    @property
    def current(self) -> Attempt:
        """The attempt that is being looked at."""
        return self._current

    @property
    def best(self) -> Attempt:
        """The shortest finished proof; if there is none, the attempt that has the fewest goals left."""
        with self._lock:
            return self.tree.best

    async def add(
        self,
        tactic: str,
        parent: Attempt | None = None,
        *,
        place: int | None = 0,
        timeout: float | None = None,
        by: Author = "program",
    ) -> Attempt:
        """Try a tactic.

        Parameters
        ----------
        tactic : str
            One tactic, or several in lines or with semicolons between them.
        parent : Attempt, optional
            In whose state; by default in that of `current`.
        place : int or None
            The number of the goal to run it on, from 0; None to have all goals in its reach.
        timeout : float, optional
            Seconds it may take.
        by : {"program", "person", "proof"}
            Who tries it.

        Returns
        -------
        Attempt
            The attempt, with its result, be it good or bad; an earlier one, if the same was tried there before and Lean
            decided on it.

        Raises
        ------
        InputError
            There is no tactic, no such goal, or no state to try it in.
        """
        attempt, future = self._start(tactic, parent, place, by, timeout)
        if future is not None:
            try:
                await settled(future)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    self.cancel(attempt)
                    raise
                # It was stopped by `cancel`: the attempt says so.
        return attempt

    def add_sync(
        self,
        tactic: str,
        parent: Attempt | None = None,
        *,
        place: int | None = 0,
        timeout: float | None = None,
        by: Author = "program",
    ) -> Attempt:
        """Try a tactic, blocking: see `add`."""
        if self._background.is_here:
            raise InputError("This is the explorer's own thread, which cannot wait for itself: use add or start.")
        attempt, future = self._start(tactic, parent, place, by, timeout)
        if future is not None:
            try:
                future.result()
            except CancelledError:
                pass  # by `cancel`: the attempt says so
            except BaseException:
                self.cancel(attempt)
                raise
        return attempt

    def start(
        self,
        tactic: str,
        parent: Attempt | None = None,
        *,
        place: int | None = 0,
        timeout: float | None = None,
        by: Author = "person",
    ) -> Attempt:
        """Begin to try a tactic, and return at once: the attempt changes when the result is there. See `add`."""
        return self._start(tactic, parent, place, by, timeout)[0]

    def cancel(self, attempt: Attempt | None = None) -> None:
        """Stop an attempt that is running.

        Parameters
        ----------
        attempt : Attempt, optional
            The attempt; by default all.
        """
        with self._changing():
            for running in [*self._under_way] if attempt is None else [attempt]:
                if (future := self._under_way.pop(running, None)) is not None:
                    future.cancel()
                    # At once: Lean may take a moment to stop, and a task that has not begun yet never does.
                    self._settle(running, {"status": "cancelled", "error": "It was cancelled."})

    def select(self, attempt: Attempt) -> None:
        """Look at an attempt."""
        with self._changing():
            self._own(attempt)
            if attempt is not self._current:
                self._current = attempt
                self._note("selected", attempt)

    def rename(self, attempt: Attempt, name: str | None) -> None:
        """Give an attempt a name, or take it away."""
        with self._changing():
            self._own(attempt).name = name or None
            self._note("changed", attempt)

    def mark(self, attempt: Attempt, marked: bool = True) -> None:
        """Mark an attempt, to find it again."""
        with self._changing():
            self._own(attempt).marked = marked
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

    def recipe(self) -> dict[str, Any]:
        """Return what is needed to try all of it again, as data that can be written as JSON.

        Returns
        -------
        dict
            ``format``, ``version``; ``goals``: those where the proof begins, as text; ``attempts``: for each ``parent``
            (number in this list, from 0; None where the proof begins), ``tactic``, ``place``, ``by``, ``name``,
            ``marked``. Those on which Lean did not decide are left out.
        """
        with self._lock:
            kept = [each for each in self.tree if each.parent and each.status not in _UNDECIDED]
        numbers = {each.id: number for number, each in enumerate(kept)}
        attempts = [
            {
                "parent": numbers.get(each.parent.id) if each.parent else None,
                "tactic": each.tactic,
                "place": each.place,
                "by": each.by,
                "name": each.name,
                "marked": each.marked,
            }
            for each in kept
        ]
        return {"format": _FORMAT, "version": 1, "goals": [goal.text for goal in self.root.goals], "attempts": attempts}

    async def replay(self, recipe: Mapping[str, Any]) -> None:
        """Try all of an earlier exploration again.

        Parameters
        ----------
        recipe : mapping
            What `recipe` returned.

        Raises
        ------
        InputError
            It is none, or that of a proof of something else.
        """
        entries = self._entries(recipe)
        tried: list[asyncio.Task[Attempt | None]] = []

        async def again(entry: Mapping[str, Any], parent: asyncio.Task[Attempt | None] | None) -> Attempt | None:
            above = self.tree.root if parent is None else await parent
            if above is None or not above.goals:
                return None
            attempt = await self.add(entry["tactic"], above, place=entry["place"], by=entry["by"])
            if entry["name"]:
                self.rename(attempt, entry["name"])
            if entry["marked"]:
                self.mark(attempt)
            return attempt

        async with asyncio.TaskGroup() as group:
            for entry in entries:
                parent = None if entry["parent"] is None else tried[entry["parent"]]
                tried.append(group.create_task(again(entry, parent)))

    def close(self) -> None:
        """Stop all that is under way; the tree stays as it is."""
        self.cancel()
        self._background.close()
        self._listeners.note(None)
        self._listeners.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Explorer {self.title!r} {len(self.tree)} attempts, best: {self.best}>"

    def _start(
        self, tactic: str, parent: Attempt | None, place: int | None, by: Author, timeout: float | None
    ) -> tuple[Attempt, Future[None] | None]:
        tactic = tidy(tactic)
        with self._changing():
            self._background.check_open()
            parent = self._with_state(parent or self._current)
            _check_place(parent, place)
            attempt, is_new = self.tree._begin(parent, tactic, place, by)  # noqa: SLF001 - its own
            if is_new:
                self._note("added", attempt)
                self._under_way[attempt] = self._background.start(lambda: self._run(attempt, timeout))
            return attempt, self._under_way.get(attempt)

    async def _run(self, attempt: Attempt, timeout: float | None) -> None:
        """Run a tactic, and write down what comes of it, unless it was cancelled meanwhile."""
        began = time.perf_counter()
        outcome = await self._outcome(attempt, self.timeout if timeout is None else timeout)
        self._settle(attempt, {**outcome, "elapsed": time.perf_counter() - began})
        with self._lock:
            self._under_way.pop(attempt, None)

    async def _outcome(self, attempt: Attempt, timeout: float | None) -> dict[str, Any]:
        parent = attempt.parent
        assert parent is not None
        assert parent.state is not None
        assert attempt.tactic is not None
        tactic = on_goal(attempt.tactic, attempt.place, len(parent.goals))
        try:
            state = await self.pool.tactic(parent.state, tactic, timeout=timeout, caller=id(self))
        except TacticError as error:
            return {"status": "failed", "error": str(error), "messages": error.messages}
        except ServerError as error:
            return {"status": error.verdict, "error": str(error)}
        except LeanMagicError as error:
            return {"status": "crashed", "error": str(error)}
        status = "open" if state.goals else "finished" if state.completed else "sorry"
        return {"status": status, "state": state, "messages": state.messages}

    def _settle(self, attempt: Attempt, values: Mapping[str, Any]) -> None:
        with self._changing():
            if attempt.status != "running":
                return
            for name, value in values.items():
                setattr(attempt, name, value)
            if attempt in self.tree:
                self._note("changed", attempt)

    def _own(self, attempt: Attempt) -> Attempt:
        if attempt not in self.tree:
            raise InputError(f"{attempt!r} is no part of this exploration, or was pruned.")
        return attempt

    def _with_state(self, attempt: Attempt) -> Attempt:
        if self._own(attempt).state is None:
            raise InputError(f"There is no state after {attempt}: go on from another attempt.")
        return attempt

    def _entries(self, recipe: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if not isinstance(recipe, dict) or recipe.get("format") != _FORMAT or recipe.get("version") != 1:
            raise InputError("This is no recipe of an exploration that this lean-magic can read.")
        if recipe.get("goals") != [goal.text for goal in self.root.goals]:
            raise InputError("This recipe belongs to a proof of something else: nothing was tried.")
        entries: Sequence[Mapping[str, Any]] = recipe["attempts"]
        return entries

    def _note(self, kind: EventKind, *attempts: Attempt) -> None:
        self._listeners.note(*(Event(kind, attempt) for attempt in attempts))

    @contextmanager
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


def _check_place(parent: Attempt, place: int | None) -> None:
    count = len(parent.goals)
    if not count:
        raise InputError(f"Nothing is left to prove after {parent}.")
    if place is not None and not 0 <= place < count:
        raise InputError(f"There is no goal {place}: {count} are left, from 0 to {count - 1}.")
