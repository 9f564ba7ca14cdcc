"""The explorer in a notebook: one model for each explorer, however often it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from anywidget import AnyWidget
from traitlets import Unicode

from lean_magic.widgets._conversation import Conversation

if TYPE_CHECKING:
    from lean_magic.explorer import Explorer

__all__ = ["ExplorerWidget"]

_HERE = Path(__file__).parent


class ExplorerWidget(AnyWidget):
    """Shows an explorer, and does what is clicked. All is told by messages: see ``explorer/types.d.ts``.

    Parameters
    ----------
    explorer : Explorer
        The explorer.
    """

    # As text: where it is told of files, anywidget keeps each widget for as long as Python runs.
    _esm = _HERE.joinpath("explorer.js").read_text(encoding="utf-8")
    _css = _HERE.joinpath("explorer.css").read_text(encoding="utf-8")

    title = Unicode().tag(sync=True)

    def __init__(self, explorer: Explorer) -> None:
        super().__init__(title=explorer.title)
        if self.comm is not None:
            # ipykernel 7.4 brings what a page says to the thread that last told it something, which may be the one that
            # cells run on. Any thread will do here, and one that is free is the better one.
            self.comm._reply_subshell_for = None  # noqa: SLF001
        self.conversation = Conversation(explorer, self.send)
        self.on_msg(self._receive)

    def close(self) -> None:
        """End it on all pages that show it."""
        conversation: Conversation | None = getattr(self, "conversation", None)
        if conversation is not None:
            conversation.close()
        if self.comm is not None:
            self.layout.close()  # a model of its own
        super().close()

    def _receive(self, _: object, content: Any, __: object) -> None:  # noqa: ANN401 - what a page sends
        self.conversation.receive(content)
