"""Cut a stream of bytes into frames, of any size and in linear time."""

from __future__ import annotations

from lean_magic.protocol import FRAME_END

__all__ = ["FrameReader"]


class FrameReader:
    """Collects what comes in and gives back what is complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take more of the stream in; return the frames that it completes, without the empty lines between them."""
        self._buffer += data
        frames = []
        while (end := self._buffer.find(FRAME_END, self._searched)) >= 0:
            frames.append(bytes(self._buffer[:end]).strip())
            del self._buffer[: end + len(FRAME_END)]
            self._searched = 0
        # The end mark may have begun in the last byte.
        self._searched = max(0, len(self._buffer) - len(FRAME_END) + 1)
        return [frame for frame in frames if frame]
