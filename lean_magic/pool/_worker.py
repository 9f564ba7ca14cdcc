"""A Lean process, and which of its numbers stand for which environment and proof state."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeVar

from lean_magic.errors import CrashedError, ReplayError, ServerError
from lean_magic.pool._elaborated import elaborated_of
from lean_magic.pool._holdings import Holdings
from lean_magic.pool._marks import mark_of_goals
from lean_magic.pool._status import WorkerStatus
from lean_magic.pool._work import (
    Answer,
    Cost,
    Draft,
    Elaborated,
    Elaboration,
    Judged,
    Look,
    Looked,
    Question,
    Step,
    Stepped,
)
from lean_magic.protocol import CommandReply, CompletionReply, HoverReply, JudgeReply, TacticReply, decode
from lean_magic.references import EnvRef, StateRef, TacticRun
from lean_magic.repl import LostError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from lean_magic.pool._holdings import Leases
    from lean_magic.pool._work import Outcome, Work
    from lean_magic.protocol import Interim
    from lean_magic.repl import ReplProcess, Reply

__all__ = ["Worker"]

_FORGOTTEN = {"Unknown environment.", "Unknown proof state."}

_MEMORY_KNOWN_FOR = 1.0  # seconds
_FULL = 0.8  # of the memory that it can have
_GROWN = 1.2  # times the memory it began with
_HEADERS_KEPT = 4  # as the server does

_Reply = TypeVar("_Reply", CommandReply, TacticReply, CompletionReply, HoverReply, JudgeReply)


class Worker:
    """A Lean process that knows what it holds.

    Parameters
    ----------
    name : str
        Its name, for people.
    process : ReplProcess
        The process.
    leases : Leases
        Which references somebody still has.
    patience : float
        Seconds that each step of a replay may take, at least.
    ready : str, optional
        Key of the header that it is there for, which `get_ready` loads.
    """

    def __init__(
        self, name: str, process: ReplProcess, leases: Leases, patience: float, ready: str | None = None
    ) -> None:
        self.name = name
        self.process = process
        self.ready = ready
        self.loop = asyncio.get_running_loop()
        self._replays: set[asyncio.Task[None]] = set()
        self._holder: dict[str, object] = {}
        self.uses = 0
        self._uses_at_first = 0
        self.began = self._since = time.monotonic()
        self.busy_for = 0.0
        """Seconds that it has been at work."""
        self._cost = Cost()
        self.has_been_stopped = False
        """Whether something that it did was stopped before its end."""
        self._stopped: ServerError | None = None
        self._patience = patience
        self._memory_at_first = process.usage().memory
        self._memory_known_at = time.monotonic()
        self._holdings = Holdings(leases)
        self._headers: OrderedDict[str, None] = OrderedDict()

    def holds(self, wanted: EnvRef | StateRef | None, header: str | None = None) -> bool:
        """Whether it could go on from there without a replay, and without reading the modules of a header."""
        if wanted is None:
            return header is None or header in self._headers
        return self._holdings.number(wanted) is not None

    @property
    def is_fresh(self) -> bool:
        """Whether it has run nothing yet, so that all its memory is there for the next request."""
        return self.served == 0

    @property
    def served(self) -> int:
        """How many requests it has run since it was ready."""
        return self.uses - self._uses_at_first

    async def get_ready(self, elaboration: Elaboration) -> Elaborated:
        """Load the header that it was started for."""
        elaborated = await self._run(elaboration, None, self._patience)
        assert isinstance(elaborated, Elaborated)
        if self.ready is not None:
            self.has_loaded(self.ready)
        self._uses_at_first = self.uses
        self._memory_at_first = self.process.usage().memory
        return elaborated

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
        now = time.monotonic()
        busy_for = self.busy_for + (now - self._since if self.busy else 0.0)
        return WorkerStatus(
            self.name,
            self.process.pid,
            state,
            usage.memory,
            usage.cpu,
            self.uses,
            *self._holdings.count(),
            tuple(self._headers),
            now - self.began,
            busy_for,
        )

    def claim(self, holder: object) -> bool:
        """Take it, from any thread, if nobody else has; it is at work from now on."""
        if self._holder.setdefault("it", holder) is not holder:  # in one step, which no interrupt can cut in two
            return False
        self._since = time.monotonic()
        return True

    @property
    def busy(self) -> bool:
        """Whether somebody has taken it."""
        return bool(self._holder)

    def is_held_by(self, holder: object) -> bool:
        """Whether this is who has taken it."""
        return self._holder.get("it") is holder

    @property
    def is_working(self) -> bool:
        """Whether it will say by itself when it is done."""
        return self.process.busy or bool(self._replays)

    def rest(self) -> None:
        """Take note that it is idle from now on."""
        if self.busy:
            self.busy_for += time.monotonic() - self._since
            self._since = time.monotonic()
            self._holder.clear()

    @property
    def idle_for(self) -> float:
        """Seconds that it has had nothing to do."""
        return 0.0 if self.busy else time.monotonic() - self._since

    def stop(self, reason: ServerError) -> None:
        """Have it stop what it does."""
        self._stopped = reason  # between two steps of a replay, the process knows of nothing to stop
        self.process.stop(reason)

    @property
    def cost(self) -> Cost:
        """What the last work cost so far."""
        return self._cost

    def perform(
        self,
        work: Work,
        seconds: float,
        on_done: Callable[[Answer | ServerError], None],
        on_interim: Callable[[Interim | None], None] | None = None,
    ) -> None:
        """Run code or a tactic, where need be after building again what it goes on from; from any thread.

        Parameters
        ----------
        work : Elaboration, Step, Look, Draft or Question
            What to run.
        seconds : float
            Seconds that it may take, without a replay.
        on_done : callable
            Called in the event loop with the answer, which is to be read by `read`, or with how the machinery failed.
        on_interim : callable, optional
            Told how far code is; None stands for each step of a replay.
        """
        self._cost = Cost()
        self._stopped = None
        number = None if work.wanted is None else self._holdings.number(work.wanted)
        if work.wanted is None or number is not None:
            self._post(work, number, seconds, on_done, on_interim)
        else:
            replay = self._replay(work, seconds, on_done, on_interim)
            self.loop.call_soon_threadsafe(self._keep, replay)

    def prepare(self, wanted: EnvRef | StateRef, on_done: Callable[[ServerError | None], None]) -> None:
        """Build an environment or a proof state before anybody goes on from it; in the event loop.

        Parameters
        ----------
        wanted : EnvRef or StateRef
            What to build.
        on_done : callable
            Called in the event loop, with the error if it failed.
        """
        self._cost = Cost()
        self._stopped = None
        self._keep(self._prepare(wanted, on_done))

    async def _prepare(self, wanted: EnvRef | StateRef, on_done: Callable[[ServerError | None], None]) -> None:
        try:
            await self._at_hand(wanted, self._patience, None)
        except ServerError as error:
            on_done(error)
        else:
            on_done(None)

    async def _run(self, work: Work, number: int | None, seconds: float) -> Outcome:
        """Run code or a tactic, given the number of what it goes on from, as a step of a replay."""
        done: asyncio.Future[Answer | ServerError] = self.loop.create_future()

        def set_result(outcome: Answer | ServerError) -> None:
            if not done.done():
                done.set_result(outcome)

        self._post(work, number, seconds, set_result)
        outcome = await done
        if isinstance(outcome, ServerError):
            raise outcome
        value = self.read(outcome)
        if value.stopped is not None:
            raise value.stopped
        return value

    def _post(
        self,
        work: Work,
        number: int | None,
        seconds: float,
        on_done: Callable[[Answer | ServerError], None],
        on_interim: Callable[[Interim | None], None] | None = None,
    ) -> None:
        cost = self._cost

        def take(outcome: Reply | ServerError) -> None:
            cost.elapsed = time.monotonic() - started
            if isinstance(outcome, ServerError):
                cost.memory = max(cost.memory, self.process.memory_seen)
                on_done(outcome)
            else:
                on_done(Answer(work, outcome, cost))

        if self._stopped is not None:
            self.loop.call_soon_threadsafe(on_done, self._stopped)
            return
        self.uses += 1
        started = time.monotonic()
        try:
            request = work.request(number)
            request["usage"] = True
            if released := self._holdings.take_released(number):
                request["release"] = released
            self.process.post(request, take, seconds, on_interim)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody would end the request
            self.loop.call_soon_threadsafe(on_done, _unexpected("The request could not be sent to Lean", error))

    def read(self, answer: Answer) -> Outcome:
        """Return what an answer says, and take note of what it names by numbers; from any thread.

        Raises
        ------
        LostError
            Nobody can read it, or it cannot be right: the worker is of no more use.
        ReplayError
            It is not what the reference says that it was at first.
        """
        work = answer.work
        if isinstance(work, Elaboration):
            return self._elaborated(work, answer)
        if isinstance(work, Look | Draft):
            reply = _decoded(answer, CompletionReply) if work.what == "complete" else _decoded(answer, HoverReply)
            return Looked(reply, answer.reply.stopped if reply.interrupted is not None else None)
        if isinstance(work, Question):
            judged = _decoded(answer, JudgeReply)
            return Judged(judged, answer.reply.stopped if judged.interrupted is not None else None)
        return self._stepped(work, _decoded(answer, TacticReply), answer.reply.stopped)

    def _elaborated(self, work: Elaboration, answer: Answer) -> Elaborated:
        reply = _decoded(answer, CommandReply)
        value = elaborated_of(work, reply, answer.reply.stopped, answer.reply.frame)
        if value.stopped is None:
            if reply.env is not None:
                self._holdings.add(value.env, reply.env)
            for sorry, state in chain(value.sorries, value.root_goals):
                self._note(state, sorry.proof_state)
            for tactic, state in value.tactics:
                self._note(state, tactic.proof_state)
        return value

    def _stepped(self, work: Step, reply: TacticReply, stopped: ServerError | None) -> Stepped:
        ref = work.ref
        after = StateRef(
            ref.env,
            ref.collection,
            ref.index,
            (*ref.steps, TacticRun(work.tactic, None, work.goals)),
            answer=mark_of_goals(reply.goals),
        )
        stepped = Stepped(reply, after, stopped=stopped if reply.interrupted is not None else None)
        if reply.proof_state is not None:
            self._note(after, reply.proof_state)
            for index, sorry in enumerate(reply.sorries):
                steps = (*ref.steps, TacticRun(work.tactic, index, work.goals))
                state = replace(after, steps=steps, answer=mark_of_goals([sorry.goal]))
                stepped.sorries.append((sorry, self._note(state, sorry.proof_state)))
        return stepped

    def _note(self, state: StateRef, number: int) -> StateRef:
        self._holdings.add(state, number)
        return state

    # What has to be there first

    def _keep(self, replay: Coroutine[None, None, None]) -> None:
        """Run a replay in the event loop."""
        task = self.loop.create_task(replay)
        self._replays.add(task)
        task.add_done_callback(self._replays.discard)

    async def _replay(
        self,
        work: Work,
        seconds: float,
        on_done: Callable[[Answer | ServerError], None],
        on_interim: Callable[[Interim | None], None] | None,
    ) -> None:
        wanted = work.wanted
        assert wanted is not None
        try:
            number = await self._at_hand(wanted, max(seconds, self._patience), on_interim)
        except ServerError as error:
            on_done(error)
        else:
            self._post(work, number, seconds, on_done, on_interim)

    async def _at_hand(
        self, wanted: EnvRef | StateRef, patience: float, on_interim: Callable[[Interim | None], None] | None
    ) -> int:
        """Build something unless it is there; return its number."""
        try:
            if isinstance(wanted, EnvRef):
                return await self._environment(wanted, patience, on_interim)
            return await self._state(wanted, patience, on_interim)
        except ServerError as error:
            raise type(error)(f"Building {wanted!r} again failed: {error}") from None
        except Exception as error:
            raise _unexpected(f"Building {wanted!r} again failed", error) from error

    async def _environment(
        self, ref: EnvRef, patience: float, on_interim: Callable[[Interim | None], None] | None
    ) -> int:
        missing = []
        number = None
        link: EnvRef | None = ref
        while link is not None and (number := self._holdings.number(link)) is None:
            missing.append(link)
            link = link.parent
        for link in reversed(missing):
            number = await self._build(Elaboration(link), number, patience, on_interim)
        assert number is not None
        return number

    async def _build(
        self,
        work: Elaboration,
        parent: int | None,
        patience: float,
        on_interim: Callable[[Interim | None], None] | None,
    ) -> int:
        """Build an environment again; return its number."""
        self._replaying(on_interim)
        elaborated = await self._run(work, parent, patience)
        assert isinstance(elaborated, Elaborated)
        if elaborated.reply.env is None:
            raise ReplayError("Lean refuses its code now; run it again.")
        return elaborated.reply.env

    async def _state(self, ref: StateRef, patience: float, on_interim: Callable[[Interim | None], None] | None) -> int:
        # The last state on the way that is still there, if any, and the tactics from there on.
        known = len(ref.steps)
        link = ref
        number = None
        while number is None and (parent := link.parent) is not None:
            link, known = parent, known - 1
            number = self._holdings.number(link)
        if number is None:
            env = link.env
            work = Elaboration(
                env, all_tactics=link.collection == "tactics", root_goals=link.collection == "root_goals"
            )
            before = None if env.parent is None else await self._environment(env.parent, patience, on_interim)
            await self._build(work, before, patience, on_interim)
            number = self._holdings.number(link)
        for count in range(known, len(ref.steps)):
            if number is None:
                break
            self._replaying(on_interim)
            steps, step = ref.steps[:count], ref.steps[count]
            again = Step(replace(ref, steps=steps, answer=None), step.tactic, step.goals)
            await self._run(again, number, patience)
            number = self._holdings.number(replace(ref, steps=(*steps, step), answer=None))
        else:
            number = self._holdings.number(ref)  # with a look at its goals
        if number is None:
            raise ReplayError("Lean gives another answer now; run its code again.")
        return number

    def _replaying(self, on_interim: Callable[[Interim | None], None] | None) -> None:
        self._cost.replays += 1
        if on_interim is not None:
            on_interim(None)

    # What it has loaded

    def has_loaded(self, header: str) -> None:
        """Take note that the server has the modules of a header."""
        self._headers[header] = None
        self._headers.move_to_end(header)
        if len(self._headers) > _HEADERS_KEPT:
            self._headers.popitem(last=False)


def _decoded(answer: Answer, kind: type[_Reply]) -> _Reply:
    try:
        reply = decode(answer.reply.frame, kind)
    except CrashedError as error:
        raise LostError(str(error)) from None
    if reply.message in _FORGOTTEN:
        raise LostError(f"Lean no longer knows what it was told before ({reply.message})")
    if reply.interrupted is not None and answer.reply.stopped is None:
        raise LostError("Lean stopped without having been asked to.")
    usage, cost = reply.usage, answer.cost
    cost.cpu += usage.cpu if usage else 0.0
    cost.memory = max(cost.memory, answer.reply.memory_peak, usage.memory if usage else 0)
    return reply


def _unexpected(what: str, error: Exception) -> CrashedError:
    return CrashedError(f"{what} ({type(error).__name__}: {error}); please report this.")
