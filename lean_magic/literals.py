"""Values of Python as Lean literals, so that code can be put together without quoting anything by hand."""

from __future__ import annotations

import math
import re
from numbers import Integral
from typing import TypeAlias

from lean_magic.errors import InputError

__all__ = ["literal"]

_DEEPEST = 50  # levels of lists
_LONGEST = 4000  # decimal digits: above some more, Python refuses to write a number in decimal
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\\u2028\u2029]')
_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}

_Kind: TypeAlias = "str | tuple[_Kind | None]"
"""What the elements of a list must have in common; that of a list is in a tuple, None if it is empty."""


def literal(value: object) -> str:
    r"""Return a value of Python as a Lean term, on one line.

    >>> literal([1, 2, 3]), literal("a \"b\""), literal(-2)
    ('[1, 2, 3]', '"a \\"b\\""', '(-2)')

    Parameters
    ----------
    value : int, str, float, bool, or list or tuple of them
        The value; also a NumPy scalar or array. Numbers are written without a type, so that the place where they stand
        chooses it; the elements of a list must be of one kind.

    Raises
    ------
    InputError
        There is no such literal in Lean, or it would not be the same value.
    """
    return _term(value, 0)[0]


def _term(value: object, depth: int) -> tuple[str, _Kind]:
    if hasattr(value, "tolist") and not isinstance(value, (str, bytes)):
        value = value.tolist()  # NumPy's own
    if isinstance(value, bool):
        return ("true" if value else "false"), "bool"
    if isinstance(value, Integral):
        return _number(_digits(abs(int(value))), is_negative=value < 0), "number"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{value} has no literal in Lean: write (1.0 / 0.0 : Float) or the like in the code.")
        return _number(repr(abs(value)), is_negative=math.copysign(1, value) < 0), "number"
    if isinstance(value, str):
        return _text(value), "text"
    if isinstance(value, (list, tuple)):
        return _list(value, depth)
    raise InputError(
        f"A value of type {type(value).__name__} has no literal in Lean: int, str, float, bool and lists of them have."
    )


def _digits(number: int) -> str:
    return str(number) if number.bit_length() < _LONGEST * 3 else hex(number)


def _number(text: str, *, is_negative: bool) -> str:
    return f"(-{text})" if is_negative else text


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        code = ord(value[error.start])
        raise InputError(
            f"The text has half of a surrogate pair (U+{code:04X}), which Lean has no way to write."
        ) from None
    return f'"{_ESCAPED.sub(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _list(values: list[object] | tuple[object, ...], depth: int) -> tuple[str, _Kind]:
    if depth == _DEEPEST:
        raise InputError(f"Lists go no deeper than {_DEEPEST} levels in a literal.")
    terms = [_term(value, depth + 1) for value in values]
    kind: _Kind | None = None
    for _, other in terms:
        kind = _common(kind, other)
    return f"[{', '.join(term for term, _ in terms)}]", (kind,)


def _common(one: _Kind | None, other: _Kind | None) -> _Kind | None:
    """Return what two elements have in common.

    Raises
    ------
    InputError
        Nothing: Lean's lists are of one type.
    """
    if one is None or other is None or one == other:
        return one or other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return (_common(one[0], other[0]),)
    raise InputError(f"A list in Lean has elements of one type, this one has {_said(one)} and {_said(other)}.")


def _said(kind: _Kind) -> str:
    return {"bool": "truth values", "number": "numbers", "text": "texts"}[kind] if isinstance(kind, str) else "lists"
