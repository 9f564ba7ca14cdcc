"""Carry out what an exported text says, and see that it leads to where it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from lean_magic.errors import InputError, LeanError, ReplayError, TacticError
from lean_magic.exports import Export, read_export, write_export
from lean_magic.pool._inputs import check_env
from lean_magic.pool._marks import mark_of_goals
from lean_magic.references import EnvRef
from lean_magic.results import LeanResult, ProofState, Sorry, TacticStep

if TYPE_CHECKING:
    from collections.abc import Generator

    from lean_magic.toolchain import Toolchain

__all__ = ["Call", "Exportable", "exported", "imported"]

Exportable: TypeAlias = EnvRef | LeanResult | ProofState | Sorry | TacticStep
Call: TypeAlias = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A method of the pool to call, without the ending that tells blocking from waiting."""


def exported(thing: Exportable, toolchain: Toolchain) -> str:
    """Return an environment or a proof state as text.

    Raises
    ------
    InputError
        It is something else, or of another toolchain.
    """
    if isinstance(thing, LeanResult):
        if thing.env is None:
            raise InputError(f"A result with the verdict {thing.verdict!r} has no environment to export.")
        thing = thing.env
    if isinstance(thing, Sorry | TacticStep):
        thing = thing.state
    if not isinstance(thing, EnvRef | ProofState):
        raise InputError(f"An EnvRef, LeanResult, ProofState or Sorry can be exported, not {type(thing).__name__}.")
    if isinstance(thing, EnvRef):
        check_env(thing, toolchain.identity)
        return write_export(thing, toolchain.version)
    check_env(thing.ref.env, toolchain.identity)
    return write_export(thing.ref, toolchain.version, tuple(map(str, thing.goals)), thing.status)


def imported(
    text: str | bytes, toolchain: Toolchain, timeout: float | None, *, allow_other_toolchain: bool
) -> Generator[Call, Any, EnvRef | ProofState]:
    """Yield the calls that lead to what a text stands for, take what comes of each, and return it.

    Raises
    ------
    InputError
        The text is refused.
    ReplayError
        It leads elsewhere now.
    """
    export = read_export(text)
    same = export.toolchain == toolchain.identity
    if not same and not allow_other_toolchain:
        versions = f"Lean {export.lean}, and this is Lean {toolchain.version}"
        if export.lean == toolchain.version:
            versions = f"another toolchain with Lean {export.lean}"
        raise InputError(
            f"This export was made by {versions}: import it with allow_other_toolchain=True to run it again here."
        )
    env = export.env(None if same else toolchain.identity)
    if export.state is None:
        return env
    return (yield from _proof_state(export, env, timeout))


def _proof_state(export: Export, env: EnvRef, timeout: float | None) -> Generator[Call, Any, ProofState]:
    wanted = export.state
    assert wanted is not None
    asked = {"all_tactics": wanted.collection == "tactics", "root_goals": wanted.collection == "root_goals"}
    options = dict(env.options) or None
    result: LeanResult = yield "run", (env.code, env.parent), {"timeout": timeout, "options": options, **asked}
    if result.env is None:
        try:
            result.raise_for_verdict()
        except LeanError as error:
            raise ReplayError(f"The proof state cannot be built again: Lean refuses its code now ({error}).") from None
    assert result.env is not None
    if env.answer not in (None, result.env.answer):
        raise _changed("Lean's answer to its code")
    found: tuple[Sorry | TacticStep, ...] = getattr(result, wanted.collection)
    if wanted.index >= len(found):
        raise _changed(f"what its code leaves open (only {len(found)} states, and this is number {wanted.index + 1})")
    state = found[wanted.index].state
    for number, (tactic, index, chosen) in enumerate(wanted.steps, 1):
        try:
            state = yield "tactic", (state, tactic), {"goal": chosen or None, "timeout": timeout}
        except InputError:
            raise _changed(f"what there was before its tactic {number}") from None
        except TacticError as error:
            raise _changed(f"its tactic {number}, which Lean rejects ({str(error).splitlines()[0]})") from None
        if index is not None:
            if index >= len(state.sorries):
                raise _changed(f"what its tactic {number} leaves open")
            state = state.sorries[index].state
    same = export.toolchain == env.toolchain
    goals = list(map(str, state.goals))
    if mark_of_goals(goals) != mark_of_goals(list(wanted.goals)) or (
        same and wanted.answer not in (None, state.ref.answer)
    ):
        raise _changed("what is left to show")
    if same and state.status != wanted.status:
        raise _changed(f"what Lean says of the proof ({state.status!r}, once {wanted.status!r})")
    return state


def _changed(what: str) -> ReplayError:
    return ReplayError(
        f"The proof state cannot be built again as it was: {what} is not what it was when it was exported. The code "
        "depends on more than its text, or Lean has changed: run it again, and go on from the new result."
    )
