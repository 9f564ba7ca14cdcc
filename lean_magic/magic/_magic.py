"""The magic: run a cell, show what came of it, and leave what it defined to the cells after it."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.display import display
from traitlets import observe

from lean_magic.api import configure, default_pool, pool_if_made
from lean_magic.display import Notice, set_display_options
from lean_magic.magic._advice import advice
from lean_magic.magic._cells import CellKeys
from lean_magic.magic._control import Control
from lean_magic.magic._explorers import Explorers
from lean_magic.magic._interrupt import LeanInterrupt
from lean_magic.magic._open_goals import OpenGoals
from lean_magic.magic._options import HELP, Options, parse
from lean_magic.magic._progress import show_progress
from lean_magic.magic._session_commands import notices_of, session_commands
from lean_magic.magic._settings import OF_DISPLAY, OF_POOL, Settings
from lean_magic.magic._variables import expand, variables_of_caller
from lean_magic.session import Request, SavedNotebook, Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from lean_magic.magic._progress import Live
    from lean_magic.pool import LeanPool
    from lean_magic.references import EnvRef
    from lean_magic.results import LeanResult
    from lean_magic.session import CellKey, Run

__all__ = ["LeanInterrupt", "LeanMagic"]


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
        self.session = Session(self._run_code, SavedNotebook())
        self.control = Control(*session_commands())
        self._pool = pool
        self._keys = CellKeys(shell)
        self.open_goals = OpenGoals()
        self.explorers = Explorers()
        self.latest: LeanResult | None = None
        self._shown: tuple[LeanResult, int] | None = None

    @observe(*OF_POOL)
    def _configure_pool(self, _: object) -> None:
        configure(**self.of_pool())

    @observe(*OF_DISPLAY)
    def _configure_display(self, _: object) -> None:
        set_display_options(self.of_display())

    def cell_begins(self) -> None:
        """Take note that a cell begins to run, of Lean or not."""
        if deleted := self._keys.deleted:
            self.session.deleted(deleted)

    def cell_succeeded(self) -> None:
        """Take note that a cell has come to its end without an error: what it contains is all that it has run."""
        if ran := self._keys.ran:
            self.session.ended(*ran)

    def next_key(self) -> CellKey:
        """Return the identity of what a cell does now."""
        return self._keys.next()

    @property
    def pool(self) -> LeanPool:
        """The pool that it runs on."""
        return self._pool()

    @property
    def pool_if_made(self) -> LeanPool | None:
        """The pool that it runs on, if it is there already."""
        return pool_if_made() if self._pool is default_pool else self._pool()

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
        values = variables_of_caller(inspect.currentframe(), self.shell.user_ns) if options.variables else {}
        expansion = expand(code, options.variables, values)
        request = Request(
            self.next_key(),
            expansion.text,
            options.name,
            options.env,
            options.fresh,
            may_fail=options.no_raise or self.no_raise,
            asked={"timeout": options.timeout or self.timeout},
            count=self.shell.displayhook.prompt_count,
            sent=self._keys.sent,
        )
        with show_progress(self.pool, code, is_shown=self.progress and not options.quiet) as live:
            try:
                run = self.session.run(
                    request,
                    all_tactics=options.tactics or self.tactics,
                    axioms=options.axioms or self.axioms,
                    on_progress=lambda update: live.update(expansion.update(update)),
                )
            except KeyboardInterrupt:
                raise self._interrupted(live, options) from None
            except BaseException:
                live.clear()
                raise
        for again in run.before:
            if again.result is not None:
                self.open_goals.keep(again.cell, again.result, is_again=True)
        result = self.open_goals.keep(run.cell, expansion.result(run.result))
        self.open_goals.keep_only({cell.key for cell in self.session.cells})
        self._keep(result, options)
        return self._finish(run, result, options, live, is_line=is_line)

    def _run_code(self, code: str, env: EnvRef | None, **asked: Any) -> LeanResult:  # noqa: ANN401 - those of run_sync
        return self.pool.run_sync(code, env, **asked)

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
        self.latest = result
        if options.output:
            self.shell.user_ns[options.output] = result

    def _finish(
        self, run: Run, result: LeanResult, options: Options, live: Live, *, is_line: bool
    ) -> LeanResult | None:
        raises = not (run.cell.last.succeeded or run.cell.may_fail)
        # IPython shows only the value of the last line of a cell, and none where there is an error.
        shows_itself = is_line or raises
        if options.quiet:
            live.clear()
        else:
            codes = [cell.last.text.code for cell in self.session.cells]
            notices = [*notices_of(run), *advice(result, codes, self.shell.user_ns, options.variables)]
            is_shown = live.replace_by(result)
            # What is said of it stands below it, however long it took.
            if not is_shown and (shows_itself or notices):
                display(result)  # type: ignore[no-untyped-call]
                is_shown = True
            if is_shown and not shows_itself:
                self._shown = result, self.shell.execution_count
            for notice in notices:
                display(Notice(notice))  # type: ignore[no-untyped-call]
        if raises:
            result.raise_for_verdict()
        return None if options.quiet else result

    def skip_if_shown(self, result: LeanResult) -> None:
        """Keep IPython from showing once more, as the value of the cell, what took the place of the progress bar.

        This is how ``_ipython_display_`` works: who returns has shown it, who raises this error leaves it to others.
        """
        if self._shown is None or self._shown[0] is not result or self._shown[1] != self.shell.execution_count:
            raise NotImplementedError
        self._shown = None
