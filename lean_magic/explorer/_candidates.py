"""What could be tried on a goal: a list of tactics, some of them for each hypothesis or variable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lean_magic.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lean_magic.goals import Goal, Hypothesis

__all__ = ["DEFAULT_TACTICS", "candidates", "introduction", "nameless", "naming"]

DEFAULT_TACTICS = (
    "rfl",
    "trivial",
    "assumption",
    "contradiction",
    "simp",
    "omega",
    "decide",
    "constructor",
    "left",
    "right",
    "intro",
    "split",
    "norm_num",
    "ring",
    "linarith",
    "cases {hypothesis}",
    "induction {variable}",
    "simp_all",
    "grind",
    "aesop",
    "exact?",
    "apply?",
)
"""The tactics that are tried if nobody says which. Those that the environment does not know, without Mathlib, say, fail
at once. For the words in braces see `candidates`."""

_EACH = 8  # hypotheses, and variables; the latest ones
_NAME = re.compile(r"[^\W\d]['!?\w]*")
_NAMES = re.compile(r"[^\W\d]['!?\w]*✝?[⁰¹²³⁴⁵⁶⁷⁸⁹]*")
_CASES = re.compile(rf"cases ({_NAME.pattern})")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SORT = re.compile(r"(Prop|Type|Sort)\b")


def candidates(goal: Goal, tactics: Iterable[str] = DEFAULT_TACTICS) -> tuple[str, ...]:
    """Return what to try on a goal.

    Parameters
    ----------
    goal : Goal
        The goal.
    tactics : iterable of str
        Tactics, in which ``{hypothesis}`` stands for each hypothesis that can be written and proves or says something,
        and ``{variable}`` for each variable that the target is about; of many, for the latest eight.

    Returns
    -------
    tuple of str
        Each once, in the order given. Where ``apply?`` is tried, ``exact?`` is not: it is the same search, which would
        only be made twice.

    Raises
    ------
    InputError
        They are no texts.
    """
    hypotheses, variables = _hypotheses(goal)
    found: dict[str, None] = {}
    for tactic in _texts(tactics):
        if "{hypothesis}" in tactic:
            found.update(dict.fromkeys(tactic.replace("{hypothesis}", name) for name in hypotheses))
        elif "{variable}" in tactic:
            found.update(dict.fromkeys(tactic.replace("{variable}", name) for name in variables))
        else:
            found[tactic] = None
    if "apply?" in found:
        found.pop("exact?", None)
    return tuple(found)


def introduction(before: Goal, after: Goal) -> str | None:
    """Return the ``intro`` with names for all that ``intros`` has brought, given the goals before and after it.

    What later types or the target speak of keeps the name of its binder; what is only assumed becomes ``h``.

    Returns
    -------
    str or None
        None if there is nothing new.
    """
    known = {name for hypothesis in before.hypotheses for name in hypothesis.names if "✝" not in name}
    new = _named(after)[len(_named(before)) :]
    spoken_of = _spoken_of(after)
    names: list[str] = []
    for name, _ in new:
        base = name.partition("✝")[0]
        is_variable = name in spoken_of and _NAME.fullmatch(base)
        names.append(_fresh(base if is_variable else "h", known))
        known.add(names[-1])
    return f"intro {' '.join(names)}" if names else None


def naming(tactic: str, before: Goal, left: Sequence[Goal]) -> str | None:
    """Return what does the same as ``cases h``, and gives names that can be written to what comes of it.

    Parameters
    ----------
    tactic : str
        What was tried.
    before : Goal
        The goal that it was tried on.
    left : sequence of Goal
        What it leaves of it.

    Returns
    -------
    str or None
        Such as ``obtain h | h := h``; None for another tactic, if all names can be written, or if there were others
        before that cannot.
    """
    cases = _CASES.fullmatch(tactic)
    if cases is None or nameless(before) or not any(map(nameless, left)):
        return None
    found = [_names(goal, cases[1]) for goal in left]
    return f"obtain {' | '.join(_pattern(names, len(left)) for names in found)} := {cases[1]}"


def nameless(goal: Goal) -> list[str]:
    """Return the names that cannot be written, but for instances, which need none."""
    return [name for each in goal.hypotheses if not each.is_instance for name in each.inaccessible]


def _pattern(names: Sequence[str], alternatives: int) -> str:
    return "_" if not names else names[0] if len(names) == 1 < alternatives else f"⟨{', '.join(names)}⟩"


def _names(goal: Goal, taken_apart: str) -> list[str]:
    """Return names for what has none in one of the goals that are left."""
    unnamed, spoken_of = nameless(goal), _spoken_of(goal)
    known = {name for name, _ in _named(goal)}
    assumed = [name for name in unnamed if name not in spoken_of or not _NAME.fullmatch(name.partition("✝")[0])]
    names: list[str] = []
    for name in unnamed:
        if name not in assumed:
            names.append(_fresh(name.partition("✝")[0], known))
        elif len(assumed) == 1:
            names.append(_fresh(taken_apart, known))
        else:
            number = str(assumed.index(name) + 1).translate(_SUBSCRIPTS)
            names.append(_fresh(f"{taken_apart}{number}", known))
        known.add(names[-1])
    return names


def _texts(tactics: Iterable[str]) -> Iterable[str]:
    if isinstance(tactics, str):
        raise InputError(f"What to try is a list of tactics: [{tactics!r}].")
    for tactic in tactics:
        if not isinstance(tactic, str):
            raise InputError(f"A tactic is text (str), not {type(tactic).__name__}.")
        yield tactic


def _hypotheses(goal: Goal) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names that are worth taking apart, and those that are worth an induction."""
    in_target, spoken_of = set(_NAMES.findall(goal.target)), _spoken_of(goal)
    usable = [
        name
        for name, hypothesis in _named(goal)
        if _NAME.fullmatch(name)
        and hypothesis.value is None
        and not hypothesis.is_instance
        and not _SORT.match(hypothesis.type)
    ]
    # What nothing speaks of is there to be used; what only other hypotheses speak of, they are the ones to look at.
    hypotheses = [name for name in usable if name in in_target or name not in spoken_of]
    return hypotheses[-_EACH:], [name for name in usable if name in in_target][-_EACH:]


def _named(goal: Goal) -> list[tuple[str, Hypothesis]]:
    return [(name, hypothesis) for hypothesis in goal.hypotheses for name in hypothesis.names]


def _spoken_of(goal: Goal) -> set[str]:
    """Return the names in the target, and in the types and values of hypotheses."""
    texts = [goal.target, *(f"{hypothesis.type} {hypothesis.value or ''}" for hypothesis in goal.hypotheses)]
    return {name for text in texts for name in _NAMES.findall(text)}


def _fresh(base: str, known: set[str]) -> str:
    name, number = base, 1
    while name in known:
        name, number = f"{base}{number}", number + 1
    return name
