"""JSON that is nested more deeply than encoders and decoders go by recursion, as elaboration trees are."""

from __future__ import annotations

import json
import re
from collections import deque
from contextlib import suppress

__all__ = ["decode_nested", "encode_nested"]

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


def encode_nested(value: object) -> str:
    """Encode JSON of any depth: lists, and mappings with texts as keys."""
    with suppress(RecursionError):
        return json.dumps(value)
    written: list[str] = []
    rest: list[tuple[bool, object]] = [(True, value)]  # what is still to be written; that which is text already: False
    while rest:
        is_value, item = rest.pop()
        if not is_value:
            written.append(str(item))
        elif isinstance(item, dict):
            rest.append((False, "}"))
            for number, (key, inner) in reversed(list(enumerate(item.items()))):
                rest += [(True, inner), (False, f"{',' * (number > 0)}{json.dumps(key)}:")]
            rest.append((False, "{"))
        elif isinstance(item, list):
            rest.append((False, "]"))
            for number, inner in reversed(list(enumerate(item))):
                rest += [(True, inner), (False, "," * (number > 0))]
            rest.append((False, "["))
        else:
            written.append(json.dumps(item))
    return "".join(written)


def _decode(parts: list[str], last: str, inner: deque[object]) -> object:
    def fill(constant: str) -> object:
        if not inner:
            raise ValueError(f"{constant} is not JSON")
        return inner.popleft()

    return json.loads("".join([*parts, last]), parse_constant=fill)
