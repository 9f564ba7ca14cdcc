"""Bars of `tqdm` in the output of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import DisplayHandle

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bar_in_cell"]


def bar_in_cell(bar: Any) -> tuple[Callable[[], None], Callable[[], None]]:  # noqa: ANN401 - one of `tqdm.notebook`
    """Return what shows a bar that was made with ``display=False``, and what leaves text in its place, in the end.

    A widget would be an error message as soon as the notebook is opened again. An interrupt may come as soon as the bar
    is shown, so who shows it knows before how to take it away.
    """
    handle = DisplayHandle()  # type: ignore[no-untyped-call]

    def show() -> None:
        handle.display(bar.container)  # type: ignore[no-untyped-call]

    def leave_text() -> None:
        handle.update({"text/plain": bar.container.__repr__(pretty=True)}, raw=True)  # type: ignore[no-untyped-call]
        bar.container.close()

    return show, leave_text
