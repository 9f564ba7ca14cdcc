"""A tactic on one of several goals, as one tactic."""

from __future__ import annotations

import re

from lean_magic.errors import InputError
from lean_magic.explorer._lean_text import code_lines, dedented, indented, masked
from lean_magic.pool._inputs import check_text

__all__ = ["in_own_lines", "on_goal", "tidy"]

_LINE = re.compile(r"^line (\d+): ", re.MULTILINE)
_OPENING, _CLOSING = "([{⟨", ")]}⟩"


def tidy(tactic: str) -> str:
    """Return a tactic without the empty lines around it, and without the indentation that all of its lines share.

    Raises
    ------
    InputError
        It is no text, there is nothing in it, or it closes a bracket that it does not open.
    """
    if not isinstance(tactic, str):
        raise InputError(f"A tactic is text (str), not {type(tactic).__name__}.")
    text = dedented(check_text(tactic, "tactic"))
    if not text.strip():
        raise InputError("There is no tactic: write one, such as simp.")
    _check_brackets(text)
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
        There is nothing in the tactic, or it closes a bracket that it does not open.
    """
    text = tidy(tactic)
    # What stands behind a string of several lines is where it is: nothing else may move, either.
    stays = any("\n" in line for line in code_lines(text))
    if place is None or count == 1:
        if not {"\n", ";"} & {*text} and "--" not in text:
            return text
        # Lean takes one tactic here; in parentheses there may be several. A comment at the end must not hide the last.
        return f"(\n{text}\n)" if stays else f"({indented(text, 1)[1:]}\n)"
    focused = f"focus (\n{text}\n )" if stays else f"focus\n{indented(text, 3)}"
    if place == 0:
        return f"({focused}\n)"
    return f"(rotate_left {place}\n {focused}\n rotate_right {place})"


def in_own_lines(error: str, tactic: str, run: str) -> str:
    """Return an error with the lines of a tactic rather than of what `on_goal` made of it; none if it has only one."""
    own = tidy(tactic)
    ahead = run.count("\n", 0, max(run.find(own.partition("\n")[0]), 0))
    return _LINE.sub(lambda found: f"line {int(found[1]) - ahead}: " if "\n" in own else "", error)


def _check_brackets(text: str) -> None:
    """Refuse what would end the brackets around it."""
    depth = 0
    for number, line in enumerate(masked(text).split("\n"), 1):
        for column, character in enumerate(line):
            depth += (character in _OPENING) - (character in _CLOSING)
            if depth < 0:
                raise InputError(
                    f"The tactic closes a bracket that it does not open: {character} at {number}:{column}. "
                    "Take it out, or write the whole of what it belongs to."
                )
