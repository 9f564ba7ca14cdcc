"""The words on the wire between Python and a Lean server process.

Source of the format: the community REPL (github.com/leanprover-community/repl), whose protocol our server speaks. A
request is a JSON object followed by an empty line; so is a reply. Empty lists are left out of replies. What our server
understands beyond it is described in ``lean_magic/lean/README.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lean_magic._nesting import decode_nested
from lean_magic.errors import CrashedError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CommandReply",
    "CompletionReply",
    "Envelope",
    "Hello",
    "HoverReply",
    "Interim",
    "JudgeReply",
    "TacticReply",
    "WireCompletion",
    "WireGoal",
    "WireHypothesis",
    "WireMessage",
    "WireObjection",
    "WirePosition",
    "WireSorry",
    "WireSuggestion",
    "WireTactic",
    "WireTrace",
    "WireUsage",
]

FRAME_END = b"\n\n"
PROTOCOL_VERSION = 6


class _Wire(msgspec.Struct, rename="camel", gc=False):
    pass


class Hello(_Wire):
    """What a server says of itself."""

    server: str
    protocol: int
    lean: str


class WirePosition(_Wire):
    """A position: line from 1, column from 0 in code points; line 0 means nowhere."""

    line: int
    column: int


class WireSuggestion(_Wire):
    """A text to insert, and what it replaces."""

    text: str
    pos: WirePosition | None = None
    end_pos: WirePosition | None = None


class WireTrace(_Wire, rename={"trace_class": "class"}):
    """A step of a trace."""

    trace_class: str
    text: str
    children: list[WireTrace] = []


class WireMessage(_Wire):
    """A message."""

    severity: str
    data: str
    pos: WirePosition
    end_pos: WirePosition | None = None
    suggestions: list[WireSuggestion] = []
    traces: list[WireTrace] = []


class WireHypothesis(_Wire):
    """Hypotheses of one type, or a local definition with its value."""

    names: list[str]
    ids: list[str]
    type: str
    value: str | None = None
    instance: bool = False


class WireGoal(_Wire):
    """A goal in parts, and as text."""

    id: str
    target: str
    text: str
    case: str | None = None
    hypotheses: list[WireHypothesis] = []


class WireSorry(_Wire):
    """A goal left open; with ``rootGoals``, also the first goal of a declaration, where both positions are the same.

    The numbers of goals, here and below, are their places in the table of the reply.
    """

    goal: str
    proof_state: int
    pos: WirePosition | None = None
    end_pos: WirePosition | None = None
    goals: list[int] | None = None


class WireTactic(_Wire):
    """A tactic in the code, with the goals before it as one text, and the number of the tactic that contains it."""

    tactic: str
    goals: str
    proof_state: int
    pos: WirePosition
    end_pos: WirePosition
    used_constants: list[str] = []
    goals_before: list[int] | None = None
    goals_after: list[int] = []
    parent: int | None = None
    depth: int = 0


class Doubts(_Wire):
    """What speaks against code that has no errors.

    Declarations that rest on `sorry`, an ``#exit`` before the end, the kernel being kept from checking.
    """

    sorry: list[str] = []
    unread: WirePosition | None = None
    unchecked: bool = False


class WireUsage(_Wire):
    """What a request cost: seconds of processor time, and resident bytes at its end."""

    cpu: float
    memory: int


class Envelope(_Wire):
    """What tells whose a frame is: the number of its request, and whether it is only an interim one."""

    id: int | None = None
    reached: WirePosition | None = None


class Interim(_Wire):
    """How far code is, and the messages since the interim frame before."""

    reached: WirePosition
    messages: list[WireMessage] = []


class CommandReply(msgspec.Struct, rename="camel"):
    """The reply to code: an environment, where it was `interrupted`, or a `message` (at `pos`) why there is neither."""

    env: int | None = None
    message: str | None = None
    messages: list[WireMessage] = []
    sorries: list[WireSorry] = []
    tactics: list[WireTactic] = []
    goal_table: list[WireGoal] = []
    infotree: list[Any] | None = None
    axioms: dict[str, list[str]] | None = None
    axioms_unseen: dict[str, list[str]] = {}
    doubts: Doubts = msgspec.field(default_factory=Doubts)
    digest: str = ""
    export: str | None = None
    pos: WirePosition | None = None
    interrupted: WirePosition | None = None
    usage: WireUsage | None = None

    def __post_init__(self) -> None:
        if self.env is None and self.message is None and self.interrupted is None:
            raise ValueError("neither an environment nor a message")


class TacticReply(msgspec.Struct, rename="camel"):
    """The reply to a tactic: a proof state, that it was `interrupted`, or a `message` that says what went wrong."""

    proof_state: int | None = None
    message: str | None = None
    goals: list[str] = []
    messages: list[WireMessage] = []
    sorries: list[WireSorry] = []
    traces: list[str] = []
    goals_after: list[int] | None = None
    goal_table: list[WireGoal] = []
    proof_status: str = ""
    sorry: bool = False
    interrupted: WirePosition | None = None
    usage: WireUsage | None = None

    def __post_init__(self) -> None:
        if self.interrupted is None and self.message is None and (self.proof_state is None or not self.proof_status):
            raise ValueError("neither a proof state with its status nor a message")


class WireCompletion(_Wire):
    """Something that a word could become; at `pos` begins what it replaces, if not where the reply says."""

    label: str
    kind: str
    detail: str | None = None
    doc: str | None = None
    pos: WirePosition | None = None


class CompletionReply(msgspec.Struct, rename="camel"):
    """What a word could become, and where it is; or that it was `interrupted`, or a `message` why not."""

    items: list[WireCompletion] | None = None
    pos: WirePosition | None = None
    end_pos: WirePosition | None = None
    message: str | None = None
    interrupted: WirePosition | None = None
    usage: WireUsage | None = None

    def __post_init__(self) -> None:
        if self.interrupted is None and self.message is None and None in (self.items, self.pos, self.end_pos):
            raise ValueError("neither completions with their place nor a message")


class HoverReply(msgspec.Struct, rename="camel"):
    """What is at a place, and which part of the code that is; or that it was `interrupted`, or a `message` why not.

    Of a term, its type.
    """

    text: str | None = None
    pos: WirePosition | None = None
    end_pos: WirePosition | None = None
    goal_table: list[WireGoal] = []
    message: str | None = None
    interrupted: WirePosition | None = None
    usage: WireUsage | None = None

    def __post_init__(self) -> None:
        if self.interrupted is None and self.message is None and self.text is None:
            raise ValueError("neither a text nor a message")


class WireObjection(_Wire):
    """Why a proof is none, or a statement is none: a word, and what it says."""

    kind: str
    detail: str = ""


class JudgeReply(msgspec.Struct, rename="camel"):
    """What the judge says of a statement and a proof; or that it was `interrupted`, or a `message` why nothing.

    Without an objection, all that was asked is right. Without a theorem, the statement is what is wrong.
    """

    judged: bool = False
    theorem: list[str | int] | None = None
    name: str = ""
    runs_code: bool = False
    objection: WireObjection | None = None
    axioms: list[str] = []
    axioms_unseen: list[str] = []
    messages: list[WireMessage] = []
    message: str | None = None
    interrupted: WirePosition | None = None
    usage: WireUsage | None = None

    def __post_init__(self) -> None:
        judged = self.judged and (self.theorem is not None or self.objection is not None)
        if self.interrupted is None and self.message is None and not judged:
            raise ValueError("neither a judgement nor a message")


_Reply = TypeVar("_Reply", CommandReply, TacticReply, CompletionReply, HoverReply, JudgeReply, Hello, Envelope, Interim)


def encode(request: Mapping[str, object]) -> bytes:
    """Return a request as it goes over the wire: compact JSON in raw UTF-8, which never contains an empty line."""
    return msgspec.json.encode(request) + FRAME_END


def decode(frame: bytes, kind: type[_Reply]) -> _Reply:
    """Read a reply.

    Raises
    ------
    CrashedError
        Nobody can read it: it is not JSON, or says neither what was asked for nor why not.
    """
    try:
        try:
            return msgspec.json.decode(frame, type=kind)
        except RecursionError:
            return msgspec.convert(decode_nested(frame.decode()), kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise CrashedError(f"Lean's reply cannot be read ({error}): {_start_of(frame)}") from None


def _start_of(frame: bytes) -> str:
    return repr(frame[:100].decode(errors="replace")) + ("…" if len(frame) > 100 else "")
