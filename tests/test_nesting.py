from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_magic._nesting import decode_nested, encode_nested

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\[]{}𝔸\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(trees, trees, st.integers(0, 450))
def test_any_depth_is_read_as_json_reads_a_little_of_it(left: object, right: object, depth: int) -> None:
    text = json.dumps([left, {"right": right}, left])
    value = decode_nested('[1, {"a": ' * depth + text + ', "b": "]"}, 2]' * depth)
    for _ in range(depth):
        assert isinstance(value, list)
        one, within, two = value
        assert (one, within["b"], two) == (1, "]", 2)
        value = within["a"]
    assert value == json.loads(text)


def test_many_deep_places_are_told_apart() -> None:
    branches = ",".join("[" * 500 + str(number) + "]" * 500 for number in range(10))
    values = decode_nested(f"[{branches}]")
    assert isinstance(values, list)
    for number, value in enumerate(values):
        leaf = value
        while isinstance(leaf, list):
            (leaf,) = leaf
        assert leaf == number


@pytest.mark.parametrize("middle", ["NaN", "NaN, [1]", "Infinity", "1,", "1 2", '"', "[", "]", "}", "{1}", "\0"])
@pytest.mark.parametrize("depth", [1, 98, 99, 100, 101, 1000])
def test_what_is_no_json_is_refused_at_any_depth(middle: str, depth: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as json does
        decode_nested("[" * depth + middle + "]" * depth)


@given(trees, st.sampled_from([0, 1, 100, 3_000]))
def test_any_depth_is_written_so_that_it_is_read_again(tree: object, depth: int) -> None:
    value = tree
    for _ in range(depth):
        value = {"a": [value, 1], "b": "]"}
    read = decode_nested(encode_nested(value))
    for _ in range(depth):
        assert isinstance(read, dict)
        assert (read["a"][1], read["b"]) == (1, "]")
        read = read["a"][0]
    assert read == tree
