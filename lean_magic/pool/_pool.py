"""The pool as users see it, from synchronous and asynchronous code, on any thread."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import contextlib
import math
import weakref
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

from lean_magic._displayed import progress_shown
from lean_magic.errors import InputError, PoolClosedError
from lean_magic.pool._answers import result_of, state_after
from lean_magic.pool._assisting import AssistingPool
from lean_magic.pool._dispatch import Dispatch
from lean_magic.pool._exporting import ExportingPool
from lean_magic.pool._inner_pool import InnerPool
from lean_magic.pool._inputs import (
    InfoTree,
    OptionValue,
    Priority,
    check_callback,
    check_init,
    check_timeout,
    read_code,
)
from lean_magic.pool._judges import Judges
from lean_magic.pool._loop import LoopThread, told_in_one_line
from lean_magic.pool._many import check_store
from lean_magic.pool._requests import Requests, first_state, left_open
from lean_magic.pool._scheduler import Scheduler
from lean_magic.pool._settings import PoolSettings
from lean_magic.pool._submitting import SubmittingPool
from lean_magic.pool._telemetry import Telemetry
from lean_magic.pool._verifying import VerifyingPool
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self, Unpack

    from lean_magic.pool._done import Done
    from lean_magic.pool._queue import Request
    from lean_magic.pool._status import PoolStats, PoolStatus, WorkerStatus
    from lean_magic.pool._telemetry import PoolEvent
    from lean_magic.pool._work import Elaborated, Elaboration, Outcome, Stepped
    from lean_magic.references import EnvRef
    from lean_magic.results import GoalChoice, LeanResult, ProofState, Update
    from lean_magic.store import Store
    from lean_magic.toolchain import ProgressCallback, Toolchain

__all__ = ["LeanPool", "RunOptions"]

_Answer = TypeVar("_Answer")


_IDLE_FOR = 600.0  # seconds that a worker of an inner pool may have nothing to do


class RunOptions(TypedDict, total=False):
    """What can be asked of a run besides its code: see `LeanPool.run`."""

    timeout: float | None
    all_tactics: bool
    root_goals: bool
    infotree: InfoTree | None
    axioms: bool
    options: Mapping[str, OptionValue] | None
    priority: Priority
    caller: Hashable


class LeanPool(AssistingPool, ExportingPool, SubmittingPool, VerifyingPool):
    """Lean processes that run code and tactics, for synchronous and asynchronous callers on any thread.

    >>> with LeanPool(workers=2) as pool:
    ...     pool.run_sync("example : 1 + 1 = 2 := rfl").verdict
    'valid'

    Workers are started when there is need. Environments and proof states are built again by replay where they are
    missing, so it never matters which worker runs a request, nor whether one was lost meanwhile.

    Parameters
    ----------
    workers : int
        How many Lean processes there may be at once, by default one; the same as ``max_workers``.
    toolchain : str or Toolchain, optional
        Where Lean comes from, or the name of it; by default what `resolve_toolchain` finds.
    timeout : float
        Seconds that a request may take once it runs, unless it says otherwise; ``math.inf`` for no limit. Then Lean
        stops it, and keeps all else; only where it does not within two seconds is the process replaced.
    min_workers, max_workers : int
        How many workers there are at least, from the beginning, and at most. In between, they are started when
        requests wait, and ended when they have been idle for `idle_timeout`.
    idle_timeout : float
        Seconds after which a worker that has nothing to do is ended; one always stays. By default never.
    init : mapping of str to int, optional
        Headers to have ready, and on how many workers: ``{"import Lean": 2}``.
    memory_limit : int
        Resident bytes that each worker may have; who needs more ends with the verdict ``"out_of_memory"``.
    pool_memory_limit : int, optional
        Resident bytes that all workers together may have. When they, or the machine, run short, idle workers are
        ended first, and then what the largest one does.
    max_uses : int, optional
        Number of requests after which a worker is replaced.
    max_age : float
        Seconds after which a worker is replaced once it is idle. By default never.
    queue_limit : int
        How many requests of each priority may stand in the queue; the others wait until there is room.
    max_wait : float
        Seconds that a request may wait for a worker before `PoolBusyError` is raised; while the first worker is coming
        up, they do not count. By default as long as it takes.
    store : Store, path or bool
        Where `check` and its like keep results and log what they did: a file, False for nowhere; by default that of
        the user.
    on_progress : callable, optional
        Told, from a background thread, how far the set-up of the toolchain and the start of workers are.
    on_event : callable, optional
        Told, from a background thread, what happens, as a `PoolEvent`; should return soon.

    Attributes
    ----------
    toolchain : Toolchain
        Where Lean comes from.

    Raises
    ------
    InputError
        A parameter makes no sense.
    ToolchainError
        There is no such toolchain.
    """

    def __init__(
        self,
        workers: int | None = None,
        toolchain: str | Toolchain | None = None,
        *,
        timeout: float = 60.0,
        min_workers: int = 0,
        max_workers: int | None = None,
        idle_timeout: float = math.inf,
        init: Mapping[str, int] | None = None,
        memory_limit: int = 4 * 1024**3,
        pool_memory_limit: int | None = None,
        max_uses: int | None = None,
        max_age: float = math.inf,
        queue_limit: int = 10_000,
        max_wait: float = math.inf,
        store: Store | Path | str | bool = True,
        on_progress: ProgressCallback | None = None,
        on_event: Callable[[PoolEvent], None] | None = None,
    ) -> None:
        if workers is not None and max_workers is not None and workers != max_workers:
            raise InputError("workers and max_workers mean the same: give one of them.")
        settings = PoolSettings(
            min_workers=min_workers,
            max_workers=workers
            if workers is not None
            else max_workers
            if max_workers is not None
            else max(1, min_workers),
            timeout=timeout,
            memory_limit=memory_limit,
            pool_memory_limit=pool_memory_limit,
            init=check_init(init),
            max_uses=max_uses,
            max_age=max_age,
            idle_timeout=idle_timeout,
            queue_limit=queue_limit,
            max_wait=max_wait,
        )
        if toolchain is not None and not isinstance(toolchain, str) and not hasattr(toolchain, "launch"):
            raise InputError(f"toolchain must be the name of one, or a Toolchain, not {type(toolchain).__name__}.")
        self.toolchain = resolve_toolchain(toolchain) if toolchain is None or isinstance(toolchain, str) else toolchain
        self._store = check_store(store)
        check_callback(on_event, "on_event")
        check_callback(on_progress, "on_progress")
        self._max_workers = settings.max_workers
        self._telemetry = Telemetry(on_event)
        self._scheduler = Scheduler(self.toolchain, settings, self._telemetry)
        self._scheduler.crew.on_progress = on_progress
        self._thread = LoopThread("lean-magic pool")
        self._requests = Requests(self.toolchain.identity, settings.timeout)
        self._dispatch = Dispatch(self._thread, self._scheduler)
        self._judges = Judges(_pool_maker(self.toolchain, memory_limit), settings.max_workers)
        self._isolation = InnerPool(_pool_maker(self.toolchain, memory_limit, settings.max_workers, max_uses=1))
        # None of these knows the pool, so it can be collected; this also runs at exit.
        self._at_end: list[Callable[[], None]] = [self._judges.close, self._isolation.close]
        self._finalizer = weakref.finalize(self, _end, self._at_end, self._thread, self._scheduler)
        if settings.min_workers or settings.init:
            self._thread.call(self._scheduler.start)

    @property
    def timeout(self) -> float:
        """Seconds that a request may take unless it says otherwise; may be changed."""
        return self._requests.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._requests.timeout = check_timeout(seconds, what="timeout")

    @property
    def on_progress(self) -> ProgressCallback | None:
        """Told, from a background thread, how far the set-up of the toolchain and the start of workers are."""
        return self._scheduler.crew.on_progress

    @on_progress.setter
    def on_progress(self, callback: ProgressCallback | None) -> None:
        self._scheduler.crew.on_progress = callback

    @property
    def idle(self) -> bool:
        """Whether a worker could begin with a request at once."""
        return bool(self._scheduler.crew.idle())

    @property
    def on_event(self) -> Callable[[PoolEvent], None] | None:
        """Told, from a background thread, what happens."""
        return self._telemetry.on_event

    @on_event.setter
    def on_event(self, callback: Callable[[PoolEvent], None] | None) -> None:
        self._telemetry.on_event = callback

    async def run(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        timeout: float | None = None,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
        on_progress: Callable[[Update], None] | None = None,
        progress: bool = False,
    ) -> LeanResult:
        """Run code.

        Parameters
        ----------
        code : str
            Lean code; it may begin with imports where it starts from nothing.
        env : EnvRef, optional
            The environment to run it in, ``result.env`` of an earlier run; by default it starts from nothing.
        timeout : float, optional
            Seconds it may take once it runs (waiting for a worker does not count); by default those of the pool.
        all_tactics : bool
            Whether to list every tactic, with the goals before it.
        root_goals : bool
            Whether to list the first goal of every declaration that is proved by tactics.
        infotree : {"full", "tactics", "original", "substantive"}, optional
            Which part of Lean's elaboration trees to include.
        axioms : bool
            Whether to list the axioms that each new declaration rests on.
        options : mapping, optional
            Lean options for this code, ``{"pp.all": True}``.
        priority : {"interactive", "batch"}
            Interactive requests go first where workers are scarce.
        caller : hashable, optional
            Whose request it is: callers of the same priority take turns. By default, each thread is a caller.
        on_progress : callable, optional
            Called with an `Update`, in the caller's event loop (by `run_sync`, in the caller's thread), each time Lean
            comes to another command.
        progress : bool
            Whether to show, if it takes longer than half a second, how far Lean is: in the output of the cell, or on
            standard error if that is a terminal. At the end, nothing is left of that.

        Returns
        -------
        LeanResult
            Also where Lean gave no opinion: see `LeanResult.verdict`. After a timeout, it has what Lean said until
            then.

        Raises
        ------
        InputError
            What was passed in cannot be given to Lean.
        ToolchainError, StartError
            Lean could not be installed or started.
        PoolBusyError
            It waited for a worker as long as it may.
        PoolClosedError
            The pool was shut down.
        """
        with progress_shown(self, code, on_progress, is_wanted=progress) as tell:
            call = None if tell is None else asyncio.get_running_loop().call_soon_threadsafe
            request = self._requests.elaboration(
                code, env, timeout, all_tactics, root_goals, infotree, axioms, options, priority, caller, tell, call
            )
            return self._result(request, await self._dispatch.answer(request))

    def run_sync(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        timeout: float | None = None,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
        on_progress: Callable[[Update], None] | None = None,
        progress: bool = False,
    ) -> LeanResult:
        """Run code, blocking: see `run`."""
        with progress_shown(self, code, on_progress, is_wanted=progress) as tell:
            news: SimpleQueue[Callable[[], None]] | None = None if tell is None else SimpleQueue()
            call = None if news is None else news.put
            request = self._requests.elaboration(
                code, env, timeout, all_tactics, root_goals, infotree, axioms, options, priority, caller, tell, call
            )
            return self._result(request, self._dispatch.answer_sync(request, news))

    async def stream(
        self, code: str, env: EnvRef | None = None, **asked: Unpack[RunOptions]
    ) -> AsyncIterator[Update | LeanResult]:
        """Run code, and tell how far it is.

        >>> async for news in pool.stream(code):  # doctest: +SKIP
        ...     print(news)

        Leaving the loop early stops Lean; so that this happens at once, close the iterator (`contextlib.aclosing`).

        Parameters
        ----------
        code, env, **asked
            As in `run`.

        Yields
        ------
        Update or LeanResult
            An update each time Lean comes to another command; last, the result.

        Raises
        ------
        InputError, ToolchainError, StartError, PoolBusyError, PoolClosedError
            As in `run`.
        """
        if "on_progress" in asked:
            raise InputError("A stream tells how far it is by itself: use run(..., on_progress=...), or leave it out.")
        news: asyncio.Queue[Update | None] = asyncio.Queue()
        running = asyncio.ensure_future(self.run(code, env, on_progress=news.put_nowait, **asked))
        running.add_done_callback(lambda _: news.put_nowait(None))
        try:
            while (update := await news.get()) is not None:
                yield update
            yield await running
        except asyncio.CancelledError as error:
            told_in_one_line(error)
            raise
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await running

    async def run_file(self, path: str | Path, env: EnvRef | None = None, **asked: Unpack[RunOptions]) -> LeanResult:
        """Run the code in a file: see `run`."""
        return await self.run(read_code(path), env, **asked)

    def run_file_sync(self, path: str | Path, env: EnvRef | None = None, **asked: Unpack[RunOptions]) -> LeanResult:
        """Run the code in a file, blocking: see `run`."""
        return self.run_sync(read_code(path), env, **asked)

    async def tactic(
        self,
        state: ProofState,
        tactic: str,
        *,
        goal: GoalChoice = None,
        timeout: float | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> ProofState:
        """Run a tactic in a proof state, also one of another pool with the same toolchain.

        Parameters
        ----------
        state : ProofState
            Where.
        tactic : str
            One tactic, or several on lines or with semicolons between them, as after ``by``.
        goal : int or sequence of int, optional
            The places of the goals that it is for, from 0; by default it has all of them before it. What is left of
            these goals comes in the place of the first of them.
        timeout : float, optional
            Seconds it may take; by default those of the pool.
        priority, caller
            As in `run`.

        Returns
        -------
        ProofState
            The state after it.

        Raises
        ------
        TacticError
            Lean rejects the tactic.
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError, ToolchainError, PoolClosedError
            As in `run`.
        """
        request = self._requests.step(state, tactic, goal, timeout, priority, caller)
        return state_after(state, tactic, cast("Done[Stepped]", await self._dispatch.answer(request)), self)

    def tactic_sync(
        self,
        state: ProofState,
        tactic: str,
        *,
        goal: GoalChoice = None,
        timeout: float | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> ProofState:
        """Run a tactic, blocking: see `tactic`."""
        request = self._requests.step(state, tactic, goal, timeout, priority, caller)
        return state_after(state, tactic, cast("Done[Stepped]", self._dispatch.answer_sync(request)), self)

    async def prove(self, statement: str, env: EnvRef | None = None, *, timeout: float | None = None) -> ProofState:
        """Begin a proof.

        Parameters
        ----------
        statement : str
            What to prove, ``"theorem and_swap (p q : Prop) : p ∧ q → q ∧ p"``; other code may come before it.
        env : EnvRef, optional
            The environment to prove it in.
        timeout : float, optional
            Seconds it may take; by default those of the pool.

        Returns
        -------
        ProofState
            Its first proof state.

        Raises
        ------
        LeanError
            Lean rejects the statement.
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError, ToolchainError, PoolClosedError
            As in `run`.
        """
        return first_state(await self.run(left_open(statement), env, timeout=timeout), statement)

    def prove_sync(self, statement: str, env: EnvRef | None = None, *, timeout: float | None = None) -> ProofState:
        """Begin a proof, blocking: see `prove`."""
        return first_state(self.run_sync(left_open(statement), env, timeout=timeout), statement)

    def prepare(self, thing: EnvRef | ProofState) -> None:
        """Say that several requests will soon go on from an environment or a proof state; returns at once.

        Workers that are idle build it, so that it is at hand there. They stop when they are needed for something else.
        No worker is started for it, and it does not matter if it fails: who goes on from there hears of it.

        Parameters
        ----------
        thing : EnvRef or ProofState
            What will be wanted, also that of another pool with the same toolchain.

        Raises
        ------
        InputError
            It is something else, or belongs to another toolchain.
        """
        wanted, scheduler = self._requests.starting_point(thing), self._scheduler
        self._thread.call_soon(lambda: scheduler.prepare(wanted))

    def status(self) -> PoolStatus:
        """Return how the pool is: its toolchain, its workers and what they cost; also after its end."""
        return replace(self._asked(self._scheduler.status), judges=self._verifying_workers())

    def stats(self) -> PoolStats:
        """Return what the pool has done since it was made: requests, verdicts, replays; also after its end."""
        return replace(self._asked(self._scheduler.stats), judges=self._verifying_workers())

    def restart(self) -> None:
        """Replace all workers; what is under way ends with the verdict ``"cancelled"``, and no result is lost."""
        self._thread.call(self._scheduler.restart)
        self._judges.restart()
        self._isolation.restart()

    def drain(self) -> None:
        """Take no more requests, wait until those that were taken are done, and shut down."""
        self._thread.call(self._scheduler.drain)
        self.shutdown()

    def shutdown(self) -> None:
        """End all workers and the pool's thread; what is under way ends with the verdict ``"cancelled"``."""
        self._finalizer()

    async def aclose(self, *, drain: bool = False) -> None:
        """Shut down without blocking: see `shutdown`, and `drain`."""
        await asyncio.to_thread(self.drain if drain else self.shutdown)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.shutdown()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def _verifying_workers(self) -> tuple[WorkerStatus, ...]:
        return (*self._judges.workers(), *self._isolation.workers("isolated"))

    def _asked(self, question: Callable[[], _Answer]) -> _Answer:
        """Return what the scheduler says, on its own thread as long as there is one."""

        async def ask() -> _Answer:
            return question()

        try:
            return self._thread.call(ask)
        except PoolClosedError:
            return question()

    def _result(self, request: Request, done: Done[Outcome]) -> LeanResult:
        result = result_of(cast("Elaboration", request.work).ref.code, cast("Done[Elaborated]", done), self)
        self._telemetry.verdict(result.verdict)
        return result


def _end(before: list[Callable[[], None]], thread: LoopThread, scheduler: Scheduler) -> None:
    """End what depends on a pool, and then the pool."""
    for close in before:
        close()
    thread.close(scheduler.close)


def _pool_maker(
    toolchain: Toolchain, memory_limit: int, workers: int = 1, max_uses: int | None = None
) -> Callable[[], LeanPool]:
    """Return what makes an inner pool; it does not know the pool that it is for, which can be collected."""
    return lambda: LeanPool(
        workers, toolchain, memory_limit=memory_limit, max_uses=max_uses, idle_timeout=_IDLE_FOR, store=False
    )
