"""What a result has to say, line by line of the code it is about: the same for text and HTML."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Literal, TypeAlias

from lean_magic.display._limits import ALL_TEXT, AXIOMS, EXCERPT, TEXT, clipped, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.display._options import DisplayOptions
    from lean_magic.positions import Position
    from lean_magic.results import LeanResult, Message, Sorry

Kind: TypeAlias = Literal["error", "goal", "warning", "info"]

# The first are shown first where not all can be, and colour what several are about.
KINDS: tuple[Kind, ...] = ("error", "goal", "warning", "info")
_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Note:
    """A message, or a goal left open."""

    kind: Kind
    start: Position | None
    end: Position | None
    about: Message | Sorry

    @property
    def text(self) -> str:
        """What it says, however long."""
        return self.about.goal.text if self.kind == "goal" else self.about.text  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of the code, or the part of it that the notes are about.

    ``marks`` has one entry for each code point: the most serious kind of note about it.
    """

    line: int
    start: int
    text: str
    marks: tuple[Kind | None, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The notes that start on one line of the code; those without a position have no excerpt."""

    excerpt: Excerpt | None
    notes: tuple[Note, ...]


def places(result: LeanResult, options: DisplayOptions) -> list[Place]:
    """Return what is to be shown, in the order of the code."""
    lines = result.code.split("\n")
    groups = groupby(_chosen(result, options), key=lambda note: note.start.line if note.start else 0)
    return [_place(number, lines, part) for number, notes in groups for part in _near(number, lines, list(notes))]


def _near(number: int, lines: list[str], notes: list[Note]) -> Iterator[tuple[Note, ...]]:
    """Return the notes about a line, in groups that one excerpt has room for."""
    is_long = 0 < number <= len(lines) and len(lines[number - 1]) > EXCERPT
    while notes:
        end = _excerpt_start(notes) + EXCERPT if is_long else None
        group = [note for note in notes if end is None or note.start is None or note.start.column < end]
        yield tuple(group)
        notes = notes[len(group) :]  # they are in order


def _excerpt_start(notes: Sequence[Note]) -> int:
    return max(0, min(note.start.column for note in notes if note.start) - EXCERPT // 2)


def _notes(result: LeanResult) -> Iterator[Note]:
    for message in result.messages:
        if message.start.line > 0:
            yield Note(message.severity, message.start, message.end, message)
        else:
            yield Note(message.severity, None, None, message)
    for sorry in result.sorries:
        yield Note("goal", sorry.start, sorry.end, sorry)


def _chosen(result: LeanResult, options: DisplayOptions) -> list[Note]:
    """Return the most serious notes, as many as there is room for, in the order of the code."""
    notes = list(_notes(result))
    numbers = sorted(range(len(notes)), key=lambda number: _RANKS[notes[number].kind])[: options.max_messages]
    room = ALL_TEXT
    kept: list[int] = []
    for number in numbers:
        room -= min(len(notes[number].text), TEXT)
        if room < 0 and kept:
            break
        kept.append(number)
    kept.sort(key=lambda number: (_line_and_column(notes[number]), number))
    return [notes[number] for number in kept]


def _line_and_column(note: Note) -> tuple[int, int]:
    return (note.start.line, note.start.column) if note.start else (0, 0)


def _place(number: int, lines: list[str], notes: tuple[Note, ...]) -> Place:
    if not 0 < number <= len(lines) or (len(lines) == 1 and all(note.kind == "info" for note in notes)):
        # Nobody needs to be told that the only line is the one that printed something.
        return Place(None, notes)
    return Place(_excerpt(number, lines[number - 1].removesuffix("\r"), notes), notes)


def _excerpt(number: int, line: str, notes: tuple[Note, ...]) -> Excerpt:
    start = _excerpt_start(notes) if len(line) > EXCERPT else 0
    text = line[start : start + EXCERPT]
    marks: list[Kind | None] = [None] * len(text)
    for kind in reversed(KINDS):
        for note in notes:
            # What `#eval` prints is about the whole command: nothing in it is better marked than the rest.
            if note.kind == kind != "info" and note.start:
                first, last = _span(note.start.column, note.end, note.start.line, line)
                _mark(marks, kind, first - start, last - start)
    return Excerpt(number, start, text, tuple(marks), start + len(text) < len(line))


def _span(column: int, end: Position | None, number: int, line: str) -> tuple[int, int]:
    """Return from where to where on its line a note is about; if nobody says to where, it is the whole word."""
    if end is not None:
        return column, end.column if end.line == number else len(line)
    word = next((word for word in _WORD.finditer(line) if word.start() <= column < word.end()), None)
    return word.span() if word else (column, column)


def _mark(marks: list[Kind | None], kind: Kind, start: int, end: int) -> None:
    """Mark from `start` to `end`, at least one code point, be it one beyond the end of the line."""
    if len(marks) <= start <= EXCERPT:
        marks.extend([None] * (start - len(marks)))
        marks.append(kind)
    for column in range(max(start, 0), min(max(end, start + 1), len(marks))):
        marks[column] = kind


def omitted(result: LeanResult, shown: list[Place]) -> str:
    """Return one line about what is not shown; empty where everything is."""
    number = len(result.messages) + len(result.sorries) - sum(len(place.notes) for place in shown)
    if number <= 0:
        return ""
    return (
        f"… {counted(number, 'more message')} not shown: all are in .messages and .sorries of the result "
        "(%%lean -o NAME keeps it)"
    )


def axiom_lines(result: LeanResult) -> list[str]:
    """Return one line for each declaration whose axioms were asked for."""
    axioms = result.axioms or {}
    lines = [
        _axiom_line(name, found, result.axioms_unseen.get(name, ())) for name, found in islice(axioms.items(), AXIOMS)
    ]
    if len(axioms) > AXIOMS:
        lines.append(f"… {counted(len(axioms) - AXIOMS, 'more declaration')}: see .axioms of the result")
    return lines


def _axiom_line(name: str, axioms: tuple[str, ...], unseen: tuple[str, ...]) -> str:
    line = f"{name} rests on {', '.join(axioms) or 'no axioms'}"
    if unseen:
        rest = f", … ({len(unseen) - _UNSEEN} more)" if len(unseen) > _UNSEEN else ""
        line += f", as far as this build of Lean knows: it has no proofs of {', '.join(unseen[:_UNSEEN])}{rest}"
    return clipped(line, 1000)


_UNSEEN = 3  # names
_WORD = re.compile(r"[\w.'!?]+")
SYMBOLS = {"valid": "✓", "sorry": "○"}


def summary(result: LeanResult) -> str:
    """Return the verdict as one line: how many errors and open goals, and how long it took."""
    kinds = Counter(message.severity for message in result.messages)
    counts = [counted(kinds[kind], kind) for kind in ("error", "warning") if kinds[kind]]
    if result.sorries:
        counts.insert(1 if kinds["error"] else 0, f"{counted(len(result.sorries), 'goal')} left open")
    verdict = result.verdict.replace("_", " ")
    why = result.detail or ", ".join(counts)
    return f"{SYMBOLS.get(result.verdict, '✗')} {verdict}{f': {why}' if why else ''} · {duration(result.elapsed)}"


def duration(seconds: float) -> str:
    """Return a time as people read it: ``"12 ms"``, ``"3.4 s"``."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
