"""One JupyterLab for all tests in a browser, and mostly one kernel; each test has a notebook of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from browser.lab import Lab, Notebook, Open, browse, find_chromium

_PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
_FAILED = pytest.StashKey[bool]()

_FRESH = "%lean --fresh -q example : True := trivial"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try again what fails once: Chromium and JupyterLab have races of their own, as have JupyterLab's own tests."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lab]:
    if find_chromium() is None:
        reason = "needs Chromium; on Debian: apt install chromium fonts-dejavu"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with browse(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="package")
async def lab(shared_lab: Lab, request: pytest.FixtureRequest) -> AsyncIterator[Lab]:
    """JupyterLab with nothing open; if the test fails, there is a picture of how it looked."""
    yield shared_lab
    if request.node.stash.get(_FAILED, True):
        _PICTURES.mkdir(parents=True, exist_ok=True)
        await shared_lab.page.screenshot(path=_PICTURES / f"{request.node.name}.png")
        await shared_lab.load()
    await shared_lab.close_all()
    await shared_lab.use_theme("light")


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def warm_kernel(shared_lab: Lab) -> str:
    """A kernel with Lean up, for tests that leave it usable."""
    notebook = await shared_lab.open(["%load_ext lean_magic\nimport lean_magic as lean\n%lean #eval 1"], name="w.ipynb")
    await notebook[0].run()
    return await notebook.kernel()


@pytest.fixture
def open_notebook(lab: Lab, warm_kernel: str, request: pytest.FixtureRequest) -> Open:
    """Open a notebook with some cells, on the warm kernel, with a session that holds nothing."""

    async def open_notebook(*cells: str) -> Notebook:
        name = f"{request.node.name}.ipynb"
        notebook = await lab.open([_FRESH, *cells], name=name, kernel=warm_kernel)
        await notebook[0].run()
        return notebook

    return open_notebook
