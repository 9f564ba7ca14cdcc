"""Proofs by tactics as an outline, each goal once: the same for text and HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.display._goals import goal_lines
from lean_magic.display._limits import ALL_GOALS, ALL_TEXT, LEVELS, TEXT, counted
from lean_magic.goal_diffs import GoalDiff
from lean_magic.proof_tree import reordered, unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.display._goals import GoalLine
    from lean_magic.display._options import DisplayOptions
    from lean_magic.goals import Goal
    from lean_magic.proof_tree import ProofNode, ProofTree
    from lean_magic.results import LeanResult

_TACTIC = 100
_NAMES = 4
_BY_CASES = re.compile(r"(induction|cases)(?![\w'!?])")
_NEVER_IDLE = re.compile(
    r"(apply|assumption|by_cases|cases|constructor|contradiction|decide|exact|exists|ext|funext|grind|have|induction"
    r"|injection|intro|left|let|linarith|nofun|nomatch|omega|refine|replace|rfl|rewrite|right|rw|rwa|simp|simp_all|simpa"
    r"|specialize|split|suffices|trivial|unfold|use)(?![\w'!?])(?!.*failIfUnchanged)",
    re.DOTALL,
)
"""Tactics that leave no goal as it was: where all are the same, they failed, and something around them went on."""


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
    hidden : int
        How many goals after it there is no room for.
    """

    level: int
    begins: bool
    node: ProofNode
    symbol: str
    tactic: str
    outcome: str
    goals: tuple[list[GoalLine], ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """A proof: what it is of, where it begins, its goals, those of its tactics that are shown, how many it has."""

    declaration: str | None
    line: int
    goals: tuple[Goal, ...]
    rows: tuple[Row, ...]
    count: int

    @property
    def title(self) -> str:
        """What it is, in a line."""
        named = self.declaration and " " in self.declaration
        what = f"Proof of {clipped_line(self.declaration or '')}, at" if named else "Proof at"
        return f"{what} line {self.line}: {counted(self.count, 'tactic')}"


def omitted_tactics(outlines: Sequence[Outline], shown: int) -> str:
    """Return one line about what is not shown; empty where everything is."""
    more = sum(outline.count for outline in outlines) - shown
    return f"… {counted(more, 'more tactic')} in .tactics of the result" if more else ""


def outlines(result: LeanResult, options: DisplayOptions) -> list[Outline]:
    """Return the proofs by tactics of a result, as far as there is room for them."""
    return outlined(result.proof_tree(), options)


def outlined(trees: Sequence[ProofTree], options: DisplayOptions) -> list[Outline]:
    """Return proofs, as far as there is room for them."""
    rest, text = options.max_tactics, ALL_TEXT
    found: list[Outline] = []
    for tree in trees:
        walk = list(tree.walk())
        shown = {_key(goal) for goal in tree.goals}
        not_told = tree.is_doubtful and not any(node.has_sorry for _, _, node in walk)
        rows: list[Row] = []
        for level, begins, node in walk:
            if rest <= 0 or text < 0:
                break
            goals = _new_goals(node, shown)
            symbol, outcome = _outcome(node, is_doubtful=not_told)
            lines = tuple(goal_lines(goal, options) for goal in goals)
            hidden = max(0, len(node.after) - ALL_GOALS)
            rows.append(
                Row(min(level, LEVELS), begins, node, symbol, clipped_line(node.tactic), outcome, lines, hidden)
            )
            rest -= 1
            text -= sum(min(len(goal.after.text), TEXT) for goal in goals)
        found.append(Outline(tree.declaration, walk[0][2].start.line, tree.goals, tuple(rows), len(walk)))
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


def _outcome(node: ProofNode, *, is_doubtful: bool) -> tuple[str, str]:
    if node.has_error:
        return "✗", "error"
    if node.has_sorry:
        if node.before and not node.after:
            return "○", f"{counted(len(node.before), 'goal')} left open"
        return "○", "; ".join(filter(None, [_effect(node), "something left open"]))
    if node.before and node.tactic == "done":
        return "", "failed"
    if node.before and not node.after and not node.inner:
        if is_doubtful:
            return "", "no goals left"
        case = node.goal.case if node.goal else None
        closed = f"case {case}" if case else "goal"
        return "✓", f"{closed if len(node.before) == 1 else counted(len(node.before), 'goal')} closed"
    return "", _effect(node)


def _effect(node: ProofNode) -> str:
    """Return in words what became of the goals; whether a tactic that contains others has closed them, these say."""
    if not node.after and node.inner and _BY_CASES.match(node.tactic.lstrip()):
        cases = {_key(inner.goal) for inner in node.inner if inner.goal}
        return counted(len(cases), "case")
    if len(node.before) != len(node.after):
        left = counted(len(node.after), "goal") if node.after else "no goals"
        return f"{counted(len(node.before), 'goal')} → {left}"
    if not node.before:
        return ""  # a step of `calc`, say
    if reordered(node.before, node.after):
        return "goals reordered"
    if _NEVER_IDLE.match(node.tactic.lstrip()) and unchanged(node.before, node.after):
        return "failed"
    changed = [goal for goal in node.diff.goals if goal.changed]
    if not changed:
        return "nothing changed"
    return _change(changed[0]) if len(changed) == 1 else f"{counted(len(changed), 'goal')} changed"


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
    if said:
        return "; ".join(said)
    before = diff.before
    if before is not None and before.case != diff.after.case:
        return "case changed"
    names_before = [name for found in before.hypotheses for name in found.names] if before else []
    names_after = [name for found in diff.after.hypotheses for name in found.names]
    return "hypotheses reordered" if sorted(names_before) == sorted(names_after) else "hypotheses renamed"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{more}"


def clipped_line(text: str) -> str:
    """Return the beginning of a text, on one line."""
    first, *more = text.strip().split("\n")
    return f"{first[:_TACTIC].rstrip()} …" if more or len(first) > _TACTIC else first


def _key(goal: Goal) -> object:
    return goal.id or goal.text, goal.text
