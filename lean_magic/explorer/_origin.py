"""Where a proof belongs: the code that leaves it open; that code with a script put in, and Lean's opinion of it."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lean_magic.declarations import declarations
from lean_magic.errors import InputError, ServerError, TacticError
from lean_magic.explorer._focus import tidy
from lean_magic.explorer._imported import block, first_state
from lean_magic.explorer._insertion import Insertion, insertions
from lean_magic.explorer._lean_text import ends_in_comment
from lean_magic.positions import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.pool import LeanPool
    from lean_magic.proof_tree import ProofNode, ProofTree
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult, ProofState, Sorry, TacticStep, Verdict

__all__ = ["Checked", "Origin"]

_OPEN = frozenset({"sorry", "admit"})
_DECIDED = frozenset({"valid", "sorry", "error"})
_NOT_ONE = "Not verified: more than one initial goal"
_CHANGING = re.compile(r"\?m\.\d+|_uniq\.[\d.]+|\b\d+:\d+\b")
"""What differs between two messages that say the same."""
_LAYOUT = re.compile(r"\b(?:un)?expected\b|^Lean reads it ")
"""What is said of text that Lean cannot read, or reads otherwise than it was tried."""
_SWALLOWS = "Lean reads it as one with what stands behind it."
_IS_NOT_RUN = "Lean reads it as something that it does not run here."
_RECURSION = "It uses what is only being declared here (recursion)"


@dataclass(frozen=True, slots=True)
class Checked:
    """A script, and what Lean says of it.

    Parameters
    ----------
    text : str
        The script.
    verdict : Verdict
        ``"valid"``: it proves what it is to prove, by itself and, if that is known, in its place in the code.
        ``"sorry"``: so it does, but for what it leaves open. ``"error"``: Lean rejects it, in one of the two. The
        others say why Lean gave no opinion.
    reason : str
        One line that says why it is not valid, or why the code with it cannot be offered; empty if there is no more to
        say.
    before, after : str or None
        The whole code without and with it, as the user wrote it; None unless Lean has accepted that.
    """

    text: str
    verdict: Verdict
    reason: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Origin:
    """Where a proof belongs.

    Parameters
    ----------
    state : ProofState
        Where scripts begin.
    code : str
        The code that leaves it open, as the user wrote it.
    start, end : Position or None
        The ``sorry``, or the tactics that a script is to replace; None if it is not known where that is.
    cell : str or None
        The cell of a notebook that has the code.
    is_proof : bool
        Whether there are tactics in this place already, rather than a ``sorry``.
    obstacle : str
        Why no script can be put into the code, in one line; empty if nothing is known that speaks against it.
    """

    state: ProofState
    code: str
    start: Position | None = None
    end: Position | None = None
    cell: str | None = None
    is_proof: bool = False
    obstacle: str = ""
    _result: LeanResult | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of_result(cls, result: LeanResult, goal: int = 1, *, cell: str | None = None) -> Origin:
        """Return where the proof of something belongs that some code leaves open.

        Parameters
        ----------
        result : LeanResult
            What came of the code.
        goal : int
            Which of its goals, from 1.
        cell : str, optional
            The cell that has the code.

        Raises
        ------
        InputError
            There is no such goal.
        """
        if not 1 <= goal <= len(result.sorries):
            count = len(result.sorries)
            there = f"goals 1 to {count}" if count > 1 else "one goal, number 1" if count else "no goal (no sorry)"
            raise InputError(f"This result leaves {there} open: there is no goal {goal}.")
        return cls.of_sorry(result.sorries[goal - 1], result, cell=cell)

    @classmethod
    def of_sorry(cls, sorry: Sorry, result: LeanResult | None = None, *, cell: str | None = None) -> Origin:
        """Return where the proof of a goal belongs, perhaps with the result that it is of."""
        code = _code(sorry.state, result)
        return _looked_at(cls(sorry.state, code, sorry.start, sorry.end, cell, _result=result))

    @classmethod
    def of_state(cls, state: ProofState, result: LeanResult | None = None, *, cell: str | None = None) -> Origin:
        """Return where a proof belongs that begins in some state; `located` finds the place, if there is one."""
        origin = cls(state, _code(state, result), cell=cell, _result=result)
        if state.ref.collection != "sorries":
            return replace(
                origin, obstacle="The proof state is not that of a sorry: the code has no place for a script."
            )
        if any(step.sorry is not None for step in state.ref.steps):
            return replace(origin, obstacle="The proof state is that of a sorry within a tactic, not of the code.")
        if any(step.goals for step in state.ref.steps):
            return replace(origin, obstacle="The proof state was reached by tactics on chosen goals (goal=).")
        return origin if result is None else _placed(origin, result)

    @classmethod
    def of_statement(cls, statement: str, state: ProofState) -> Origin:
        """Return where the proof of a statement belongs, behind it; ``state`` is what `LeanPool.prove` returned."""
        text = statement.rstrip()
        ahead = f"{text}\n " if ends_in_comment(text) else text
        by = " " if text.endswith(":= by") else " by " if text.endswith(":=") else " := by "
        code = f"{ahead}{by}sorry"
        end = Position.at(code, len(code))
        return cls(state, code, Position(end.line, end.column - len("sorry")), end)

    @classmethod
    def of_proof(cls, tree: ProofTree, result: LeanResult, *, cell: str | None = None) -> Origin:
        """Return where a proof is that the code has already, by tactics (``all_tactics=True``)."""
        start, end = (Position.at(result.code, offset) for offset in block(tree, result.code))
        return cls(first_state(tree, result), result.code, start, end, cell, is_proof=True, _result=result)

    @property
    def result(self) -> LeanResult | None:
        """What came of the code, if that is known."""
        return self._result

    @property
    def env(self) -> EnvRef | None:
        """The environment that the code was run in; None if it started from nothing."""
        return self.state.ref.env.parent

    @property
    def options(self) -> dict[str, bool | int | str]:
        """The Lean options that the code was run with."""
        return dict(self.state.ref.env.options)

    @property
    def declaration(self) -> str | None:
        """What is being proved, as far as the code's lines tell: ``"theorem And.swap"``, ``"example"``."""
        found = None if self.start is None else declarations(self.code, self.env)[self.start.line - 1]
        return None if found is None else str(found)

    def to_dict(self) -> dict[str, Any]:
        """Return it as data: ``cell``, ``code``, ``declaration``, ``sorry`` (line, column, line, column; or None)."""
        place = None
        if self.start is not None and self.end is not None:
            place = [self.start.line, self.start.column, self.end.line, self.end.column]
        return {"cell": self.cell, "code": self.code, "declaration": self.declaration, "sorry": place}

    async def located(self, pool: LeanPool, *, timeout: float | None = None) -> Origin:
        """Return the same with its place in the code, which is run again for that if need be.

        Raises
        ------
        ServerError
            The machinery failed, or time or memory did not suffice.
        InputError, ToolchainError, PoolClosedError
            As in `LeanPool.run`.
        """
        if self.start is not None or self.obstacle:
            return self
        result = await self._run(pool, self._code_as_run, timeout)
        if result.verdict not in _DECIDED:
            result.raise_for_verdict()
        return _placed(self, result)

    def put_in(self, script: str) -> list[str]:
        """Return the code with a script in its place, in several layouts: the nicest first, all of them unchecked.

        Parameters
        ----------
        script : str
            What would follow ``by``, on lines of its own.

        Returns
        -------
        list of str
            None at all where the place is not known.
        """
        return [insertion.into(self.code) for insertion in self._insertions(script)]

    async def check(self, pool: LeanPool, script: str | Sequence[str], *, timeout: float | None = None) -> Checked:
        """Ask Lean whether a script proves what it is to prove, by itself and in its place in the code.

        Parameters
        ----------
        pool : LeanPool
            The pool to run on.
        script : str or sequence of str
            What would follow ``by``; or several scripts, of which the first one counts that is right by itself.
        timeout : float, optional
            Seconds that each run may take; by default those of the pool.

        Returns
        -------
        Checked
            Also where Lean gave no opinion.
        """
        try:
            origin = await self.located(pool, timeout=timeout)
            texts = [script] if isinstance(script, str) else script
            checked, why_unsure = await origin._check_alone(pool, texts, timeout)  # noqa: SLF001 - its own
            if checked.verdict in {"valid", "sorry"}:
                checked = await origin._check_whole(pool, checked, timeout, why_unsure)  # noqa: SLF001 - its own
        except ServerError as error:
            text = script if isinstance(script, str) else script[0]
            return Checked(text, error.verdict, _line(str(error)))
        return checked

    async def _check_alone(self, pool: LeanPool, texts: Sequence[str], timeout: float | None) -> tuple[Checked, str]:
        """Run scripts as one tactic, until one is right; and say why only its place in the code can tell, if so."""
        refused: Checked | None = None
        for text in texts:
            try:
                after = await pool.tactic(self.state, f"(\n{text}\n)", timeout=timeout)
            except TacticError as error:
                refused = refused or Checked(text, "error", f"Lean rejects the script: {_line(str(error))}")
                continue
            if after.completed:
                return Checked(text, "valid"), ""
            is_recursive = "which it is part of" in after.status
            if (is_recursive or after.status == _NOT_ONE) and not after.uses_sorry and self._has_place:
                return Checked(text, "valid"), _RECURSION if is_recursive else "It proves several goals at once"
            if not after.goals and ("sorry" in after.status or after.uses_sorry):
                return Checked(text, "sorry", "It leaves something open with sorry."), ""
            left = len(after.goals)
            reason = f"The script leaves {left} goal{'s'[: left > 1]} open." if left else f"{_line(after.status)}."
            if is_recursive:
                reason = f"{_RECURSION}: only Lean's verdict on the whole code can tell whether that is right."
            refused = refused or Checked(text, "error", reason)
        if refused is None:
            raise InputError("There is no script to check.")
        return refused, ""

    async def _check_whole(self, pool: LeanPool, alone: Checked, timeout: float | None, why_unsure: str) -> Checked:
        """Run the code with the script put in, until a layout is right."""
        if self.start is None or self.end is None or not self._has_place:
            return replace(alone, reason=" ".join(filter(None, [alone.reason, self.obstacle])))
        before = None if self.is_proof else self._result  # what is open elsewhere, a result may have been relieved of
        if before is None:
            before = await self._run(pool, self._code_as_run, timeout)
        start, end = self.start.offset(self.code), self.end.offset(self.code)
        refusals: list[str] = []
        for insertion in self._insertions(alone.text):
            # Its tactics tell what of the code Lean takes for the script.
            after = await self._run(pool, insertion.into(self._code_as_run), timeout, all_tactics=True)
            if after.verdict not in _DECIDED:
                return Checked(alone.text, after.verdict, f"The code with it was not checked: {_line(after.detail)}")
            there = insertion.start, insertion.start + len(insertion.text)
            found = _objection(before, (start, end), after, there, may_be_open=alone.verdict == "sorry")
            if not found:
                whole = replace(alone, before=self.code, after=insertion.into(self.code))
                if not why_unsure or not _is_doubtful(after, there):
                    return whole
                reason = "Whether it holds, Lean tells when nothing else in this declaration rests on sorry."
                return replace(whole, verdict="sorry", reason=f"{why_unsure}. {reason}")
            if found in refusals and not _LAYOUT.search(found):
                break  # it is not about the layout
            refusals.append(found)
        ahead = (
            f"{why_unsure}, and is not right in the code"
            if why_unsure
            else "It is right by itself, but not in the code"
        )
        return Checked(alone.text, "error", f"{ahead}: {refusals[0]}")

    @property
    def _has_place(self) -> bool:
        return self.start is not None and self.end is not None and not self.obstacle

    def _insertions(self, script: str) -> list[Insertion]:
        """Return the ways to put a script in."""
        if self.start is None or self.end is None or not self._has_place:
            return []
        done = [tidy(step.tactic) for step in self.state.ref.steps]
        start, end = self.start.offset(self.code), self.end.offset(self.code)
        return insertions(self.code, start, end, "\n".join([*done, script]), is_proof=self.is_proof)

    @property
    def _code_as_run(self) -> str:
        """The code with everything in its place, but a header may be blank that has been run before."""
        as_run = self.state.ref.env.code
        return as_run if len(as_run) == len(self.code) else self.code

    async def _run(self, pool: LeanPool, code: str, timeout: float | None, *, all_tactics: bool = False) -> LeanResult:
        return await pool.run(code, self.env, timeout=timeout, options=self.options, all_tactics=all_tactics)


def _looked_at(origin: Origin) -> Origin:
    """Return an origin, without the place if no ``sorry`` is there to read."""
    if origin.start is None or origin.end is None:
        return replace(origin, start=None, end=None, obstacle="The sorry is not in the code, but in a tactic.")
    text = origin.code[origin.start.offset(origin.code) : origin.end.offset(origin.code)]
    if text in _OPEN:
        return origin
    reason = f"The goal is left open by {_line(text)!r}, not by a sorry that could be replaced."
    return replace(origin, start=None, end=None, obstacle=reason)


def _placed(origin: Origin, result: LeanResult) -> Origin:
    """Return an origin with the place that a result has of it."""
    index = origin.state.ref.index  # in Lean's order, not in that of the code
    sorry = next((sorry for sorry in result.sorries if sorry.state.ref.index == index), None)
    if sorry is None:
        return replace(origin, obstacle="The code no longer leaves this goal open.")
    return _looked_at(replace(origin, start=sorry.start, end=sorry.end, _result=result))


def _objection(
    before: LeanResult, place: tuple[int, int], after: LeanResult, script: tuple[int, int], *, may_be_open: bool
) -> str | None:
    """Return what speaks against code with a script in the place of something else, if anything."""
    known = Counter(_CHANGING.sub("", error.text) for error in before.errors)
    for error in after.errors:
        text = _CHANGING.sub("", error.text)
        if not known[text]:
            return f"{error.start}: {_line(error.text)}"
        known[text] -= 1
    run = [step for step in after.tactics if _is_within(step, after.code, script)]
    if any(step.end.offset(after.code) > script[1] for step in run):
        return _SWALLOWS
    if not run:
        return _IS_NOT_RUN
    there = [_is_within(sorry, after.code, script) for sorry in after.sorries]
    if any(there) and not may_be_open:
        return "the sorry is still there."
    formerly = [_is_within(sorry, before.code, place) for sorry in before.sorries]
    if there.count(False) > formerly.count(False):
        return "another goal is left open with sorry."
    is_done = not may_be_open and not before.errors and all(formerly) and not before.detail
    return "something in it still rests on sorry." if is_done and not after.ok else None


def _code(state: ProofState, result: LeanResult | None) -> str:
    """Return the code as the user wrote it: that of the result, if the state is of it."""
    as_run = state.ref.env.code
    return result.code if result is not None and len(result.code) == len(as_run) else as_run


def _is_doubtful(after: LeanResult, script: tuple[int, int]) -> bool:
    """Whether what a script belongs to may rest on sorry."""
    trees = after.proof_tree()
    there = (tree for tree in trees if any(_is_within(node, after.code, script) for _, _, node in tree.walk()))
    return any(tree.is_doubtful for tree in there)


def _is_within(what: Sorry | TacticStep | ProofNode, code: str, place: tuple[int, int]) -> bool:
    return what.start is not None and place[0] <= what.start.offset(code) < place[1]


def _line(text: str) -> str:
    """Return the first line that says anything."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
