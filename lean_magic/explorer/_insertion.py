"""Put a script in the place of a ``sorry``, laid out as people write it.

What the place is, tactic or term, is seen from what stands before it. That is not always certain, nor how far a block
must be indented; so there are several ways, the nicest first, and Lean says which of them is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lean_magic.declarations import declarations
from lean_magic.explorer._lean_text import code_lines, ends_in_comment, masked
from lean_magic.positions import Position

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Insertion", "insertions"]

_LINE_LENGTH = 100
_OPENS_BLOCK = re.compile(r"\b(?:by|decreasing_by|then|else)\Z|=>\Z")
_TACTIC_AHEAD = re.compile(r"(?:\b(?:by|decreasing_by|then|else|try|repeat|first|focus|all_goals|any_goals)|·|;)\Z")
_TERM_AHEAD = re.compile(r"(?:[(⟨\[,↦<|$]|:=|\b(?:from|fun|show|calc))\Z")
_GIVES_TERM = re.compile(r"\b(?:exact|refine)(\s+)\Z")
_BY = re.compile(r"\bby\b")
_ENDS_TERM = re.compile(
    r"[)\]}⟩,;]|:(?!:)|\|(?![|>])"
    r"|(?:then|else|in|with|at|do|from|using|generalizing|by|where|deriving|termination_by|decreasing_by)\b"
)
"""What cannot go on with a term."""
_BEGINS_LINE = re.compile(r"[^\W\d]|[·@#|]")
"""What a line may begin with that is no part of the one above."""
_BULLETS = re.compile(r"[ \t]*(?:(?:·|\.)[ \t]+)*")


@dataclass(frozen=True, slots=True)
class Insertion:
    """A change of a text.

    Parameters
    ----------
    start, end : int
        What it replaces, in code points.
    text : str
        What comes there.
    """

    start: int
    end: int
    text: str

    def into(self, code: str) -> str:
        """Return the code with this change."""
        return code[: self.start] + self.text + code[self.end :]


def insertions(code: str, start: int, end: int, script: str, *, is_proof: bool = False) -> list[Insertion]:
    """Return ways to put a script in the place of something, the nicest first.

    Parameters
    ----------
    code : str
        The code.
    start, end : int
        Where the ``sorry`` is that the script is to replace, in code points.
    script : str
        What would follow ``by``, on lines of its own.
    is_proof : bool
        Whether the place is that of the tactics of a whole proof, rather than of a ``sorry``.
    """
    place = _Place(code, start, end, code_lines(script))
    ways = place.as_tactics(start) if is_proof else place.ways()
    newline = "\r\n" if "\r\n" in code else "\n"
    found = (Insertion(way.start, way.end, newline.join(code_lines(way.text))) for way in ways)
    return list(dict.fromkeys(found))


class _Place:
    """A place in code, and the script that is to come there."""

    def __init__(self, code: str, start: int, end: int, script: list[str]) -> None:
        self._code = code
        self._words = masked(code)
        self._start, self._end = start, end
        self._script = script
        self._stays = any("\n" in line for line in script)
        self._rest_of_words = self._words[end:].partition("\n")[0].strip()

    def ways(self) -> Iterator[Insertion]:
        """Return all ways."""
        ahead = self._words[: self._start].rstrip()
        if given := _GIVES_TERM.search(self._words, 0, self._start):
            yield from self.as_tactics(given.start())
        if ahead.endswith("<;>") or _TACTIC_AHEAD.search(ahead) or self._is_first(self._start):
            is_tactic = not ahead.endswith(":=")
        else:
            is_tactic = ahead.endswith(("=>", "|")) and self._is_within_tactics()
        if is_tactic:
            yield from self.as_tactics(self._start)
        yield from self._as_term(ahead)
        if not is_tactic and not _TERM_AHEAD.search(ahead):
            yield from self.as_tactics(self._start)

    def as_tactics(self, start: int) -> Iterator[Insertion]:
        """Return the ways to write it where tactics stand."""
        ahead = self._words[:start].rstrip()
        is_one = len(self._script) == 1
        is_last = not self._rest_of_words or self._rest_of_words[0] in ")⟩],}"
        if self._is_first(start):
            if is_last:
                yield self._with(start, self._lines(self._column(start)))
        else:
            fits = self._column(start) + len(self._script[0]) <= _LINE_LENGTH
            is_operand = ahead.endswith("<;>") and ";" in self._script[0]
            if is_one and is_last and fits and not is_operand:
                yield self._with(start, self._script[0])
            if _OPENS_BLOCK.search(ahead):
                for column in self._columns(start):
                    yield self._with(len(ahead), f"\n{' ' * column}{self._lines(column)}", column)
            if is_one and not is_operand:
                yield self._with(start, self._script[0])
            if not is_one:
                for column in self._columns(start):
                    block = f"(\n{' ' * column}{self._lines(column)}"
                    yield self._with(start, self._closed(block, ")", column))
        yield self._with(start, self._in_parentheses(self._column(start)))
        if self._stays:
            yield self._with(start, self._unmoved(""))

    def _as_term(self, ahead: str) -> Iterator[Insertion]:
        """Return the ways to write it where a term stands."""
        starts = [self._start]
        if ahead.endswith(":=") and self._code[len(ahead) : self._start].isspace():
            starts = [len(ahead)]  # `by` belongs on the line of `:=`
        is_argument = bool(re.search(r"[\w)\]⟩'!?»]\Z", ahead)) and not re.search(
            r"\b(?:exact|refine|from|then|else|by|show|return|in)\Z", ahead
        )
        for start in starts:
            space = "" if start == self._start else " "
            for opening, closing in (("(", ")"),) if is_argument or self._goes_on() else (("", ""), ("(", ")")):
                if len(self._script) == 1:
                    line = f"{space}{opening}by {self._script[0]}"
                    if self._column(len(ahead)) + len(line) <= _LINE_LENGTH or self._rest_of_words:
                        yield self._with(start, self._closed(line, closing, self._column(start)))
                for column in self._columns(self._start):
                    block = f"{space}{opening}by\n{' ' * column}{self._lines(column)}"
                    yield self._with(start, self._closed(block, closing, column), column)
        if self._stays:
            yield self._with(self._start, self._unmoved("by"))

    def _goes_on(self) -> bool:
        """Whether a term may go on behind the place: what is put there must not swallow an operator."""
        rest = self._words[self._end :]
        word = rest.lstrip()
        if not word or _ENDS_TERM.match(word):
            return False
        if "\n" not in rest[: len(rest) - len(word)]:
            return True
        start = len(self._words) - len(word)
        is_deeper = self._column(start) > self._line_column(self._line_start(self._start))
        return is_deeper or not _BEGINS_LINE.match(word)

    def _with(self, start: int, text: str, column: int | None = None) -> Insertion:
        """Return the change that puts a text here, and what follows on the line behind it, or below a comment."""
        if self._rest_of_words and ends_in_comment(text):
            text += f"\n{' ' * (self._column(start) if column is None else column)}"
        return Insertion(start, self._end, text)

    def _closed(self, text: str, closing: str, column: int) -> str:
        return f"{text}\n{' ' * column}{closing}" if closing and ends_in_comment(text) else text + closing

    def _lines(self, column: int) -> str:
        """Return the script, its lines but the first with an indentation."""
        first, *others = self._script
        return "\n".join([first, *(f"{' ' * column}{line}" if line else "" for line in others)])

    def _in_parentheses(self, column: int) -> str:
        return self._closed(f"({self._lines(column + 1)}", ")", column)

    def _unmoved(self, ahead: str) -> str:
        """Return the script with its columns: what stands behind a string of several lines cannot be moved."""
        script = "\n".join(self._script)
        return f"({ahead}\n{script}\n)"

    def _columns(self, start: int) -> list[int]:
        """Return the columns where a block that is begun here may stand, the best first."""
        own = self._line_column(self._line_start(start)) + 2
        columns = [own, own + 2]
        line = self._code.count("\n", 0, start) + 1
        if (declaration := declarations(self._code)[line - 1]) is not None:
            head_start = Position(declaration.line, 0).offset(self._code)
            ahead = self._words[head_start:start].rstrip()
            if not _BY.search(ahead.removesuffix("by")) and "=>" not in ahead:
                columns.insert(0, self._line_column(head_start) + 2)
        return list(dict.fromkeys(columns))

    def _is_within_tactics(self) -> bool:
        line = self._code.count("\n", 0, self._start) + 1
        declaration = declarations(self._code)[line - 1]
        head_start = Position(declaration.line, 0).offset(self._code) if declaration else 0
        return bool(_BY.search(self._words, head_start, self._start))

    def _is_first(self, start: int) -> bool:
        """Whether only space and bullets stand before on the line."""
        line = self._words[self._line_start(start) : start]
        return bool(_BULLETS.fullmatch(line))

    def _line_start(self, offset: int) -> int:
        return self._code.rfind("\n", 0, offset) + 1

    def _line_column(self, line_start: int) -> int:
        """Return where a line's first tactic or word is."""
        match = _BULLETS.match(self._code, line_start)
        return (match.end() if match else line_start) - line_start

    def _column(self, offset: int) -> int:
        return offset - self._line_start(offset)
