"""What is needed to try all of an exploration again, in another kernel or on another day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from lean_magic.errors import InputError
from lean_magic.explorer._focus import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lean_magic.explorer._attempt import Attempt
    from lean_magic.explorer._tree import AttemptTree
    from lean_magic.goals import Goal

__all__ = ["Again", "read_recipe", "recipe_of"]

_FORMAT = "lean-magic exploration"
_VERSION = 1


class Again(msgspec.Struct, frozen=True):
    """An attempt to be made again.

    Parameters
    ----------
    parent : int or None
        Its parent's number among those of the recipe, from 0; None where the proof begins.
    tactic, place, by, name, marked
        As in `Attempt`.
    """

    parent: Annotated[int, msgspec.Meta(ge=0)] | None
    tactic: str
    place: Annotated[int, msgspec.Meta(ge=0)] | None
    by: Literal["person", "program", "proof"]
    name: str | None = None
    marked: bool = False


def recipe_of(tree: AttemptTree) -> dict[str, Any]:
    """Return the recipe of a tree: see `Explorer.recipe`."""
    kept = [attempt for attempt in tree if attempt.parent is not None and attempt.is_decided]
    numbers = {attempt.id: number for number, attempt in enumerate(kept)}
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "goals": [goal.text for goal in tree.root.goals],
        "attempts": [_entry(attempt, numbers) for attempt in kept],
    }


def _entry(attempt: Attempt, numbers: dict[int, int]) -> dict[str, Any]:
    assert attempt.parent is not None
    return {
        "parent": numbers.get(attempt.parent.id),
        "tactic": attempt.tactic,
        "place": attempt.place,
        "by": attempt.by,
        "name": attempt.name,
        "marked": attempt.marked,
    }


def read_recipe(recipe: object, goals: Sequence[Goal]) -> list[Again]:
    """Return the attempts of a recipe, parents first.

    Parameters
    ----------
    recipe : object
        What `recipe_of` returned, perhaps by way of JSON.
    goals : sequence of Goal
        What is to be proven here.

    Raises
    ------
    InputError
        It is none, or that of a proof of something else.
    """
    if not isinstance(recipe, dict) or (recipe.get("format"), recipe.get("version")) != (_FORMAT, _VERSION):
        raise InputError("This is no recipe of an exploration that this lean-magic can read.")
    if recipe.get("goals") != [goal.text for goal in goals]:
        raise InputError("This recipe belongs to a proof of something else: nothing was tried.")
    try:
        entries = msgspec.convert(recipe.get("attempts"), list[Again])
    except msgspec.ValidationError as error:
        raise InputError(f"This recipe cannot be read: {error}.") from None
    for entry in entries:
        tidy(entry.tactic)
    if any(entry.parent is not None and entry.parent >= number for number, entry in enumerate(entries)):
        raise InputError("This recipe cannot be read: an attempt stands before the one that it goes on from.")
    return entries
