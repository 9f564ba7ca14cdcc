"""The methods of a pool for proofs that nobody trusts: one, or many."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lean_magic.pool._many import CheckingPool
from lean_magic.pool._verifier import Verifier, VerifyingParts
from lean_magic.verification import STANDARD_AXIOMS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping
    from typing import Unpack

    from lean_magic.batch import AsyncProofChecks, AsyncProofs, OnError, ProofChecks, Proofs
    from lean_magic.pool._inner_pool import InnerPool
    from lean_magic.pool._inputs import OptionValue, Priority
    from lean_magic.pool._judges import Judges
    from lean_magic.pool._requests import Requests
    from lean_magic.pool._verifier import AskedOfProofs
    from lean_magic.references import EnvRef
    from lean_magic.results import TacticRunner
    from lean_magic.verification import Verification

__all__ = ["VerifyingPool"]


class VerifyingPool(CheckingPool):
    """What a `LeanPool` can do about proofs that nobody trusts."""

    _requests: Requests
    _judges: Judges
    """None of them ever runs a proof."""
    _isolation: InnerPool
    """Where a process ends after each proof that it has run, or judged by running it."""

    async def verify(
        self,
        statement: str,
        proof: str,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
        id: Hashable = None,
        cache: bool = True,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> Verification:
        """Say whether a proof proves exactly a statement, unless the store knows, and log that.

        >>> if await pool.verify("theorem two : 1 + 1 = 2", "by rfl"):  # doctest: +SKIP
        ...     reward = 1

        The statement, the environment and the options are trusted; the proof is not. It is run by a worker of the pool,
        which hands over what came of it as text. A process that runs no proof, a judge, elaborates the statement
        itself, reads that text, and has Lean's kernel check it against the statement. So it does not matter what code
        a proof runs when it is elaborated. A proof with such code (``run_tac``, ``by_elab``) is run in a process of its
        own, which ends then, so that nothing of it stays; that takes about a second more.

        The store knows what came of it by all that decides it: the statement and the proof with their header, the
        environment, the options, the axioms that are allowed, and the toolchain with the project. What `check` has kept
        counts for nothing here. Where there is no opinion, as after a timeout, nothing is taken from the store; nor is
        a refusal of a proof that runs code, which may depend on the time or on chance. Who can write the store's file
        is trusted. The Lean that lean-magic brings along cannot; of another one, a proof that runs code could, as it
        could write all that this user may: run it where it can do no harm, or with ``cache=False``.

        Parameters
        ----------
        statement : str
            A theorem without its proof, ``"theorem two : 1 + 1 = 2"``; other commands may come before it. An end such
            as ``":= by sorry"`` is left away, with the comments in it.
        proof : str
            A term, such as ``"by simp"``. What may follow a term in a theorem, as ``where``, may follow it here.
        env : EnvRef, optional
            The environment of the statement, ``result.env`` of an earlier run; by default it starts from nothing.
        axioms : iterable of str
            The axioms that the proof may rest on. With ``"Lean.trustCompiler"`` (or ``"Lean.ofReduceBool"``),
            ``native_decide`` and ``bv_decide`` are allowed; the judge compiles and runs what they run, without anything
            that a proof may have put in its place.
        timeout : float, optional
            Seconds that all of it may take once it runs; by default those of the pool.
        options : mapping, optional
            Lean options for the statement and the proof, ``{"autoImplicit": False}``.
        id : hashable, optional
            What to call it in the log.
        cache : bool
            Whether to take it from the store if it is there; otherwise the proof is verified, and what comes of it
            replaces what is in the store.
        priority, caller
            As in `run`.

        Returns
        -------
        Verification
            True only if the proof proves the statement; otherwise it says why not. Also where Lean gave no opinion.

        Raises
        ------
        InputError
            What was passed in cannot be given to Lean.
        LeanError
            The statement itself is wrong: Lean refuses it, it is no theorem, or it rests on `sorry`. Or Lean refuses
            the options.
        ToolchainError, StartError, PoolBusyError, PoolClosedError
            As in `run`.
        """
        from lean_magic.batch import verify

        verifier = self._verifier(
            env=env, axioms=axioms, timeout=timeout, options=options, priority=priority, caller=caller
        )
        return await verify(verifier, self.store, statement, proof, id, cache=cache)

    def verify_sync(
        self,
        statement: str,
        proof: str,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
        id: Hashable = None,
        cache: bool = True,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> Verification:
        """Say whether a proof proves exactly a statement, blocking: see `verify`."""
        from lean_magic.batch import verify_sync

        verifier = self._verifier(
            env=env, axioms=axioms, timeout=timeout, options=options, priority=priority, caller=caller
        )
        return verify_sync(verifier, self.store, statement, proof, id, cache=cache)

    def verify_many(
        self,
        proofs: AsyncProofs,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
        ordered: bool = True,
        on_error: OnError = "keep",
        progress: bool = True,
        batch: str | None = None,
        cache: bool = True,
        window: int = 1024,
        total: int | None = None,
        priority: Priority = "batch",
        caller: Hashable = None,
    ) -> AsyncProofChecks:
        """Say of many proofs whether they prove their statements, and give that out as it comes.

        >>> proofs = {"good": ("theorem t : 1 + 1 = 2", "rfl"), "bad": ("theorem t : 1 + 1 = 3", "sorry")}
        >>> async for check in pool.verify_many(proofs):  # doctest: +SKIP
        ...     print(check.id, check.kind)
        good proved
        bad sorry

        Each is verified as by `verify`: by way of the store, where it is before it is given out. Lean goes on while the
        caller is busy with one, up to `window` proofs ahead, and waits then. As many judges as workers share the work.
        Leaving the loop early, an interrupt or an exception stops Lean, and loses nothing that is finished.

        Parameters
        ----------
        proofs : iterable, asynchronous iterable, mapping, or table
            Pairs of statement and proof, triples of id, statement and proof, mappings with the keys ``"statement"``,
            ``"proof"`` and perhaps ``"id"``, a mapping of id to statement and proof, or a table with such columns; may
            be endless. The id of a proof that comes without one is its place, from 0; of pandas, its label.
        env, axioms, timeout, options
            As in `verify`, for each of them.
        ordered : bool
            Whether they come in the order of the input, or as soon as they are there.
        on_error : {"keep", "raise", "skip"}
            What becomes of a proof whose statement is wrong, that cannot be given to Lean, or that there is no Lean
            for: it comes as a `ProofCheck` with an ``error``, the error is raised, or it is left out.
        progress : bool
            Whether to show a bar if it takes longer than half a second: in the output of the cell, or on standard error
            if that is a terminal.
        batch : str, optional
            A name under which the store remembers what is done: what this batch has finished, timeouts and crashes too,
            is not verified again. A proof that has changed under its id is, and so is one that timed out, where it may
            take longer now.
        cache : bool
            Whether to take from the store what others have verified, and to verify a proof that comes twice at the same
            time only once. What a batch with a name has finished itself is not verified again in either case.
        window : int
            How many proofs are read ahead of those that were taken.
        total : int, optional
            How many proofs there are, for the bar; by default their length if they have one.
        priority, caller
            As in `run`; by default, each batch is a caller of its own.

        Returns
        -------
        AsyncProofChecks
            An asynchronous iterator of `ProofCheck`; also an asynchronous context manager, which closes it.

        Raises
        ------
        InputError
            What is asked makes no sense.
        PoolClosedError
            The pool was shut down; raised by the iterator.
        """
        from lean_magic.batch import verify_many

        return verify_many(
            self._verifier(
                env=env,
                axioms=axioms,
                timeout=timeout,
                options=options,
                priority=priority,
                caller=object() if caller is None else caller,
            ),
            self.store,
            self._scheduler.workers,
            proofs,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            batch=batch,
            cache=cache,
            window=window,
            total=total,
        )

    def verify_many_sync(
        self,
        proofs: Proofs,
        *,
        env: EnvRef | None = None,
        axioms: Iterable[str] = STANDARD_AXIOMS,
        timeout: float | None = None,
        options: Mapping[str, OptionValue] | None = None,
        ordered: bool = True,
        on_error: OnError = "keep",
        progress: bool = True,
        batch: str | None = None,
        cache: bool = True,
        window: int = 1024,
        total: int | None = None,
        priority: Priority = "batch",
        caller: Hashable = None,
    ) -> ProofChecks:
        """Say of many proofs whether they prove their statements, blocking: see `verify_many`.

        >>> for check in pool.verify_many_sync([("theorem t : 1 + 1 = 2", "rfl")]):  # doctest: +SKIP
        ...     print(check.id, check.kind)

        The proofs are read in the thread of the caller.
        """
        from lean_magic.batch import verify_many_sync

        return verify_many_sync(
            self._verifier(
                env=env,
                axioms=axioms,
                timeout=timeout,
                options=options,
                priority=priority,
                caller=object() if caller is None else caller,
            ),
            self.store,
            self._scheduler.workers,
            proofs,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            batch=batch,
            cache=cache,
            window=window,
            total=total,
        )

    def _verifier(self, **asked: Unpack[AskedOfProofs]) -> Verifier:
        runner = cast("TacticRunner", self)
        parts = VerifyingParts(self._requests, self._dispatch, self._judges, self._isolation, self._telemetry, runner)
        return Verifier(parts, asked)
