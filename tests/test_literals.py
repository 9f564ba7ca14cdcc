"""Values of Python in Lean code, on real Lean."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lean_magic import InputError, LeanPool, literal

_ON_LEAN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _evaluated(pool: LeanPool, term: str) -> str:
    result = pool.run_sync(f"#eval {term}")
    assert result.ok, result
    return result.infos[0].text


@_ON_LEAN
@given(st.text())
def test_texts_come_through_whole(pool: LeanPool, text: str) -> None:
    codes = _evaluated(pool, f"({literal(text)} : String).toList.map Char.toNat")
    assert json.loads(codes) == [ord(character) for character in text]


@_ON_LEAN
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_through_to_the_bit(pool: LeanPool, number: float) -> None:
    (bits,) = struct.unpack("<Q", struct.pack("<d", number))
    assert _evaluated(pool, f"({literal(number)} : Float).toBits") == str(bits)


@_ON_LEAN
@given(st.lists(st.lists(st.integers())))
def test_lists_of_integers_come_through(pool: LeanPool, lists: list[list[int]]) -> None:
    shown = _evaluated(pool, f"({literal(lists)} : List (List Int)) == {lists}")
    assert shown == "true"


def test_numbers_too_long_for_decimal_come_through(pool: LeanPool) -> None:
    assert _evaluated(pool, f"({literal(-(10**6000))} + 10 ^ 6000 : Int)") == "0"


def test_truth_values_and_numpy_have_literals() -> None:
    class Scalar:
        def tolist(self) -> int:
            return 5

    assert literal([True, False]) == "[true, false]"
    assert literal(Scalar()) == "5"
    assert literal((1, 2.5)) == "[1, 2.5]"
    assert literal([[], [1], []]) == "[[], [1], []]"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "type NoneType"),
        ({1: 2}, "type dict"),
        (b"a", "type bytes"),
        (1j, "type complex"),
        (float("nan"), "nan has no literal"),
        ([float("inf")], "inf has no literal"),
        ([1, "a"], "numbers and texts"),
        ([[1], [True]], "numbers and truth values"),
        ([1, [1]], "numbers and lists"),
        ("\ud800", "U\\+D800"),
    ],
)
def test_the_others_are_refused(value: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        literal(value)


def test_a_list_in_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InputError, match="no deeper than"):
        literal(endless)
