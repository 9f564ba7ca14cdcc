"""Proofs by tactics as an outline, each goal once: the same for text and HTML."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.display._goals import goal_lines
from lean_magic.display._limits import ALL_GOALS, ALL_TEXT, LEVELS, TEXT, counted
from lean_magic.goal_diffs import GoalDiff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._goals import GoalLine
    from lean_magic.display._options import DisplayOptions
    from lean_magic.goals import Goal
    from lean_magic.positions import Position
    from lean_magic.proof_tree import ProofNode, ProofTree
    from lean_magic.results import LeanResult, Message

_TACTIC = 100
_NAMES = 4
_NEAR = 50
"""Tactics before an error that are searched for the one that it lies in."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tactic in an outline.

    Parameters
    ----------
    level : int
        How deep it stands.
    begins : bool
        Whether a branch begins.
    node : ProofNode
        The tactic.
    symbol : str
        ``"✓"`` where it ends a branch, ``"○"`` where it leaves something open, ``"✗"`` where it fails; empty otherwise.
    tactic : str
        One line of it.
    outcome : str
        What it changed, in words; empty if it works on no goal.
    goals : tuple of list of GoalLine
        The goal before it and the goals after it, those that were not shown yet, line by line.
    """

    level: int
    begins: bool
    node: ProofNode
    symbol: str
    tactic: str
    outcome: str
    goals: tuple[list[GoalLine], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A proof: where it begins, the goals that it proves, those of its tactics that are shown, and how many it has."""

    line: int
    goals: tuple[Goal, ...]
    rows: tuple[Row, ...]
    count: int

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"Proof at line {self.line}: {counted(self.count, 'tactic')}"


def omitted_tactics(outlines: Sequence[Outline], shown: int) -> str:
    """Return one line about what is not shown; empty where everything is."""
    more = sum(outline.count for outline in outlines) - shown
    return f"… {counted(more, 'more tactic')} in .tactics of the result" if more else ""


def outlines(result: LeanResult, options: DisplayOptions) -> list[Outline]:
    """Return the proofs by tactics of a result, as far as there is room for them."""
    return _outlined(result.proof_tree(), options, result.errors)


def outline(tree: ProofTree, options: DisplayOptions) -> Outline:
    """Return one proof."""
    return _outlined([tree], options, ())[0]


def _outlined(trees: Sequence[ProofTree], options: DisplayOptions, errors: Sequence[Message]) -> list[Outline]:
    walks = [list(tree.walk()) for tree in trees]
    failed = _failed([node for walk in walks for _, _, node in walk], errors)
    rest, text = options.max_tactics, ALL_TEXT
    found: list[Outline] = []
    for tree, walk in zip(trees, walks, strict=True):
        shown = {_key(goal) for goal in tree.goals}
        rows: list[Row] = []
        for level, begins, node in walk:
            if rest <= 0 or text < 0:
                break
            goals = _new_goals(node, shown)
            symbol, outcome = _outcome(node, failed)
            lines = tuple(goal_lines(goal, options) for goal in goals)
            rows.append(Row(min(level, LEVELS), begins, node, symbol, _one_line(node.tactic), outcome, lines))
            rest -= 1
            text -= sum(min(len(goal.after.text), TEXT) for goal in goals)
        found.append(Outline(walk[0][2].start.line, tree.goals, tuple(rows), len(walk)))
    return found


def _new_goals(node: ProofNode, shown: set[object]) -> list[GoalDiff]:
    """Return the goals before and after a tactic that were not shown yet, and take note of them."""
    goal = node.goal
    before = [] if goal is None or _key(goal) in shown else [GoalDiff(goal, goal)]
    after = [diff for diff in node.diff.goals[:ALL_GOALS] if diff.changed and _key(diff.after) not in shown]
    shown.update(_key(diff.after) for diff in [*before, *after])
    # What reads as it did before need not be shown again, though it may be another goal to Lean.
    shown.update(_key(diff.after) for diff in node.diff.goals if diff.before is goal and not diff.changed)
    return before + after


def _outcome(node: ProofNode, failed: set[int]) -> tuple[str, str]:
    if node.index in failed:
        return "✗", "error"
    if node.tactic == "sorry":
        return "○", f"{counted(len(node.before), 'goal')} left open"
    if node.before and not node.after and not node.inner:
        case = node.goal.case if node.goal else None
        closed = f"case {case}" if case else "goal"
        return "✓", f"{closed if len(node.before) == 1 else counted(len(node.before), 'goal')} closed"
    if len(node.before) != len(node.after):
        return (
            "",
            f"{counted(len(node.before), 'goal')} → {counted(len(node.after), 'goal') if node.after else 'no goals'}",
        )
    if not node.before:
        return "", ""  # a step of `calc`, say
    changed = [goal for goal in node.diff.goals if goal.changed]
    if not changed:
        return "", "nothing changed"
    return "", _change(changed[0]) if len(changed) == 1 else f"{counted(len(changed), 'goal')} changed"


def _change(diff: GoalDiff) -> str:
    """Return in words what is new in a goal."""
    words = {"inserted": "new", "removed": "gone", "changed": "changed"}
    names: dict[str, list[str]] = {word: [] for word in words.values()}
    for hypothesis in diff.hypotheses:
        if hypothesis.change in words:
            names[words[hypothesis.change]] += hypothesis.hypothesis.names
    said = [f"{_listed(found)} {word}" for word, found in names.items() if found]
    if len(diff.target) > 1:
        said.append("target changed")
    return "; ".join(said) or "case changed"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{more}"


def _one_line(tactic: str) -> str:
    first, *more = tactic.strip().split("\n")
    return f"{first[:_TACTIC].rstrip()} …" if more or len(first) > _TACTIC else first


def _failed(nodes: list[ProofNode], errors: Sequence[Message]) -> set[int]:
    """Return which tactics have errors: each error belongs to the innermost tactic that it lies in."""
    nodes = sorted(nodes, key=lambda node: (_pair(node.start), node.index))
    starts = [_pair(node.start) for node in nodes]
    found = set()
    for place in {_pair(error.start) for error in errors}:
        last = bisect_right(starts, place)
        # What begins last and is not over yet is the innermost one.
        around = (node for node in reversed(nodes[max(0, last - _NEAR) : last]) if place < _pair(node.end))
        if innermost := next(around, None):
            found.add(innermost.index)
    return found


def _pair(position: Position) -> tuple[int, int]:
    return position.line, position.column


def _key(goal: Goal) -> object:
    return goal.id or goal.text, goal.text
