"""JSON that is nested more deeply than decoders go by recursion, as elaboration trees are."""

from __future__ import annotations

import json
import re
from collections import deque

__all__ = ["decode_nested"]

_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]')  # strings too, whose brackets are none
_LEVELS = 100
_HOLE = "NaN"  # which no JSON contains, and the decoder asks us about


def decode_nested(text: str) -> object:
    """Decode JSON of any depth: in pieces of some levels, from the inside out.

    Raises
    ------
    ValueError
        It is not JSON.
    """
    outer: list[tuple[list[str], deque[object]]] = []
    parts: list[str] = []  # of the text of the current piece
    inner: deque[object] = deque()  # what belongs into its holes
    depth = start = 0
    for token in _STRUCTURE.finditer(text):
        if token[0] in {"[", "{"}:
            depth += 1
            if depth % _LEVELS == 0:
                outer.append(([*parts, text[start : token.start()], _HOLE], inner))
                parts, inner, start = [], deque(), token.start()
        elif token[0] in {"]", "}"}:
            if depth % _LEVELS == 0 and outer:
                value = _decode(parts, text[start : token.end()], inner)
                parts, inner = outer.pop()
                inner.append(value)
                start = token.end()
            depth -= 1
    return _decode(parts, text[start:], inner)


def _decode(parts: list[str], last: str, inner: deque[object]) -> object:
    def fill(constant: str) -> object:
        if not inner:
            raise ValueError(f"{constant} is not JSON")
        return inner.popleft()

    return json.loads("".join([*parts, last]), parse_constant=fill)
