"""A Lean process, and which of its numbers stand for which environment and proof state."""

# ruff: noqa: ASYNC109 (a Lean deadline kills a process: it is not the cancelling of a coroutine)
from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from lean_magic.errors import CrashedError, ReplayError, ServerError
from lean_magic.pool._marks import mark_of_answer, mark_of_goals
from lean_magic.pool._status import WorkerStatus
from lean_magic.protocol import CommandReply, TacticReply, WireSorry, WireTactic, decode, encode
from lean_magic.references import EnvRef, StateRef
from lean_magic.repl import DiedIdleError, ReplProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Elaborated", "Elaboration", "Stepped", "Worker"]

_FORGOTTEN = {"Unknown environment.", "Unknown proof state."}

_MEMORY_KNOWN_FOR = 1.0  # seconds
_FULL = 0.8  # of the memory that it can have
_GROWN = 1.2  # times the memory it began with

_Reply = TypeVar("_Reply", CommandReply, TacticReply)


@dataclass(frozen=True, slots=True)
class Elaboration:
    """Some code to run, and what to ask about it.

    Parameters
    ----------
    ref : EnvRef
        The code, and all else that decides what environment comes of it.
    all_tactics, root_goals, axioms : bool
        Whether to ask for these.
    infotree : str or None
        Which part of the elaboration trees to ask for.
    """

    ref: EnvRef
    all_tactics: bool = False
    root_goals: bool = False
    axioms: bool = False
    infotree: str | None = None

    def request(self, parent: int | None) -> dict[str, object]:
        """Return the request, given the number of the parent environment."""
        optional = {
            "env": parent,
            "allTactics": self.all_tactics or None,
            "rootGoals": self.root_goals or None,
            "axioms": self.axioms or None,
            "doubts": True,
            "infotree": self.infotree,
            "setOptions": [[name.split("."), value] for name, value in self.ref.options] or None,
        }
        return {"cmd": self.ref.code, **{key: value for key, value in optional.items() if value is not None}}


@dataclass(slots=True)
class Elaborated:
    """What came of an elaboration: the reply, and the references of all that it names by numbers."""

    reply: CommandReply
    env: EnvRef
    sorries: list[tuple[WireSorry, StateRef]] = field(default_factory=list)
    root_goals: list[tuple[WireSorry, StateRef]] = field(default_factory=list)
    tactics: list[tuple[WireTactic, StateRef]] = field(default_factory=list)


@dataclass(slots=True)
class Stepped:
    """What came of a tactic: the reply, and the references of all that it names by numbers."""

    reply: TacticReply
    state: StateRef
    sorries: list[tuple[WireSorry, StateRef]]


class Worker:
    """A Lean process that knows what it holds.

    Parameters
    ----------
    name : str
        Its name, for people.
    process : ReplProcess
        The process.
    patience : float
        Seconds that each step of a replay may take, at least.
    """

    def __init__(self, name: str, process: ReplProcess, patience: float) -> None:
        self.name = name
        self.process = process
        self.busy = False
        self.uses = 0
        self.elapsed = 0.0
        """Seconds that the last request took."""
        self._patience = patience
        self._memory_at_first = process.usage().memory
        self._memory_known_at = time.monotonic()
        self._environments: dict[EnvRef, int] = {}
        self._states: dict[StateRef, tuple[int, str | None]] = {}

    def holds(self, ref: EnvRef | StateRef | None) -> bool:
        """Whether it could go on from there without a replay."""
        return ref is None or ref in self._environments or ref in self._states

    @property
    def is_fresh(self) -> bool:
        """Whether it has run nothing yet, so that all its memory is there for the next request."""
        return self.uses == 0

    def is_full(self) -> bool:
        """Whether what it has come to hold leaves the next request too little memory; looks once in a while."""
        if time.monotonic() - self._memory_known_at < _MEMORY_KNOWN_FOR:
            return False
        self._memory_known_at = time.monotonic()
        return self.process.usage().memory > max(_FULL * self.process.memory_bound, _GROWN * self._memory_at_first)

    def status(self) -> WorkerStatus:
        """Measure it."""
        usage = self.process.usage()
        state: Literal["idle", "busy"] = "busy" if self.busy else "idle"
        held = len(self._environments), len(self._states)
        return WorkerStatus(self.name, self.process.pid, state, usage.memory, usage.cpu, self.uses, *held)

    async def elaborate(self, elaboration: Elaboration, timeout: float) -> Elaborated:
        """Run code, in an environment that is built again first if need be."""
        ref = elaboration.ref
        parent = None if ref.parent is None else await self._environment(ref.parent, timeout)
        self.uses += 1
        reply = await self._exchange(elaboration.request(parent), CommandReply, timeout)
        mark = mark_of_answer(reply)
        if ref.answer is None:
            ref = replace(ref, answer=mark)
        elif ref.answer != mark:
            raise ReplayError(
                f"Lean's answer to the code of {ref!r} is not what it was at first: the code depends on more than its "
                "text. Run it again, and go on from the new result."
            )
        elaborated = Elaborated(reply, ref)
        if reply.env is not None:
            self._environments[ref] = reply.env
        for sorry in reply.sorries:
            # The first goals of declarations come among the sorries, with an empty range.
            is_root = elaboration.root_goals and sorry.pos is not None and sorry.pos == sorry.end_pos
            group = elaborated.root_goals if is_root else elaborated.sorries
            state = StateRef(
                ref, "root_goals" if is_root else "sorries", len(group), answer=mark_of_goals([sorry.goal])
            )
            group.append((sorry, self._note(state, sorry.proof_state)))
        for index, tactic in enumerate(reply.tactics):
            state = StateRef(ref, "tactics", index, answer=mark_of_goals([tactic.goals]))
            elaborated.tactics.append((tactic, self._note(state, tactic.proof_state)))
        return elaborated

    async def tactic(self, ref: StateRef, tactic: str, timeout: float) -> Stepped:
        """Run a tactic, in a proof state that is built again first if need be."""
        number = await self._state(ref, timeout)
        self.uses += 1
        reply = await self._exchange({"tactic": tactic, "proofState": number}, TacticReply, timeout)
        after = StateRef(
            ref.env,
            ref.collection,
            ref.index,
            (*ref.steps, (tactic, None)),
            answer=mark_of_goals(reply.goals),
        )
        stepped = Stepped(reply, after, [])
        if reply.proof_state is not None:
            self._note(after, reply.proof_state)
            for index, sorry in enumerate(reply.sorries):
                steps = (*ref.steps, (tactic, index))
                state = replace(after, steps=steps, answer=mark_of_goals([sorry.goal]))
                stepped.sorries.append((sorry, self._note(state, sorry.proof_state)))
        return stepped

    def _note(self, state: StateRef, number: int) -> StateRef:
        self._states[state] = (number, state.answer)
        return state

    async def _environment(self, ref: EnvRef, timeout: float) -> int:
        missing = []
        link: EnvRef | None = ref
        while link is not None and link not in self._environments:
            missing.append(link)
            link = link.parent
        with _rebuilding(ref):
            for link in reversed(missing):
                await self.elaborate(Elaboration(link), max(timeout, self._patience))
                if link not in self._environments:
                    raise ReplayError("Lean refuses its code now; run it again.")
        return self._environments[ref]

    async def _state(self, ref: StateRef, timeout: float) -> int:
        patience = max(timeout, self._patience)
        with _rebuilding(ref):
            missing = []
            link = ref
            while link not in self._states and (parent := link.parent) is not None:
                missing.append(link.steps[-1][0])
                link = parent
            if link not in self._states:
                by_tactic, by_root = link.collection == "tactics", link.collection == "root_goals"
                await self.elaborate(Elaboration(link.env, all_tactics=by_tactic, root_goals=by_root), patience)
            for count, tactic in enumerate(reversed(missing), len(ref.steps) - len(missing)):
                await self.tactic(replace(ref, steps=ref.steps[:count], answer=None), tactic, patience)
            number, answer = self._states.get(ref, (None, None))
            if number is None or ref.answer not in (None, answer):
                raise ReplayError("Lean gives another answer now; run its code again.")
        return number

    async def _exchange(self, request: Mapping[str, object], kind: type[_Reply], timeout: float) -> _Reply:
        started = time.monotonic()
        try:
            frame = await self.process.exchange(encode(request), timeout)
        finally:
            self.elapsed = time.monotonic() - started
        try:
            reply = decode(frame, kind)
        except CrashedError as error:
            self.process.kill(error)
            raise
        if reply.message in _FORGOTTEN:
            lost = DiedIdleError(f"Lean no longer knows what it was told before ({reply.message})")
            self.process.kill(lost)
            raise lost
        return reply


@contextmanager
def _rebuilding(ref: EnvRef | StateRef) -> Iterator[None]:
    """Say of a failure that it came when something earlier was built again."""
    try:
        yield
    except ServerError as error:
        raise type(error)(f"Building {ref!r} again failed: {error}") from None
