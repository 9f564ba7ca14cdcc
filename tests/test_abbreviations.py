"""Lean's table of abbreviations."""

from __future__ import annotations

import pytest

from lean_magic.abbreviations import Replacement, abbreviations_of, matching, replacement


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("to", "→"),
        ("alpha", "α"),
        ("alp", "α"),
        ("alp7", "α7"),
        ("r", "→"),
        ("<", "⟨"),
        ("Nat", "ℕ"),
        ("N", "ℕ"),
        ("_1", "₁"),
        ("and", "∧"),
    ],
)
def test_an_abbreviation_becomes_its_symbol(typed: str, text: str) -> None:
    found = replacement(typed)
    assert found is not None
    assert found.text == text
    assert found.cursor == len(text)


def test_the_cursor_goes_between_brackets() -> None:
    assert replacement("<>") == Replacement("⟨⟩", 1)
    assert replacement("<>x") == Replacement("⟨⟩x", 2)


@pytest.mark.parametrize("typed", ["", " "])
def test_what_abbreviates_nothing_stays(typed: str) -> None:
    assert replacement(typed) is None


def test_those_that_begin_so_come_with_the_shortest_first() -> None:
    found = [abbreviation for abbreviation, _ in matching("al")]
    assert "alpha" in found
    assert all(abbreviation.startswith("al") for abbreviation in found)
    assert [len(abbreviation) for abbreviation in found] == sorted(map(len, found))
    assert len(matching("", limit=3)) == 3
    assert len(matching("")) > 1800


def test_a_symbol_knows_how_it_is_typed() -> None:
    assert "to" in abbreviations_of("→")
    assert abbreviations_of("a") == []
