"""Lines of ``%lean`` and ``%leanctl`` that end with a question mark, which IPython would take for a call for help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import EscapedCommand

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["begin_reading_lines", "end_reading_lines"]


class _LeanLine(EscapedCommand):
    """Finds ``%lean`` with code behind it, or ``%leanctl``, before IPython sees a question mark at its end."""

    priority = 1

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> _LeanLine | None:
        for line in tokens_by_line:
            words = [token for token in line if token.string.strip()]
            start = [word.string for word in words[:2]]
            if start in (["%", "lean"], ["%", "leanctl"]) and not _asks_for_help(words[2:]):
                return cls(words[0].start)
        return None


def _asks_for_help(words: list[Any]) -> bool:
    return bool(words) and {word.string for word in words} == {"?"}


def begin_reading_lines(shell: InteractiveShell) -> None:
    """Have a shell leave the question marks of Lean alone."""
    shell.input_transformer_manager.token_transformers.append(_LeanLine)


def end_reading_lines(shell: InteractiveShell) -> None:
    """Leave a shell as it was."""
    transformers = shell.input_transformer_manager.token_transformers
    transformers[:] = [transformer for transformer in transformers if transformer is not _LeanLine]
