"""The pool as users see it, from synchronous and asynchronous code, on any thread."""

# ruff: noqa: ASYNC109 (a Lean deadline kills a process: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, TypedDict

from lean_magic.errors import LeanError
from lean_magic.pool._answers import result_of, state_after
from lean_magic.pool._inputs import (
    InfoTree,
    OptionValue,
    check_count,
    check_env,
    check_infotree,
    check_options,
    check_state,
    check_text,
    check_timeout,
    read_code,
)
from lean_magic.pool._loop import LoopThread
from lean_magic.pool._scheduler import Done, Scheduler
from lean_magic.pool._worker import Elaborated, Elaboration, Stepped
from lean_magic.references import EnvRef
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self, Unpack

    from lean_magic.pool._status import PoolStatus
    from lean_magic.results import LeanResult, ProofState
    from lean_magic.toolchain import ProgressCallback, Toolchain

__all__ = ["LeanPool", "RunOptions"]


class RunOptions(TypedDict, total=False):
    """What can be asked of a run besides its code: see `LeanPool.run`."""

    timeout: float | None
    all_tactics: bool
    root_goals: bool
    infotree: InfoTree | None
    axioms: bool
    options: Mapping[str, OptionValue] | None


class LeanPool:
    """Lean processes that run code and tactics, for synchronous and asynchronous callers on any thread.

    >>> with LeanPool(workers=2) as pool:
    ...     pool.run_sync("example : 1 + 1 = 2 := rfl").verdict
    'valid'

    Workers are started when there is need. Environments and proof states are built again by replay where they are
    missing, so it never matters which worker runs a request, nor whether one was lost meanwhile.

    Parameters
    ----------
    workers : int
        How many Lean processes there may be at once.
    toolchain : str or Toolchain, optional
        Where Lean comes from, or the name of it; by default what `resolve_toolchain` finds.
    timeout : float
        Seconds that a request may take once it runs, unless it says otherwise; ``math.inf`` for no limit.
    memory_limit : int
        Resident bytes that each worker may have.
    on_progress : callable, optional
        Told, from a background thread, how far the set-up of the toolchain and the start of workers are.

    Attributes
    ----------
    toolchain : Toolchain
        Where Lean comes from.
    timeout : float
        As above; may be changed.

    Raises
    ------
    InputError
        A parameter makes no sense.
    ToolchainError
        There is no such toolchain.
    """

    def __init__(
        self,
        workers: int = 1,
        toolchain: str | Toolchain | None = None,
        *,
        timeout: float = 60.0,
        memory_limit: int = 4 * 1024**3,
        on_progress: ProgressCallback | None = None,
    ) -> None:
        check_count(workers, "workers")
        check_count(memory_limit, "memory_limit")
        self.toolchain = resolve_toolchain(toolchain) if toolchain is None or isinstance(toolchain, str) else toolchain
        self.timeout = check_timeout(timeout)
        self._scheduler = Scheduler(self.toolchain, workers, memory_limit, self.timeout)
        self._scheduler.on_progress = on_progress
        self._thread = LoopThread("lean-magic pool")
        # Neither the thread nor the scheduler knows the pool, so it can be collected; this also runs at exit.
        self._finalizer = weakref.finalize(self, self._thread.close, self._scheduler.close)

    @property
    def on_progress(self) -> ProgressCallback | None:
        """Told, from a background thread, how far the set-up of the toolchain and the start of workers are."""
        return self._scheduler.on_progress

    @on_progress.setter
    def on_progress(self, callback: ProgressCallback | None) -> None:
        self._scheduler.on_progress = callback

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

        Returns
        -------
        LeanResult
            Also where Lean gave no opinion: see `LeanResult.verdict`.

        Raises
        ------
        InputError
            What was passed in cannot be given to Lean.
        ToolchainError, StartError
            Lean could not be installed or started.
        PoolClosedError
            The pool was shut down.
        """
        ask = self._ask(code, env, timeout, all_tactics, root_goals, infotree, axioms, options)
        return result_of(code, await self._thread.acall(ask), self)

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
    ) -> LeanResult:
        """Run code, blocking: see `run`."""
        ask = self._ask(code, env, timeout, all_tactics, root_goals, infotree, axioms, options)
        return result_of(code, self._thread.call(ask), self)

    async def run_file(self, path: str | Path, env: EnvRef | None = None, **asked: Unpack[RunOptions]) -> LeanResult:
        """Run the code in a file: see `run`."""
        return await self.run(read_code(path), env, **asked)

    def run_file_sync(self, path: str | Path, env: EnvRef | None = None, **asked: Unpack[RunOptions]) -> LeanResult:
        """Run the code in a file, blocking: see `run`."""
        return self.run_sync(read_code(path), env, **asked)

    async def tactic(self, state: ProofState, tactic: str, *, timeout: float | None = None) -> ProofState:
        """Run a tactic in a proof state, also one of another pool with the same toolchain.

        Parameters
        ----------
        state : ProofState
            Where.
        tactic : str
            One tactic; several in parentheses, ``"(intro h; exact h)"``.
        timeout : float, optional
            Seconds it may take; by default those of the pool.

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
        return state_after(state, tactic, await self._thread.acall(self._ask_tactic(state, tactic, timeout)), self)

    def tactic_sync(self, state: ProofState, tactic: str, *, timeout: float | None = None) -> ProofState:
        """Run a tactic, blocking: see `tactic`."""
        return state_after(state, tactic, self._thread.call(self._ask_tactic(state, tactic, timeout)), self)

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
        return _first_state(await self.run(_left_open(statement), env, timeout=timeout))

    def prove_sync(self, statement: str, env: EnvRef | None = None, *, timeout: float | None = None) -> ProofState:
        """Begin a proof, blocking: see `prove`."""
        return _first_state(self.run_sync(_left_open(statement), env, timeout=timeout))

    def status(self) -> PoolStatus:
        """Return how the pool is: its toolchain, its workers and what they cost."""
        return self._thread.call(self._scheduler.status)

    def restart(self) -> None:
        """Replace all workers; what is under way ends with the verdict ``"cancelled"``, and no result is lost."""
        self._thread.call(self._scheduler.restart)

    def shutdown(self) -> None:
        """End all workers and the pool's thread; what is under way ends with the verdict ``"cancelled"``."""
        self._finalizer()

    async def aclose(self) -> None:
        """Shut down: see `shutdown`."""
        await asyncio.to_thread(self.shutdown)

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

    def _ask(
        self,
        code: str,
        env: EnvRef | None,
        timeout: float | None,
        all_tactics: bool,
        root_goals: bool,
        infotree: InfoTree | None,
        axioms: bool,
        options: Mapping[str, OptionValue] | None,
    ) -> Callable[[], Coroutine[Any, Any, Done[Elaborated]]]:
        toolchain = self.toolchain.identity
        parent = check_env(env, toolchain)
        ref = EnvRef(toolchain, check_text(code, "code"), parent, check_options(options))
        elaboration = Elaboration(ref, all_tactics, root_goals, axioms, check_infotree(infotree))
        seconds = check_timeout(timeout, self.timeout)
        return lambda: self._scheduler.run(lambda worker: worker.elaborate(elaboration, seconds), parent)

    def _ask_tactic(
        self, state: ProofState, tactic: str, timeout: float | None
    ) -> Callable[[], Coroutine[Any, Any, Done[Stepped]]]:
        ref = check_state(state, self.toolchain.identity).ref
        check_text(tactic, "tactic")
        seconds = check_timeout(timeout, self.timeout)
        return lambda: self._scheduler.run(lambda worker: worker.tactic(ref, tactic, seconds), ref)


def _left_open(statement: str) -> str:
    """Return code that states something and leaves the proof open."""
    text = check_text(statement, "statement").rstrip()
    if text.endswith(":= by"):
        return f"{text} sorry"
    if text.endswith(":="):
        return f"{text} by sorry"
    return f"{text}\n  := by sorry"  # on a line of its own, since a comment may end the statement


def _first_state(result: LeanResult) -> ProofState:
    if result.verdict != "sorry":
        result.raise_for_verdict()
        raise LeanError("Lean accepted this without leaving a goal open: is it the statement of a theorem?", result)
    if not result.sorries:
        raise LeanError("Lean shows no goal for this: is it the statement of a theorem?", result)
    return result.sorries[-1].state
