"""The methods of a pool that write environments and proof states as text, and read them."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lean_magic.errors import TacticError
from lean_magic.pool._exports import Exportable, exported, imported

if TYPE_CHECKING:
    from lean_magic.references import EnvRef
    from lean_magic.results import ProofState
    from lean_magic.toolchain import Toolchain

__all__ = ["ExportingPool"]


class ExportingPool:
    """What a `LeanPool` can do for environments and proof states that are to be kept."""

    toolchain: Toolchain

    async def export_state(self, thing: Exportable) -> str:
        """Write an environment or a proof state as a text that can be kept, and imported anywhere.

        Parameters
        ----------
        thing : EnvRef, LeanResult, ProofState or Sorry
            What to export; of a result, its environment.

        Returns
        -------
        str
            JSON, in the format that `lean_magic.exports` documents: the codes and tactics that lead there, and what
            Lean said.

        Raises
        ------
        InputError
            It is something else, or belongs to another toolchain.
        """
        return exported(thing, self.toolchain)

    def export_state_sync(self, thing: Exportable) -> str:
        """Write an environment or a proof state as text, without waiting: see `export_state`."""
        return exported(thing, self.toolchain)

    async def import_state(
        self, text: str | bytes, *, timeout: float | None = None, allow_other_toolchain: bool = False
    ) -> EnvRef | ProofState:
        """Return the environment or proof state that was exported.

        A proof state is built again at once, and compared with what it was. An environment is built again when it is
        first used, and compared then.

        Parameters
        ----------
        text : str or bytes
            What `export_state` returned.
        timeout : float, optional
            Seconds that each code and tactic may take; by default those of the pool.
        allow_other_toolchain : bool
            Whether it may come from another toolchain, such as another version of Lean. Then only the goals of a proof
            state are compared.

        Returns
        -------
        EnvRef or ProofState
            As exported.

        Raises
        ------
        InputError
            The text is refused: it was changed or damaged, is something else, or comes from another toolchain.
        ReplayError
            It no longer leads to the same proof state.
        DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError
            The machinery failed.
        """
        calls = imported(text, self.toolchain, timeout, allow_other_toolchain=allow_other_toolchain)
        answer = None
        while True:
            try:
                method, arguments, keywords = calls.send(answer)
            except StopIteration as end:
                return cast("EnvRef | ProofState", end.value)
            try:
                answer = await getattr(self, method)(*arguments, **keywords)
            except TacticError as error:
                calls.throw(error)  # says what it means for the import

    def import_state_sync(
        self, text: str | bytes, *, timeout: float | None = None, allow_other_toolchain: bool = False
    ) -> EnvRef | ProofState:
        """Return the environment or proof state that was exported, blocking: see `import_state`."""
        calls = imported(text, self.toolchain, timeout, allow_other_toolchain=allow_other_toolchain)
        answer = None
        while True:
            try:
                method, arguments, keywords = calls.send(answer)
            except StopIteration as end:
                return cast("EnvRef | ProofState", end.value)
            try:
                answer = getattr(self, f"{method}_sync")(*arguments, **keywords)
            except TacticError as error:
                calls.throw(error)  # says what it means for the import
