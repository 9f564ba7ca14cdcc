"""Which columns of a table are asked for: by the names that the user gives, or by those that people use."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lean_magic.errors import InputError
from lean_magic.pool._inputs import check_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Hashable, Iterable, Iterator, Mapping

    from lean_magic.cli._tables import Row, Rows

__all__ = [
    "CODE",
    "PROOF",
    "STATEMENT",
    "Cells",
    "Column",
    "add_columns",
    "cells_in",
    "code_in",
    "codes_in",
    "found_in",
    "texts_in",
]

_UNREADABLE = 1000  # rows, after which a file is not what it should be
_SHOWN = 60  # characters of what is no text


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a command looks for.

    Parameters
    ----------
    content
        What is in it, in one word; the option to name it is called after that.
    usual
        What people call it, in the order in which they are looked for.
    may_be_blank
        Whether a text without anything in it is for Lean to refuse: an empty proof proves nothing.
    """

    content: str
    usual: tuple[str, ...]
    may_be_blank: bool = False

    @property
    def option(self) -> str:
        """The option that names it."""
        return f"--{self.content}-column"

    def wanted(self, options: argparse.Namespace) -> str | None:
        """Return the name that the user gives; None for the usual ones."""
        name: str | None = getattr(options, f"{self.content}_column")
        return name

    def found(self, table: list[str], options: argparse.Namespace, path: str) -> str | None:
        """Return its name in a table; None if none of the usual ones is there.

        Raises
        ------
        InputError
            The one that the user gives is not there.
        """
        if (wanted := self.wanted(options)) is None:
            return next((name for name in self.usual if name in table), None)
        if wanted not in table:
            raise InputError(f"{path} has no column {wanted!r} for {self.option}: it has {_listed(table)}.")
        return wanted


CODE = Column("code", ("code", "lean_code", "lean4_code", "full_proof", "proof", "formal_proof"))
STATEMENT = Column("statement", ("statement", "formal_statement", "theorem"))
PROOF = Column("proof", ("proof", "formal_proof"), may_be_blank=True)
_ID = Column("id", ("id", "custom_id", "problem_id", "name", "uuid"))


def add_columns(parser: argparse.ArgumentParser, *columns: Column) -> None:
    """Add the options that name columns, and ``--id-column``."""
    for column in columns:
        parser.add_argument(column.option, metavar="NAME", help=f"where the {column.content} is ({_default(column)})")
    parser.add_argument(
        _ID.option,
        metavar="NAME",
        help=f"what each is called ({_default(_ID)}; else the number of the row, from 0)",
    )


def _default(column: Column) -> str:
    return f"default: the first there is of {', '.join(column.usual)}"


class Cells(NamedTuple):
    """What was looked for in a row.

    Parameters
    ----------
    id
        What the row is called. Where rows have no names, its number, from 0; where only this one has none, its line:
        ``"line 7"``.
    values
        What is in the columns; where the row cannot be read, the error that says why, for each of them.
    row
        The row.
    names
        The columns that were found, and the one of the id, if there is one.
    """

    id: Hashable
    values: list[Any]
    row: Row
    names: dict[str, str]


def codes_in(
    rows: Rows, path: str, options: argparse.Namespace, *, limit: int | None = None
) -> Generator[tuple[Hashable, str | InputError], None, None]:
    """Yield the id of each row and its code, or why there is none: see `cells_in`."""
    with closing(cells_in(rows, path, options, CODE, limit=limit)) as found:
        for cells in found:
            yield cells.id, code_in(cells)


def code_in(cells: Cells) -> str | InputError:
    """Return the code of a row; an error that says where it is, if there is none that Lean can be given."""
    (code,) = texts_in(cells, CODE)
    return code


def texts_in(cells: Cells, *columns: Column) -> list[str | InputError]:
    """Return what is in columns of a row; an error that says where it is, if there is nothing that Lean can be given.

    Parameters
    ----------
    cells
        What was found.
    *columns
        The columns that were looked for.
    """
    return [_text(value, column, cells) for value, column in zip(cells.values, columns, strict=True)]


def _text(value: object, column: Column, cells: Cells) -> str | InputError:
    if isinstance(value, InputError):
        return value
    where, name = cells.row.where, cells.names[column.content]
    if isinstance(value, str) and (value.strip() or column.may_be_blank):
        try:
            return check_text(value, column.content)
        except InputError as error:
            return InputError(f"{where}: {error}")
    if value is None or isinstance(value, str):
        return InputError(f"{where}: there is no {column.content}: {name!r} is empty.")
    return InputError(f"{where}: {name!r} is not text, but {shorten(str(value), _SHOWN)}.")


def cells_in(
    rows: Rows, path: str, options: argparse.Namespace, *columns: Column, limit: int | None = None
) -> Generator[Cells, None, None]:
    """Yield the id of each row, and what is in some of its columns.

    What is in the columns is not looked at: what is no text is for others to refuse, so that the other rows are
    checked. So is a row that cannot be read.

    Parameters
    ----------
    rows
        The rows.
    path
        What to call the table where something is wrong with it.
    options
        What the user gives, with the options of `add_columns`.
    *columns
        The columns.
    limit
        How many rows at most.

    Raises
    ------
    InputError
        There is no such column; or nothing can be read.
    """
    with closing(rows):
        some = islice(rows, limit)
        before, first = _first(some)
        if first is None:
            return
        names = found_in(first, path, options, *columns)
        for number, row in enumerate(chain(before, some)):
            # Among names, a number may be the name of another.
            unnamed = row.where.rpartition(", ")[2] if _ID.content in names else number
            if isinstance(row.cells, InputError):
                yield Cells(unnamed, [row.cells] * len(columns), row, names)
            else:
                name = row.cells.get(names[_ID.content]) if _ID.content in names else None
                values = [row.cells.get(names[column.content]) for column in columns]
                yield Cells(_id(name, unnamed), values, row, names)


def found_in(table: Iterable[str], path: str, options: argparse.Namespace, *columns: Column) -> dict[str, str]:
    """Return which columns of a table are meant: for each kind, that of the id too if there is one, its name.

    Parameters
    ----------
    table
        The names of all its columns.
    path
        What to call it where something is wrong with it.
    options
        What the user gives, with the options of `add_columns`.
    *columns
        Those that it must have.

    Raises
    ------
    InputError
        One is not there.
    """
    all_names = [*table]
    names = {column.content: _required(column, all_names, options, path) for column in columns}
    if (name := _ID.found(all_names, options, path)) is not None:
        names[_ID.content] = name
    return names


def _first(rows: Iterator[Row]) -> tuple[list[Row], Mapping[str, Any] | None]:
    """Return the first row that can be read, and all that were read to find it."""
    before: list[Row] = []
    for row in rows:
        before.append(row)
        if not isinstance(row.cells, InputError):
            return before, row.cells
        if len(before) >= _UNREADABLE:
            break
    if before:
        raise cast("InputError", before[0].cells)
    return before, None


def _required(column: Column, table: list[str], options: argparse.Namespace, path: str) -> str:
    name = column.found(table, options, path)
    if name is None:
        raise InputError(
            f"{path} has no column {', '.join(column.usual)}: it has {_listed(table)}. Name one with {column.option}."
        )
    return name


def _id(found: Hashable | list[Any] | dict[str, Any], unnamed: Hashable) -> Hashable:
    if found is None:
        return unnamed
    return json.dumps(found, ensure_ascii=False) if isinstance(found, list | dict) else found


def _listed(table: list[str]) -> str:
    return ", ".join(table) or "none"
