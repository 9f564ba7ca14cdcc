"""The magic: run a cell, show what came of it, and leave what it defined to the cells after it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display
from traitlets import observe

from lean_magic.api import configure, default_pool
from lean_magic.display import Notice
from lean_magic.magic._cells import CellKeys
from lean_magic.magic._control import Control
from lean_magic.magic._options import HELP, Options, parse
from lean_magic.magic._progress import show_progress
from lean_magic.magic._settings import OF_POOL, Settings
from lean_magic.magic._variables import expand
from lean_magic.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from lean_magic.magic._progress import Live
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult

__all__ = ["LeanInterrupt", "LeanMagic"]

_UNKNOWN = re.compile("[Uu]nknown (identifier|constant)")
_HIDDEN = (
    "This cell does not see the cells that were first run after it, wherever they stand: "
    "Run All, or %%lean --fresh in the first cell, puts that right."
)


class LeanInterrupt(KeyboardInterrupt):
    """Raised when the user interrupts a cell; prints as one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"KeyboardInterrupt: {self}"]


@magics_class
class LeanMagic(Magics, Settings):
    """``%%lean``, ``%lean`` and ``%leanctl``, for one shell.

    Parameters
    ----------
    shell : InteractiveShell
        The shell.
    pool : callable
        Returns the pool to run on; by default the one that `lean_magic.run` uses.
    config : Config, optional
        Settings, by default those of the shell.
    """

    shell: InteractiveShell

    def __init__(
        self, shell: InteractiveShell, pool: Callable[[], LeanPool] = default_pool, *, config: Config | None = None
    ) -> None:
        super().__init__(shell, config=shell.config if config is None else config)
        self.session = Session(self._run_again)
        self.control = Control()
        self._pool = pool
        self._keys = CellKeys(shell)
        self._shown: tuple[LeanResult, int] | None = None

    @observe(*OF_POOL)
    def _configure_pool(self, _: object) -> None:
        configure(**self.of_pool())

    @property
    def pool(self) -> LeanPool:
        """The pool that it runs on."""
        return self._pool()

    @no_var_expand
    @line_cell_magic
    def lean(self, line: str, cell: str | None = None) -> LeanResult | None:
        """Run Lean code; ``%lean --help`` lists the options."""
        options, rest = parse(line)
        if options.help or (cell is None and not rest):
            sys.stdout.write(f"{HELP}\n")
            return None
        if cell is not None and rest:
            raise UsageError(f"%%lean takes only options on its first line, not {rest!r}: the code comes below")
        if cell is not None:
            return self._run(cell, options)
        self._run(rest, options, is_line=True)
        return None

    @no_var_expand
    @line_magic
    def leanctl(self, line: str) -> Any:  # noqa: ANN401 - what the command returns
        """Look at Lean and the cells, and steer them; ``%leanctl`` alone lists the commands."""
        return self.control.run(self, line)

    def _run(self, code: str, options: Options, *, is_line: bool = False) -> LeanResult | None:
        expansion = expand(code, options.variables, self.shell.user_ns)
        key = self._keys.next()
        with show_progress(self.pool, code, is_shown=self.progress and not options.quiet) as live:
            try:
                base = self.session.before(key, expansion.text, fresh=options.fresh)
                result = self.pool.run_sync(
                    expansion.text,
                    base,
                    timeout=options.timeout or self.timeout,
                    all_tactics=options.tactics or self.tactics,
                    axioms=options.axioms or self.axioms,
                    on_progress=lambda update: live.update(expansion.update(update)),
                )
            except KeyboardInterrupt:
                raise self._interrupted(live, options) from None
            except BaseException:
                live.clear()
                raise
        result = expansion.result(result)
        self._keep(result, options)
        return self._finish(key, result, options, live, is_line=is_line)

    def _interrupted(self, live: Live, options: Options) -> LeanInterrupt:
        """Show what Lean said until the user stopped it."""
        result = live.interrupted()
        self._keep(result, options)
        if options.quiet or not result.messages:
            live.clear()
        elif not live.replace_by(result):
            display(result)  # type: ignore[no-untyped-call]
        return LeanInterrupt(f"Lean was {result.detail}; this cell changed nothing.")

    def _keep(self, result: LeanResult, options: Options) -> None:
        if options.output:
            self.shell.user_ns[options.output] = result

    def _run_again(self, code: str, env: EnvRef | None) -> EnvRef | None:
        return _left_by(self.pool.run_sync(code, env))

    def _finish(
        self, key: str, result: LeanResult, options: Options, live: Live, *, is_line: bool
    ) -> LeanResult | None:
        env = _left_by(result)
        raises = env is None and not (options.no_raise or self.no_raise)
        stale = self.session.ran(key, env, fresh=options.fresh) if env else 0
        # IPython shows only the value of the last line of a cell, and none where there is an error.
        shows_itself = is_line or raises
        if options.quiet:
            live.clear()
        elif not live.replace_by(result):
            if shows_itself:
                display(result)  # type: ignore[no-untyped-call]
        elif not shows_itself:
            self._shown = result, self.shell.execution_count
        if not options.quiet and (notice := self._notice(key, result, stale)):
            display(Notice(notice))  # type: ignore[no-untyped-call]
        if raises:
            result.raise_for_verdict()
        return None if options.quiet else result

    def _notice(self, key: str, result: LeanResult, stale: int) -> str:
        if stale:
            return _stale(stale)
        lacks_a_name = any(_UNKNOWN.search(error.text) for error in result.errors)
        return _HIDDEN if lacks_a_name and self.session.after(key) else ""

    def skip_if_shown(self, result: LeanResult) -> None:
        """Keep IPython from showing once more, as the value of the cell, what took the place of the progress bar.

        This is how ``_ipython_display_`` works: who returns has shown it, who raises this error leaves it to others.
        """
        if self._shown is None or self._shown[0] is not result or self._shown[1] != self.shell.execution_count:
            raise NotImplementedError
        self._shown = None


def _left_by(result: LeanResult) -> EnvRef | None:
    """Return the environment that cells after this one are to see; None if it changes nothing."""
    return result.env if result.verdict in {"valid", "sorry"} else None


def _stale(cells: int) -> str:
    which = "A later cell was" if cells == 1 else f"{cells} later cells were"
    return f"{which} built on what this cell defined before: run {'it' if cells == 1 else 'them'} again."
