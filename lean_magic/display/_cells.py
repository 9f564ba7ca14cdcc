"""The cells of a notebook, as a table and as a graph."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lean_magic.display import _style as style
from lean_magic.display._characters import visible, width
from lean_magic.display._limits import clipped, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CellRow", "CellsView", "ReplayView", "columns"]

_TITLE = 48
"""Code points of the first line of a cell."""

_GRAPH = "who builds on whom (each on the one above it; branches are indented)"

_GOOD = {"valid": "✓", "sorry": "○"}


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell.

    Parameters
    ----------
    label : str
        Its name or number.
    title : str
        Its first line of code.
    verdict : str
        What came of it.
    state : str
        What is wrong with it; empty if nothing is.
    before : int or None
        Which one it builds on, in the order of the table.
    continues : bool
        Whether it goes on with the line of that one, rather than branching off.
    """

    label: str
    title: str
    verdict: str
    state: str = ""
    before: int | None = None
    continues: bool = True

    @property
    def shown_title(self) -> str:
        """The beginning of its first line."""
        title = visible(self.title)
        return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"

    @property
    def shown_verdict(self) -> str:
        """Its verdict with a mark."""
        return f"{_GOOD.get(self.verdict, '✗')} {self.verdict}"

    @property
    def is_stale(self) -> bool:
        """Whether it is out of date."""
        return self.state.startswith("out of date")

    @property
    def tone(self) -> str:
        """The kind of colour that goes with its verdict."""
        return {"valid": "valid", "sorry": "goal"}.get(self.verdict, "error")


@dataclass(frozen=True, slots=True)
class CellsView:
    """The cells of a notebook.

    Parameters
    ----------
    rows : sequence of CellRow
        In the order of the page, as far as it is known.
    header : str
        What they import.
    line : str
        What unnamed cells continue from.
    """

    rows: Sequence[CellRow]
    header: str = ""
    line: str = ""

    def __repr__(self) -> str:
        if not self.rows:
            return "No cell has been run yet."
        graph = [line for origin in self._origins() for line in self._graph_lines(origin)]
        lines = columns([_HEAD, *map(self._fields, self.rows)])
        return "\n".join([*lines, "", f"{_GRAPH}:", *graph, "", *self._remarks()])

    def _repr_html_(self) -> str:
        if not self.rows:
            return f'<div class="lean-magic" style="{style.RESULT}">No cell has been run yet.</div>'
        head = "".join(f'<th scope="col" style={_CELL}>{name}</th>' for name in _HEAD)
        body = "".join(self._html_row(row) for row in self.rows)
        graph = f"<details><summary>{_GRAPH}</summary>{self._graph_html(self._origins())}</details>"
        remarks = "".join(f"<div>{escape(visible(line))}</div>" for line in self._remarks())
        return (
            f'<div class="lean-magic" role="group" aria-label="Lean cells" dir="ltr" style="{style.RESULT}">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{graph}{remarks}</div>"
        )

    def _fields(self, row: CellRow) -> tuple[str, ...]:
        before = "" if row.before is None else self.rows[row.before].label
        return row.label, row.shown_title, row.shown_verdict, before, visible(row.state)

    def _html_row(self, row: CellRow) -> str:
        label, title, verdict, before, state = map(escape, self._fields(row))
        return (
            f'<tr><th scope="row" style={_CELL}>{label}</th>'
            f"<td style={_CELL}><code>{title}</code></td>"
            f"<td style={_CELL};{style.tint(row.tone)}>{verdict}</td>"
            f"<td style={_CELL}>{before}</td><td style={_CELL}>{state}</td></tr>"
        )

    def _remarks(self) -> Iterator[str]:
        stale = sum(row.is_stale for row in self.rows)
        if self.header:
            yield "imports: " + ", ".join(line.removeprefix("import ") for line in self.header.split("\n"))
        if self.line:
            yield f"unnamed cells continue from: {self.line}"
        if stale:
            are, them = ("is", "it") if stale == 1 else ("are", "them")
            yield f"{counted(stale, 'cell')} {are} out of date: %leanctl replay runs {them} again"

    def _origins(self) -> list[int]:
        return [index for index, row in enumerate(self.rows) if row.before is None]

    def _line_from(self, index: int) -> list[tuple[int, list[int]]]:
        """Return a cell and those that go on with its line, each with the cells that branch off."""
        children: dict[int | None, list[int]] = {}
        for other, row in enumerate(self.rows):
            children.setdefault(row.before, []).append(other)
        line = []
        following: int | None = index
        while following is not None:
            after = children.get(following, [])
            straight = next((other for other in after if self.rows[other].continues), None)
            line.append((following, [other for other in after if other != straight]))
            following = straight
        return line

    def _graph_lines(self, start: int, indent: str = "") -> Iterator[str]:
        for place, (index, branches) in enumerate(self._line_from(start)):
            is_branch = indent and place == 0
            yield (f"{indent[:-3]}└─ " if is_branch else indent) + self._node(index)
            for branch in branches:
                yield from self._graph_lines(branch, f"{indent}   ")

    def _node(self, index: int) -> str:
        row = self.rows[index]
        return f"{row.label} {row.shown_title}{' (out of date)' if row.is_stale else ''}"

    def _node_html(self, index: int) -> str:
        row = self.rows[index]
        stale = " out of date" if row.is_stale else ""
        return f"<b>{escape(row.label)}</b> <code>{escape(row.shown_title)}</code>{stale}"

    def _graph_html(self, starts: list[int]) -> str:
        items = []
        for start in starts:
            for index, branches in self._line_from(start):
                inner = self._graph_html(branches) if branches else ""
                items.append(f"<li>{self._node_html(index)}{inner}</li>")
        return f'<ul style="margin:0 0 0 1.2em;padding:0">{"".join(items)}</ul>'


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Cells that were run again.

    Parameters
    ----------
    rows : sequence of CellRow
        Each of them.
    remark : str
        How far it is, or how it ended.
    """

    rows: Sequence[CellRow]
    remark: str

    def __repr__(self) -> str:
        fields = [(row.shown_verdict, row.label, row.shown_title, visible(clipped(row.state))) for row in self.rows]
        return "\n".join([*columns(fields), self.remark])

    def _repr_html_(self) -> str:
        items = "".join(
            f'<li><span style="{style.tint(row.tone)}">{escape(row.shown_verdict)}</span> <b>{escape(row.label)}</b> '
            f"<code>{escape(row.shown_title)}</code> {escape(visible(clipped(row.state)))}</li>"
            for row in self.rows
        )
        shown = f'<ul style="margin:0 0 0 1.2em;padding:0">{items}</ul>' if items else ""
        return (
            f'<div class="lean-magic" role="group" aria-label="Lean cells run again" dir="ltr" style="{style.RESULT}">'
            f"{shown}<div>{escape(self.remark)}</div></div>"
        )


_HEAD = ("cell", "code", "verdict", "builds on", "state")
_CELL = "text-align:left"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of text, column below column."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(field + " " * (wide - width(field)) for field, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
