"""A real kernel, driven as a frontend does."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jupyter_client.blocking import BlockingKernelClient

PATIENCE = 120.0  # seconds: much more than anything here takes


class Cell:
    """What came of a cell: its outputs as a frontend keeps them, and how it ended."""

    def __init__(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.displayed: list[str] = []
        self.ename = ""
        self.traceback: list[str] = []

    def take(self, kind: str, content: dict[str, Any]) -> None:
        match kind:
            case "display_data" | "execute_result":
                self.outputs.append({"data": content["data"], "id": content.get("transient", {}).get("display_id")})
                self.displayed.append(content["data"].get("text/plain", ""))
            case "update_display_data":
                self.displayed.append(content["data"].get("text/plain", ""))
                for output in self.outputs:
                    if output["id"] == content["transient"]["display_id"]:
                        output["data"] = content["data"]
            case "stream":
                self.outputs.append({"data": {"text/plain": content["text"]}, "id": None})
            case "error":
                self.ename, self.traceback = content["ename"], content["traceback"]

    def __repr__(self) -> str:
        return f"{self.outputs} {self.traceback}"

    @property
    def text(self) -> str:
        return "\n".join(output["data"].get("text/plain", "") for output in self.outputs)


class Kernel:
    """A kernel, and what a frontend does with it."""

    def __init__(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel()
        self.client = self._connect()
        self.run("%load_ext lean_magic\nimport lean_magic as lean")

    def _connect(self) -> BlockingKernelClient:
        client: BlockingKernelClient = self.manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        return client

    def run(
        self,
        code: str,
        cell: str = "",
        *,
        busy: Callable[[], None] | None = None,
        shows: str = "",
        deleted: Sequence[str] = (),
    ) -> Cell:
        """Run a cell with an identity; call `busy` once, when it shows this, or else when a child of it computes."""
        return self._seen(self._sent(code, cell, deleted), busy, shows)

    def run_all(self, cells: Sequence[tuple[str, str]]) -> list[Cell]:
        """Send cells at once: the code and the identity of each."""
        return [self._seen(request) for request in [self._sent(code, cell) for code, cell in cells]]

    def _sent(self, code: str, cell: str, deleted: Sequence[str] = ()) -> dict[str, Any]:
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": False}
        metadata = {"cellId": cell, "deletedCells": [*deleted]} if cell else {}
        request: dict[str, Any] = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(request)
        return request

    def _seen(self, request: dict[str, Any], busy: Callable[[], None] | None = None, shows: str = "") -> Cell:
        seen, deadline = Cell(), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                if busy and not shows and self._computes():
                    busy()
                    busy = None
                continue
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return seen
            seen.take(message["msg_type"], message["content"])
            if busy and shows and shows in "".join(seen.displayed):
                busy()
                busy = None
        pytest.fail(f"the cell did not end: {request['content']['code']}")

    def _computes(self) -> bool:
        def used() -> float:
            return sum(child.cpu_times().user for child in self.children())

        before = used()
        time.sleep(0.5)
        return used() - before > 0.1

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.manager.provisioner.pid).children(recursive=True)

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel(now=False)
        self.client = self._connect()
        self.run("%load_ext lean_magic")

    def shutdown(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()
