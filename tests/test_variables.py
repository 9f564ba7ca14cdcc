"""The way back from what Lean was given to what the user wrote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lean_magic.magic._variables import expand
from lean_magic.positions import Position

_PIECES = st.lists(
    st.sampled_from(["{{n}}", "{{ text }}", "𝔸", "\t", "\r\n", "\n", "-- é", "{{m}}", "x", "{", "}"]), max_size=20
)


@given(_PIECES, st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)), st.text(max_size=5))
def test_every_place_outside_of_values_comes_back(pieces: list[str], number: float, text: str) -> None:
    text = text.encode(errors="ignore").decode()
    code = "".join(pieces)
    used = [
        name for name in ("n", "text") if name in {piece.strip("{} ") for piece in pieces if piece.startswith("{{")}
    ]
    expansion = expand(code, used, {"n": number, "text": text})
    assert expansion.text.count("\n") == code.count("\n")
    for line, (written, given_) in enumerate(zip(code.split("\n"), expansion.text.split("\n"), strict=True), 1):
        for column, character in enumerate(given_):
            start = expansion.in_code(Position(line, column))
            end = expansion.in_code(Position(line, column), is_end=True)
            assert start <= end
            place = start.column
            assert written[place] == character or written.startswith("{{", place)
        assert expansion.in_code(Position(line, len(given_)), is_end=True) == Position(line, len(written))
