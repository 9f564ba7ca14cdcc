"""What callers ask for, checked and made into requests."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, TypeAlias

from lean_magic.errors import InputError, LeanError
from lean_magic.header import header_key
from lean_magic.pool._answers import update_of
from lean_magic.pool._inputs import (
    InfoTree,
    OptionValue,
    Priority,
    check_callback,
    check_caller,
    check_env,
    check_flags,
    check_goal,
    check_goals,
    check_infotree,
    check_options,
    check_position,
    check_priority,
    check_state,
    check_text,
    check_timeout,
)
from lean_magic.pool._queue import Request
from lean_magic.pool._work import Draft, Elaboration, Look, Question, Step
from lean_magic.positions import Position
from lean_magic.references import EnvRef
from lean_magic.results import ProofState

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from typing import Literal

    from lean_magic.pool._work import Work
    from lean_magic.protocol import Interim
    from lean_magic.references import StateRef
    from lean_magic.results import GoalChoice, LeanResult, Update

Options: TypeAlias = "tuple[tuple[str, OptionValue], ...]"
"""Lean options, as references hold them."""

__all__ = ["Requests", "first_state", "left_open"]

_log = logging.getLogger(__name__)


class Requests:
    """Makes the requests of one pool.

    Parameters
    ----------
    toolchain : str
        Identity of its toolchain.
    timeout : float
        Seconds that a request may take unless it says otherwise.

    Attributes
    ----------
    toolchain, timeout
        As given.
    """

    def __init__(self, toolchain: str, timeout: float) -> None:
        self.toolchain = toolchain
        self.timeout = timeout

    def elaboration(
        self,
        code: str,
        env: EnvRef | None,
        timeout: float | None,
        all_tactics: bool,
        root_goals: bool,
        infotree: InfoTree | None,
        axioms: bool,
        options: Mapping[str, OptionValue] | None,
        priority: Priority,
        caller: Hashable,
        on_progress: Callable[[Update], None] | None,
        call: Callable[[Callable[[], None]], object] | None,
    ) -> Request:
        """Return the request that `LeanPool.run` describes; by `call`, progress is told in the right place."""
        parent = check_env(env, self.toolchain)
        ref = EnvRef(self.toolchain, check_text(code, "code"), parent, check_options(options))
        check_flags(all_tactics=all_tactics, root_goals=root_goals, axioms=axioms)
        on_interim = None
        if on_progress is not None and call is not None:
            on_interim = _teller(on_progress, call)
        work = Elaboration(ref, all_tactics, root_goals, axioms, check_infotree(infotree), on_interim is not None)
        header = header_key(code) if parent is None else None
        return self.request(work, header, timeout, priority, caller, on_interim)

    def step(
        self,
        state: ProofState,
        tactic: str,
        goal: GoalChoice,
        timeout: float | None,
        priority: Priority,
        caller: Hashable,
    ) -> Request:
        """Return the request that `LeanPool.tactic` describes."""
        ref = check_state(state, self.toolchain).ref
        work = Step(ref, check_text(tactic, "tactic"), check_goals(goal, state))
        return self.request(work, None, timeout, priority, caller)

    def starting_point(self, thing: EnvRef | ProofState) -> EnvRef | StateRef:
        """Return what `LeanPool.prepare` is to have at hand."""
        if isinstance(thing, ProofState):
            return check_state(thing, self.toolchain).ref
        if (env := check_env(thing, self.toolchain)) is None:
            raise InputError("Only an environment or a proof state can be prepared, not None.")
        return env

    def look(
        self,
        what: Literal["complete", "hover"],
        code: str,
        position: Position | None,
        env: EnvRef | ProofState | None,
        goal: int,
        timeout: float | None,
    ) -> Request:
        """Return the request that `LeanPool.complete` or `LeanPool.hover` describes."""
        code = check_text(code, "code").replace("\r\n", "\n")  # lines and columns stay, and Lean counts as we do
        is_at_end = position is None and what == "complete"
        place = Position.at(code, len(code)) if is_at_end else check_position(position, code)
        if isinstance(env, ProofState):
            state = check_state(env, self.toolchain)
            draft = Draft(state.ref, what, code, place, check_goal(goal, state))
            return self.request(draft, None, timeout, "interactive", None)
        if goal != 0:
            raise InputError("goal chooses among the goals of a proof state: pass the state in place of env.")
        ref = EnvRef(self.toolchain, code, check_env(env, self.toolchain))
        header = header_key(code) if env is None else None
        return self.request(Look(ref, what, place), header, timeout, "interactive", None)

    def type_of(self, term: str, state: ProofState, goal: int, timeout: float | None) -> Request:
        """Return the request that `LeanPool.type_of` describes."""
        state = check_state(state, self.toolchain)
        if not state.goals:
            raise InputError("No goal is left in this proof state, whose hypotheses a term could name.")
        draft = Draft(state.ref, "typeOf", check_text(term, "term"), None, check_goal(goal, state))
        return self.request(draft, None, timeout, "interactive", None)

    def question(
        self,
        statement: str,
        omitted: str,
        proof: str,
        env: EnvRef | None,
        timeout: float,
        options: Options = (),
        axioms: tuple[str, ...] = (),
        exported: str | None = None,
        priority: Priority = "interactive",
        caller: Hashable = None,
    ) -> Request:
        """Return the request that asks a judge about a statement and a proof: see `Question`."""
        work = Question(EnvRef(self.toolchain, statement, env, options), omitted, proof, axioms, exported)
        header = header_key(statement) if env is None else None
        return self.request(work, header, timeout, priority, caller)

    def proof(
        self, code: str, env: EnvRef | None, options: Options, theorem: tuple[str | int, ...] | None
    ) -> Elaboration:
        """Return the work of running a proof, and of having its theorem written as text."""
        return Elaboration(EnvRef(self.toolchain, code, env, options), export=theorem)

    def request(
        self,
        work: Work,
        header: str | None,
        timeout: float | None,
        priority: Priority,
        caller: Hashable,
        on_interim: Callable[[Interim | None], None] | None = None,
    ) -> Request:
        """Return the request for some work."""
        seconds = check_timeout(timeout, self.timeout)
        whose = threading.get_ident() if caller is None else check_caller(caller)
        return Request(work, header, seconds, check_priority(priority), whose, on_interim)


def _teller(
    on_progress: Callable[[Update], None], call: Callable[[Callable[[], None]], object]
) -> Callable[[Interim | None], None]:
    """Return what tells how far a run is, by `call`, which calls in the right place."""
    check_callback(on_progress, "on_progress")

    def tell(interim: Interim | None) -> None:
        update = update_of(interim)

        def callback() -> None:
            try:
                on_progress(update)
            except Exception:  # noqa: BLE001 - showing progress is not worth failing for
                _log.debug("on_progress failed", exc_info=True)

        with contextlib.suppress(RuntimeError):  # the caller's loop is closed
            call(callback)

    return tell


def left_open(statement: str) -> str:
    """Return code that states something and leaves the proof open.

    Raises
    ------
    InputError
        The statement is empty.
    """
    text = check_text(statement, "statement").rstrip()
    if not text:
        raise InputError("The statement is empty: give one such as 'theorem two : 1 + 1 = 2'.")
    if text.endswith(":= by"):
        return f"{text} sorry"
    if text.endswith(":="):
        return f"{text} by sorry"
    return f"{text}\n  := by sorry"  # on a line of its own, since a comment may end the statement


def first_state(result: LeanResult, statement: str) -> ProofState:
    """Return the proof state at the beginning of a statement that was left open.

    Raises
    ------
    LeanError
        Lean rejects it, or sees nothing to prove there.
    ServerError
        Lean gave no opinion.
    """
    lines = statement.rstrip().count("\n") + 1
    if any(error.start.line > lines for error in result.errors):  # it does not expect what was added
        raise LeanError(
            "No proof can begin where this ends: give a statement alone, 'theorem t : 1 = 1', without its proof.",
            result,
        )
    if result.verdict != "sorry":
        result.raise_for_verdict()
        raise LeanError("Lean accepted this without leaving a goal open: is it the statement of a theorem?", result)
    if not result.sorries:
        raise LeanError("Lean shows no goal for this: is it the statement of a theorem?", result)
    return result.sorries[-1].state
