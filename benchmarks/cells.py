"""What a %%lean cell costs over `lean.run_sync`: the magic, the session and the display."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from benchmarks.effort import either
from benchmarks.table import Row, percentile
from lean_magic import LeanPool
from lean_magic.magic import LeanMagic

if TYPE_CHECKING:
    from collections.abc import Iterator

CODE = """theorem cell_{n} (p q : Prop) (hp : p) (hq : q) : p ∧ q ∧ {n} = {n} := by
  refine ⟨hp, ?_, ?_⟩
  · exact hq
  · sorry
#check cell_{n}"""


class _Silent(DisplayHook):
    """Formats what a cell ends with, as a notebook does, and shows it to nobody."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: object = None) -> None:  # noqa: ARG002
        assert "text/html" in format_dict


class _Shell(InteractiveShell):
    displayhook_class = Type(_Silent)


def measure() -> Iterator[Row]:
    """Run cells in a shell, each after the same code on the same environment without one."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = _Shell.instance(config=config)
    with LeanPool(workers=1) as pool:
        pool.run_sync("")
        magic = LeanMagic(shell, lambda: pool)
        shell.register_magics(magic)
        _cell(shell, -1)
        alone, added = [], []
        for number in range(either(100, 5)):
            env = shell.user_ns["result"].env
            began = time.perf_counter()
            pool.run_sync(CODE.format(n=2 * number), env)
            between = time.perf_counter()
            _cell(shell, 2 * number + 1)
            ended = time.perf_counter()
            alone.append(1000 * (between - began))
            added.append(1000 * (ended - between) - alone[-1])
    _Shell.clear_instance()
    yield Row(f"lean.run_sync, {len(alone)} times, p50", percentile(alone, 50), "ms")
    yield Row("added by a cell, p50", percentile(added, 50), "ms", 10)
    yield Row("added by a cell, p90", percentile(added, 90), "ms")


def _cell(shell: InteractiveShell, number: int) -> None:
    ended = shell.run_cell(f"%%lean -o result\n{CODE.format(n=max(number, 1000000 - number))}", store_history=True)  # type: ignore[no-untyped-call]
    ended.raise_error()
