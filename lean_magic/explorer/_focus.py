"""A tactic on one of several goals, as one tactic."""

from __future__ import annotations

from textwrap import dedent, indent

from lean_magic.errors import InputError

__all__ = ["on_goal", "tidy"]


def tidy(tactic: str) -> str:
    """Return a tactic without the empty lines around it, and without the indentation that all of its lines share.

    Raises
    ------
    InputError
        It is no text, or there is nothing in it.
    """
    if not isinstance(tactic, str):
        raise InputError(f"A tactic is text (str), not {type(tactic).__name__}.")
    lines = [line.rstrip() for line in tactic.splitlines()]
    text = dedent("\n".join(lines)).strip()
    if not text:
        raise InputError("There is no tactic: write one, such as simp.")
    return text


def on_goal(tactic: str, place: int | None, count: int) -> str:
    """Return a tactic that runs another one on one goal only, and leaves the others where they are.

    Parameters
    ----------
    tactic : str
        One tactic, or several in lines or with semicolons between them.
    place : int or None
        The number of the goal, from 0; None to run it as it is, where all goals are in its reach.
    count : int
        How many goals there are.

    Raises
    ------
    InputError
        There is nothing in the tactic.
    """
    text = tidy(tactic)
    if place is None or count == 1:
        # Lean takes one tactic here; in parentheses there may be several. A comment at the end must not hide the last.
        return text if not {"\n", ";"} & {*text} and "--" not in text else f"({_shifted(text, 1)}\n)"
    focused = f"focus\n{indent(text, '   ')}"
    if place == 0:
        return f"({focused}\n)"
    return f"(rotate_left {place}\n {focused}\n rotate_right {place})"


def _shifted(text: str, columns: int) -> str:
    return text.replace("\n", "\n" + " " * columns)
