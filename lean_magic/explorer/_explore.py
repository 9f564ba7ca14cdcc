"""Open an explorer on whatever is to be proven."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lean_magic.api import default_pool
from lean_magic.errors import InputError, LeanError
from lean_magic.explorer._explorer import Explorer
from lean_magic.explorer._imported import imported, whole
from lean_magic.explorer._lean_text import masked
from lean_magic.explorer._origin import Origin
from lean_magic.results import LeanResult, ProofState, Sorry

if TYPE_CHECKING:
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef

__all__ = ["NO_GOAL", "explore", "explore_proof", "shows_no_goal"]

NO_GOAL = "Lean tells no goal for the sorry in this code: say there what it is to be, as in (sorry : Nat)."

_TITLE = 80  # code points
_POSITION = re.compile(r"\A\d+:\d+: ")
_USES_SORRY = "declaration uses `sorry`"
_BEGUN = re.compile(r":=\s*(?:(?:by\s+)?sorry|by)?\s*\Z")
"""A proof that has not begun."""
_KEYWORD = re.compile(r"(?<![\w.])(?:theorem|lemma|example|def|abbrev|instance|opaque)(?![\w.'!?])|\A\s*(?:@\[|#)")


def explore(
    what: LeanResult | ProofState | Sorry | str,
    *,
    goal: int = 1,
    env: EnvRef | None = None,
    pool: LeanPool | None = None,
    timeout: float | None = None,
    cell: str | None = None,
) -> Explorer:
    """Open an explorer: prove by trying tactics, in a notebook's widget and from Python.

    >>> explorer = explore("theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p")  # doctest: +SKIP

    Parameters
    ----------
    what : LeanResult, Sorry, ProofState or str
        What is to be proven: a goal that some code leaves open, a point in a proof, or a statement such as
        ``"theorem two : 1 + 1 = 2"`` or ``"1 + 1 = 2"``. Of code that leaves no goal open, a proof by tactics is taken
        over.
    goal : int
        Which of the goals that the code leaves open, or of its proofs, from 1, in the order of the code.
    env : EnvRef, optional
        The environment to prove a statement in.
    pool : LeanPool, optional
        The pool to run on; by default that of the top of the package.
    timeout : float, optional
        Seconds that an attempt may take; by default those of the pool.
    cell : str, optional
        Identity of the notebook's cell that has the code, by which a finished proof finds back to it.

    Returns
    -------
    Explorer
        It waits for Lean only for a statement, and for a proof that is taken over.

    Raises
    ------
    LeanError
        Lean rejects the statement.
    ServerError
        The machinery failed, or time or memory did not suffice.
    InputError
        There is nothing to prove, or no such goal; or a text is neither a statement nor a proposition.
    ToolchainError, PoolClosedError
        As in `LeanPool.run`.
    """
    pool = pool or default_pool()
    if isinstance(what, LeanResult) and not what.sorries:
        return explore_proof(what, goal, pool, timeout=timeout, cell=cell)
    origin = _origin(what, goal, env, pool, timeout, cell)
    title = origin.declaration or _title(origin.state)
    if isinstance(what, LeanResult) and len(what.sorries) > 1:
        title = f"{title}, goal {goal}"
    return Explorer(origin.state, pool, title=title, origin=origin, timeout=timeout)


def _origin(
    what: LeanResult | ProofState | Sorry | str,
    goal: int,
    env: EnvRef | None,
    pool: LeanPool,
    timeout: float | None,
    cell: str | None,
) -> Origin:
    match what:
        case LeanResult():
            return Origin.of_result(what, goal, cell=cell)
        case Sorry():
            return Origin.of_sorry(what, cell=cell)
        case ProofState():
            return Origin.of_state(what, cell=cell)
        case str():
            return _of_statement(what, env, pool, timeout)
    raise InputError(
        f"What is to be explored is a result, a goal of it, a proof state or a statement, not {type(what).__name__}."
    )


def _of_statement(text: str, env: EnvRef | None, pool: LeanPool, timeout: float | None) -> Origin:
    """Begin a proof of a statement, or of a bare proposition; what stands there instead of a proof is left out."""
    words = masked(text).rstrip()
    statement = text[: begun.start()].rstrip() if (begun := _BEGUN.search(words)) else text
    if _KEYWORD.search(words) or not words:
        return Origin.of_statement(statement, pool.prove_sync(statement, env, timeout=timeout))
    statement = f"example : {statement.strip()}"
    try:
        return Origin.of_statement(statement, pool.prove_sync(statement, env, timeout=timeout))
    except LeanError as error:
        said = _POSITION.sub("", str(error).partition("\n")[0])  # in what we made of it
        raise InputError(
            f"A statement begins with theorem or example; and as a proposition, Lean says: {said}"
        ) from None


def shows_no_goal(result: LeanResult) -> bool:
    """Whether there is a ``sorry`` in some code for which Lean tells no goal."""
    return not result.sorries and any(said.text.startswith(_USES_SORRY) for said in result.warnings)


def explore_proof(
    result: LeanResult,
    number: int,
    pool: LeanPool,
    *,
    timeout: float | None = None,
    cell: str | None = None,
    obstacle: str = "",
) -> Explorer:
    """Return an explorer with a proof that is there already.

    Parameters
    ----------
    result : LeanResult
        What came of the code.
    number : int
        Which of its proofs, from 1.
    pool, timeout, cell
        As in `explore`.
    obstacle : str
        Why no script can be put into the code, in one line; empty if nothing speaks against it.
    """
    if not result.tactics and (env := result.env) is not None:
        again = pool.run_sync(env.code, env.parent, timeout=timeout, options=dict(env.options), all_tactics=True)
        # A header that was run before may be blank in what was run: the user wrote it.
        result = replace(again, code=result.code) if len(result.code) == len(env.code) else again
    trees = result.proof_tree()
    if not trees:
        if shows_no_goal(result):
            raise InputError(NO_GOAL)
        raise InputError("This code leaves no goal open (no sorry), and has no proof by tactics.")
    if not 1 <= number <= len(trees):
        raise InputError(f"There is no proof {number}: this code has {len(trees)} by tactics.")
    tree = trees[number - 1]
    origin = Origin.of_proof(tree, result, cell=cell)
    if obstacle:
        origin = replace(origin, start=None, end=None, obstacle=obstacle)
    title = tree.declaration or _title(origin.state)
    explorer = Explorer(origin.state, pool, title=title, origin=origin, proof=tree, timeout=timeout)
    attempt = root = explorer.tree.root
    for step in imported(tree, result.code):
        if not attempt.goals:
            break
        attempt = explorer.add_sync(step.tactic, attempt, place=step.place, by="proof")
    if (attempt.goals or attempt.state is None) and not any(node.has_error for _, _, node in tree.walk()):
        # Not every proof can be taken apart.
        attempt = explorer.add_sync(whole(tree, result.code).tactic, root, by="proof")
    explorer.select(attempt)
    return explorer


def _title(state: ProofState) -> str:
    target = " ".join(state.goals[0].target.split()) if state.goals else "no goals"
    return f"⊢ {target}" if len(target) <= _TITLE else f"⊢ {target[: _TITLE - 1]}…"
