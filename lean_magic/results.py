"""What Lean said, as data."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from lean_magic._converted import Converted
from lean_magic._displayed import Displayed
from lean_magic._nesting import decode_nested, encode_nested
from lean_magic._printed import as_printed
from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    DeadlineError,
    InputError,
    LeanError,
    OutOfMemoryError,
    ServerError,
)
from lean_magic.goals import Goal, Hypothesis
from lean_magic.messages import Message, Severity, Suggestion, TraceNode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lean_magic.assistance import Completion, Hover
    from lean_magic.positions import Position
    from lean_magic.references import EnvRef, StateRef

__all__ = [
    "Goal",
    "GoalChoice",
    "Hypothesis",
    "LeanResult",
    "Message",
    "ProofState",
    "Severity",
    "Sorry",
    "Stage",
    "Suggestion",
    "TacticStep",
    "TraceNode",
    "Update",
    "Verdict",
]

GoalChoice: TypeAlias = "int | Sequence[int] | None"
"""The places of the goals that a tactic is for, from 0; None for all."""
Stage: TypeAlias = Literal["replaying", "running"]
Verdict: TypeAlias = Literal["valid", "sorry", "error", "timeout", "out_of_memory", "crashed", "cancelled"]

_HEADLINE = 200  # code points
_FAILURES: dict[str, type[ServerError]] = {
    error.verdict: error for error in (DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError)
}


@dataclass(frozen=True, slots=True)
class Update:
    """How far a run is.

    Parameters
    ----------
    stage : {"replaying", "running"}
        Whether something that it goes on from is being built again, or the code itself runs.
    position : Position or None
        Where the command begins that Lean is at; None while replaying.
    messages : tuple of Message
        What Lean has said since the update before.
    """

    stage: Stage
    position: Position | None = None
    messages: tuple[Message, ...] = ()

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        where = "building again what comes before" if self.position is None else f"at {self.position}"
        return "\n".join([where, *map(str, self.messages)])


class TacticRunner(Protocol):
    """What a proof state needs to go on, and to help with what is being written: a pool."""

    async def tactic(
        self, state: ProofState, tactic: str, *, goal: GoalChoice = None, timeout: float | None = None
    ) -> ProofState:
        """Run a tactic."""

    def tactic_sync(
        self, state: ProofState, tactic: str, *, goal: GoalChoice = None, timeout: float | None = None
    ) -> ProofState:
        """Run a tactic, blocking."""

    async def complete(
        self, code: str, position: Position | None, env: ProofState, *, goal: int = 0, timeout: float | None = None
    ) -> tuple[Completion, ...]:
        """Say what a word in a tactic could become."""

    def complete_sync(
        self, code: str, position: Position | None, env: ProofState, *, goal: int = 0, timeout: float | None = None
    ) -> tuple[Completion, ...]:
        """Say what a word in a tactic could become, blocking."""

    async def hover(
        self, code: str, position: Position, env: ProofState, *, goal: int = 0, timeout: float | None = None
    ) -> Hover | None:
        """Say what is at a place of a tactic."""

    def hover_sync(
        self, code: str, position: Position, env: ProofState, *, goal: int = 0, timeout: float | None = None
    ) -> Hover | None:
        """Say what is at a place of a tactic, blocking."""

    async def type_of(self, term: str, state: ProofState, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term."""

    def type_of_sync(self, term: str, state: ProofState, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term, blocking."""


@dataclass(frozen=True, slots=True, eq=False)
class ProofState(Displayed):
    """A point in a proof: what is left to show, and how one got there.

    Parameters
    ----------
    ref : StateRef
        Its name, which holds in every pool of the same toolchain.
    goals : tuple of Goal
        What is left to show. That there is none does not mean that the proof holds: see `completed`.
    status : str
        What Lean says of the whole proof: ``"Completed"`` (checked by the kernel), ``"Incomplete: …"``, ``"Error: …"``;
        or, where no tactic has been run yet, ``"Incomplete: open goals remain"``.
    parent : ProofState or None
        The state that the last tactic was run on.
    messages : tuple of Message
        What Lean said about the last tactic.
    sorries : tuple of Sorry
        What the last tactic leaves open with ``sorry``.
    traces : tuple of str
        The trace messages of the last tactic.
    elapsed : float
        Seconds that Lean took for the last tactic, without waiting for a worker and without replays.
    uses_sorry : bool
        Whether what the last tactic has shown rests on ``sorry``, by whatever name: be it hidden in a macro, or in a
        theorem that it uses. Other goals may be left then.
    """

    ref: StateRef
    goals: tuple[Goal, ...]
    status: str
    parent: ProofState | None = field(default=None, repr=False)
    messages: tuple[Message, ...] = field(default=(), repr=False)
    sorries: tuple[Sorry, ...] = field(default=(), repr=False)
    traces: tuple[str, ...] = field(default=(), repr=False)
    elapsed: float = field(default=0.0, repr=False)
    uses_sorry: bool = field(default=False, repr=False)
    _runner: TacticRunner | None = field(default=None, repr=False)

    @property
    def completed(self) -> bool:
        """Whether the proof is complete and the kernel has checked it.

        Of data (``def f : Nat := by sorry``), that is all: whether Lean can make code of it, as it must of a ``def``
        or an ``instance`` that is not ``noncomputable``, only running the whole tells.
        """
        return self.status == "Completed"

    ok = completed

    @property
    def script(self) -> tuple[str, ...]:
        """The tactics that lead here, from the first; `StateRef.steps` say also on which goals."""
        return tuple(step.tactic for step in self.ref.steps)

    @property
    def tactic_text(self) -> str | None:
        """The last tactic; None where none has been run yet."""
        return self.ref.steps[-1].tactic if self.ref.steps else None

    async def tactic(self, tactic: str, *, goal: GoalChoice = None, timeout: float | None = None) -> ProofState:
        """Run a tactic here.

        Parameters
        ----------
        tactic : str
            One tactic, or several on lines or with semicolons between them, as after ``by``.
        goal : int or sequence of int, optional
            The places of the goals that it is for, from 0, at least one; by default it has all of them before it.
            What is left of these goals comes in the place of the first of them.
        timeout : float, optional
            Seconds; by default those of the pool.

        Returns
        -------
        ProofState
            The state after it. This one stays good, so going back is free.

        Raises
        ------
        TacticError
            Lean rejects the tactic.
        ServerError
            The machinery failed, or time or memory did not suffice.
        PoolClosedError
            The pool was shut down; ``pool.tactic(state, ...)`` goes on in another.
        """
        return await self._pool.tactic(self, tactic, goal=goal, timeout=timeout)

    def tactic_sync(self, tactic: str, *, goal: GoalChoice = None, timeout: float | None = None) -> ProofState:
        """Run a tactic here, blocking: see `tactic`."""
        return self._pool.tactic_sync(self, tactic, goal=goal, timeout=timeout)

    async def complete(
        self, tactic: str, position: Position | None = None, *, goal: int = 0, timeout: float | None = None
    ) -> tuple[Completion, ...]:
        """Say what a word in an unfinished tactic for this state could become; the state stays as it is.

        Parameters
        ----------
        tactic : str
            One tactic or several; may be broken off anywhere.
        position : Position, optional
            Where the word ends, in the tactic: the cursor; by default at its end.
        goal : int
            Which goal the tactic is for, from 0.
        timeout : float, optional
            Seconds it may take once it runs; by default those of the pool.

        Returns
        -------
        tuple of Completion
            At most about 200, the best first: hypotheses, names of the library, fields, or tactics where one begins.

        Raises
        ------
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError
            There is no such goal, or no such place in the tactic.
        PoolClosedError
            The pool was shut down.
        """
        return await self._pool.complete(tactic, position, self, goal=goal, timeout=timeout)

    def complete_sync(
        self, tactic: str, position: Position | None = None, *, goal: int = 0, timeout: float | None = None
    ) -> tuple[Completion, ...]:
        """Say what a word in an unfinished tactic could become, blocking: see `complete`."""
        return self._pool.complete_sync(tactic, position, self, goal=goal, timeout=timeout)

    async def hover(
        self, tactic: str, position: Position, *, goal: int = 0, timeout: float | None = None
    ) -> Hover | None:
        """Say what is at a place of a tactic for this state: its type, its doc string, and the goals there.

        Parameters
        ----------
        tactic, position, goal, timeout
            As in `complete`.

        Returns
        -------
        Hover or None
            None if there is nothing to say.

        Raises
        ------
        ServerError, InputError, PoolClosedError
            As in `complete`.
        """
        return await self._pool.hover(tactic, position, self, goal=goal, timeout=timeout)

    def hover_sync(
        self, tactic: str, position: Position, *, goal: int = 0, timeout: float | None = None
    ) -> Hover | None:
        """Say what is at a place of a tactic for this state, blocking: see `hover`."""
        return self._pool.hover_sync(tactic, position, self, goal=goal, timeout=timeout)

    async def type_of(self, term: str, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term among the hypotheses of a goal.

        Parameters
        ----------
        term : str
            A name, or any other term. Hypotheses that cannot be written in a tactic go by the names that the goal
            shows, such as ``"h✝"``.
        goal : int
            Which goal, from 0.
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
        ServerError, InputError, PoolClosedError
            As in `complete`.
        """
        return await self._pool.type_of(term, self, goal=goal, timeout=timeout)

    def type_of_sync(self, term: str, *, goal: int = 0, timeout: float | None = None) -> str:
        """Return the type of a term among the hypotheses of a goal, blocking: see `type_of`."""
        return self._pool.type_of_sync(term, self, goal=goal, timeout=timeout)

    @property
    def _pool(self) -> TacticRunner:
        if self._runner is None:
            raise InputError("This proof state belongs to no pool: use lean_magic.tactic(state, ...).")
        return self._runner

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.goals)) or ("no goals" if self.completed else f"no goals ({self.status})")

    def __repr__(self) -> str:
        return f"<ProofState {self.status!r} goals={len(self.goals)}>"

    def __copy__(self) -> ProofState:
        return self

    def __deepcopy__(self, memo: object) -> ProofState:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        # A proof as a list, for the same reason as in `EnvRef`; a pool cannot be pickled, and no state depends on it.
        points: list[_Point] = []
        state: ProofState | None = self
        while state is not None:
            said = (state.messages, state.sorries, state.traces)
            points.append((state.ref, state.goals, state.status, *said, state.elapsed, state.uses_sorry))
            state = state.parent
        return _proof, (points,)


_Point: TypeAlias = (
    "tuple[StateRef, tuple[Goal, ...], str, tuple[Message, ...], tuple[Sorry, ...], tuple[str, ...], float, bool]"
)


def _proof(points: list[_Point]) -> ProofState | None:
    """Return the proof state at the end of a proof, given from its end to its beginning."""
    state = None
    for ref, goals, status, messages, sorries, traces, elapsed, uses_sorry in reversed(points):
        state = ProofState(ref, goals, status, state, messages, sorries, traces, elapsed, uses_sorry)
    return state


@dataclass(frozen=True, slots=True, eq=False)
class Sorry(Displayed):
    """A goal that the code leaves open.

    Parameters
    ----------
    goal : Goal
        What is to be shown there.
    state : ProofState
        Where to go on proving it.
    start, end : Position or None
        Where it is in the code; None in tactic mode, where there is no code.
    address : str or None
        What ``%leanctl explore`` calls it, such as ``"swap 2"``; None where it is not that of a cell.
    """

    goal: Goal
    state: ProofState = field(repr=False)
    start: Position | None = None
    end: Position | None = None
    address: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return str(self.goal)

    def __repr__(self) -> str:
        return f"<Sorry {f'{self.start} ' if self.start else ''}⊢ {self.goal.target}>"


@dataclass(frozen=True, slots=True, eq=False)
class TacticStep:
    """A tactic in the code, and the goals before and after it.

    Parameters
    ----------
    tactic : str
        As Lean prints it.
    goals : tuple of Goal
        The goals before it. One of them that is also among `goals_after` has the same `Goal.id` there.
    start, end : Position
        Where it is in the code.
    used_constants : tuple of str
        The constants that it uses.
    state : ProofState
        The state before it, to try another.
    goals_after : tuple of Goal
        The goals after it.
    parent : int or None
        The index of the tactic that contains it, among the tactics of the result: of the ``have`` or ``case``, say.
    depth : int
        How many tactics contain it, bullets, parentheses and ``<;>`` included, which are no tactics of the result.
    """

    tactic: str
    goals: tuple[Goal, ...]
    start: Position
    end: Position
    used_constants: tuple[str, ...]
    state: ProofState = field(repr=False)
    goals_after: tuple[Goal, ...] = ()
    parent: int | None = None
    depth: int = 0

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        return f"{self.start} {self.tactic}"

    def __repr__(self) -> str:
        return f"<TacticStep {self} goals={len(self.goals)} goals_after={len(self.goals_after)}>"


@dataclass(frozen=True, slots=True, eq=False)
class LeanResult(Displayed, Converted):
    """What came of some code; true only if the verdict is ``"valid"``.

    Parameters
    ----------
    code : str
        The code.
    verdict : Verdict
        ``"valid"``: no error and no ``sorry``. ``"sorry"``: no error, but something is left open (or rests on
        ``sorryAx``). ``"error"``: Lean said no. The others say why Lean gave no opinion: ``"timeout"``,
        ``"out_of_memory"``, ``"crashed"``, ``"cancelled"``.
    messages : tuple of Message
        In the order in which Lean gave them.
    sorries : tuple of Sorry
        The goals left open, in the order of the code.
    tactics : tuple of TacticStep
        Every tactic, if asked for (``all_tactics=True``), each after those that contain it.
    root_goals : tuple of Sorry
        The first goal of every declaration proved by tactics, if asked for (``root_goals=True``).
    env : EnvRef or None
        The environment after the code, to run more code in; None where Lean gave no opinion.
    axioms : mapping of str to tuple of str, or None
        The axioms that each new declaration is known to rest on, if asked for (``axioms=True``).
    axioms_unseen : mapping of str to tuple of str
        The library's theorems that each new declaration rests on besides, and which this build of Lean has without
        their proofs, so that nobody can say which axioms they rest on in turn; only for declarations that use any.
    infotree : list or None
        Lean's elaboration trees in the format of the community REPL, if asked for.
    elapsed : float
        Seconds that Lean took, without waiting for a worker and without replays.
    queued : float
        Seconds that it waited for a worker.
    cpu : float
        Seconds of processor time that it cost, replays included.
    memory_peak : int
        The most resident bytes that its worker was seen to have meanwhile; 0 if it was lost before anybody looked.
    worker : str or None
        The worker that ran it.
    attempts : int
        How many workers it took: two where the first one was lost through no fault of the code, or had too little
        memory left.
    detail : str
        One line that says why, where Lean gave no opinion, or where what it was given rests on an earlier `sorry`.
    """

    code: str
    verdict: Verdict
    messages: tuple[Message, ...] = ()
    sorries: tuple[Sorry, ...] = ()
    tactics: tuple[TacticStep, ...] = field(default=(), repr=False)
    root_goals: tuple[Sorry, ...] = field(default=(), repr=False)
    env: EnvRef | None = None
    axioms: Mapping[str, tuple[str, ...]] | None = None
    axioms_unseen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    infotree: list[Any] | None = field(default=None, repr=False)
    elapsed: float = 0.0
    queued: float = 0.0
    cpu: float = 0.0
    memory_peak: int = 0
    worker: str | None = None
    attempts: int = 1
    detail: str = ""
    _resting: tuple[str, ...] = field(default=(), repr=False)
    """The new declarations that rest on ``sorry``."""

    @property
    def ok(self) -> bool:
        """Whether the verdict is ``"valid"``."""
        return self.verdict == "valid"

    def __bool__(self) -> bool:
        return self.ok  # whoever writes `if result` means this

    @property
    def errors(self) -> tuple[Message, ...]:
        """The messages that are errors."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Message, ...]:
        """The messages that are warnings."""
        return self._of("warning")

    @property
    def infos(self) -> tuple[Message, ...]:
        """The messages that are neither: what ``#eval``, ``#check`` and their like print."""
        return self._of("info")

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals left open with ``sorry``."""
        return tuple(sorry.goal for sorry in self.sorries)

    def _of(self, severity: Severity) -> tuple[Message, ...]:
        return tuple(message for message in self.messages if message.severity == severity)

    def __reduce__(self) -> tuple[object, ...]:
        # The trees as text: pickle goes into them by recursion, which exhausts the stack.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.infotree is not None:
            values["infotree"] = encode_nested(self.infotree)
        return _result, (values,)

    def raise_for_verdict(self) -> LeanResult:
        """Return this result if its verdict is ``"valid"``.

        Raises
        ------
        LeanError
            The verdict is ``"error"`` or ``"sorry"``.
        DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError
            Lean gave no opinion.
        """
        if self.ok:
            return self
        if self.verdict in _FAILURES:
            raise _FAILURES[self.verdict](self.detail)
        raise LeanError(self._complaint(), self)

    def _complaint(self) -> str:
        if self.verdict == "sorry":
            if self.detail:
                return f"The code proves nothing yet: {self.detail}."
            return f"The code leaves {len(self.sorries) or 'something'} open (sorry): it proves nothing yet."
        first = self.errors[0]
        more = f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""
        return f"{first.start}: {_headline(first.text)}{more}"

    def __str__(self) -> str:
        from lean_magic.display import text

        return text(self)

    def __repr__(self) -> str:
        from lean_magic.display import summary

        return f"<LeanResult {summary(self)}>"


def _result(values: dict[str, Any]) -> LeanResult:
    """Return a result as it was pickled."""
    if (text := values["infotree"]) is not None:
        try:
            trees = json.loads(text)
        except RecursionError:
            trees = decode_nested(text)
        values = {**values, "infotree": trees}
    return LeanResult(**values)


def _headline(text: str) -> str:
    """Return the first sentence of a message on one line, which may go on around terms on lines of their own."""
    first, *others = [line for line in text.splitlines() if line.strip()] or ["error"]
    headline, before = first.strip(), first
    for line in others:
        is_announced = before is first and first.endswith((":", ",", "errors"))
        goes_on = before.startswith("  ") and line[0].islower() and " : " not in line
        if not (is_announced or line.startswith("  ") or goes_on):
            break
        headline, before = f"{headline} {line.strip()}", line
    return headline if len(headline) <= _HEADLINE else f"{headline[:_HEADLINE]}…"
