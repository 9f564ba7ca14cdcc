"""Names for environments and proof states that hold anywhere.

A reference is a recipe: the toolchain, and the chain of code (and tactics) that leads there. Whatever can run Lean can
build the thing again from it. Its identity is the hash of that recipe, so it never names a process, a host or a moment.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self, TypeAlias

import msgspec

__all__ = ["EnvRef", "StateRef", "TacticRun"]


def _digest(*parts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class _Reference(ABC):
    """What both kinds have: an identity that is the content."""

    _id: str = field(init=False, default="", repr=False)

    @property
    def id(self) -> str:
        """Hash of the content; computed when it is first asked for."""
        if not self._id:
            self._identify()
        return self._id

    @abstractmethod
    def _identify(self) -> None:
        """Compute the hash."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reference) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id[:12]}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EnvRef(_Reference):
    """The environment that some code leads to.

    Parameters
    ----------
    toolchain : str
        Identity of the toolchain.
    code : str
        The last code of the chain.
    parent : EnvRef or None
        The environment the code was run in; None where it started from nothing (and so could import).
    options : tuple of (str, bool, int or str)
        The options the code was run with.
    """

    toolchain: str
    code: str
    parent: EnvRef | None = None
    options: tuple[tuple[str, bool | int | str], ...] = ()
    answer: str | None = field(default=None, kw_only=True)
    """A mark of what Lean said at first, by which a replay that goes another way is noticed; not compared."""

    def __repr__(self) -> str:
        code = self.code.strip().partition("\n")[0]
        return f"<EnvRef {self.id[:12]} {code[:40]!r}>"

    def _identify(self) -> None:
        unknown: list[EnvRef] = []  # a session may be longer than Python goes by recursion
        link: EnvRef | None = self
        while link is not None and not link._id:  # noqa: SLF001 - its own
            unknown.append(link)
            link = link.parent
        above = link and link.id
        for link in reversed(unknown):
            above = _digest("environment", link.toolchain, above, link.code, link.options)
            object.__setattr__(link, "_id", above)

    def marked(self, answer: str) -> EnvRef:
        """Return the same reference with a mark of what Lean said."""
        marked = EnvRef(self.toolchain, self.code, self.parent, self.options, answer=answer)
        object.__setattr__(marked, "_id", self._id)
        return marked

    def __reduce__(self) -> tuple[object, ...]:
        # The chain as a list: pickle goes into parents by recursion, which a session of a few hundred runs exhausts.
        links: list[_Link] = []
        link: EnvRef | None = self
        while link is not None:
            links.append((link.toolchain, link.code, link.options, link.answer))
            link = link.parent
        return _chain, (links,)


_Link: TypeAlias = tuple[str, str, tuple[tuple[str, bool | int | str], ...], str | None]


def _chain(links: list[_Link]) -> EnvRef | None:
    """Return the environment at the end of a chain, given from its end to its beginning."""
    ref = None
    for toolchain, code, options, answer in reversed(links):
        ref = EnvRef(toolchain, code, ref, options, answer=answer)
    return ref


class TacticRun(NamedTuple):
    """A tactic that was run on a proof state.

    Parameters
    ----------
    tactic : str
        Its text.
    sorry : int or None
        Which of the sorries that it contains one goes on from; None: from the state after it.
    goals : tuple of int
        The places of the goals that it was run on, from 0; empty for all.
    """

    tactic: str
    sorry: int | None = None
    goals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StateRef(_Reference):
    """A proof state: one of those that some code leaves open, and the tactics run since.

    Parameters
    ----------
    env : EnvRef
        The code, as the environment that it leads to.
    collection : {"sorries", "tactics", "root_goals"}
        Whether the state is that of a ``sorry``, the one before a tactic, or the first one of a declaration.
    index : int
        Which of them.
    steps : tuple of TacticRun
        The tactics that lead there, from the first.
    """

    env: EnvRef
    collection: Literal["sorries", "tactics", "root_goals"]
    index: int
    steps: tuple[TacticRun, ...] = ()
    answer: str | None = field(default=None, kw_only=True)
    """A mark of the goals that Lean showed at first, for the same purpose."""

    def __post_init__(self) -> None:
        if any(type(step) is not TacticRun for step in self.steps):  # pickled by an earlier version
            object.__setattr__(self, "steps", tuple(TacticRun(*step) for step in self.steps))

    def _identify(self) -> None:
        object.__setattr__(self, "_id", _digest("state", self.env.id, self.collection, self.index, self.steps))

    @property
    def parent(self) -> StateRef | None:
        """The state that the last tactic was run on."""
        return StateRef(self.env, self.collection, self.index, self.steps[:-1]) if self.steps else None
