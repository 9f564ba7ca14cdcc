"""What the reader wants to see: the choices that the infoview of VS Code offers, and how much at once."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DisplayOptions", "display_options", "set_display_options"]


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How results are shown; the defaults are those of the infoview.

    Parameters
    ----------
    target_first : bool
        Show what is to be proved above the hypotheses.
    emphasize_first_goal : bool
        Fold away all goals of a state but the first.
    hide_types : bool
        Hide hypotheses that are types or propositions: ``α : Type``, ``p : Prop``.
    hide_instances : bool
        Hide hypotheses that are found by instance search.
    hide_inaccessible : bool
        Hide hypotheses whose names cannot be written: ``x✝``.
    hide_let_values : bool
        Hide the values of local definitions.
    show_goal_names : bool
        Show the names of goals: ``case inl``.
    max_messages : int
        Messages and open goals that are shown, the most serious first.
    max_tactics : int
        Tactics that are shown.
    """

    target_first: bool = False
    emphasize_first_goal: bool = False
    hide_types: bool = False
    hide_instances: bool = False
    hide_inaccessible: bool = False
    hide_let_values: bool = False
    show_goal_names: bool = True
    max_messages: int = 1000
    max_tactics: int = 1000

    @property
    def changes_goals(self) -> bool:
        """Whether goals are shown in another way than Lean prints them."""
        return (
            self.target_first
            or self.hide_types
            or self.hide_instances
            or self.hide_inaccessible
            or self.hide_let_values
            or not self.show_goal_names
        )


_current = DisplayOptions()


def display_options() -> DisplayOptions:
    """Return the options that hold where none are given."""
    return _current


def set_display_options(options: DisplayOptions) -> None:
    """Set the options that hold where none are given, for all of this process: notebooks show results by themselves."""
    global _current  # noqa: PLW0603 - the one setting that cannot be passed on, since notebooks ask without it
    _current = options
