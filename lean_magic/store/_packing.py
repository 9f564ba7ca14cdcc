"""How text and bytes are written into the tables."""

from __future__ import annotations

import zlib

__all__ = ["pack", "stored_text", "text_of", "unpack"]

_PLAIN, _ZLIB = 0, 1

# What is shorter gains too little for the time it takes.
_WORTHWHILE = 400


def pack(data: bytes) -> tuple[bytes, int]:
    """Return data as it is stored, and how it is packed: 0 for not at all, 1 for zlib."""
    if len(data) >= _WORTHWHILE:
        packed = zlib.compress(data, 1)
        if len(packed) < 0.9 * len(data):
            return packed, _ZLIB
    return data, _PLAIN


def unpack(data: bytes, packing: int) -> bytes | None:
    """Return data as it was; None if nobody can read it."""
    if packing == _PLAIN:
        return data
    try:
        return zlib.decompress(data) if packing == _ZLIB else None
    except zlib.error:
        return None


def stored_text(text: str) -> str | bytes:
    """Return text as SQLite takes it: as it is, or as bytes where a lone surrogate makes it no Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_of(stored: str | bytes) -> str:
    """Return what `stored_text` was given."""
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogatepass")
