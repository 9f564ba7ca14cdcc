"""Whatever a cell contains, there is a clear result or error, and the pool is healthy afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lean_magic import InputError, LeanPool, Position


@pytest.fixture(autouse=True)
def healthy(pool: LeanPool) -> Iterator[None]:
    yield
    assert pool.run_sync("#eval 1 + 1").infos[0].text == "2"


@pytest.mark.parametrize("code", ["", " \n\n", "-- only a comment", "/- only\na comment -/\n"])
def test_nothing_is_valid(pool: LeanPool, code: str) -> None:
    result = pool.run_sync(code)
    assert (result.verdict, result.messages) == ("valid", ())


@pytest.mark.parametrize(
    "code",
    [
        "xyz",
        "theorem t : 1 = 1 := by",
        "theorem t : 1 = ",
        "/- never ends",
        '#eval "never ends',
        "import NoSuchModule",
        "def x := 1\nimport Lean",
        "a\0b",
        "\0",
        "def x := \0",
        "\ufeffdef x := (",
        "))))",
    ],
)
def test_what_is_not_lean_is_an_error(pool: LeanPool, code: str) -> None:
    result = pool.run_sync(code)
    assert result.verdict == "error"
    assert result.errors[0].text
    assert result.errors[0].start >= Position(1, 0)


@pytest.mark.parametrize("code", ["\ud800", "example : 1 = 1 := rfl -- \udfff", "\ud835\udd38"])
def test_half_characters_are_refused(pool: LeanPool, code: str) -> None:
    with pytest.raises(InputError, match="surrogate"):
        pool.run_sync(code)
    with pytest.raises(InputError, match="surrogate"):
        pool.tactic_sync(pool.prove_sync("theorem t : 1 = 1"), code)


class Odd(str):
    """Text of another type, as NumPy and others have it."""

    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def test_text_of_another_type_is_text(pool: LeanPool) -> None:
    result = pool.run_sync(Odd("#check 1"), options={Odd("pp.all"): True}, infotree=Odd("full"), timeout=60)  # type: ignore[arg-type]
    assert (type(result.code), result.code) == (str, "#check 1")
    assert result.infos[0].text == "@OfNat.ofNat.{0} Nat (nat_lit 1) (instOfNatNat (nat_lit 1)) : Nat"
    assert result.infotree
    state = pool.prove_sync(Odd("theorem t : 1 = 1"))
    assert pool.tactic_sync(state, Odd("rfl")).completed
    assert [check.ok for check in pool.check_many_sync([Odd("#eval 1"), "#eval 2"], batch=Odd("odd"))] == [True, True]


@pytest.mark.parametrize("code", [None, b"example : 1 = 1 := rfl", 5])
def test_what_is_not_text_is_refused(pool: LeanPool, code: str) -> None:
    with pytest.raises(InputError, match="must be text"):
        pool.run_sync(code)


def test_nul_in_a_string_is_kept(pool: LeanPool) -> None:
    assert pool.run_sync('#eval "a\0b".length').infos[0].text == "3"


def test_positions_count_code_points(pool: LeanPool) -> None:
    code = "def 𝔸 := 1\n/- שלום עולם 𝔸𝔸 -/ example : 𝔸 = 2 := by rfl"
    (message,) = pool.run_sync(code).errors
    line = code.split("\n")[1]
    assert message.end is not None
    assert line[message.start.column : message.end.column] == "rfl"


def test_exit_ends_the_code_and_not_the_worker(pool: LeanPool) -> None:
    result = pool.run_sync("def x := 1\n#exit\nthis is not read")
    assert [error.start.line for error in result.errors] == [2]
    assert pool.run_sync("#eval x", result.env).infos[0].text == "1"


def test_ten_megabytes_of_code(pool: LeanPool) -> None:
    code = "-- nothing much\n" * 650_000 + "example : 1 = 2 := rfl"
    assert len(code) > 10_000_000
    result = pool.run_sync(code)
    assert result.verdict == "error"
    assert result.errors[0].start.line == 650_001


def test_ten_megabytes_of_nonsense(pool: LeanPool) -> None:
    assert pool.run_sync("x" * 10_000_000).verdict in {"error", "timeout", "out_of_memory", "crashed"}


def test_a_hundred_thousand_messages(pool: LeanPool) -> None:
    code = 'import Lean\nrun_cmd for i in [0:100000] do Lean.logInfo m!"message {i}"'
    result = pool.run_sync(code)
    assert (result.verdict, len(result.infos)) == ("valid", 100_000)
    assert result.infos[-1].text == "message 99999"


def test_a_deep_recursion(pool: LeanPool) -> None:
    result = pool.run_sync("def deep : Nat → Nat | 0 => 0 | n + 1 => 1 + deep n\n#eval deep 100000000")
    assert result.verdict in {"error", "crashed", "out_of_memory"}


def test_what_lean_code_prints_is_not_an_answer(pool: LeanPool) -> None:
    result = pool.run_sync('#eval IO.println "{\\"env\\": 0}\\n\\n"\n#eval IO.eprintln "to stderr"')
    assert result.verdict == "valid"
    assert '{"env": 0}' in result.infos[0].text
