"""Bars of `tqdm` in the output of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["show_bar"]


def show_bar(bar: Any) -> Callable[[], None]:  # noqa: ANN401 - one of `tqdm.notebook`
    """Show a bar that was made with ``display=False``; return what leaves text in its place, in the end.

    A widget would be an error message as soon as the notebook is opened again.
    """
    handle = display(bar.container, display_id=True)  # type: ignore[no-untyped-call]

    def leave_text() -> None:
        handle.update({"text/plain": bar.container.__repr__(pretty=True)}, raw=True)
        bar.container.close()

    return leave_text
