"""The methods of a pool for who is writing: completion, what is at a place of the code, the type of a term."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lean_magic.pool._answers import completions_of, hover_of, type_of

if TYPE_CHECKING:
    from lean_magic.assistance import Completion, Hover
    from lean_magic.pool._dispatch import Dispatch
    from lean_magic.pool._done import Done
    from lean_magic.pool._requests import Requests
    from lean_magic.pool._work import Looked
    from lean_magic.positions import Position
    from lean_magic.references import EnvRef
    from lean_magic.results import ProofState

__all__ = ["AssistingPool"]


class AssistingPool:
    """What a `LeanPool` can do for who is writing."""

    _dispatch: Dispatch
    _requests: Requests

    async def complete(
        self,
        code: str,
        position: Position | None = None,
        env: EnvRef | ProofState | None = None,
        *,
        goal: int = 0,
        timeout: float | None = None,
    ) -> tuple[Completion, ...]:
        """Say what a word in unfinished code could become.

        The code is elaborated as far as the command at that place; no environment is kept.

        Parameters
        ----------
        code : str
            Lean code; it may be broken off anywhere. For a proof state, one tactic or several.
        position : Position, optional
            Where the word ends: the cursor; by default at the end.
        env : EnvRef or ProofState, optional
            What the code is for: an environment, or a proof state, which stays as it is; by default it starts from
            nothing.
        goal : int
            Which goal of the proof state the tactics are for, from 0.
        timeout : float, optional
            Seconds it may take once it runs; by default those of the pool.

        Returns
        -------
        tuple of Completion
            At most about 200, the best first.

        Raises
        ------
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError, ToolchainError, PoolClosedError
            As in `run`.
        """
        request = self._requests.look("complete", code, position, env, goal, timeout)
        return completions_of(cast("Done[Looked]", await self._dispatch.answer(request)))

    def complete_sync(
        self,
        code: str,
        position: Position | None = None,
        env: EnvRef | ProofState | None = None,
        *,
        goal: int = 0,
        timeout: float | None = None,
    ) -> tuple[Completion, ...]:
        """Say what a word in unfinished code could become, blocking: see `complete`."""
        request = self._requests.look("complete", code, position, env, goal, timeout)
        return completions_of(cast("Done[Looked]", self._dispatch.answer_sync(request)))

    async def hover(
        self,
        code: str,
        position: Position,
        env: EnvRef | ProofState | None = None,
        *,
        goal: int = 0,
        timeout: float | None = None,
    ) -> Hover | None:
        """Say what is at a place of code: its type, its doc string, and the goals there.

        Parameters
        ----------
        code, position, env, goal, timeout
            As in `complete`.

        Returns
        -------
        Hover or None
            None if there is nothing to say.

        Raises
        ------
        ServerError, InputError, ToolchainError, PoolClosedError
            As in `complete`.
        """
        request = self._requests.look("hover", code, position, env, goal, timeout)
        return hover_of(cast("Done[Looked]", await self._dispatch.answer(request)))

    def hover_sync(
        self,
        code: str,
        position: Position,
        env: EnvRef | ProofState | None = None,
        *,
        goal: int = 0,
        timeout: float | None = None,
    ) -> Hover | None:
        """Say what is at a place of code, blocking: see `hover`."""
        request = self._requests.look("hover", code, position, env, goal, timeout)
        return hover_of(cast("Done[Looked]", self._dispatch.answer_sync(request)))

    async def type_of(self, term: str, state: ProofState, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term among the hypotheses of a goal.

        Parameters
        ----------
        term : str
            A name, or any other term. Hypotheses that cannot be written in a tactic go by the names that the goal
            shows, such as ``"h✝"``.
        state : ProofState
            Where.
        goal : int
            Which goal of it, from 0.
        timeout : float, optional
            Seconds it may take once it runs; by default those of the pool.

        Returns
        -------
        str
            The type, as Lean prints it; of a name, with all its arguments.

        Raises
        ------
        TacticError
            Lean rejects the term; with Lean's words.
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError, ToolchainError, PoolClosedError
            As in `run`.
        """
        request = self._requests.type_of(term, state, goal, timeout)
        return type_of(term, state, cast("Done[Looked]", await self._dispatch.answer(request)))

    def type_of_sync(self, term: str, state: ProofState, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term among the hypotheses of a goal, blocking: see `type_of`."""
        request = self._requests.type_of(term, state, goal, timeout)
        return type_of(term, state, cast("Done[Looked]", self._dispatch.answer_sync(request)))
