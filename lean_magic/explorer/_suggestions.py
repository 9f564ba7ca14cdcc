"""What helps with a goal: many tactics are tried at once, and those that close or change it are told, best first."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from lean_magic.errors import InputError, ServerError, TacticError
from lean_magic.explorer._candidates import DEFAULT_TACTICS, candidates, introduction, nameless, naming
from lean_magic.explorer._history import kept_goals

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

    from lean_magic.explorer._attempt import Status
    from lean_magic.goals import Goal
    from lean_magic.results import ProofState

__all__ = ["Suggestion", "Suggestions", "TacticTrial", "suggestions"]

_Rank = tuple[bool | int, ...]

_FIRST = 6  # tactics that are tried before the second search
_OFFERS = 6  # of one tactic, that are tried in turn
_LINE = 100  # code points of a gain
_SLOW = 0.5, 2.0  # seconds: of those that close the goal, one that takes longer comes later
_CHOOSING = re.compile(r"(left|right|(exact|refine|apply) \(?Or\.in[lr])\b")
"""What leaves a goal that may not be provable, though the one before is."""
_SWEEPING = re.compile(r"(grind|simp_all|aesop)\b")
"""What does not show the reader why it holds."""


class TacticTrial(Protocol):
    """Runs a tactic on the goal in question, within a time, and returns the state after it."""

    async def __call__(self, tactic: str, timeout: float) -> ProofState:
        """Run a tactic; raise `TacticError` where Lean rejects it, `ServerError` where it did not decide."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tactic that helps with a goal.

    Parameters
    ----------
    tactic : str
        The tactic.
    tried : str
        What was tried that led to it: itself, or a search such as ``exact?``.
    status : {"finished", "open", "sorry"}
        How the proof is after it, as of an `Attempt`.
    goals_left : int
        How many goals the proof has then.
    elapsed : float
        Seconds that Lean took for it; not for the search.
    gain : str
        What it is good for, in one line.
    closes : bool
        Whether it proves the goal, and leaves nothing of it, to ``sorry`` neither.
    state : ProofState
        The state after it.
    """

    tactic: str
    tried: str
    status: Status
    goals_left: int
    elapsed: float
    gain: str
    closes: bool
    state: ProofState = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.tactic}  -- {self.gain}"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What has been found so far.

    Parameters
    ----------
    items : tuple of Suggestion
        What helps, the best first.
    done, total : int
        How many of the tactics to try are done, and how many there are.
    undecided : tuple of str
        Those of them that were stopped before they had an answer, as at the end of their time.
    """

    items: tuple[Suggestion, ...]
    done: int
    total: int
    undecided: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.done < self.total

    def __str__(self) -> str:
        return "\n".join([f"{self.done} of {self.total} tried", *map(str, self.items)])


async def suggestions(
    trial: TacticTrial,
    goals: Sequence[Goal],
    place: int = 0,
    *,
    tactics: Iterable[str] = DEFAULT_TACTICS,
    timeout: float = 5.0,
    limit: int = 20,
) -> AsyncGenerator[Suggestions, None]:
    """Try many tactics at once on a goal, and tell what helps.

    Whoever leaves the loop early stops Lean; so that this happens at once, close the iterator
    (`contextlib.aclosing`).

    Parameters
    ----------
    trial : TacticTrial
        Runs a tactic on the goal. All are run at once: a pool has them wait.
    goals : sequence of Goal
        All goals of the state.
    place : int
        Which of them it is about, from 0.
    tactics : iterable of str
        What to try: see `candidates`. Of a tactic that ends in ``?``, what it says to try is told, and not the tactic.
    timeout : float
        Seconds that each may take. The first ``exact?`` or ``apply?`` on a worker also makes an index of the library,
        which takes a second, and with Mathlib far longer; what is stopped before it is done begins anew the next time.
    limit : int
        How many suggestions are told.

    Yields
    ------
    Suggestions
        At the beginning, and each time another tactic is done.

    Raises
    ------
    InputError
        There is no such goal, or what to try is no text. A text that is no tactic only comes to nothing.
    """
    if not 0 <= place < len(goals):
        raise InputError(f"There is no goal {place}: {len(goals)} are left, from 0.")
    search = _Search(trial, tuple(goals), place, timeout)
    tried = candidates(goals[place], tactics)
    done: asyncio.Queue[None] = asyncio.Queue()
    tasks = []
    for number, tactic in _in_good_order(tried):
        task = asyncio.ensure_future(search.try_candidate(tactic, number))
        task.add_done_callback(lambda _: done.put_nowait(None))
        tasks.append(task)
    try:
        for count in range(len(tasks) + 1):
            if count:
                await done.get()
                for task in tasks:
                    if task.done():
                        task.result()  # a closed pool, say, is none of ours
            yield Suggestions(search.best(limit), count, len(tasks), tuple(search.undecided))
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def _in_good_order(tactics: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Begin with one search, which takes long, and have some that are quick tried meanwhile, before the other searches.

    The rest comes last, so that no worker is left with a search when the others are done.
    """
    numbered = list(enumerate(tactics))
    searches = [each for each in numbered if each[1].endswith("?")]
    others = [each for each in numbered if not each[1].endswith("?")]
    yield from (*searches[-1:], *others[:_FIRST], *searches[:-1], *others[_FIRST:])


class _Search:
    """What is being tried on one goal, and what was found.

    Parameters
    ----------
    trial, goals, place, timeout
        As of `suggestions`.
    """

    def __init__(self, trial: TacticTrial, goals: tuple[Goal, ...], place: int, timeout: float) -> None:
        self._trial = trial
        self._goals = goals
        self._place = place
        self._timeout = timeout
        self._found: dict[object, tuple[_Rank, Suggestion]] = {}
        self._led_to: set[str] = set()
        self.undecided: list[str] = []

    def best(self, limit: int) -> tuple[Suggestion, ...]:
        """Return the best ones."""
        ranked = sorted(self._found.values(), key=lambda found: found[0])
        return tuple(suggestion for _, suggestion in ranked[:limit])

    async def try_candidate(self, tactic: str, number: int) -> None:
        """Try a tactic, or what it leads to: what a search says to try, or ``intro`` with names."""
        try:
            if tactic == "intro":
                named = await self._introduction()
                if named is not None:
                    await self._try(named, tactic, number)
                return
            state = await self._trial(tactic, self._timeout)
        except (TacticError, InputError):
            return
        except ServerError:
            self.undecided.append(tactic)
            return
        if not tactic.endswith("?"):
            await self._take_with_names(tactic, number, state)
        else:
            offers = dict.fromkeys(offer.text for message in state.messages for offer in message.suggestions)
            await asyncio.gather(*(self._try(offer, tactic, number) for offer in list(offers)[:_OFFERS]))

    async def _try(self, tactic: str, tried: str, number: int) -> None:
        """Try a tactic that another one has led to, unless several have."""
        if tactic in self._led_to:
            return
        self._led_to.add(tactic)
        with contextlib.suppress(TacticError, ServerError):
            self._take(tactic, tried, number, await self._trial(tactic, self._timeout))

    async def _introduction(self) -> str | None:
        state = await self._trial("intros", self._timeout)
        left = self._left(state)
        return introduction(self._goals[self._place], left[0]) if len(left) == 1 else None

    async def _take_with_names(self, tactic: str, number: int, state: ProofState) -> None:
        """Take note of what a tactic has led to, or of the same with names in place of those that cannot be written."""
        left = self._left(state)
        named = naming(tactic, self._goals[self._place], left)
        if named is not None:
            with contextlib.suppress(TacticError, ServerError):
                better = await self._trial(named, self._timeout)
                if len(self._left(better)) == len(left) and not any(map(nameless, self._left(better))):
                    tactic, state = named, better
        self._take(tactic, tactic, number, state)

    def _left(self, state: ProofState) -> tuple[Goal, ...]:
        """Return what a tactic has made of the goal: all goals that were not there before."""
        others = kept_goals(self._goals, state.goals, self._place).values()
        return tuple(goal for there, goal in enumerate(state.goals) if there not in others)

    def _take(self, tactic: str, tried: str, number: int, state: ProofState) -> None:
        """Take note of what a tactic has led to, if it is good for anything."""
        before, left = self._goals[self._place], self._left(state)
        if tuple(goal.text for goal in left) == (before.text,):
            return
        status: Status = "open" if state.goals else "finished" if state.completed else "sorry"
        gain = _gain(left, len(self._goals) - len(state.goals), state)
        closes = not left and not state.uses_sorry and (bool(state.goals) or state.completed)
        suggestion = Suggestion(tactic, tried, status, len(state.goals), state.elapsed, gain, closes, state)
        rank: _Rank = (
            state.uses_sorry or status == "sorry",
            bool(left),
            before.target != "False" and any(goal.target == "False" for goal in left),
            bool(left) and bool(_CHOOSING.match(tactic)),
            len(left),
            sum(len(goal.target) for goal in left),
            sum(len(nameless(goal)) for goal in left),
            bool(_SWEEPING.match(tactic)),
            0 if left else sum(state.elapsed > limit for limit in _SLOW),
            len(tactic),
            number,
        )
        # Of those that close the goal, each is told; of others with the same result, the best.
        result = tuple((goal.hypotheses, goal.target) for goal in left) or tactic
        if result not in self._found or rank < self._found[result][0]:
            self._found[result] = rank, suggestion


def _gain(left: tuple[Goal, ...], closed: int, state: ProofState) -> str:
    if not left:
        if state.uses_sorry:
            return "leaves it to sorry"
        what = "closes the goal" if closed < 2 else f"closes {closed} goals"
        if state.goals or state.completed:
            return what
        reason = "the proof rests on sorry" if "sorry" in state.status else f"the proof is not complete: {state.status}"
        return _in_a_line(f"{what}, but {reason}")
    rest = ", and the rest to sorry" if state.uses_sorry else ""
    if len(left) > 1:
        return f"1 goal → {len(left)}{rest}"
    return _in_a_line(f"leaves {left[0].target}") + rest


def _in_a_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
