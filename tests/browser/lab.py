"""A real JupyterLab in headless Chromium, used as a person uses it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import nbformat
from nbformat.sign import NotebookNotary
from playwright.async_api import Page, async_playwright, expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Locator

PATIENCE = 60_000.0  # milliseconds: much more than anything here takes
expect.set_options(timeout=PATIENCE / 2)

# Chromium asks for nothing outside of this machine, and would not get it.
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)

_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},  # a cell is there, also if it is out of sight
    "docmanager-extension/plugin": {"autosave": False},
}

# The notebook that was opened last, which is the one in front. `exposeAppInBrowser` makes `jupyterapp` known.
_PANEL = "window.openedLast"


def find_chromium() -> str | None:
    """Return the path of the browser; None if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@asynccontextmanager
async def serve(folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """Run JupyterLab with settings of its own in an empty folder; yield its address and the folder of its notebooks."""
    notebooks, settings = folder / "notebooks", folder / "settings"
    notebooks.mkdir(parents=True)
    for name, values in _SETTINGS.items():
        path = settings / f"@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    token = secrets.token_hex(16)
    own = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    environment = os.environ | {f"JUPYTER_{name}_DIR": str(folder / path) for name, path in own.items()}
    environment |= {
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_TOKEN": token,
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={notebooks}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly", "--LabApp.news_url="),
        "--ServerApp.shutdown_no_activity_timeout=600",  # should these tests be killed
    ]
    with (folder / "server.log").open("wb") as log:
        server = await asyncio.create_subprocess_exec(*command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        yield await _address(server, folder, token), notebooks
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()  # it shuts its kernels down
        await server.wait()


async def _address(server: asyncio.subprocess.Process, folder: Path, token: str) -> str:
    """Wait for the file in which the server says which port it has."""
    for _ in range(int(PATIENCE / 100)):
        if server.returncode is not None:
            break
        for file in (folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):  # it is being written
                return f"http://127.0.0.1:{json.loads(file.read_text())['port']}/lab?token={token}"
        await asyncio.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'server.log').read_text()}")


@asynccontextmanager
async def browse(folder: Path, *, scale: float = 1) -> AsyncIterator[Lab]:
    """Open JupyterLab in a browser.

    Parameters
    ----------
    folder
        An empty folder for what the server writes.
    scale
        How many dots of a screenshot a pixel has in each direction.
    """
    async with serve(folder) as (url, notebooks), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=_FLAGS)
        context = await browser.new_context(viewport={"width": 1200, "height": 900}, device_scale_factor=scale)
        context.set_default_timeout(PATIENCE)
        lab = Lab(await context.new_page(), url, notebooks)
        try:
            await lab.load()
            yield lab
        finally:
            await browser.close()


class Lab:
    """JupyterLab in a browser."""

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.requests: list[str] = []
        self._url = url
        page.on("request", lambda request: self.requests.append(request.url))

    async def load(self) -> None:
        """Load the page, or load it again, with nothing open but the main area."""
        await self.page.goto(f"{self._url}&reset")
        await self.page.wait_for_function("window.jupyterapp")
        await self._splash_is_gone()
        await self.page.evaluate("jupyterapp.restored.then(() => jupyterapp.shell.collapseLeft())")

    async def _splash_is_gone(self) -> None:
        """Wait for what covers the page while it is loaded, and while the theme changes."""
        await self.page.wait_for_function("!document.querySelector('#jupyterlab-splash')")

    async def execute(self, command: str, arguments: dict[str, Any] | None = None) -> None:
        """Carry out a command of JupyterLab's menus, and wait until it is done."""
        await self.page.evaluate(
            "async ([command, arguments_]) => { await jupyterapp.commands.execute(command, arguments_) }",
            [command, arguments or {}],
        )

    async def close_all(self) -> None:
        """Close all notebooks without saving."""
        await self.page.evaluate("[...jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())")

    async def use_theme(self, theme: str) -> None:
        """Choose ``light`` or ``dark``."""
        name = f"JupyterLab {theme.title()}"
        await self.execute("apputils:change-theme", {"theme": name})
        await self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        await self._splash_is_gone()

    async def open(
        self, notebook: nbformat.NotebookNode | list[str], *, name: str, kernel: str = "", trusted: bool = False
    ) -> Notebook:
        """Write a notebook, or one with these code cells, to the server's folder and open it.

        Parameters
        ----------
        notebook
            The notebook, or the source of its cells.
        name
            Its file name.
        kernel
            The running kernel to connect to; by default one is started.
        trusted
            Whether its outputs count as the user's own.
        """
        if isinstance(notebook, list):
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in notebook])
        path = self.folder / name
        nbformat.write(notebook, path)
        if trusted:
            with NotebookNotary(data_dir=str(self.folder.parent / "data")) as notary:
                notary.sign(notebook)
        await self.reopen(name, kernel={"id": kernel} if kernel else {"name": "python3"})
        await self.page.wait_for_function(f"{_PANEL}.sessionContext.session?.kernel?.status === 'idle'")
        return Notebook(self, path)

    async def reopen(self, name: str, *, kernel: dict[str, str] | None = None) -> Notebook:
        """Open a notebook that is there; without a kernel, unless one is named."""
        await self.page.evaluate(
            """async ([path, kernel]) => {
                const open = jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook', kernel});
                const panel = await open;
                await panel.context.ready;
                if (kernel) await panel.sessionContext.ready;
                await panel.revealed;
                window.openedLast = panel;
            }""",
            [name, kernel],
        )
        return Notebook(self, self.folder / name)


class Notebook:
    """The notebook in front."""

    def __init__(self, lab: Lab, path: Path) -> None:
        self.lab = lab
        self.page = lab.page
        self.path = path
        self.panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def __getitem__(self, index: int) -> Cell:
        return Cell(self, index)

    async def kernel(self) -> str:
        """Return the id of its kernel."""
        return str(await self.page.evaluate(f"{_PANEL}.sessionContext.session.kernel.id"))

    async def trusts(self, index: int) -> bool:
        """Return whether the outputs of a cell count as the user's own."""
        return bool(await self.page.evaluate(f"{_PANEL}.content.widgets[{index}].model.trusted"))

    async def settled(self) -> None:
        """Wait until nothing runs any more."""
        await self.page.wait_for_function(
            f"""!{_PANEL}.content.widgets.some(cell => cell.promptNode?.textContent.includes('*'))
            && {_PANEL}.sessionContext.session?.kernel?.status === 'idle'"""
        )

    async def run_all(self) -> None:
        await self.lab.execute("notebook:run-all-cells")
        await self.settled()

    async def restart(self) -> None:
        """Restart the kernel as the menu does, and confirm."""
        restarted = asyncio.ensure_future(self.lab.execute("notebook:restart-kernel"))
        await self.page.locator(".jp-Dialog .jp-mod-accept").click()
        await restarted

    async def save(self) -> nbformat.NotebookNode:
        """Save it with the keyboard, and return what is in the file then."""
        await self.page.keyboard.press("Control+s")
        await self.page.wait_for_function(f"!{_PANEL}.context.model.dirty")
        return nbformat.read(self.path, as_version=4)

    async def shut_down(self) -> None:
        """End its kernel."""
        await self.page.evaluate(f"{_PANEL}.sessionContext.shutdown()")


# Opens a notebook with some cells.
Open: TypeAlias = "Callable[..., Awaitable[Notebook]]"


class Cell:
    """A code cell of the notebook in front."""

    def __init__(self, notebook: Notebook, index: int) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.box = notebook.panel.locator(".jp-Cell").nth(index)
        self.editor = self.box.locator(".cm-content")
        self.prompt = self.box.locator(".jp-InputArea-prompt")
        self.output = self.box.locator(".jp-Cell-outputArea")
        self.result = self.output.locator(".lean-magic:not([role=note])")

    async def write(self, code: str) -> None:
        """Replace its source."""
        await self.editor.click()
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.insert_text(code)

    async def start(self) -> None:
        """Start it with the keyboard."""
        await self.editor.click()
        await self.page.keyboard.press("Control+Enter")

    async def run(self) -> None:
        """Run it to its end."""
        before = await self.prompt.text_content()
        await self.start()
        await self.page.wait_for_function(
            "([prompt, before]) => prompt.textContent !== before && !prompt.textContent.includes('*')",
            arg=[await self.prompt.element_handle(), before],
        )
        await self.notebook.settled()


async def faint(locator: Locator, contrast: float) -> str:
    """Return every visible text in some part of the page with less contrast to what is behind it, a line each."""
    found = await locator.evaluate(_CONTRASTS)
    return "\n".join(f"{text} ({ratio:.2f})" for text, ratio in found if ratio < contrast)


# By the formulas of WCAG 2.2, "contrast ratio" and "relative luminance".
_CONTRASTS = """root => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
        return [red, green, blue, alpha / 255];
    };
    const over = ([red, green, blue, alpha], below) =>
        [red, green, blue].map((value, index) => alpha * value + (1 - alpha) * below[index]);
    const ancestors = element => element ? [...ancestors(element.parentElement), element] : [];
    const luminance = colour => colour
        .map(value => value / 255)
        .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
        if (!text || !element.checkVisibility()) continue;
        let below = [255, 255, 255], opacity = 1;
        for (const part of ancestors(element)) {
            const style = getComputedStyle(part);
            opacity *= Number(style.opacity);
            below = over(rgba(style.backgroundColor), below);
        }
        const [red, green, blue, alpha] = rgba(getComputedStyle(element).color);
        const [dark, light] = [luminance(over([red, green, blue, alpha * opacity], below)), luminance(below)]
            .sort((first, second) => first - second);
        found.push([text, (light + 0.05) / (dark + 0.05)]);
    }
    return found;
}"""
