"""What a word in unfinished code could become."""

from __future__ import annotations

import contextlib

import pytest

from lean_magic import Completion, DeadlineError, EnvRef, InputError, LeanPool, Position

_STRUCTURE = "structure P where\n  left : Nat\n  right : Nat\n"


def _complete(pool: LeanPool, marked: str, env: EnvRef | None = None) -> tuple[Completion, ...]:
    """Complete at the bar in the code."""
    offset = marked.index("│")
    code = marked.replace("│", "")
    found = pool.complete_sync(code, Position.at(code, offset), env)
    assert all(completion.end == Position.at(code, offset) for completion in found)
    return found


@pytest.mark.parametrize(
    ("marked", "first", "kind"),
    [
        ("example : Nat := Nat.ad│", "add", "function"),
        ("example (foo : Nat) (foobar : foo = foo) : foo = foo := by\n  exact foob│", "foobar", "variable"),
        ("example (xs : List Nat) : Nat := xs.leng│", "length", "function"),
        ("example : List Nat := .ni│", "nil", "constructor"),
        ("example (n : Nat) : n = n := by\n  cases n\n  · si│\n  · rfl", "simp", "tactic"),
        ("example (n : Nat) : n = n := by\n  rw [Nat.add_com│]", "add_comm", "theorem"),
        ("set_option pp.al│", "pp.all", "option"),
        (f"{_STRUCTURE}def p : P := {{ left := 1, ri│", "right", "field"),
        ("theor│", "theorem", "command"),
        ("#ev│", "#eval", "command"),
        ("section Abc\nend A│", "Abc", "namespace"),
        ("import Lean.Elab.Tacti│", "Lean.Elab.Tactic", "module"),
        ("namespace Foo\ndef bar := 1\nexample : Nat := ba│", "bar", "constant"),
        ("open Nat in\nexample : Nat := suc│", "succ", "constructor"),
        ("example : Nat := let 𝔸𝔸 := 3; /- 𝔸 -/ 𝔸│", "𝔸𝔸", "variable"),
        ("example : Nat := by\n  exact Nat.su│\n\nexample : Nat := 1", "sub", "function"),
    ],
)
def test_the_best_comes_first(pool: LeanPool, marked: str, first: str, kind: str) -> None:
    best = _complete(pool, marked)[0]
    assert (best.text, best.kind) == (first, kind)


def test_a_completion_says_what_it_replaces_and_what_it_is(pool: LeanPool) -> None:
    best = _complete(pool, "-- 𝔸\nexample : Nat := /- 𝔸 -/ Nat.ad│ 1 2")[0]
    assert (best.start, best.end) == (Position(2, 29), Position(2, 31))
    assert best.type == "Nat → Nat → Nat"
    (option,) = _complete(pool, "set_option pp.sanitizeNam│")
    assert option.start == Position(1, 11)


def test_tactics_are_told_where_one_could_begin(pool: LeanPool) -> None:
    found = {completion.text for completion in _complete(pool, "example (n : Nat) : n = n := by\n  │")}
    assert {"simp", "rfl", "induction", "constructor"} <= found


def test_the_own_tactics_are_told_too(pool: LeanPool) -> None:
    env = pool.run_sync('macro "finish_it" : tactic => `(tactic| rfl)\ndef finished := 1').env
    assert [found.text for found in _complete(pool, "example : 1 = 1 := by\n  finish│", env)] == ["finish_it"]
    assert _complete(pool, "example := finishe│", env)[0].text == "finished"


def test_what_is_imported_decides(pool: LeanPool) -> None:
    code = "example := Lean.Elab.Command.elabCommandTopLev│"
    assert _complete(pool, code) == ()
    env = pool.run_sync("import Lean").env
    assert _complete(pool, code, env)[0].text == "elabCommandTopLevel"
    assert _complete(pool, code) == ()


def test_only_as_many_are_told_as_somebody_would_read(pool: LeanPool) -> None:
    assert 100 < len(_complete(pool, "example := a│")) <= 200


@pytest.mark.parametrize(
    "marked", ["│", "def x := 1\n│", "def │", "example : Nat := xyzzyxyzzy│", "/- Na│ -/", "-- Na│"]
)
def test_where_there_is_nothing_to_say_nothing_is_said(pool: LeanPool, marked: str) -> None:
    assert _complete(pool, marked) == ()


def test_lines_may_end_as_on_windows(pool: LeanPool) -> None:
    assert _complete(pool, "def a := 1\ndef b := 2\n#check Nat.ad│") == tuple(
        pool.complete_sync("def a := 1\r\ndef b := 2\r\n#check Nat.ad", Position(3, 13))
    )


def test_nothing_is_kept() -> None:
    with LeanPool(workers=1, timeout=60) as own:
        env = own.run_sync("def x := 1").env
        before = own.status().workers[0]
        for marked in ("example := x│", "def y := x\nexample := y│"):
            assert _complete(own, marked, env)
        after = own.status().workers[0]
        assert (after.environments, after.proof_states) == (before.environments, before.proof_states)
        assert own.run_sync("example : x = 1 := rfl", env).ok


def test_what_takes_too_long_is_stopped_without_harm(pool: LeanPool) -> None:
    code = """set_option maxHeartbeats 0
set_option maxRecDepth 1000000
example (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = 1 := by simp (maxSteps := 1000000000) [h]
example := Nat.ad"""
    with pytest.raises(DeadlineError):
        pool.complete_sync(code, Position(4, 17), timeout=0.5)
    assert _complete(pool, "example := Nat.ad│")[0].text == "add"


@pytest.mark.parametrize("position", [Position(2, 0), Position(1, 4), Position(0, 0), "here"])
def test_a_place_that_is_none_is_refused(pool: LeanPool, position: object) -> None:
    with pytest.raises(InputError, match=r"place|Position"):
        pool.complete_sync("def", position)  # type: ignore[arg-type]


async def test_awaiting_gives_the_same(pool: LeanPool) -> None:
    code = "example := Nat.ad"
    assert await pool.complete(code, Position(1, 17)) == pool.complete_sync(code, Position(1, 17))


def test_who_is_stopped_gets_further_the_next_time(pool: LeanPool) -> None:
    slow = "\n".join(f"theorem slow{i} (a b c : Nat) : a * b + c = c + b * a := by grind" for i in range(25))
    code = f"{slow}\nexample := slow9"
    found: tuple[Completion, ...] = ()
    for _ in range(300):
        with contextlib.suppress(DeadlineError):
            found = pool.complete_sync(code, Position.at(code, len(code)), timeout=0.3)
            break
    assert found
    assert found[0].text == "slow9"


def test_nothing_is_run_that_somebody_still_writes(pool: LeanPool) -> None:
    written = """def before := 5
#eval IO.FS.writeFile "looked.txt" ""
#eval (2 ^ 2 ^ 36) % 7
set_option pp.all true in
#eval IO.FS.writeFile "looked.txt" ""
run_cmd IO.FS.writeFile "looked.txt" ""
#reduce (List.range 10000000).length
def after := before
#eval aft"""
    worker = pool.status().workers[0].pid if pool.status().workers else None
    for _ in range(2):
        assert "after" in [item.text for item in pool.complete_sync(written, Position(9, 9))]
    assert pool.hover_sync(written, Position(8, 15)).text.startswith("```lean\nbefore : Nat")
    if worker is not None:
        assert worker in [one.pid for one in pool.status().workers]
    exists = '#eval do return (← System.FilePath.pathExists "looked.txt")'
    assert pool.run_sync(exists).infos[0].text == "false"
    both = pool.run_sync("def before := 5\n#eval before\n#eval before + 1")
    pool.complete_sync("def before := 5\n#eval before + 7\n#eval bef", Position(3, 9))
    later = pool.run_sync("def before := 5\n#eval before + 7\n#eval before")
    assert [[info.text for info in result.infos] for result in (both, later)] == [["5", "6"], ["12", "5"]]
