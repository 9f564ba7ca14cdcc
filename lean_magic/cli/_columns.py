"""Which columns of a table are asked for: by the names that the user gives, or by those that people use."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from lean_magic.errors import InputError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Hashable, Mapping

    from lean_magic.cli._tables import Rows

__all__ = ["CODE", "PROOF", "STATEMENT", "Column", "add_columns", "cells_in", "codes_in"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a command looks for.

    Parameters
    ----------
    content
        What is in it, in one word; the option to name it is called after that.
    usual
        What people call it, in the order in which they are looked for.
    """

    content: str
    usual: tuple[str, ...]

    @property
    def option(self) -> str:
        """The option that names it."""
        return f"--{self.content}-column"

    def wanted(self, options: argparse.Namespace) -> str | None:
        """Return the name that the user gives; None for the usual ones."""
        name: str | None = getattr(options, f"{self.content}_column")
        return name

    def found(self, row: Mapping[str, Any], options: argparse.Namespace, path: str) -> str | None:
        """Return its name in a table; None if none of the usual ones is there.

        Raises
        ------
        InputError
            The one that the user gives is not there.
        """
        if (wanted := self.wanted(options)) is None:
            return next((name for name in self.usual if name in row), None)
        if wanted not in row:
            raise InputError(f"{path} has no column {wanted!r} for {self.option}: it has {_listed(row)}.")
        return wanted


CODE = Column("code", ("code", "lean_code", "lean4_code", "full_proof", "proof", "formal_proof"))
STATEMENT = Column("statement", ("statement", "formal_statement", "theorem"))
PROOF = Column("proof", ("proof", "formal_proof"))
_ID = Column("id", ("id", "custom_id", "problem_id", "name", "uuid"))


def add_columns(parser: argparse.ArgumentParser, *columns: Column) -> None:
    """Add the options that name columns, and ``--id-column``."""
    for column in columns:
        parser.add_argument(column.option, metavar="NAME", help=f"where the {column.content} is ({_default(column)})")
    parser.add_argument(
        _ID.option, metavar="NAME", help=f"what each is called ({_default(_ID)}; else the number of the row, from 0)"
    )


def _default(column: Column) -> str:
    return f"default: the first there is of {', '.join(column.usual)}"


def codes_in(
    rows: Rows, path: str, options: argparse.Namespace, *, limit: int | None = None
) -> Generator[tuple[Hashable, str], None, None]:
    """Yield the id and the code of each row: see `cells_in`."""
    with closing(cells_in(rows, path, options, CODE, limit=limit)) as cells:
        for name, (code,) in cells:
            yield name, code


def cells_in(
    rows: Rows, path: str, options: argparse.Namespace, *columns: Column, limit: int | None = None
) -> Generator[tuple[Hashable, list[Any]], None, None]:
    """Yield the id of each row, and what is in some of its columns.

    The id is the number of the row, from 0, where there is no other. What is in the columns is not looked at: what is
    no text is for the pool to refuse, so that the other rows are checked.

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
        There is no such column.
    """
    with closing(rows):
        some = islice(rows, limit)
        first = next(some, None)
        if first is None:
            return
        names = [_required(column, first, options, path) for column in columns]
        id_name = _ID.found(first, options, path)
        for number, row in enumerate(chain([first], some)):
            yield _id(None if id_name is None else row.get(id_name), number), [row.get(name) for name in names]


def _required(column: Column, row: Mapping[str, Any], options: argparse.Namespace, path: str) -> str:
    name = column.found(row, options, path)
    if name is None:
        raise InputError(
            f"{path} has no column {', '.join(column.usual)}: it has {_listed(row)}. Name one with {column.option}."
        )
    return name


def _id(found: object, number: int) -> Hashable:
    if found is None:
        return number
    return json.dumps(found, ensure_ascii=False) if isinstance(found, list | dict) else found


def _listed(row: Mapping[str, Any]) -> str:
    return ", ".join(map(str, row)) or "none"
