"""What tests share: one warm pool of real Lean, and a stand-in for faults that Lean cannot be made to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_toolchain import FaultyToolchain
from IPython.core.interactiveshell import InteractiveShell
from ipython_shell import Shell
from raw_server import Server
from traitlets.config import Config

from lean_magic import LeanPool
from lean_magic.magic import LeanMagic


@pytest.fixture(scope="session", autouse=True)
def store_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the store, of this process and of those it starts: none touches the user's."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAN_MAGIC_STORE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def pool() -> Iterator[LeanPool]:
    """A pool of real Lean that stays up; tests must leave it usable, not untouched."""
    with LeanPool(workers=2, timeout=120) as pool:
        yield pool


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of real Lean without a pool around it."""
    server = Server(tmp_path_factory.mktemp("scratch"))
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.fixture
def faulty_pool() -> Iterator[Callable[..., LeanPool]]:
    """Make pools of the stand-in."""
    pools = []

    def make(*arguments: str, **settings: Any) -> LeanPool:
        pools.append(LeanPool(toolchain=FaultyToolchain(*arguments), **settings))
        return pools[-1]

    yield make
    for pool in pools:
        pool.shutdown()


@pytest.fixture(scope="session")
def one_shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    yield Shell.instance(config=config)
    Shell.clear_instance()


@pytest.fixture
def shell(one_shell: InteractiveShell) -> Iterator[InteractiveShell]:
    """A shell with the extension loaded, and nobody's variables."""
    one_shell.run_line_magic("load_ext", "lean_magic")
    yield one_shell
    one_shell.run_line_magic("unload_ext", "lean_magic")
    one_shell.reset()


@pytest.fixture
def lean(shell: InteractiveShell, pool: LeanPool) -> InteractiveShell:
    """A shell whose magics run on the pool that the tests share."""
    shell.magics_manager.registry[LeanMagic.__name__]._pool = lambda: pool
    return shell
