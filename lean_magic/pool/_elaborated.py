"""From the reply to code to the references of all that it names by numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lean_magic.errors import ReplayError
from lean_magic.pool._marks import mark_of_answer, mark_of_goals
from lean_magic.pool._work import Elaborated
from lean_magic.references import StateRef

if TYPE_CHECKING:
    from lean_magic.errors import ServerError
    from lean_magic.pool._work import Elaboration
    from lean_magic.protocol import CommandReply

__all__ = ["elaborated_of"]


def elaborated_of(work: Elaboration, reply: CommandReply, stopped: ServerError | None, frame: bytes) -> Elaborated:
    """Return what came of code.

    Raises
    ------
    ReplayError
        It is not what the reference says that it was at first.
    """
    ref = work.ref
    if reply.interrupted is not None:
        return Elaborated(reply, ref, stopped=stopped, frame=frame)
    mark = mark_of_answer(reply)
    if ref.answer is None:
        ref = ref.marked(mark)
    elif ref.answer != mark:
        raise ReplayError(
            f"Lean's answer to the code of {ref!r} is not what it was at first: the code depends on more than its "
            "text. Run it again, and go on from the new result."
        )
    value = Elaborated(reply, ref, frame=frame)
    for sorry in reply.sorries:
        # The first goals of declarations come among the sorries, with an empty range.
        is_root = work.root_goals and sorry.pos is not None and sorry.pos == sorry.end_pos
        group = value.root_goals if is_root else value.sorries
        kind: Literal["root_goals", "sorries"] = "root_goals" if is_root else "sorries"
        group.append((sorry, StateRef(ref, kind, len(group), answer=mark_of_goals([sorry.goal]))))
    for index, tactic in enumerate(reply.tactics):
        value.tactics.append((tactic, StateRef(ref, "tactics", index, answer=mark_of_goals([tactic.goals]))))
    return value
