"""What a cell would start from that is still being written: nobody says yet which one it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lean_magic.errors import InputError
from lean_magic.session._cell import MAIN

if TYPE_CHECKING:
    from lean_magic.references import EnvRef
    from lean_magic.session._cell import Cell
    from lean_magic.session._session import Session

__all__ = ["start_of_draft"]

_DECLARED = re.compile(
    r"^(?:\w+ )*(?:def|theorem|lemma|abbrev|structure|class|inductive|axiom|opaque)\s+([^\s:({\[]+)", re.MULTILINE
)


def start_of_draft(session: Session, written: str, base: str | None = None, *, fresh: bool = False) -> EnvRef | None:
    """Return the environment that a cell would start from, as far as one can tell.

    That is what the last cell leaves, unless it looks like a cell that was run already, which is being changed.

    Parameters
    ----------
    session : Session
        The cells.
    written : str
        Its code up to the cursor.
    base : str, optional
        The name of the cell that it is to extend.
    fresh : bool
        Whether it is to start from nothing.

    Returns
    -------
    EnvRef or None
        None if it starts from nothing, and so may import.
    """
    if fresh:
        return None
    chain = session.chain
    if base is None:
        for index in reversed(chain.indices()):
            if _is_again(chain.cell(index), written):
                return chain.start(index)
    elif base != MAIN:
        try:
            session.find(base)
        except InputError:
            base = None
    last = chain.head(base or chain.line)
    return None if last is None else chain.left(last)


def _is_again(cell: Cell, written: str) -> bool:
    """Whether somebody changes a cell: all lines above the cursor are the same, or what it declares is."""
    former = cell.last.text.code
    above, _, _ = written.rpartition("\n")
    if above.strip():
        return former.startswith(f"{above}\n")
    names = _DECLARED.findall(written)
    return bool(names) and names[0] in _DECLARED.findall(former)
