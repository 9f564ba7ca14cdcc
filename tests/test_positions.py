from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lean_magic import Position

texts = st.text(alphabet="ab\n\r\u2028\u05e9𝔸", max_size=30)


@given(texts, st.data())
def test_offset_and_position_are_inverse(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    assert Position.at(text, offset).offset(text) == offset


def test_only_line_feeds_end_lines_as_in_lean() -> None:
    assert Position.at("a\u2028b\rc\nd", 6) == Position(2, 0)


def test_columns_are_code_points_and_utf16_columns_are_not() -> None:
    text = "x\n𝔸שb"
    assert text[Position(2, 2).offset(text)] == "b"
    assert Position(2, 2).utf16_column(text) == 3


def test_a_place_beyond_the_text_is_its_end() -> None:
    assert Position(7, 0).offset("a\nb") == 3
    assert Position(2, 9).offset("a\nb") == 3


def test_positions_are_ordered_and_print_as_editors_do() -> None:
    assert Position(1, 9) < Position(2, 0)
    assert str(Position(2, 5)) == "2:5"
