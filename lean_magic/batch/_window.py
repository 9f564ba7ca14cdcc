"""The codes of a batch that are under way, and whose turn it is. Knows no Lean, no store, no thread and no clock."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_Work = TypeVar("_Work")
_Outcome = TypeVar("_Outcome")

__all__ = ["Item", "Window"]

_TURN = 64  # codes with one header that are run while others wait
_LAST = 64  # codes with one header, at the end, of which the longest are run first


@dataclass(slots=True, eq=False)
class Item(Generic[_Work, _Outcome]):
    """A code of a batch, or a proof.

    Parameters
    ----------
    place : int
        Where it was in the input.
    id : hashable
        The id that it came with.
    code : str
        The code.
    work : object
        The work that it makes; None where it cannot be given to Lean.
    key : str
        What its result depends on.
    header : str or None
        The header that Lean has to load for it.
    """

    place: int
    id: Hashable
    code: str
    work: _Work | None = None
    key: str = ""
    header: str | None = None
    given: object = None
    """What it was in the input, where it cannot be given to Lean."""
    outcome: _Outcome | None = None
    """What came of it, in the end."""
    twins: list[Item[_Work, _Outcome]] = field(default_factory=list)
    """Those with the same key, which have what comes of it, too."""


class Window(Generic[_Work, _Outcome]):
    """Orders the codes of a batch: which one is run next, and which result is given out next.

    Codes with the same header are run one after another, and those with the same key at the same time only once. At the
    end of the input the longest texts come first, on all workers but one: mostly they take longest, and whoever begins
    with such a code last is waited for by idle workers. The other one keeps to the order, so that the next result is
    never held up by what comes later.

    Parameters
    ----------
    ordered : bool
        Whether results are given out in the order of the input, or as they come.
    lanes : int
        How many codes are run at the same time, and at most as many headers.
    joins_twins : bool
        Whether of several codes with the same key one is run for all.
    """

    def __init__(self, *, ordered: bool, lanes: int, joins_twins: bool = True) -> None:
        self._ordered = ordered
        self._lanes = lanes
        self._joins_twins = joins_twins
        self._order: deque[Item[_Work, _Outcome]] = deque()  # where results wait for those before them
        self._waiting: OrderedDict[str | None, deque[Item[_Work, _Outcome]]] = (
            OrderedDict()
        )  # to be run, by their header
        self._in_turn: Counter[str | None] = Counter()  # how many of a header were run since it was its turn
        self._leaders: dict[str, Item[_Work, _Outcome]] = {}  # under way, by their key
        self._out: list[_Outcome] = []
        self._is_read_out = False
        self._taken = 0
        self.counts: Counter[str] = Counter()
        """How many have come to which verdict."""

    def add(self, item: Item[_Work, _Outcome]) -> None:
        """Take a code in, at the end of the order."""
        if self._ordered:
            self._order.append(item)

    def join(self, item: Item[_Work, _Outcome]) -> bool:
        """Return whether a code needs no look-up, and no run: one with the same key is under way."""
        leader = self._leaders.get(item.key) if self._joins_twins else None
        if leader is not None:
            leader.twins.append(item)
        elif self._joins_twins:
            self._leaders[item.key] = item
        return leader is not None

    def wait(self, item: Item[_Work, _Outcome]) -> None:
        """Let a code wait to be run."""
        self._waiting.setdefault(item.header, deque()).append(item)

    def read_out(self) -> None:
        """Take note that the input has come to its end."""
        self._is_read_out = True

    def take(self) -> Item[_Work, _Outcome] | None:
        """Return the code to run next, which waits no more; None if there is none."""
        if not self._waiting:
            return None
        active = list(self._waiting)[: self._lanes]
        header = min(active, key=self._in_turn.__getitem__)
        line = self._waiting[header]
        if self._is_read_out and len(line) <= _LAST and self._taken % self._lanes:
            item = max(line, key=lambda item: len(item.code))
            line.remove(item)
        else:
            item = line.popleft()
        self._taken += 1
        self._in_turn[header] += 1
        if not line:
            del self._waiting[header], self._in_turn[header]
        elif self._in_turn[header] >= _TURN:
            self._waiting.move_to_end(header)
            del self._in_turn[header]
        return item

    def settle(self, item: Item[_Work, _Outcome], outcome: _Outcome, verdict: str) -> None:
        """Take note of what came of a code, and of the word for that."""
        item.outcome = outcome
        self.counts[verdict] += 1
        if self._leaders.get(item.key) is item:
            del self._leaders[item.key]
        if not self._ordered:
            self._out.append(outcome)

    def release(self) -> list[_Outcome]:
        """Return the results whose turn it is; each once."""
        out, self._out = self._out, []
        order = self._order
        while order and (outcome := order[0].outcome) is not None:
            order.popleft()
            out.append(outcome)
        return out
