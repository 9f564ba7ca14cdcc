"""What helps with an error of which Lean's own words do not say what to do, in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lean_magic.results import LeanResult

__all__ = ["hint", "missing_modules", "not_part_of_lean", "of_mathlib"]

_OF_MATHLIB = frozenset(
    {
        *(
            "abel",
            "aesop",
            "continuity",
            "field_simp",
            "gcongr",
            "group",
            "linarith",
            "nlinarith",
            "norm_num",
            "nth_rw",
        ),
        *("nth_rewrite", "polyrith", "positivity", "push_neg", "qify", "ring", "ring_nf", "tauto", "use", "wlog"),
        "zify",
    }
)
_BEGINNING = re.compile(
    r"(?:^|[;(·{|>\n]|\bby\b|\bfocus\b|\btry\b|\brepeat\b|\ball_goals\b|\bany_goals\b)\s*([^\W\d]\w*)"
)
"""A word where a tactic may begin."""
_NO_MODULE = re.compile(r"unknown module prefix '([^']+)'")
_NAMELESS = re.compile(r"(?<![«\w])([^\W\d][\w'!?]*)✝[⁰¹²³⁴⁵⁶⁷⁸⁹]*")


def hint(tactic: str, error: str) -> str | None:
    """Return what to do about a tactic that Lean rejects.

    Parameters
    ----------
    tactic : str
        The tactic, as somebody wrote it.
    error : str
        What Lean says against it.

    Returns
    -------
    str or None
        One line; None if Lean's own words say it all, or nobody knows.
    """
    if "unknown tactic" in error:
        return next(filter(None, map(of_mathlib, _BEGINNING.findall(tactic))), None)
    nameless = _NAMELESS.search(tactic)
    if nameless is None or "expected" not in error:
        return None
    name = nameless[1]
    return (
        f"{nameless[0]} is no name that you can write: name it first, with rename_i {name}, or where its goal begins,"
        f" with next {name} => or case … {name} =>."
    )


def missing_modules(result: LeanResult) -> list[str]:
    """Return what some code imports, such as Mathlib, and is not there, each by the first part of its name."""
    return sorted({match[1] for error in result.errors for match in _NO_MODULE.finditer(error.text)})


def not_part_of_lean(module: str) -> str:
    """Return what to say of a module that is not there."""
    return f"{module} is not part of this Lean, which has the modules Init, Std and Lean."


def of_mathlib(word: str) -> str | None:
    """Return what to say of a word that Lean does not know, if it is a tactic of Mathlib; None if it is not."""
    if word not in _OF_MATHLIB:
        return None
    return f"{word} is a tactic of Mathlib, which is not part of this Lean: try omega, grind, simp or decide."
