"""Prove by exploring: try tactics, branch, go back, compare."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from lean_magic._displayed import DisplayedLive
from lean_magic._hints import hint
from lean_magic.errors import CancelledRequestError, InputError, LeanMagicError, ServerError, TacticError
from lean_magic.explorer._attempt import Author
from lean_magic.explorer._background import Background, settled
from lean_magic.explorer._candidates import DEFAULT_TACTICS
from lean_magic.explorer._focus import in_own_lines, on_goal, tidy
from lean_magic.explorer._origin import Origin
from lean_magic.explorer._recipe import read_recipe, recipe_of
from lean_magic.explorer._script import Step, scripts, structured
from lean_magic.explorer._shared_tree import SharedTree
from lean_magic.explorer._suggestions import suggestions
from lean_magic.pool._inputs import check_text, check_timeout

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping
    from concurrent.futures import Future

    from lean_magic.explorer._attempt import Attempt
    from lean_magic.explorer._origin import Checked
    from lean_magic.explorer._recipe import Again
    from lean_magic.explorer._suggestions import Suggestions
    from lean_magic.pool import LeanPool
    from lean_magic.proof_tree import ProofTree
    from lean_magic.results import ProofState

__all__ = ["Explorer"]


class Explorer(SharedTree, DisplayedLive):
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
    origin : Origin, optional
        Where the proof belongs: scripts are checked in their place, too. By default, nobody knows more than the state.
    proof : ProofTree, optional
        A proof that is there already.
    timeout : float, optional
        Seconds that an attempt may take; by default those of the pool.

    Attributes
    ----------
    tree : AttemptTree
        All attempts.
    tactics : tuple of str
        What `suggest` tries if it is not told; see `candidates` for the words in braces.
    """

    def __init__(
        self,
        root: ProofState,
        pool: LeanPool,
        *,
        title: str = "proof",
        origin: Origin | None = None,
        proof: ProofTree | None = None,
        timeout: float | None = None,
    ) -> None:
        super().__init__(root)
        self.root = root
        self.pool = pool
        self.title = title
        self.origin = Origin.of_state(root) if origin is None else origin
        self.proof = proof
        self.timeout = timeout
        self.tactics: tuple[str, ...] = DEFAULT_TACTICS
        self._background = Background()
        self._under_way: dict[Attempt, Future[None]] = {}
        self._trials: set[Future[ProofState]] = set()
        self._checking = asyncio.Lock()  # taken on its own loop only

    @property
    def script(self) -> str | None:
        """The best attempt as Lean code: what would follow ``by``.

        That of a finished proof was accepted by Lean as a whole; None if it was not (`script_of` says why). That of any
        other has ``sorry`` for what is open, and nobody has checked it.
        """
        best = self.best
        return best.script if best.finished or best.script else structured(self.steps(best))

    def steps(self, attempt: Attempt) -> list[Step]:
        """Return the tactics that lead to an attempt, with the goals before and after each of them."""
        path = attempt.path
        return [
            Step(each.tactic or "", each.place, before.goals, each.goals) for before, each in itertools.pairwise(path)
        ]

    async def script_of(self, attempt: Attempt | None = None) -> Checked:
        """Return an attempt as Lean code, and what Lean says of it as a whole.

        Parameters
        ----------
        attempt : Attempt, optional
            The attempt; by default the best one.

        Returns
        -------
        Checked
            The script, the verdict on it by itself and in its place, and the code with it put in.

        Raises
        ------
        InputError
            The attempt came to nothing, or is no part of this exploration.
        PoolClosedError
            The pool was shut down.
        """
        attempt = self._with_state(attempt or self.best)
        return await settled(self._background.start(lambda: self._check(attempt)))

    def prepare(self, attempt: Attempt | None = None) -> None:
        """Have idle workers build the state of an attempt, so that `suggest` can begin on all of them; returns at once.

        This happens by itself where a person looks on.

        Parameters
        ----------
        attempt : Attempt, optional
            The attempt; by default `current`.

        Raises
        ------
        InputError
            It has no state.
        """
        state = self._with_state(attempt or self._current).state
        assert state is not None
        self.pool.prepare(state)

    async def suggest(
        self,
        attempt: Attempt | None = None,
        *,
        place: int = 0,
        tactics: Iterable[str] | None = None,
        timeout: float = 5.0,
        limit: int = 20,
    ) -> AsyncGenerator[Suggestions, None]:
        """Try many tactics at once, and tell what helps; the tree stays as it is.

        >>> async for found in explorer.suggest():  # doctest: +SKIP
        ...     print(found)

        Parameters
        ----------
        attempt : Attempt, optional
            In whose state; by default in that of `current`.
        place : int
            The number of the goal, from 0.
        tactics : iterable of str, optional
            What to try; by default `tactics`.
        timeout : float
            Seconds that each may take.
        limit : int
            How many suggestions are told.

        Yields
        ------
        Suggestions
            What is known by then, the best first: at the beginning, and each time another tactic is done. Whoever
            closes the iterator, or lets go of it, stops Lean; so does `cancel`.

        Raises
        ------
        InputError
            There is no such goal, or no state to try them in.
        """
        attempt = self._with_state(attempt or self._current)
        state, count = attempt.state, len(attempt.goals)
        _check_place(attempt, place)
        self._background.check_open()
        assert state is not None

        async def run(tactic: str, timeout: float) -> ProofState:
            return await self.pool.tactic(
                state, on_goal(tactic, place, count), timeout=timeout, priority="batch", caller=id(self)
            )

        async def trial(tactic: str, timeout: float) -> ProofState:
            try:
                future = self._background.start(lambda: run(tactic, timeout))
            except InputError as error:  # closed meanwhile
                raise CancelledRequestError(str(error)) from None
            self._trials.add(future)
            try:
                return await settled(future)
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise
                raise CancelledRequestError("The explorer has stopped it.") from None
            finally:
                future.cancel()
                self._trials.discard(future)

        chosen = self.tactics if tactics is None else tactics
        found = suggestions(trial, attempt.goals, place, tactics=chosen, timeout=timeout, limit=limit)
        async with contextlib.aclosing(found):
            async for each in found:
                yield each

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
            Seconds it may take, and as long again as what led there: the kernel checks all of a finished proof.
        by : {"program", "person", "proof"}
            Who tries it.

        Returns
        -------
        Attempt
            The attempt, with its result, be it good or bad; an earlier one, if the same was tried there before and Lean
            decided on it. A finished proof has been checked as a whole.

        Raises
        ------
        InputError
            There is no tactic, no such goal, or no state to try it in.
        """
        attempt, future, is_own = self._start(tactic, parent, place, by, timeout)
        if future is not None:
            try:
                await settled(future)
            except asyncio.CancelledError:
                if _is_cancelled():
                    if is_own:
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
        attempt, future, is_own = self._start(tactic, parent, place, by, timeout)
        if future is not None:
            try:
                future.result()
            except CancelledError:
                pass  # by `cancel`: the attempt says so
            except BaseException:
                if is_own:
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
            The attempt; by default all, and what `suggest` tries.
        """
        if attempt is None:
            for trial in tuple(self._trials):
                trial.cancel()
        with self._changing():
            for running in [*self._under_way] if attempt is None else [attempt]:
                if (future := self._under_way.pop(running, None)) is not None:
                    future.cancel()
                    # At once: Lean may take a moment to stop, and a task that has not begun yet never does.
                    self._settle(running, {"status": "cancelled", "error": "It was cancelled."})

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
            return recipe_of(self.tree)

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
        entries = read_recipe(recipe, self.root.goals)
        tried: list[asyncio.Task[Attempt | None]] = []

        async def again(entry: Again, parent: asyncio.Task[Attempt | None] | None) -> Attempt | None:
            above = self.tree.root if parent is None else await parent
            if above is None or len(above.goals) <= (entry.place or 0):
                return None  # what it goes on from came out differently
            attempt = await self.add(entry.tactic, above, place=entry.place, by=entry.by)
            if entry.name:
                self.rename(attempt, entry.name)
            if entry.marked:
                self.mark(attempt)
            return attempt

        async with asyncio.TaskGroup() as group:
            for entry in entries:
                parent = None if entry.parent is None else tried[entry.parent]
                tried.append(group.create_task(again(entry, parent)))

    def close(self) -> None:
        """Stop all that is under way; the tree stays as it is."""
        self._background.close()
        self.cancel()  # what is told of this can start nothing any more
        self._listeners.note(None)
        self._listeners.tell()

    @property
    def closed(self) -> bool:
        """Whether nothing can be tried any more."""
        return self._background.is_closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Explorer {self.title!r} {len(self.tree)} attempts, best: {self.best}>"

    def _start(
        self, tactic: str, parent: Attempt | None, place: int | None, by: Author, timeout: float | None
    ) -> tuple[Attempt, Future[None] | None, bool]:
        """Return the attempt, what is to be awaited, and whether nobody else may have begun it."""
        tactic = tidy(check_text(tactic, "tactic"))
        if timeout is not None:
            check_timeout(timeout)
        if by not in get_args(Author):
            raise InputError(f"by must be one of {', '.join(get_args(Author))}, not {by!r}.")
        with self._changing():
            self._background.check_open()
            parent = self._with_state(parent or self._current)
            _check_place(parent, place)
            attempt, is_new = self.tree._begin(parent, tactic, place, by)  # noqa: SLF001 - its own
            if is_new:
                self._note("added", attempt)
                self._under_way[attempt] = self._background.start(lambda: self._run(attempt, timeout))
            elif attempt.finished and attempt.script is None and attempt not in self._under_way:
                self._under_way[attempt] = self._background.start(lambda: self._finish(attempt))
            return attempt, self._under_way.get(attempt), is_new

    async def _run(self, attempt: Attempt, timeout: float | None) -> None:
        """Run a tactic, and write down what comes of it, unless it was cancelled meanwhile."""
        began = time.perf_counter()
        outcome = await self._outcome(attempt, self._limit(attempt, timeout))
        elapsed = time.perf_counter() - began
        state: ProofState | None = outcome.get("state")
        if attempt.by == "person" and state is not None and state.goals:
            self.pool.prepare(state)
        self._settle(attempt, {**outcome, "elapsed": elapsed})
        await self._finish(attempt)

    async def _finish(self, attempt: Attempt) -> None:
        """Check a finished proof as a whole; one by recursion, too, of which only its place in the code can tell."""
        try:
            if attempt.finished or (attempt.status == "sorry" and attempt.state and not attempt.state.uses_sorry):
                with contextlib.suppress(LeanMagicError):  # `script_of` asks again, and says so
                    await self._check(attempt)
        finally:
            with self._lock:
                self._under_way.pop(attempt, None)

    def _limit(self, attempt: Attempt, timeout: float | None) -> float:
        """Return the seconds for an attempt: after its last step, the kernel goes through all of a proof."""
        own = next(limit for limit in (timeout, self.timeout, self.pool.timeout) if limit is not None)
        return own + 2 * sum(each.elapsed or 0 for each in attempt.path)

    async def _outcome(self, attempt: Attempt, timeout: float) -> dict[str, Any]:
        parent = attempt.parent
        assert parent is not None
        assert parent.state is not None
        assert attempt.tactic is not None
        tactic = on_goal(attempt.tactic, attempt.place, len(parent.goals))
        # A person is not to wait for what a program tries meanwhile.
        priority: Literal["interactive", "batch"] = "interactive" if attempt.by == "person" else "batch"
        try:
            state = await self.pool.tactic(parent.state, tactic, timeout=timeout, priority=priority, caller=id(self))
        except TacticError as error:
            said = in_own_lines(str(error), attempt.tactic, tactic)
            advice = hint(attempt.tactic, said)
            said = f"{said}\n{advice}" if advice else said
            return {"status": "failed", "error": said, "messages": error.messages}
        except ServerError as error:
            return {"status": error.verdict, "error": str(error)}
        except LeanMagicError as error:
            return {"status": "crashed", "error": str(error)}
        status = "open" if state.goals else "finished" if state.completed else "sorry"
        return {"status": status, "state": state, "messages": state.messages}

    async def _check(self, attempt: Attempt) -> Checked:
        """Have Lean say what it thinks of the tactics that lead to an attempt as one text, unless it has said so."""
        async with self._checking:
            return await self._checked(attempt)

    async def _checked(self, attempt: Attempt) -> Checked:
        checked = attempt._checked  # noqa: SLF001 - the attempts are its own
        if checked is None:
            # In one piece, it takes as long as all of its steps.
            limit = self._limit(attempt, None)
            checked = await self.origin.check(self.pool, scripts(self.steps(attempt)), timeout=limit)
            if checked.verdict in {"valid", "sorry", "error"}:
                with self._changing():
                    attempt._checked = checked  # noqa: SLF001
                    if attempt in self.tree:
                        self._note("changed", attempt)
        return checked

    def _settle(self, attempt: Attempt, values: Mapping[str, Any]) -> None:
        with self._changing():
            if attempt.status != "running":
                return
            for name, value in values.items():
                setattr(attempt, name, value)
            if attempt in self.tree:
                self._note("changed", attempt)


def _check_place(parent: Attempt, place: int | None) -> None:
    count = len(parent.goals)
    if not count:
        raise InputError(f"Nothing is left to prove after {parent}.")
    if place is not None and (type(place) is not int or not 0 <= place < count):
        raise InputError(f"There is no goal {place}: {count} are left, from 0 to {count - 1}.")


def _is_cancelled() -> bool:
    """Whether it is the running task that is cancelled, rather than what it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
