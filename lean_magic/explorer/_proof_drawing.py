"""A proof as data for drawing, in Paperproof's direction: hypotheses flow down, goals are closed.

A scope is a goal with the steps that prove it. A step that leaves several goals has a scope for each; what it proves on
its own way (``have … := by``) is an inner scope. Tactics that only say where others are to work (``case``,
``all_goals``) are not drawn, but those in them, on each goal.

Which hypotheses a new one comes from, Lean does not tell. It is taken to be those of its name that are gone, and those
that the text of the tactic mentions, behind ``:=`` if it has one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from lean_magic.declarations import declarations
from lean_magic.explorer._history import GoalNode, History, Move, Step
from lean_magic.explorer._lean_text import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.explorer._attempt import Attempt
    from lean_magic.goals import Goal
    from lean_magic.proof_tree import ProofNode, ProofTree
    from lean_magic.results import LeanResult

__all__ = ["drawn_path", "drawn_tree"]

_HOLDS_OTHERS = re.compile(
    r"(?:case'?|next|focus|all_goals|any_goals|try|first|repeat1?'?|iterate|any|on_goal|decreasing_by)(?![\w'.])"
)
_BRANCHES = re.compile(r"(?:induction|cases|match|if|split|rcases|fun_induction|fun_cases|by_cases)(?![\w'.])")
_NAMES_NEW = re.compile(r"(?:intros?|rintro|rename_i|by_cases)(?![\w'.])")
_GIVES_UP = re.compile(r"\b(?:sorry|admit|sorryAx)\b")
_ALTERNATIVES = re.compile(r"(?<![\w.'])with\s*\|.*", re.DOTALL)
"""What follows in them are the proofs of the goals, of which each is drawn by itself."""

_NOTHING = {"goal": {"case": None, "target": ""}, "hypotheses": [], "steps": [], "closed": False}
_NAME = re.compile(r"(?<![\w.'!?✝])[^\W\d][\w'!?✝]*")


_Place = TypeVar("_Place")
"""What a source knows a goal by."""


@dataclass(slots=True)
class _Part(Generic[_Place]):
    """A tactic on one goal, whatever it was found in."""

    tactic: str
    left: list[_Place]
    origin: dict[str, Any]
    """Where it was found: the fields ``attempt`` and ``position``."""
    inner: list[_Place] = field(default_factory=list)
    fails: bool = False
    """Whether it closes nothing: it has an error, or gives up with ``sorry``."""


def drawn_tree(tree: ProofTree, result: LeanResult | None) -> dict[str, Any]:
    """Return a proof in the code as data for drawing.

    Parameters
    ----------
    tree : ProofTree
        The proof.
    result : LeanResult or None
        The result that it is of, which tells whether Lean accepts it.

    Returns
    -------
    dict
        ``scope``, and ``finished``: whether it holds, as far as Lean has told. A scope has ``goal`` (``case``,
        ``target``), ``hypotheses`` (``id``, ``name``, ``type``; those that are new in it have ``from``, too: the ids of
        those that they come from), ``steps``, and whether it is ``closed``. A step has ``tactic``; ``attempt`` (id) or
        ``position`` (line, column), the other one is None; ``new_hypotheses``; ``gone``, ids; ``goal``, the target that
        it leaves, if that is another one; ``closes``; ``scopes`` and ``inner``.
    """
    nodes = [node for _, _, node in tree.walk()]
    holds = _holds(tree, result)
    source = _TreeSource(nodes, holds=holds)
    scopes = [*map(_Drawing(source).scope, tree.goals)]
    return _drawn(scopes, finished=holds)


def drawn_path(steps: Sequence[Step], attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Return the proof along a path of attempts as data for drawing.

    Parameters
    ----------
    steps : sequence of Step
        What was run; of no steps at all, nothing can be drawn but an empty scope.
    attempts : sequence of Attempt
        The attempt that each step belongs to.

    Returns
    -------
    dict
        As `drawn_tree` does. Of several goals at the beginning, each is in a step without a tactic.
    """
    if not steps:
        return _drawn([], finished=False)
    last = attempts[-1]
    steps = [*steps]
    if last.state is None:
        steps[-1] = replace(steps[-1], after=steps[-1].before)  # it did nothing
    history = History(steps)
    drawing = _Drawing(_PathSource(history, attempts))
    return _drawn([drawing.scope(node) for node in history.start], finished=last.finished)


def _drawn(scopes: list[dict[str, Any]], *, finished: bool) -> dict[str, Any]:
    """Return the drawing of some scopes; nothing is closed that Lean does not accept."""
    first = scopes[0] if scopes else _NOTHING
    closed = finished and all(scope["closed"] for scope in scopes)
    if len(scopes) > 1:
        several: _Part[Goal] = _Part("", [], {"attempt": None, "position": None})
        first = {**first, "steps": [_step(several, scopes=scopes)]}
    return {"scope": {**first, "closed": closed}, "finished": closed}


def _holds(tree: ProofTree, result: LeanResult | None) -> bool:
    """Whether Lean accepts what a proof is of: nothing that it says is against it."""
    if tree.is_doubtful or any(node.has_error or node.has_sorry for _, _, node in tree.walk()):
        return False
    if result is None or result.verdict not in {"valid", "sorry", "error"}:
        return False
    belongs_to = declarations(result.code)
    own = belongs_to[tree.roots[0].start.line - 1]
    return not any(own in {None, belongs_to[error.start.line - 1]} for error in result.errors)


class _Source(Protocol[_Place]):
    """Where the parts come from."""

    def goal(self, place: _Place) -> Goal:
        """Return a goal."""

    def next_part(self, place: _Place) -> _Part[_Place] | None:
        """Return what was done with a goal; each part once."""

    def is_settled(self, place: _Place) -> bool:
        """Whether a goal is closed though nothing was done with it."""


class _TreeSource:
    """The parts of a proof in the code."""

    def __init__(self, nodes: Sequence[ProofNode], *, holds: bool) -> None:
        self._holds = holds
        self._settled: set[object] = set()
        """The goals that a tactic settled which worked on another one."""
        self._waiting: defaultdict[object, list[ProofNode]] = defaultdict(list)
        self._renamed: dict[object, Goal] = {}
        within: set[int] = set()
        for node in nodes:
            known = {_key(goal) for goal in node.before}
            if node.goal is not None and not (node.has_error or node.has_sorry or _holds_others(node)):
                self._settled |= known - {_key(node.goal), *map(_key, node.after)}
            inner = [each.goal for each in node.inner if each.goal is not None]
            if _holds_others(node):
                if node.goal is not None and inner and _key(inner[0]) not in known:
                    # `case` gives names to hypotheses, and takes that of the goal.
                    self._renamed[_key(node.goal)] = replace(inner[0], case=node.goal.case)
                continue
            if node.index in within:
                continue
            if any(_key(goal) in known for goal in inner):  # the steps that it consists of, such as those of `rw`
                within.update(each.index for each in node.inner)
            does_nothing = [*map(_key, node.before)] == [*map(_key, node.after)]
            if node.goal is not None and (node.has_error or not does_nothing):
                self._waiting[_key(node.goal)].append(node)

    def goal(self, place: Goal) -> Goal:
        return place

    def next_part(self, place: Goal) -> _Part[Goal] | None:
        waiting = self._waiting[_key(place)]
        if not waiting:
            return None
        node = waiting.pop(0)
        known = {_key(other) for other in node.before}
        return _Part(
            node.tactic[: len(masked(node.tactic).rstrip())],
            [self._renamed.get(_key(other), other) for other in node.after if _key(other) not in known],
            {"attempt": None, "position": [node.start.line, node.start.column]},
            [*self._inner(node, known)],
            node.has_error or node.has_sorry,
        )

    def is_settled(self, place: Goal) -> bool:
        return self._holds or _key(place) in self._settled

    def _inner(self, node: ProofNode, known: set[object]) -> Iterator[Goal]:
        for inner in node.inner:
            if inner.goal is None or _holds_others(inner):
                yield from self._inner(inner, known)
            elif _key(inner.goal) not in known:
                yield inner.goal


class _PathSource:
    """The parts of a path of attempts."""

    def __init__(self, history: History, attempts: Sequence[Attempt]) -> None:
        self._attempts = attempts
        self._giving_up = {attempt for attempt in attempts if _gives_up(attempt)}
        if attempts[-1].status == "sorry" and not self._giving_up:
            self._giving_up.update(attempts)  # it is one of them
        self._moves: dict[GoalNode, Move] = {}
        for move in history.moves:
            for node in move.on:
                self._moves[node] = move

    def goal(self, place: GoalNode) -> Goal:
        return place.goal

    def next_part(self, place: GoalNode) -> _Part[GoalNode] | None:
        move = self._moves.get(place)
        if move is None:
            return None
        left = [other for other in move.left if _heir(other, move) is place]
        attempt = self._attempts[move.number]
        origin = {"attempt": attempt.id, "position": None}
        return _Part(move.tactic, left, origin, fails=attempt in self._giving_up)

    def is_settled(self, place: GoalNode) -> bool:
        return place.settled_by is not None


class _Drawing(Generic[_Place]):
    """Draws scopes; it knows by which id a hypothesis goes, though Lean may make it anew."""

    def __init__(self, source: _Source[_Place]) -> None:
        self._source = source
        self._ids: dict[str, str] = {}

    def scope(self, place: _Place, outer: Goal | None = None, tactic: str = "") -> dict[str, Any]:
        """Return a goal with the steps that prove it; ``outer`` is the one that it comes from, by a tactic."""
        goal = current = self._source.goal(place)
        new, _ = self._changes(outer, goal, tactic)
        gives_up = False
        steps: list[dict[str, Any]] = []
        while True:
            part = self._source.next_part(place)
            if part is None:
                closed = self._source.is_settled(place)
                break
            gives_up = gives_up or part.fails
            inner = [self.scope(each, current, part.tactic) for each in part.inner]
            if len(part.left) != 1:
                scopes = [self.scope(each, current, part.tactic) for each in part.left]
                if not scopes and inner and _BRANCHES.match(part.tactic):
                    scopes, inner = inner, []
                gone = self._gone_in_all(current, part)
                closed = all(each["closed"] for each in [*scopes, *inner])
                closes = not part.fails and not scopes
                steps.append(_step(part, gone=gone, closes=closes, scopes=scopes, inner=inner))
                break
            [place] = part.left
            after = self._source.goal(place)
            made, gone = self._changes(current, after, part.tactic)
            target = after.target if after.target != current.target else None
            steps.append(_step(part, made, gone, target, inner=inner))
            current = after
        return {
            "goal": {"case": goal.case, "target": goal.target},
            "hypotheses": new,
            "steps": steps,
            "closed": closed and not gives_up and all(each["closed"] for step in steps for each in step["inner"]),
        }

    def _gone_in_all(self, goal: Goal, part: _Part[_Place]) -> list[str]:
        """Return the hypotheses that none of the goals has that a step leaves."""
        each = [self._changes(goal, self._source.goal(place), part.tactic)[1] for place in part.left]
        return [found for found in each[0] if all(found in others for others in each)] if each else []

    def _changes(self, before: Goal | None, after: Goal, tactic: str) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the hypotheses of a goal that the one before did not have, and the ids of those that it had."""
        former = {} if before is None else {found.id: found for found in self._hypotheses(before)}
        by_text: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        present = [*self._hypotheses(after)]
        kept = {found.id for found in present if found.id in former}
        for found in former.values():
            if found.id not in kept:
                by_text[found.name, found.type].append(found.id)
        new: list[_Found] = []
        for found in present:
            if found.id in former:
                continue
            if same := by_text[found.name, found.type]:
                self._ids[found.id] = same[0]  # made anew, as many tactics do with all that depends on something
                kept.add(same.pop(0))
            else:
                new.append(found)
        gone = [found for found in former.values() if found.id not in kept]
        words = _ALTERNATIVES.sub("", masked(tactic))
        used = words.partition(":=")[2] or words  # what stands before are the new names, and their types
        mentioned = set() if _NAMES_NEW.match(tactic) else set(_NAME.findall(used))
        mentioned |= {name.partition(".")[0] for name in mentioned}
        return [
            {
                "id": found.id,
                "name": found.name,
                "type": found.type,
                **({} if before is None else {"from": _origins(found, gone, former, mentioned)}),
            }
            for found in new
        ], [found.id for found in gone]

    def _hypotheses(self, goal: Goal) -> Iterator[_Found]:
        for hypothesis in goal.hypotheses:
            value = "" if hypothesis.value is None else f" := {hypothesis.value}"
            for index, name in enumerate(hypothesis.names):
                known = hypothesis.ids[index] if index < len(hypothesis.ids) else f"{name} : {hypothesis.type}"
                while known in self._ids:
                    known = self._ids[known]
                yield _Found(known, name, f"{hypothesis.type}{value}")


@dataclass(frozen=True, slots=True)
class _Found:
    """A hypothesis of one name."""

    id: str
    name: str
    type: str


def _origins(found: _Found, gone: list[_Found], former: dict[str, _Found], mentioned: set[str]) -> list[str]:
    named = [other.id for other in gone if other.name == found.name]
    return [*dict.fromkeys([*named, *(other.id for other in former.values() if other.name in mentioned)])]


def _step(
    part: _Part[_Place],
    new: Sequence[dict[str, Any]] = (),
    gone: Sequence[str] = (),
    goal: str | None = None,
    *,
    closes: bool = False,
    scopes: Sequence[dict[str, Any]] = (),
    inner: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "tactic": part.tactic,
        **part.origin,
        "new_hypotheses": list(new),
        "gone": list(gone),
        "goal": goal,
        "closes": closes,
        "scopes": list(scopes),
        "inner": list(inner),
    }


def _gives_up(attempt: Attempt) -> bool:
    """Whether an attempt came to nothing, or leaves something open with ``sorry``."""
    state = attempt.state
    return state is None or bool(state.sorries) or bool(_GIVES_UP.search(masked(attempt.tactic or "")))


def _holds_others(node: ProofNode) -> bool:
    return bool(node.inner) and bool(_HOLDS_OTHERS.match(node.tactic.lstrip()))


def _heir(left: GoalNode, move: Move) -> GoalNode:
    """Return which of the goals that a move worked on another one comes from, as far as their names tell."""
    name = f"{left.goal.case or ''}."
    of = [node for node in move.on if node.goal.case and name.startswith(f"{node.goal.case}.")]
    return max(of, key=lambda node: len(node.goal.case or ""), default=move.on[0])


def _key(goal: Goal) -> object:
    return goal.id or goal.text
