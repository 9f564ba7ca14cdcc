"""The explorer in a real kernel, seen from where a frontend sits."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from frontend import PATIENCE, Kernel

VIEW = "application/vnd.jupyter.widget-view+json"
SLOW = "exact absurd (show (List.range 30000000).foldl (· + ·) 0 = 7 by decide +kernel) (by omega)"


class Page:
    """Keeps all that the kernel tells, and talks to the widget that a cell shows."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.client = kernel.client
        self.messages: list[dict[str, Any]] = []
        self.subshell = ""

    def wait(self, such: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message, among those that came already, too."""
        seen, deadline = 0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for message in self.messages[seen:]:
                if such(message):
                    return message
            seen = len(self.messages)
            try:
                self.messages.append(self.client.get_iopub_msg(timeout=0.2))
            except queue.Empty:
                continue
        kinds = [(message["msg_type"], message["content"]) for message in self.messages]
        raise AssertionError(f"it did not come: {kinds}")

    def start(self, code: str, cell: str = "", deleted: tuple[str, ...] = ()) -> str:
        """Start a cell, and return by what it is known."""
        self.messages.clear()
        return str(self.kernel._sent(code, cell, deleted)["header"]["msg_id"])

    def run(self, code: str, cell: str = "", deleted: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Run a cell, and return what it has shown."""
        self.ended(self.start(code, cell, deleted))
        return [message["content"] for message in self.messages if message["msg_type"] == "display_data"]

    def ended(self, request: str) -> None:
        """Wait until a cell has ended."""
        self.wait(lambda message: _is_end(message, request))

    def on_subshell(self) -> None:
        """Talk from now on as JupyterLab does: so that the kernel hears it while a cell runs."""
        request = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(request)
        self.subshell = self.client.control_channel.get_msg(timeout=PATIENCE)["content"]["subshell_id"]

    def tell(self, model: str, kind: str, **fields: Any) -> None:
        content = {"comm_id": model, "data": {"method": "custom", "content": {"kind": kind, **fields}}}
        message = self.client.session.msg("comm_msg", content)
        if self.subshell:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def hear(self, model: str, such: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a message of the widget."""

        def is_it(message: dict[str, Any]) -> bool:
            if message["msg_type"] != "comm_msg" or message["content"]["comm_id"] != model:
                return False
            data = message["content"]["data"]
            return data.get("method") == "custom" and such(data["content"])

        content: dict[str, Any] = self.wait(is_it)["content"]["data"]["content"]
        return content

    def closed(self, model: str) -> None:
        self.wait(lambda message: message["msg_type"] == "comm_close" and message["content"]["comm_id"] == model)


def _is_end(message: dict[str, Any], request: str) -> bool:
    is_idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return is_idle and message["parent_header"]["msg_id"] == request


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run("%%lean\ntheorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by\n  sorry", "goal")
    yield kernel
    kernel.shutdown()


@pytest.fixture
def page(kernel: Kernel) -> Page:
    return Page(kernel)


def model_of(shown: dict[str, Any]) -> str:
    return str(shown["data"][VIEW]["model_id"])


def test_a_cell_that_explores_nothing_does_not_load_what_explorers_need(page: Page) -> None:
    page.run("%lean #eval 1\nimport sys\nprint([name for name in ('anywidget', 'ipywidgets') if name in sys.modules])")
    assert page.wait(lambda message: message["msg_type"] == "stream")["content"]["text"] == "[]\n"


def test_an_explorer_is_a_picture_and_a_widget_and_the_picture_is_brought_up_to_date(page: Page) -> None:
    picture, widget = page.run("%leanctl explore swap", "a")
    assert "⊢ q ∧ p" in picture["data"]["text/plain"]
    assert {*widget["data"]} == {VIEW, "text/plain", "text/html"}
    assert widget["data"]["text/html"] == ""
    page.tell(model_of(widget), "open")
    tree = page.hear(model_of(widget), lambda message: message["kind"] == "tree")
    assert f"data-lean-magic-explorer={tree['explorer']}" in picture["data"]["text/html"]
    page.run("explorer.add_sync('exact ⟨h.2, h.1⟩')", "b")
    update = page.wait(lambda message: message["msg_type"] == "update_display_data")["content"]
    assert update["transient"]["display_id"] == picture["transient"]["display_id"]
    assert "✓ exact ⟨h.2, h.1⟩" in update["data"]["text/plain"]
    assert f"data-lean-magic-explorer={tree['explorer']}" in update["data"]["text/html"]


def test_one_widget_shows_one_explorer_however_often(page: Page) -> None:
    _, widget = page.run("%leanctl explore swap", "a")
    _, same, _, also = page.run("display(explorer)\nexplorer", "b")
    assert model_of(widget) == model_of(same) == model_of(also)
    page.run("1", "a")  # the other cell shows it still
    page.tell(model_of(widget), "open")
    page.hear(model_of(widget), lambda message: message["kind"] == "tree")
    page.run("1", "b")
    page.closed(model_of(widget))


def test_a_widget_goes_with_its_cell(page: Page) -> None:
    _, first = page.run("%leanctl explore swap", "a")
    _, second = page.run("%leanctl explore swap", "a")
    page.closed(model_of(first))
    assert model_of(first) != model_of(second)
    page.run("1", "a")
    page.closed(model_of(second))
    page.run("import ipywidgets.widgets.widget as all\nprint(len(all._instances))", "b")
    assert page.wait(lambda message: message["msg_type"] == "stream")["content"]["text"] == "0\n"


def test_a_deleted_cell_may_come_back(page: Page) -> None:
    """Cut and pasted, or undone, it shows the same widget."""
    _, shown = page.run("%leanctl explore swap --fresh", "a")
    page.run("explorer.add_sync('constructor')", "b", ("a",))
    page.tell(model_of(shown), "open")
    tree = page.hear(model_of(shown), lambda message: message["kind"] == "tree")
    assert [attempt["tactic"] for attempt in tree["attempts"]] == [None, "constructor"]


def test_what_is_tried_stays_when_the_cell_is_run_again(page: Page) -> None:
    page.run("%leanctl explore swap --fresh", "a")
    page.run("explorer.add_sync('constructor')", "b")
    again, widget = page.run("%leanctl explore swap", "a")
    assert "constructor" in again["data"]["text/plain"]
    page.tell(model_of(widget), "open")
    tree = page.hear(model_of(widget), lambda message: message["kind"] == "tree")
    assert [attempt["tactic"] for attempt in tree["attempts"]] == [None, "constructor"]
    page.run("%leanctl explore swap --fresh", "a")
    page.run("1", "a")


def test_where_cells_have_no_name_only_the_last_explorers_are_live(page: Page) -> None:
    page.run("import lean_magic\nfor _ in range(25):\n  display(lean_magic.explore(explorer.root))")
    page.run("import ipywidgets.widgets.widget as all\nprint(len(all._instances))")
    assert page.wait(lambda message: message["msg_type"] == "stream")["content"]["text"] == "40\n"
    page.run("from lean_magic.widgets import close_all\nclose_all()")


def test_tactics_run_and_are_cancelled_while_a_cell_runs(page: Page) -> None:
    _, widget = page.run("%leanctl explore swap", "a")
    model = model_of(widget)
    page.on_subshell()
    running = page.start("import threading\ngo_on = threading.Event()\ngo_on.wait()", "b")

    def told(tactic: str, status: str) -> dict[str, Any]:
        def found(message: dict[str, Any]) -> list[dict[str, Any]]:
            attempts = message.get("attempts", ())
            return [each for each in attempts if (each["tactic"], each["status"]) == (tactic, status)]

        return found(page.hear(model, lambda message: bool(found(message))))[0]

    page.tell(model, "run", request=1, parent=0, place=0, tactic="constructor")
    assert told("constructor", "open")["goals"] == 2
    page.tell(model, "run", request=2, parent=0, place=0, tactic=SLOW)
    page.tell(model, "cancel", attempt=told(SLOW, "running")["id"])
    told(SLOW, "cancelled")
    assert not any(_is_end(message, running) for message in page.messages)
    page.kernel.manager.interrupt_kernel()
    page.ended(running)


def test_unloading_closes_what_is_shown(page: Page) -> None:
    _, widget = page.run("%leanctl explore swap", "a")
    page.run("%unload_ext lean_magic", "b")
    page.closed(model_of(widget))
    page.run("%load_ext lean_magic", "b")
