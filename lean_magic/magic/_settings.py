"""What can be set under ``%config LeanMagic``, in IPython's configuration and in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Float, Int, TraitError, Unicode, validate
from traitlets.config import Config, Configurable

from lean_magic.display import DisplayOptions
from lean_magic.errors import InputError, ToolchainError
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from pathlib import Path

    from traitlets import Bunch

__all__ = ["OF_DISPLAY", "OF_POOL", "Settings", "project_settings"]

OF_POOL = ("toolchain", "workers", "memory_limit")
OF_DISPLAY = tuple(field.name for field in fields(DisplayOptions))
_FILE = "pyproject.toml"


class Settings(Configurable):
    """What a user may set once instead of in each cell."""

    timeout = Float(60.0, help="Seconds that a cell may take, unless it says --timeout.").tag(config=True)
    no_raise = Bool(False, help="Show errors, but let the notebook go on, as with --no-raise.").tag(config=True)
    tactics = Bool(False, help="Show the goals before and after every tactic, as with --tactics.").tag(config=True)
    axioms = Bool(False, help="Show which axioms each declaration rests on, as with --axioms.").tag(config=True)
    progress = Bool(True, help="Show how far a cell is that takes longer than half a second.").tag(config=True)
    toolchain = Unicode("embedded", help="Where Lean comes from.").tag(config=True)
    workers = Int(1, help="How many Lean processes there may be at once.").tag(config=True)
    memory_limit = Int(4 * 1024**3, help="Resident bytes that each Lean process may have.").tag(config=True)

    target_first = Bool(False, help="Show what is to be proved above the hypotheses.").tag(config=True)
    emphasize_first_goal = Bool(False, help="Fold away all goals of a state but the first.").tag(config=True)
    hide_types = Bool(False, help="Hide hypotheses that are types or propositions.").tag(config=True)
    hide_instances = Bool(False, help="Hide hypotheses that instance search finds.").tag(config=True)
    hide_inaccessible = Bool(False, help="Hide hypotheses whose names cannot be written.").tag(config=True)
    hide_let_values = Bool(False, help="Hide the values of local definitions.").tag(config=True)
    show_goal_names = Bool(True, help="Show the names of goals.").tag(config=True)
    max_messages = Int(1000, help="How many messages and open goals are shown.").tag(config=True)
    max_tactics = Int(1000, help="How many tactics are shown.").tag(config=True)

    @validate("timeout", "workers", "memory_limit", "max_messages", "max_tactics")
    def _above_zero(self, proposal: Bunch) -> Any:  # noqa: ANN401 - that of the trait
        if not proposal.value > 0:
            raise TraitError(f"{proposal.trait.name} must be above 0, not {proposal.value}.")
        return proposal.value

    @validate("toolchain")
    def _known_toolchain(self, proposal: Bunch) -> str:
        try:
            resolve_toolchain(proposal.value)
        except ToolchainError as error:
            raise TraitError(f"toolchain: {error}") from None
        return str(proposal.value)

    def of_pool(self) -> dict[str, Any]:
        """Return what is set of those settings that the pool has, as `lean_magic.configure` takes them."""
        return {name: getattr(self, name) for name in OF_POOL if getattr(self, name) != self.trait_defaults(name)}

    def of_display(self) -> DisplayOptions:
        """Return how results are to be shown."""
        return DisplayOptions(**{name: getattr(self, name) for name in OF_DISPLAY})


def project_settings(folder: Path) -> Config:
    """Read ``[tool.lean-magic]`` of the nearest ``pyproject.toml``, in a folder or above it.

    Parameters
    ----------
    folder : Path
        Where to begin.

    Returns
    -------
    Config
        Empty where there is no such file, or no such section in it.

    Raises
    ------
    InputError
        The file cannot be read, or sets what there is not.
    """
    file = next((above / _FILE for above in (folder, *folder.parents) if (above / _FILE).is_file()), None)
    if file is None:
        return Config()
    try:
        tools = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from None
    section = tools.get("lean-magic", {}) if isinstance(tools, dict) else {}
    if not isinstance(section, dict):
        raise InputError(f"{file}: lean-magic under [tool] must be a table of settings, not {section!r}.")
    config = Config()
    for key, value in section.items():
        config.LeanMagic[_trait(key, value, file)] = value
    return config


def _trait(key: str, value: object, file: Path) -> str:
    name = key.replace("-", "_")
    names = list(Settings.class_traits(config=True))
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
        raise InputError(f"{file}, [tool.lean-magic]: there is no setting {key}; {hint}")
    try:
        setattr(Settings(), name, value)
    except TraitError as error:
        raise InputError(f"{file}, [tool.lean-magic] {key}: {error}") from None
    return name
