"""What a worker is asked to do, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from lean_magic.errors import ServerError
    from lean_magic.positions import Position
    from lean_magic.protocol import (
        CommandReply,
        CompletionReply,
        HoverReply,
        JudgeReply,
        TacticReply,
        WireSorry,
        WireTactic,
    )
    from lean_magic.references import EnvRef, StateRef
    from lean_magic.repl import Reply

__all__ = [
    "Answer",
    "Cost",
    "Draft",
    "Elaborated",
    "Elaboration",
    "Judged",
    "Look",
    "Looked",
    "Outcome",
    "Question",
    "Step",
    "Stepped",
    "Work",
]


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
    stream : bool
        Whether to hear how far it is.
    export : tuple of str and int, optional
        Name, in parts, of a theorem that the code declares last, to be written as text with all that it needs.
    """

    ref: EnvRef
    all_tactics: bool = False
    root_goals: bool = False
    axioms: bool = False
    infotree: str | None = None
    stream: bool = False
    export: tuple[str | int, ...] | None = None

    @property
    def wanted(self) -> EnvRef | None:
        """What it goes on from."""
        return self.ref.parent

    @property
    def identity(self) -> str:
        """The same for the same code in the same place."""
        return self.ref.id

    def request(self, parent: int | None) -> dict[str, object]:
        """Return the request, given the number of what it goes on from."""
        optional = {
            "env": parent,
            "allTactics": self.all_tactics or None,
            "rootGoals": self.root_goals or None,
            "axioms": self.axioms or None,
            "doubts": True,
            "structured": True,
            "infotree": self.infotree,
            "setOptions": [[name.split("."), value] for name, value in self.ref.options] or None,
            "stream": self.stream or None,
            "export": self.export,
        }
        return {"cmd": self.ref.code, **{key: value for key, value in optional.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Step:
    """A tactic to run, and where."""

    ref: StateRef
    tactic: str
    goals: tuple[int, ...] = ()

    @property
    def wanted(self) -> StateRef:
        """What it goes on from."""
        return self.ref

    @property
    def identity(self) -> str:
        """The same for the same tactic in the same place."""
        return f"{self.ref.id} {self.goals} {self.tactic}"

    def request(self, number: int | None) -> dict[str, object]:
        """Return the request, given the number of what it goes on from."""
        chosen = {"goals": self.goals} if self.goals else {}
        return {"tactic": self.tactic, "proofState": number, "structured": True, **chosen}


@dataclass(frozen=True, slots=True)
class Look:
    """A place of some code to look at; no environment comes of it.

    Parameters
    ----------
    ref : EnvRef
        The code.
    what : {"complete", "hover"}
        What to ask.
    position : Position
        Where.
    """

    ref: EnvRef
    what: Literal["complete", "hover"]
    position: Position

    @property
    def wanted(self) -> EnvRef | None:
        """What it goes on from."""
        return self.ref.parent

    @property
    def identity(self) -> str:
        """The same for the same question about the same code."""
        return f"{self.what} {self.position} {self.ref.id}"

    def request(self, parent: int | None) -> dict[str, object]:
        """Return the request, given the number of what it goes on from."""
        place = {"line": self.position.line, "column": self.position.column}
        return {self.what: place, "cmd": self.ref.code, **({} if parent is None else {"env": parent})}


@dataclass(frozen=True, slots=True)
class Draft:
    """A tactic, or a term, that somebody is writing for a goal; nothing comes of the proof state.

    Parameters
    ----------
    ref : StateRef
        The proof state.
    what : {"complete", "hover", "typeOf"}
        What to ask.
    text : str
        The tactic; for ``"typeOf"``, the term.
    position : Position or None
        Where in it; None for ``"typeOf"``.
    goal : int
        Which goal of the state, from 0.
    """

    ref: StateRef
    what: Literal["complete", "hover", "typeOf"]
    text: str
    position: Position | None
    goal: int

    @property
    def wanted(self) -> StateRef:
        """What it goes on from."""
        return self.ref

    @property
    def identity(self) -> str:
        """The same for the same question about the same text."""
        return f"{self.what} {self.position} {self.goal} {self.ref.id} {self.text}"

    def request(self, number: int | None) -> dict[str, object]:
        """Return the request, given the number of what it goes on from."""
        if self.position is None:
            return {self.what: self.text, "proofState": number, "goal": self.goal}
        place = {"line": self.position.line, "column": self.position.column}
        return {self.what: place, "tactic": self.text, "proofState": number, "goal": self.goal}


@dataclass(frozen=True, slots=True)
class Question:
    """What the judge is asked about a proof that it does not run; no environment comes of it.

    Parameters
    ----------
    ref : EnvRef
        The statement.
    omitted, proof : str
        What follows the statement where its proof is left out, and where it is there.
    axioms : tuple of str
        The axioms that it may rest on.
    exported : str or None
        What came of running it; None to ask only about the statement, and whether the text is one proof.
    """

    ref: EnvRef
    omitted: str
    proof: str
    axioms: tuple[str, ...] = ()
    exported: str | None = None

    @property
    def wanted(self) -> EnvRef | None:
        """What it goes on from."""
        return self.ref.parent

    @property
    def identity(self) -> str:
        """The same for the same question."""
        return f"judge {self.ref.id} {self.omitted!r} {self.proof!r} {hash(self.exported)}"

    def request(self, parent: int | None) -> dict[str, object]:
        """Return the request, given the number of what it goes on from."""
        question: dict[str, object] = {
            "omitted": self.omitted,
            "proof": self.proof,
            "axioms": [name.split(".") for name in self.axioms],
        }
        if self.exported is not None:
            question["exported"] = self.exported
        optional = {
            "env": parent,
            "setOptions": [[name.split("."), value] for name, value in self.ref.options] or None,
        }
        known = {key: value for key, value in optional.items() if value is not None}
        return {"cmd": self.ref.code, "judge": question, **known}


Work: TypeAlias = Elaboration | Step | Look | Draft | Question


@dataclass(slots=True)
class Cost:
    """What some work cost.

    Parameters
    ----------
    elapsed : float
        Seconds that Lean took for the last request of it.
    cpu : float
        Seconds of processor time, replays included.
    memory : int
        The most resident bytes that were seen; 0 where nobody looked.
    replays : int
        How many environments and proof states had to be built again first.
    """

    elapsed: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    replays: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Lean's reply to some work, which nobody has read yet.

    Reading it takes time that its caller has, and the thread that serves all workers does not.
    """

    work: Work
    reply: Reply
    cost: Cost


@dataclass(slots=True)
class Elaborated:
    """What came of an elaboration: the reply, and the references of all that it names by numbers.

    Where it was stopped, ``stopped`` says why, and the reply is what came before; ``frame`` is the reply as it came.
    """

    reply: CommandReply
    env: EnvRef
    sorries: list[tuple[WireSorry, StateRef]] = field(default_factory=list)
    root_goals: list[tuple[WireSorry, StateRef]] = field(default_factory=list)
    tactics: list[tuple[WireTactic, StateRef]] = field(default_factory=list)
    stopped: ServerError | None = None
    frame: bytes = b""


@dataclass(slots=True)
class Stepped:
    """What came of a tactic: the reply, and the references of all that it names by numbers."""

    reply: TacticReply
    state: StateRef
    sorries: list[tuple[WireSorry, StateRef]] = field(default_factory=list)
    stopped: ServerError | None = None


@dataclass(slots=True)
class Looked:
    """What came of looking at a place of code, or at a term."""

    reply: CompletionReply | HoverReply
    stopped: ServerError | None = None


@dataclass(slots=True)
class Judged:
    """What the judge says."""

    reply: JudgeReply
    stopped: ServerError | None = None


Outcome: TypeAlias = Elaborated | Stepped | Looked | Judged
