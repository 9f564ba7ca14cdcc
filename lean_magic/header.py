"""Where the header of a Lean text ends, and what it imports: the one place in Python that knows.

Lean reads a header with a parser of its own, before there is any notation, so that it can be read without Lean, too.
It is ``module``, ``prelude`` and imports, in this order, with space and plain comments between them; anything else ends
it, also a doc comment, and an import after that is one of Lean's errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Header", "Import", "has_header", "header_key", "split_header"]

_WORDS = {"module", "prelude", "public", "meta", "import", "all", "_"}  # which are no names by themselves

_LETTERS = (  # Lean's isIdFirst
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0391-\u039f\u03a1-\u03a2\u03a4-\u03a9\u03b1-\u03ba\u03bc-\u03fb"
    r"\u1f00-\u1ffe\u2100-\u214f\U0001d49c-\U0001d59f"
)
_OTHERS = r"!'0-9?\u1d62-\u1d6a\u2080-\u2089\u2090-\u209c\u2c7c"  # what its isIdRest allows besides
_PLAIN = rf"[{_LETTERS}][{_LETTERS}{_OTHERS}]*+"
_PART = rf"(?:{_PLAIN}|«[^»]*+»)"
_NAME = re.compile(rf"{_PART}(?:\.{_PART})*+")
_PARTS = re.compile(_PART)
_SPACE = re.compile(r"(?:[ \n]++|\r\n|--[^\n]*+)*+")
_COMMENT = re.compile(r"/-(?![-!])")
_COMMENT_EDGE = re.compile(r"/-|-/")
_UNFINISHED_NAME = re.compile(r"\.(?![.({])")  # the others are tokens


@dataclass(frozen=True, slots=True)
class Import:
    """One import.

    Parameters
    ----------
    module : str
        The module, with guillemets only where they are needed.
    is_public, is_meta, is_all : bool
        Whether it says ``public import``, ``meta import``, ``import all``.
    """

    module: str
    is_public: bool = False
    is_meta: bool = False
    is_all: bool = False

    def __str__(self) -> str:
        words = ("public", self.is_public), ("meta", self.is_meta), ("import", True), ("all", self.is_all)
        return " ".join([word for word, is_there in words if is_there] + [self.module])


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a Lean text; one that has none has the empty one, which imports ``Init`` all the same.

    Parameters
    ----------
    imports : tuple of Import
        What it imports, in order; ``Init``, which all but a ``prelude`` import, only where it is named.
    is_module, is_prelude : bool
        Whether it says ``module``, ``prelude``.
    start : int
        Where its first word is, in code points; the same as `end` if there is none.
    end : int
        Where the first command begins, in code points: after the header, and the space and comments that follow it.
        Of a header that is broken, where one can see that it is.
    broken : bool
        Whether Lean refuses to read it: a tab, a lone carriage return, a comment or name without its end, an import
        without a name, a modifier that cannot be there. That a keyword is no name (``import open``), only Lean knows.
    """

    imports: tuple[Import, ...] = ()
    is_module: bool = False
    is_prelude: bool = False
    start: int = 0
    end: int = 0
    broken: bool = False

    def __bool__(self) -> bool:
        """Whether there is any word of a header."""
        return self.start < self.end

    @property
    def key(self) -> str | None:
        """Header that all headers share that lead to the same environment; None if it leads to none, being broken.

        Comments and spacing make no difference, nor does an import that is there already. The order does.
        """
        if self.broken:
            return None
        words = ["module"] * self.is_module + ["prelude"] * self.is_prelude
        implied = () if self.is_prelude else (Import("Init", is_public=self.is_module),)
        return "\n".join(words + [str(i) for i in dict.fromkeys(self.imports) if i not in implied])


def split_header(code: str) -> Header:
    """Find the header of a text.

    Parameters
    ----------
    code : str
        Lean code.

    Returns
    -------
    Header
        ``code[:header.end]`` is all of it, and ``code[header.end:]`` what follows.
    """
    return _Reader(code).header()


def header_key(code: str) -> str | None:
    """Return the key of the header of a text, see `Header.key`; quick where the text names no word of a header."""
    if "import" in code or "module" in code or "prelude" in code:
        return split_header(code).key
    return ""


def has_header(code: str) -> bool:
    """Whether code begins with ``import``, ``module`` or ``prelude``, comments aside.

    Parameters
    ----------
    code : str
        Lean code.
    """
    return bool(split_header(code))


class _BrokenError(Exception):
    """Lean would stop here."""


class _Reader:
    """Reads a text from its beginning, word by word."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.position = 0

    def header(self) -> Header:
        imports: list[Import] = []
        is_module = is_prelude = broken = False
        start = None
        try:
            self.skip_space()
            start = self.position
            is_module = self.skip("module")
            is_prelude = self.skip("prelude")
            while found := self.read_import(is_module=is_module, is_first=not imports):
                imports.append(found)
        except _BrokenError:
            broken = True
        start = self.position if start is None else start
        return Header(tuple(imports), is_module, is_prelude, start, self.position, broken)

    def read_import(self, *, is_module: bool, is_first: bool) -> Import | None:
        before = self.position
        words = []
        try:
            for word in "public", "meta", "import":
                if self.skip(word):
                    words.append(word)  # noqa: PERF401 - those before the one that raises count
        except _BrokenError:
            if not (is_first and self.code.startswith("import", before)):  # the others are words of commands, too
                self.position = before
            if is_first and not words:
                raise
            return None  # Lean goes back, and has it read as a command
        if "import" not in words:
            self.position = before
            return None
        is_public, is_meta = "public" in words, "meta" in words
        is_all = self.skip("all")
        name = _NAME.match(self.code, self.position)
        if name is None or name[0] in _WORDS or _UNFINISHED_NAME.match(self.code, name.end()):
            raise _BrokenError
        self.position = name.end()
        self.skip_space()
        if ((is_public or is_meta or is_all) and not is_module) or (is_public and is_all):
            raise _BrokenError
        return Import(_normal(name[0]), is_public, is_meta, is_all)

    def skip(self, word: str) -> bool:
        """Go past a word, and what space there is after it, if it is the next."""
        name = _NAME.match(self.code, self.position)
        if name is None or name[0] != word:
            return False
        self.position = name.end()
        self.skip_space()
        return True

    def skip_space(self) -> None:
        """Go past space and comments."""
        code = self.code
        self.position = _SPACE.match(code, self.position).end()  # type: ignore[union-attr]
        while _COMMENT.match(code, self.position):
            self.position = _SPACE.match(code, self.comment_end()).end()  # type: ignore[union-attr]
        if code.startswith(("\t", "\r"), self.position):
            raise _BrokenError

    def comment_end(self) -> int:
        """Return where a comment ends; comments may contain comments."""
        depth = 1
        for edge in _COMMENT_EDGE.finditer(self.code, self.position + 3):  # Lean reads /-/ as a beginning only
            depth += 1 if edge[0] == "/-" else -1
            if depth == 0:
                return edge.end()
        raise _BrokenError


def _normal(name: str) -> str:
    """Return a name as Lean prints it: in guillemets only what is no identifier without them."""
    parts = (part.removeprefix("«").removesuffix("»").replace("\r\n", "\n") for part in _PARTS.findall(name))
    return ".".join(part if re.fullmatch(_PLAIN, part) else f"«{part}»" for part in parts)
