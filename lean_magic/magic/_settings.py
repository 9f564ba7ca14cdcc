"""What can be set under ``%config LeanMagic``, in IPython's configuration and in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Float, Int, TraitError, Unicode, validate
from traitlets.config import Config, Configurable

from lean_magic.errors import InputError, ToolchainError
from lean_magic.toolchain import resolve_toolchain

if TYPE_CHECKING:
    from pathlib import Path

    from traitlets import Bunch

__all__ = ["OF_POOL", "Settings", "project_settings"]

OF_POOL = ("toolchain", "workers", "memory_limit")
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

    @validate("timeout", "workers", "memory_limit")
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
        section = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("lean-magic", {})
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read: {error}") from None
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
