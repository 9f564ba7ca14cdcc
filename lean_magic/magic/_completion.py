"""Completion in ``%%lean`` cells and ``%lean`` lines: options, abbreviations, what Lean knows; nothing of Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from lean_magic.abbreviations import LEADER, matching, replacement
from lean_magic.magic._draft import Draft, ask
from lean_magic.magic._options import flags_like, value_wanted
from lean_magic.positions import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping

    from lean_magic.assistance import Completion
    from lean_magic.magic._draft import Desk

__all__ = ["MATCHER", "Completer"]

MATCHER = "lean_magic"
"""What the matcher is called."""

_TOLD = 200
_ABBREVIATION = re.compile(r"\\([^\s\\]*|\\)$")
_COMMAND = re.compile(r"\s*%leanctl\s+(\S*)$")
_LAST_WORD = re.compile(r"\S*$")


class Completer:
    """Completes Lean in one shell.

    Parameters
    ----------
    desk : callable
        Returns the magic of the shell.
    variables : mapping
        The Python variables, which some options name.
    hidden : container of str
        Those of them that are the shell's own.
    """

    def __init__(self, desk: Callable[[], Desk], variables: Mapping[str, object], hidden: Container[str] = ()) -> None:
        self._desk = desk
        self._variables = variables
        self._hidden = hidden

    @property
    def matcher(self) -> Callable[[CompletionContext], SimpleMatcherResult]:
        """A matcher for IPython's completer."""

        @context_matcher(identifier=MATCHER, priority=1000)  # type: ignore[untyped-decorator]
        def complete(context: CompletionContext) -> SimpleMatcherResult:
            return self._complete(context)

        return complete  # type: ignore[no-any-return]

    def _complete(self, context: CompletionContext) -> SimpleMatcherResult:
        draft = Draft.at(context.full_text, Position(context.cursor_line + 1, context.cursor_position))
        if draft is None:
            command = _COMMAND.match(context.line_with_cursor[: context.cursor_position])
            return self._commands(command[1]) if command else SimpleMatcherResult(completions=[], suppress=False)
        if draft.code is None:
            return self._options(draft)
        typed = _ABBREVIATION.search(draft.before)
        if typed and (found := _abbreviations(typed[1])):
            return _answer(typed[0], found)
        return self._lean(draft)

    def _commands(self, word: str) -> SimpleMatcherResult:
        """Complete a command of ``%leanctl``."""
        names = sorted(name for name in self._desk().control.commands if name.startswith(word))
        return _answer(word, [_item(name, "command") for name in names])

    def _options(self, draft: Draft) -> SimpleMatcherResult:
        """Complete an option, or its value."""
        match = _LAST_WORD.search(draft.before)
        word = match[0] if match else ""
        earlier = draft.before[: len(draft.before) - len(word)].split()
        flag, equals, value = word.partition("=")
        if not equals:
            flag, value = (earlier[-1] if earlier else ""), word
        names: Iterable[str] = ()
        match value_wanted(flag):
            case "env" | "name":
                names = [cell.name for cell in self._desk().session.cells if cell.name]
            case "variables" | "output":
                names = [name for name in self._variables if not name.startswith("_") and name not in self._hidden]
            case "" if not equals:
                return _answer(word, [_item(*option) for option in flags_like(word)])
        return _answer(value, [_item(name, "name") for name in sorted(names) if name.startswith(value)])

    def _lean(self, draft: Draft) -> SimpleMatcherResult:
        desk = self._desk()
        code, env = draft.lean(desk.session)
        nothing: tuple[Completion, ...] = ()
        found = ask(desk.pool_if_made, lambda pool: pool.complete(code, draft.position, env), nothing)
        if not found:
            return _answer("", [])
        start = found[0].start
        fragment = draft.before[len(draft.before) - (draft.position.column - start.column) :]
        return _answer(fragment, [_item(each.text, each.kind) for each in found if each.start == start])


def _abbreviations(typed: str) -> list[SimpleCompletion]:
    """Return the symbol that is meant; where it is not clear which, the abbreviations that begin so."""
    if not typed:
        return [_item(LEADER + name, symbol.text) for name, symbol in matching("", limit=_TOLD)]
    found = matching(typed, limit=_TOLD)
    if len(found) > 1 and found[0][0] != typed:
        return [_item(LEADER + name, symbol.text) for name, symbol in found]
    symbol = replacement(typed)
    return [] if symbol is None else [_item(symbol.text, "abbreviation")]


def _item(text: str, type: str) -> SimpleCompletion:
    return SimpleCompletion(text, type=type.partition("\n")[0])


def _answer(fragment: str, found: list[SimpleCompletion]) -> SimpleMatcherResult:
    """Answer for IPython, which asks nobody else only if there is an answer: where there is none, what stands there."""
    completions = found or [SimpleCompletion(fragment, type="")]
    return SimpleMatcherResult(completions=completions, suppress=True, matched_fragment=fragment, ordered=True)
