"""What can be set, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets import TraitError
from traitlets.config import Config

import lean_magic
from lean_magic import InputError, api
from lean_magic.magic import LeanMagic
from lean_magic.magic._settings import Settings, project_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    lean_magic.shutdown()
    api._shared.settings = {}


def test_a_project_says_what_holds_in_its_folders(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.lean-magic]\ntimeout = 5\nno-raise = true\n")
    inner = tmp_path / "notebooks" / "week1"
    inner.mkdir(parents=True)
    settings = Settings(config=Config({"Settings": project_settings(inner)["LeanMagic"]}))
    assert (settings.timeout, settings.no_raise, settings.workers) == (5.0, True, 1)
    assert project_settings(tmp_path.parent) == Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tiemout = 5", "there is no setting tiemout; did you mean timeout?"),
        ("zzz = 5", "there are "),
        ("timeout = -5", "timeout must be above 0"),
        ("timeout = 'soon'", "timeout"),
        ("toolchain = 'elan'", "no toolchain 'elan'"),
        ("timeout = ", "cannot be read"),
    ],
)
def test_a_mistake_in_the_project_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    _refused(tmp_path, f"[tool.lean-magic]\n{text}\n", said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool]\nlean-magic = 3\n", "must be a table of settings, not 3"),
    ],
)
def test_a_project_that_has_no_table_is_told_so(tmp_path: Path, text: str, said: str) -> None:
    _refused(tmp_path, text, said)


def _refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(InputError, match=r"pyproject\.toml") as error:
        project_settings(tmp_path)
    assert said in str(error.value)


def test_settings_of_the_pool_hold_for_the_functions_too() -> None:
    shell = InteractiveShell()
    magic = LeanMagic(shell, config=Config({"LeanMagic": {"workers": 3}}))
    assert lean_magic.status().limit == 3
    magic.workers = 2
    assert magic.pool.status().limit == 2
    magic.workers = 1
    assert api._shared.settings == {}
    with pytest.raises(TraitError, match="above 0"):
        magic.workers = 0


def test_nothing_set_leaves_the_pool_as_it_was() -> None:
    lean_magic.configure(workers=4)
    LeanMagic(InteractiveShell(), config=Config())
    assert lean_magic.status().limit == 4


def test_what_was_refused_once_does_not_keep_the_extension_from_loading() -> None:
    shell = InteractiveShell()
    shell.config.LeanMagic.workers = 0
    with pytest.raises(InputError, match="workers must be above 0"):
        lean_magic.load_ipython_extension(shell)
    lean_magic.load_ipython_extension(shell)
    lean_magic.unload_ipython_extension(shell)
