from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lean_magic.repl._frames import FrameReader

frame = st.lists(st.text(alphabet="ab{}", min_size=1, max_size=4), min_size=1, max_size=3).map("\n".join)


@given(st.lists(frame), st.lists(st.integers(1, 7)), st.integers(2, 4))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    frames: list[str], sizes: list[int], blank: int
) -> None:
    stream = "".join(frame + "\n" * blank for frame in frames).encode()
    reader = FrameReader()
    received: list[bytes] = []
    for size in [*sizes, *[1] * len(stream)]:
        received += reader.feed(stream[:size])
        stream = stream[size:]
    assert [frame.decode() for frame in received] == frames


def test_a_frame_is_given_only_when_it_is_complete() -> None:
    reader = FrameReader()
    assert reader.feed(b'{"env": 0}\n') == []
    assert reader.feed(b"\n{") == [b'{"env": 0}']
    assert reader.feed(b"}\n\n") == [b"{}"]
