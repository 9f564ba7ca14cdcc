"""The methods of a pool for codes by way of the store: one, or many."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from lean_magic.errors import InputError
from lean_magic.pool._checks import Checker

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Unpack

    from lean_magic.batch import AsyncChecks, AsyncCodes, Check, Checks, Codes, OnError
    from lean_magic.pool._checks import Asked
    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._inputs import InfoTree, OptionValue, Priority
    from lean_magic.pool._scheduler import Scheduler
    from lean_magic.pool._telemetry import Telemetry
    from lean_magic.references import EnvRef
    from lean_magic.results import TacticRunner
    from lean_magic.store import Store
    from lean_magic.toolchain import Toolchain

__all__ = ["CheckingPool", "check_store"]


class CheckingPool:
    """What a `LeanPool` can do by way of the store."""

    toolchain: Toolchain
    timeout: float
    _dispatch: Dispatch
    _scheduler: Scheduler
    _telemetry: Telemetry
    _store: Store | Path | str | bool

    @property
    def store(self) -> Store | None:
        """Where results are kept, and checks are logged; None if nowhere."""
        from lean_magic.store import Store, default_store

        if isinstance(self._store, bool):
            return default_store() if self._store else None
        if not isinstance(self._store, Store):
            self._store = Store(Path(self._store))
        return self._store

    async def check(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        id: Hashable = None,
        timeout: float | None = None,
        cache: bool = True,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> Check:
        """Run a code unless the store has what Lean says of it, and log that.

        The store knows Lean's opinion of a code (``"valid"``, ``"sorry"``, ``"error"``) by all that decides it: the
        code with its header, the environment, the options, the toolchain with the project, and what is asked. Timeouts
        and the like are never taken from there. Of code that depends on more than its text (the time, a file, chance),
        the store has what was true then: use ``cache=False``.

        Parameters
        ----------
        code, env
            As in `run`.
        id : hashable, optional
            What to call it in the log.
        timeout : float, optional
            Seconds it may take once it runs, as in `run`.
        cache : bool
            Whether to take the result from the store if it is there; otherwise the code is run, and its result
            replaces the one in the store.
        all_tactics, root_goals, infotree, axioms, options, priority, caller
            As in `run`.

        Returns
        -------
        Check
            With its result, and whether it was cached.

        Raises
        ------
        InputError, ToolchainError, StartError, PoolBusyError, PoolClosedError
            As in `run`.
        """
        from lean_magic.batch import check

        checker = self._checker(
            env=env,
            timeout=timeout,
            all_tactics=all_tactics,
            root_goals=root_goals,
            infotree=infotree,
            axioms=axioms,
            options=options,
            priority=priority,
            caller=caller,
        )
        return await check(checker, self.store, code, id, cache=cache)

    def check_sync(
        self,
        code: str,
        env: EnvRef | None = None,
        *,
        id: Hashable = None,
        timeout: float | None = None,
        cache: bool = True,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> Check:
        """Run a code unless the store has what Lean says of it, and log that, blocking: see `check`."""
        from lean_magic.batch import check_sync

        checker = self._checker(
            env=env,
            timeout=timeout,
            all_tactics=all_tactics,
            root_goals=root_goals,
            infotree=infotree,
            axioms=axioms,
            options=options,
            priority=priority,
            caller=caller,
        )
        return check_sync(checker, self.store, code, id, cache=cache)

    def check_many(
        self,
        codes: AsyncCodes,
        env: EnvRef | None = None,
        *,
        ordered: bool = True,
        timeout: float | None = None,
        on_error: OnError = "keep",
        progress: bool = True,
        batch: str | None = None,
        cache: bool = True,
        window: int = 1024,
        total: int | None = None,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "batch",
        caller: Hashable = None,
    ) -> AsyncChecks:
        """Run many codes unless the store has what Lean says of them, log that, and give the results out as they come.

        >>> async for check in pool.check_many({"one": "#eval 1", "two": "#eval 2"}):  # doctest: +SKIP
        ...     print(check.id, check.verdict)

        Lean goes on while the caller is busy with a result, up to `window` codes ahead, and waits then. Each result is
        in the store before it is given out. Leaving the loop early, an interrupt or an exception stops Lean, and loses
        nothing that is finished.

        Parameters
        ----------
        codes : iterable, asynchronous iterable, mapping, or column of a table
            Codes, or pairs of id and code; may be endless. The id of a code that comes without one is its place, from
            0; of pandas, its label. Several codes may have the same id.
        env : EnvRef, optional
            The environment to run each of them in; by default they start from nothing.
        ordered : bool
            Whether results come in the order of the codes, or as soon as they are there.
        timeout : float, optional
            Seconds that each may take once it runs, by default those of the pool.
        on_error : {"keep", "raise", "skip"}
            What becomes of a code that cannot be given to Lean, or that there is no Lean for: it comes as a `Check`
            with an ``error``, the error is raised, or it is left out.
        progress : bool
            Whether to show a bar if it takes longer than half a second: in the output of the cell, or on standard error
            if that is a terminal.
        batch : str, optional
            A name under which the store remembers what is done: what this batch has finished, timeouts and crashes too,
            is not run again. A code that has changed under its id is, and so is one that timed out, where it may take
            longer now.
        cache : bool
            Whether to take results of others from the store, and to run a code that comes twice at the same time only
            once. What a batch with a name has finished itself is not run again in either case.
        window : int
            How many codes are read ahead of the results that were taken. Where these come in order and one takes long,
            Lean runs so many of those after it.
        total : int, optional
            How many codes there are, for the bar; by default their length if they have one.
        all_tactics, root_goals, infotree, axioms, options, priority, caller
            As in `run`; by default, each batch is a caller of its own.

        Returns
        -------
        AsyncChecks
            An asynchronous iterator of `Check`; also an asynchronous context manager, which closes it.

        Raises
        ------
        InputError
            What is asked makes no sense.
        PoolClosedError
            The pool was shut down; raised by the iterator.
        """
        from lean_magic.batch import check_many

        checker = self._checker(
            env=env,
            timeout=timeout,
            all_tactics=all_tactics,
            root_goals=root_goals,
            infotree=infotree,
            axioms=axioms,
            options=options,
            priority=priority,
            caller=object() if caller is None else caller,
        )
        return check_many(
            checker,
            self.store,
            self._scheduler.workers,
            codes,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            batch=batch,
            cache=cache,
            window=window,
            total=total,
        )

    def check_many_sync(
        self,
        codes: Codes,
        env: EnvRef | None = None,
        *,
        ordered: bool = True,
        timeout: float | None = None,
        on_error: OnError = "keep",
        progress: bool = True,
        batch: str | None = None,
        cache: bool = True,
        window: int = 1024,
        total: int | None = None,
        all_tactics: bool = False,
        root_goals: bool = False,
        infotree: InfoTree | None = None,
        axioms: bool = False,
        options: Mapping[str, OptionValue] | None = None,
        priority: Priority = "batch",
        caller: Hashable = None,
    ) -> Checks:
        """Run many codes unless the store has what Lean says of them, blocking: see `check_many`.

        >>> for check in pool.check_many_sync(["#eval 1", "#eval 2"]):  # doctest: +SKIP
        ...     print(check.id, check.verdict)

        The codes are read in the thread of the caller.
        """
        from lean_magic.batch import check_many_sync

        checker = self._checker(
            env=env,
            timeout=timeout,
            all_tactics=all_tactics,
            root_goals=root_goals,
            infotree=infotree,
            axioms=axioms,
            options=options,
            priority=priority,
            caller=object() if caller is None else caller,
        )
        return check_many_sync(
            checker,
            self.store,
            self._scheduler.workers,
            codes,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            batch=batch,
            cache=cache,
            window=window,
            total=total,
        )

    def _checker(self, **asked: Unpack[Asked]) -> Checker:
        runner = cast("TacticRunner", self)
        return Checker(self.toolchain.identity, self.timeout, self._dispatch, self._telemetry, runner, asked)


def check_store(store: object) -> Store | Path | str | bool:
    """Return the store that a pool is given, if it is one, a path, or a truth value."""
    from lean_magic.store import Store

    if not isinstance(store, Store | Path | str | bool):
        raise InputError(f"store must be a Store, the path of one, or False for none, not {type(store).__name__}.")
    return store
