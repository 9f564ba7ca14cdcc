"""Kimina's server and client (kimina-ast-server, kimina-ast-client), over HTTP on this machine.

One code at a time: the synchronous client makes a connection for each, the asynchronous one keeps it. Many codes: one
`check` with the client's own batches and connections, reusing processes, with the asynchronous client, which is the
faster.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import typing
import urllib.request
from pathlib import Path
from typing import Any

__all__ = ["System", "make_importable"]

STARTS_WITHIN = 120.0  # seconds


def make_importable() -> None:
    """Have `kimina_client` 0.2.2 imported on Python 3.11, where pydantic refuses the TypedDict of `typing`."""
    if sys.version_info < (3, 12):
        import typing_extensions

        typing.TypedDict = typing_extensions.TypedDict


make_importable()
from kimina_client import AsyncKiminaClient, KiminaClient, Snippet  # type: ignore[import-not-found,unused-ignore] # noqa: E402


def verdict_of(result: Any) -> str:  # noqa: ANN401 - not installed where types are checked
    """Return what Kimina's client says of a result."""
    status: str = result.analyze().status.value
    return {"lean_error": "error", "repl_error": "error"}.get(status, status)


class System:
    """A server that has come up, and its clients."""

    def __init__(self, lake: Path, workers: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        settings = {
            "HOST": "127.0.0.1",
            "PORT": port,
            "MAX_REPLS": workers,
            "MAX_REPL_MEM": "1000G",  # of address space, of which WebAssembly reserves much
            "REPL_PATH": lake.parent / "repl",
            "PROJECT_DIR": lake.parent,
            "SKIP_VALIDATION": 1,  # it wants an exporter of syntax trees too
            "ENVIRONMENT": "prod",  # else it prints every code in colours
            "LOG_LEVEL": "ERROR",
        }
        environment = {f"LEAN_SERVER_{name}": str(value) for name, value in settings.items()}
        self._server = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("kimina_server.py")],
            env={**os.environ, **environment, "PATH": f"{lake.parent}:{os.environ['PATH']}", "NO_GCE_CHECK": "true"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._client = KiminaClient(self._url)
        self._async_client: AsyncKiminaClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                with urllib.request.urlopen(f"{self._url}/health"):
                    return
            except OSError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def run(self, code: str) -> str:
        return verdict_of(self._client.check(code, show_progress=False).results[0])

    async def arun(self, code: str) -> str:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # its connections belong to a loop
            self._loop, self._async_client = loop, AsyncKiminaClient(self._url)
        assert self._async_client is not None
        return verdict_of((await self._async_client.check(code, show_progress=False)).results[0])

    def run_all(self, codes: list[str]) -> list[str]:
        async def run() -> Any:  # noqa: ANN401
            client = AsyncKiminaClient(self._url)
            snippets = [Snippet(id=str(number), code=code) for number, code in enumerate(codes)]
            try:
                return await client.check(snippets, show_progress=False)
            finally:
                await client.close()

        results = {result.id: verdict_of(result) for result in asyncio.run(run()).results}
        return [results[str(number)] for number in range(len(codes))]

    def close(self) -> None:
        self._server.terminate()
        self._server.wait()
