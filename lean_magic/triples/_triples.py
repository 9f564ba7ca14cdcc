"""A proof as steps that can be run again: goals, a tactic, goals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from lean_magic._printed import as_printed
from lean_magic.declarations import declarations
from lean_magic.goals import Goal
from lean_magic.triples._blocks import Block, Item, blocks_of
from lean_magic.triples._source import Places, dedented, masked
from lean_magic.triples._steps import Step, steps_of
from lean_magic.triples._walk import goal_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.positions import Position
    from lean_magic.results import LeanResult, ProofState

__all__ = ["Triple", "tactic_triples"]

_HOLDING = ("{", "decreasing_by")
_HEAD = re.compile(r"[\w'!?]*")
_HOLE = re.compile(r"\?\w*")
_UNKNOWN = re.compile(r"\?[\w.✝]+")
_INTRODUCED = re.compile(r"(\bfrom\s+by|\bby|=>|\bthen|\belse)\Z")
_NAMED = re.compile(r"obtain\s+(\(*)\s*(?!(?:rfl|_)\s*[:)])[\w'!?]+\s*[:)]")
_CASE = re.compile(r"(case|next)\b(.*)=>\Z", re.DOTALL)
_VALUE = re.compile(r":=\s*\Z")
_SORT = re.compile(r"(?:Type|Sort)\b")
_DATA = frozenset(
    "Type Sort Prop Nat Int Rat Real Bool Char String Float Unit Fin BitVec List Array Option ℕ ℤ ℚ ℝ ℂ".split()  # noqa: SIM905
)
_BRACKETS = re.compile(r"\([^()\[\]{}⟨⟩]*\)|\[[^()\[\]{}⟨⟩]*\]|\{[^()\[\]{}⟨⟩]*\}|⟨[^()\[\]{}⟨⟩]*⟩")
_OPENING = re.compile(r"[(\[{⟨]")
_KEYWORD = re.compile(r"\b(?:show|suffices|from|by|then|else)\b|:=|=>|<\||\$")
_SYNTAX_ERROR = re.compile(r"unexpected |expected |unterminated |missing ")
_GIVING_UP = re.compile(r"\b(?:sorry|admit)\b")

_GOAL_LEFT_FIRST = frozenset({"have", "haveI", "replace", "rw", "rewrite", "erw"})
"""Tactics after which the goals of holes come after the goal that goes on."""
_HOLES_FIRST = frozenset({"suffices", "obtain"})
_IN_ORDER = frozenset(
    "exact refine refine' apply calc induction cases match if fun_induction fun_cases".split()  # noqa: SIM905
)
_AS_WRITTEN = {"exact": "refine", "obtain": "have"}
"""What tactics with holes become, if anything."""
_FOCUSING = frozenset({"case", "next"})
_OPENED = _GOAL_LEFT_FIRST | _HOLES_FIRST | _IN_ORDER | _FOCUSING


@dataclass(frozen=True, slots=True, eq=False)
class Triple:
    """A step of a proof: goals, a tactic, and the goals that it leads to.

    Parameters
    ----------
    goals_before : tuple of Goal
        The goals that it was run on.
    tactic : str
        What leads from the goals before to those after, as it is written in the code. Where blocks of tactics in it
        are steps of their own, there is ``?_`` in their place: see `tactic_triples`.
    goals_after : tuple of Goal
        The goals after it, those of such blocks among them.
    start, end : Position
        Where the tactic is in the code, with its blocks.
    spans : tuple of (Position, Position)
        The parts of that which belong to it and not to steps within it. Those of different steps do not overlap.
    printed : str
        The whole tactic as Lean prints it; empty for several with ``<;>``.
    declaration : str or None
        What is proved, as far as the code's lines tell: ``"theorem And.swap"``, ``"example"``.
    name : str or None
        The full name of that, ``"And.swap"``; None if it has none.
    proof : int
        Which proof of the code it belongs to, from 0: one for each outermost ``by``.
    depth : int
        How many steps it is within.
    has_sorry : bool
        Whether it gives up with ``sorry``, rather than a step within it.
    state : ProofState or None
        The state before it, to run it again or to try another; None if they come from elaboration trees.
    goal : tuple of int or None
        The places of its goals before among those that are left when the steps of its proof before it have been run one
        after the other, as `tactic_triples` shows. None if these do not lead to them.
    """

    goals_before: tuple[Goal, ...]
    tactic: str
    goals_after: tuple[Goal, ...]
    start: Position
    end: Position
    spans: tuple[tuple[Position, Position], ...] = field(repr=False)
    printed: str = field(default="", repr=False)
    declaration: str | None = None
    name: str | None = None
    proof: int = 0
    depth: int = 0
    has_sorry: bool = False
    state: ProofState | None = field(default=None, repr=False)
    goal: tuple[int, ...] | None = None

    _repr_pretty_ = as_printed

    def __str__(self) -> str:
        before, after = ("\n\n".join(map(str, goals)) or "no goals" for goals in (self.goals_before, self.goals_after))
        return f"{before}\n\n{self.start} {self.tactic}\n\n{after}"


def tactic_triples(result: LeanResult) -> tuple[Triple, ...]:
    """Return the steps of all proofs by tactics in a result, in the order of the text.

    Each is what can be run on its own: its tactic leads from its goals before to its goals after. All together are the
    whole proof. They neither overlap nor leave anything out but what has no goals, and what only holds tactics
    together: ``by``, ``·``, ``=>``, ``;``, parentheses and braces, comments.

    - A tactic that contains blocks of tactics is a step that has ``?_`` in the place of each: ``have h : a = b := ?_``.
      The goals of the blocks are among its goals after, and the tactics in them are steps of their own, which follow.
      Such tactics are ``induction … with``, ``cases``, ``match`` and ``if``, and those with ``by`` in their terms:
      ``have``, ``replace``, ``suffices``, ``obtain … : … := by …``, ``calc``, ``exact``, ``refine``, ``apply``, ``rw``.
    - For that, ``exact`` becomes ``refine``, ``suffices … by`` becomes ``suffices … from``, ``obtain ⟨x⟩ : t := by``
      becomes ``obtain ⟨x⟩ : t``, and ``obtain x : t := by`` becomes ``have x : t := ?_``; ``case x h =>`` and
      ``next h =>`` become ``case' x h => skip``.
    - Tactics that run others on several goals, or try them (``<;>``, ``all_goals``, ``any_goals``, ``first``, ``try``,
      ``repeat``, macros), ``conv``, and whatever else is not named above, are one step with all that they contain. So
      are blocks that are run more than once (of a case for several patterns, ``| inl h | inr h => …``), those that make
      data rather than prove something, as far as that can be told: what comes later mentions what they make; and those
      whose statement only they tell (``have x := by exact h``).
    - What is run where no goal is left is no step: ``done`` or ``try simp`` at the end of a block.

    The steps of a proof (`Triple.proof`) can be run one after the other, from the state before the first one::

        state = steps[0].state
        for step in steps:
            state = await state.tactic(step.tactic, goal=step.goal)

    That ends without goals, and with ``state.completed``, but for a theorem that refers to itself: whether that ends,
    only the whole tells. Each ``by`` that no other tactic contains begins a proof of
    its own: that of the whole theorem if its proof is ``by …``; that of a part of it in a term such as
    ``⟨7, by decide⟩``, of which the rest is no tactic, and so no step. Where ``decreasing_by`` has several goals, its
    steps have ``goal=None``. Which goals are left is told from what
    Lean says of those before each step: where a step has settled goals by the way that others speak of, and these are
    not worked on at once, `Triple.goal` may be wrong.

    What runs elsewhere may differ in the names of cases.

    Of code with errors, there are the steps that Lean has run without one. What gives up with ``sorry`` has
    `Triple.has_sorry`. What an unfinished proof leaves open, no step closes.

    Parameters
    ----------
    result : LeanResult
        A result with ``all_tactics=True``; else, with ``infotree``, for steps without `Triple.state`.

    Returns
    -------
    tuple of Triple
        Empty if there are no tactics, or Lean was not asked for them.
    """
    return _Builder(result).triples()


@dataclass(slots=True, eq=False)
class _Hole:
    """A block of tactics in another tactic.

    Parameters
    ----------
    start, end : int
        What is replaced.
    keyword : str
        What introduces it.
    block : Block
        The tactics.
    """

    start: int
    end: int
    keyword: str
    block: Block


class _Builder:
    """Finds the steps of a result."""

    def __init__(self, result: LeanResult) -> None:
        self._code = result.code
        self._places = Places(result.code)
        self._steps = steps_of(result, self._places)
        self._mask = masked(result.code) if self._steps else ""
        env = None if result.env is None else result.env.parent
        self._declarations = declarations(result.code, env)
        errors = [(self._places.offset(error.start), error.text) for error in result.errors]
        self._errors = [place for place, _ in errors]
        # A tactic that is broken off ends before the place that this is said of.
        self._broken = {len(self._mask[:place].rstrip()) for place, text in errors if _SYNTAX_ERROR.match(text)}
        self._found: list[tuple[int, Triple]] = []

    def triples(self) -> tuple[Triple, ...]:
        if not self._steps:
            return ()
        outermost = blocks_of(_real(self._steps, self._mask), self._mask, 0, len(self._code))
        # Without recursion: proofs may be deeper within each other than Python goes.
        rest = [(block, proof, 0) for proof, block in enumerate(outermost)]
        while rest:
            block, proof, depth = rest.pop()
            for item in block.items:
                rest += [(inner, proof, depth + 1) for inner in self._item(item, proof, depth)]
        found = [step for _, step in sorted(self._found, key=lambda found: (found[0], found[1].depth))]
        return tuple(step for _, steps in groupby(found, key=lambda step: step.proof) for step in _placed(list(steps)))

    def _item(self, item: Item, proof: int, depth: int) -> list[Block]:
        """Add the step of an item, and return the blocks in it that are to be steps of their own."""
        runs = [step for runs in item.runs for step in runs]
        if not any(step.before or step.after for step in runs):
            return []
        if item.is_compound:
            first = item.runs[0][-1] if item.runs[0] else runs[0]
            sorry = any(step.uses_sorry for step in runs)
            self._add(item.start, item.end, first, _left(runs, first), [], proof, depth, sorry=sorry)
            return []
        step = runs[-1]  # the last one counts if Lean elaborates something twice
        holes = self._holes(step)
        after = self._after(step, holes)
        if after is None:
            holes, after = [], step.after
        sorry = step.uses_sorry if not holes else bool(_GIVING_UP.search(self._without(step, holes)))
        self._add(step.start, step.end, step, after, holes, proof, depth, sorry=sorry)
        return [hole.block for hole in holes]

    def _holes(self, step: Step) -> list[_Hole]:
        head = _HEAD.match(self._mask, step.start)
        if head is None or head[0] not in _OPENED or not step.children:
            return []
        holes = []
        for block in blocks_of(_real(step.children, self._mask), self._mask, step.start, step.end):
            before = self._mask[step.start : block.start].rstrip()
            keyword = _INTRODUCED.search(before)
            if keyword and _is_run_once(block) and (head[0] in _FOCUSING or _is_stated(_first(block).before[0])):
                holes.append(_Hole(step.start + keyword.start(), block.end, keyword[0], block))
        return holes

    def _after(self, step: Step, holes: Sequence[_Hole]) -> tuple[Goal, ...] | None:
        """Return the goals after a step with holes; None if nobody knows."""
        opened = [_first(hole.block).before[0] for hole in holes]
        if not opened:
            return step.after
        head = _HEAD.match(self._mask, step.start)[0]  # type: ignore[index]
        produced, others = _parted(step)
        if head in _FOCUSING:
            return _focused(opened[0], step) if len(holes) == 1 else None
        if head in _HOLES_FIRST and not self._is_named(step.start):
            return (*opened, *step.after) if self._can_be_left_out(head, step, holes) else None
        if head in _HOLES_FIRST:
            is_have = self._can_be_left_out(head, step, holes) and not _NAMED.match(self._mask, step.start)[1]  # type: ignore[index]
            return (*produced, *opened, *others) if is_have else None
        if head in _GOAL_LEFT_FIRST:
            return (*produced, *opened, *others)
        # Each `?_` that was there before stands for one goal, those of holes come between.
        places = [found.start() + step.start for found in _HOLE.finditer(self._without(step, holes, filler=" "))]
        if len(places) != len(produced):
            return None
        ordered = sorted(
            [
                *zip(places, produced, strict=True),
                *((hole.start, goal) for hole, goal in zip(holes, opened, strict=True)),
            ],
            key=lambda found: found[0],
        )
        return (*(goal for _, goal in ordered), *others)

    def _is_named(self, start: int) -> bool:
        """Whether an ``obtain`` only gives a name, which it does not without the value."""
        return bool(_NAMED.match(self._mask, start))

    def _can_be_left_out(self, head: str, step: Step, holes: Sequence[_Hole]) -> bool:
        if head == "suffices":
            return True
        before = self._mask[step.start : holes[0].start]
        return len(holes) == 1 and bool(_VALUE.search(before)) and not self._mask[holes[0].end : step.end].strip()

    def _without(self, step: Step, holes: Sequence[_Hole], filler: str = "") -> str:
        """Return the text of a step, masked, without that of its holes."""
        parts, at = [], step.start
        for hole in holes:
            parts += [self._mask[at : hole.start], filler * (hole.end - hole.start)]
            at = hole.end
        return "".join([*parts, self._mask[at : step.end]])

    def _add(
        self,
        start: int,
        end: int,
        first: Step,
        after: tuple[Goal, ...],
        holes: Sequence[_Hole],
        proof: int,
        depth: int,
        *,
        sorry: bool,
    ) -> None:
        spans = list(self._spans(start, end, holes))
        if end in self._broken or any(
            span_start <= error < max(span_end, span_start + 1)
            for error in self._errors
            for span_start, span_end in spans
        ):
            return
        lines = self._declarations
        place = self._places.position(start)
        declaration = lines[place.line - 1] if place.line <= len(lines) else None
        triple = Triple(
            first.before,
            dedented(self._text(start, end, holes), place.column),
            after,
            place,
            self._places.position(end),
            tuple((self._places.position(here), self._places.position(there)) for here, there in spans),
            _without_comment(first.printed) if (start, end) == (first.start, first.end) else "",
            str(declaration) if declaration else None,
            declaration.name if declaration else None,
            proof,
            depth,
            sorry,
            first.state,
        )
        self._found.append((start, triple))

    def _spans(self, start: int, end: int, holes: Sequence[_Hole]) -> Iterator[tuple[int, int]]:
        for here, there in zip(
            [start, *(hole.end for hole in holes)], [*(hole.start for hole in holes), end], strict=True
        ):
            text = self._mask[here:there]
            if stripped := text.strip():
                begin = here + len(text) - len(text.lstrip())
                yield begin, begin + len(stripped)

    def _text(self, start: int, end: int, holes: Sequence[_Hole]) -> str:
        """Return what can be run: the source, with holes."""
        if not holes:
            return self._code[start:end]
        head = _HEAD.match(self._mask, start)[0]  # type: ignore[index]
        if head in _FOCUSING:
            match = _CASE.match(self._code[start : holes[0].start] + "=>")
            assert match is not None
            names = " ".join([*(["_"] if head == "next" else []), *match[2].split()])
            return f"case' {names} => skip"
        if head == "obtain" and not self._is_named(start):
            return self._code[start : self._mask.rindex(":=", start, holes[0].start)].rstrip()
        parts, at = [], start
        for hole in holes:
            parts.append(self._code[at : hole.start])
            match hole.keyword:
                case "by":
                    parts.append("from ?_" if _wants_from(self._mask[start : hole.start]) else "?_")
                case "=>" | "then" | "else":
                    parts.append(f"{hole.keyword} ?_")
                case _:
                    parts.append("from ?_")
            at = hole.end
        text = "".join([*parts, self._code[at:end]])
        return _AS_WRITTEN.get(head, head) + text.removeprefix(head)


def _placed(proof: list[Triple]) -> Iterator[Triple]:
    places = goal_places([(step.goals_before, step.goals_after) for step in proof])
    return (replace(step, goal=goal) for step, goal in zip(proof, places, strict=True))


def _without_comment(printed: str) -> str:
    """Return a tactic as Lean prints it, without the comments that follow it."""
    return printed[: len(masked(printed).rstrip())]


def _wants_from(before: str) -> bool:
    """Whether a ``by`` after some text is that of ``show … by`` or ``suffices … by``."""
    while (shorter := _BRACKETS.sub("", before)) != before:
        before = shorter
    keywords = _KEYWORD.findall(_OPENING.split(before)[-1])
    return bool(keywords) and keywords[-1] in {"show", "suffices"}


def _real(steps: Sequence[Step], mask: str) -> list[Step]:
    """Return tactics, without what only holds others together: the steps of ``calc``, braces, ``decreasing_by``."""
    found: list[Step] = []
    rest = list(reversed(steps))
    while rest:
        step = rest.pop()
        holds = mask.startswith(_HOLDING, step.start) if step.before or step.after else _has_goals_within(step)
        if step.children and holds:
            rest += reversed(step.children)
        else:
            found.append(step)
    return found


def _has_goals_within(step: Step) -> bool:
    """Whether tactics within another have goals; of those that are run where none is left, none has."""
    rest = list(step.children)
    while rest:
        inner = rest.pop()
        if inner.before or inner.after:
            return True
        rest += inner.children
    return False


def _is_run_once(block: Block) -> bool:
    firsts = [item.runs[0] for item in block.items]
    return (
        len(firsts[0]) == 1
        and len(firsts[0][0].before) == 1
        and all(len(item.runs[0]) == 1 for item in block.items if not item.is_compound)
    )


def _is_stated(goal: Goal) -> bool:
    """Whether it is known what a goal asks for, also without the tactics for it, and that this is a proof."""
    return not (_UNKNOWN.fullmatch(goal.target) or _is_data(goal))


def _is_data(goal: Goal) -> bool:
    """Whether a goal asks for a value rather than for a proof, as far as the text tells."""
    types = {name for found in goal.hypotheses if _SORT.match(found.type) for name in found.names}
    result = _HEAD.match(goal.target.rpartition("→")[2].strip(" ("))
    return result is not None and (result[0] in _DATA or result[0] in types)


def _first(block: Block) -> Step:
    return block.items[0].runs[0][0]


def _key(goal: Goal) -> object:
    return goal.id or goal.text


def _parted(step: Step) -> tuple[tuple[Goal, ...], tuple[Goal, ...]]:
    """Return the goals that a tactic leaves of the one it worked on, and the others."""
    others = len(step.before) - 1
    if others > 0 and list(map(_key, step.after[-others:])) == list(map(_key, step.before[1:])):
        return step.after[:-others], step.after[-others:]
    return step.after, ()


def _left(runs: Sequence[Step], first: Step) -> tuple[Goal, ...]:
    """Return the goals that several runs leave together, the first one's goals being there at first."""
    goals = list(first.before)
    for run in runs if runs[0] is first else [first, *(run for run in runs if run is not first)]:
        gone = set(map(_key, run.before))
        place = next((number for number, goal in enumerate(goals) if _key(goal) in gone), len(goals))
        goals = [goal for goal in goals if _key(goal) not in gone]
        goals[place:place] = run.after
    return tuple(goals)


def _focused(goal: Goal, step: Step) -> tuple[Goal, ...]:
    """Return the goals where the block of a ``case`` begins: its own, under the name that it has outside; others."""
    kept = set(map(_key, step.after))
    gone = [before for before in step.before if _key(before) not in kept]
    own = next((before for before in gone if before.target == goal.target), gone[0] if gone else None)
    if own is not None and own.case is not None and goal.case is None:
        goal = Goal(f"case {own.case}\n{goal.text}", own.case, goal.hypotheses, goal.target, goal.id)
    return goal, *(before for before in step.before if before is not own)
