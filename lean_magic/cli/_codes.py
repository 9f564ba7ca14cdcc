"""The codes of the files that ``lean-magic check`` is given."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Literal

from lean_magic.cli._columns import codes_in
from lean_magic.cli._tables import BYTE_ORDER_MARK, STANDARD_INPUT, Rows, is_table, json_rows, rows_in
from lean_magic.cli._terminal import complain, standard_input
from lean_magic.errors import InputError
from lean_magic.pool._inputs import read_code

if TYPE_CHECKING:
    import argparse
    from collections.abc import Hashable, Iterator

__all__ = ["STANDARD_INPUT_NAME", "Codes"]

STANDARD_INPUT_NAME = "<stdin>"


class Codes:
    """The codes of files, each with its id; what cannot be read is complained of, and left out.

    Parameters
    ----------
    options
        The names of the files, what they are (``--input``), and which columns they have.

    Attributes
    ----------
    is_whole
        Whether all could be read, as far as they were.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._kind: Literal["lean", "json"] | None = options.input
        self.is_whole = True

    def __iter__(self) -> Iterator[tuple[Hashable, str | InputError]]:
        for file in self._options.files:
            try:
                yield from self._of_standard_input() if file == STANDARD_INPUT else self._of_file(file)
            except InputError as error:
                complain(str(error))
                self.is_whole = False

    def _of_file(self, file: str) -> Iterator[tuple[Hashable, str | InputError]]:
        if self._kind == "lean" or (self._kind is None and not is_table(file)):
            yield file, read_code(file)
        else:
            yield from self._of_rows(rows_in(file, suffix=None if is_table(file) else ".json"), file)

    def _of_standard_input(self) -> Iterator[tuple[Hashable, str | InputError]]:
        file = sys.stdin.buffer
        read: list[bytes] = []
        for line in file:
            read.append(line)
            if not line.removeprefix(BYTE_ORDER_MARK).isspace():
                break
        is_json = bool(read) and read[-1].lstrip(BYTE_ORDER_MARK + b" \t").startswith((b"{", b"["))
        if self._kind == "json" or (self._kind is None and is_json):
            yield from self._of_rows(
                json_rows(chain(read, file), STANDARD_INPUT_NAME, is_one=True), STANDARD_INPUT_NAME
            )
            return
        yield STANDARD_INPUT_NAME, standard_input(read)

    def _of_rows(self, rows: Rows, file: str) -> Iterator[tuple[Hashable, str | InputError]]:
        return codes_in(rows, file, self._options)
