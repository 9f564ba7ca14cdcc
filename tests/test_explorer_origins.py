"""Where a proof belongs: a script in the place of the ``sorry``, laid out as people write it, with Lean's opinion."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lean_magic import InputError, LeanPool, Position
from lean_magic.explorer._lean_text import ends_in_comment, masked
from lean_magic.explorer._origin import Checked, Origin

ONE, TWO, NOTED = "exact h", "skip\nexact h", "skip\nexact h -- so"


@pytest.mark.parametrize(
    ("code", "script", "after"),
    [
        ("example (h : p) : p := by sorry", ONE, "example (h : p) : p := by exact h"),
        ("example (h : p) : p := by sorry -- to do", TWO, "example (h : p) : p := by\n  skip\n  exact h -- to do"),
        ("example\n    (h : p) :\n    p := by sorry", TWO, "example\n    (h : p) :\n    p := by\n  skip\n  exact h"),
        ("example (h : p) : p := sorry", ONE, "example (h : p) : p := by exact h"),
        ("example (h : p) : p :=\n  sorry", TWO, "example (h : p) : p := by\n  skip\n  exact h"),
        ("example (h : p) : p := by\n  sorry", TWO, "example (h : p) : p := by\n  skip\n  exact h"),
        ("example (h : p) : p := by\r\n  sorry\r\n", TWO, "example (h : p) : p := by\r\n  skip\r\n  exact h\r\n"),
        ("example (h : p) : p := by\n  exact sorry", TWO, "example (h : p) : p := by\n  skip\n  exact h"),
        ("example (h : p) : p := by\n  · admit", TWO, "example (h : p) : p := by\n  · skip\n    exact h"),
        (
            "example (h : p) : p := by\n  have g : p := sorry\n  exact g",
            TWO,
            "example (h : p) : p := by\n  have g : p := by\n    skip\n    exact h\n  exact g",
        ),
        (
            "example (h : p) : p ∧ p := by\n  constructor <;> sorry",
            TWO,
            "example (h : p) : p ∧ p := by\n  constructor <;> (\n    skip\n    exact h)",
        ),
        (
            "example (h : p) : p ∧ p := by\n  constructor <;> sorry",
            "skip; exact h",
            "example (h : p) : p ∧ p := by\n  constructor <;> (skip; exact h)",
        ),
        (
            "theorem t : ∀ n : Nat, p → p\n  | 0, h => sorry\n  | _ + 1, h => h",
            TWO,
            "theorem t : ∀ n : Nat, p → p\n  | 0, h => by\n    skip\n    exact h\n  | _ + 1, h => h",
        ),
        (
            "example (n : Nat) (h : p) : p := by\n  induction n with\n  | zero => sorry\n  | succ => exact h",
            TWO,
            """\
example (n : Nat) (h : p) : p := by
  induction n with
  | zero =>
    skip
    exact h
  | succ => exact h""",
        ),
        ("example (h : p) : p := id sorry", ONE, "example (h : p) : p := id (by exact h)"),
        ("example (h : p) : p ∧ p := ⟨sorry, h⟩", ONE, "example (h : p) : p ∧ p := ⟨by exact h, h⟩"),
        (
            "example (h : p) : p ∧ p := ⟨by sorry, h⟩",
            NOTED,
            "example (h : p) : p ∧ p := ⟨by\n  skip\n  exact h -- so\n  , h⟩",
        ),
        ("example (h : p) : p := by first | fail | sorry", ONE, "example (h : p) : p := by first | fail | exact h"),
        (
            'example (h : p) : "𝔸" = "𝔸" ∧ p := by /- 𝔸 sorry -/ constructor; rfl; sorry',
            ONE,
            'example (h : p) : "𝔸" = "𝔸" ∧ p := by /- 𝔸 sorry -/ constructor; rfl; exact h',
        ),
        (
            "def f (n : Nat) : Nat := if _ : n = 0 then 0 else f (n - 1)\ntermination_by n\ndecreasing_by sorry",
            "skip\nomega",
            """\
def f (n : Nat) : Nat := if _ : n = 0 then 0 else f (n - 1)
termination_by n
decreasing_by
  skip
  omega""",
        ),
        (
            "def f : Nat := g 1 where\n  g (h : Nat) : Nat := sorry",
            TWO,
            "def f : Nat := g 1 where\n  g (h : Nat) : Nat := by\n    skip\n    exact h",
        ),
    ],
)
async def test_a_script_takes_the_place_of_a_sorry(pool: LeanPool, code: str, script: str, after: str) -> None:
    header = "variable {p : Prop}\n"
    result = await pool.run(header + code)
    checked = await Origin.of_result(result).check(pool, script)
    assert checked == Checked(script, "valid", "", header + code, header + after)


STRING = 'exact "a   \n      b\n c"'


@pytest.mark.parametrize(
    ("code", "script", "after"),
    [
        (
            "def f (b : Bool) : Bool := sorry && b",
            "exact if b then true else false",
            "(by exact if b then true else false) && b",
        ),
        ("def f (b : Bool) : Bool :=\n  sorry\n  && b", "exact !b", "(by exact !b)\n  && b"),
        ("def f (p : Prop) : Prop := sorry ∨ p", "exact ∀ n : Nat, n = 0", "(by exact ∀ n : Nat, n = 0) ∨ p"),
        (
            "def f (p : Prop) : Prop := by\n  exact sorry ∨ p",
            "exact ∀ n : Nat, n = 0",
            "exact (by exact ∀ n : Nat, n = 0) ∨ p",
        ),
        ("def f (b : Bool) : Nat × Bool := (3, sorry)", "exact !b", "(3, by exact !b)"),
        ("structure S where\n  x : Nat := sorry\n  y : Nat", "exact 3", "x : Nat := (by exact 3)\n  y"),
    ],
)
async def test_a_script_does_not_swallow_what_follows(pool: LeanPool, code: str, script: str, after: str) -> None:
    checked = await Origin.of_result(await pool.run(code)).check(pool, script)
    assert checked.verdict == "valid", checked
    assert checked.after is not None
    assert after in checked.after


@pytest.mark.parametrize(
    ("code", "script", "after"),
    [
        ("def s : String := sorry", STRING, f"by {STRING}"),
        ("def s : String := by\r\n    sorry\r\n", f"skip\n{STRING}", f"by\r\n    skip\r\n    {STRING}\r\n"),
        ("def s : String := id sorry", f"skip\n{STRING}", f"{STRING})"),
        # What stands behind the string cannot be moved, so nothing is.
        ("def s : String := by\n    sorry", 'exact String.append "a\nb" "c"', '(\nexact String.append "a\nb" "c"\n)'),
        ("def s : String := id sorry", 'exact String.append "a\nb" "c"', '"a\nb" "c"'),
    ],
)
async def test_strings_of_several_lines_are_put_in_as_they_are(
    pool: LeanPool, code: str, script: str, after: str
) -> None:
    checked = await Origin.of_result(await pool.run(code)).check(pool, script)
    assert checked.verdict == "valid", checked
    assert checked.after is not None
    assert after in checked.after


RECURSIVE = """\
theorem r (n : Nat) : 0 ≤ n := by
  cases n with
  | zero => exact Nat.le_refl 0
  | succ k => sorry
"""


async def test_recursion_is_decided_in_its_place(pool: LeanPool) -> None:
    right = "exact Nat.le_succ_of_le (r k)"
    state = (await pool.run(RECURSIVE)).sorries[0].state
    checked = await Origin.of_state(state).check(pool, right)
    assert checked == Checked(right, "valid", "", RECURSIVE, RECURSIVE.replace("sorry", right))
    wrong = await Origin.of_state(state).check(pool, "exact r (k + 1)")
    assert (wrong.verdict, wrong.after) == ("error", None)
    assert "recursion" in wrong.reason
    nowhere = await replace(Origin.of_state(state), obstacle="It has no place.").check(pool, right)
    assert (nowhere.verdict, nowhere.after) == ("error", None)
    assert "recursion" in nowhere.reason
    # What else is open in the declaration hides whether this rests on sorry, too.
    both = RECURSIVE.replace("exact Nat.le_refl 0", "sorry")
    origin = Origin.of_result(await pool.run(both), 2)
    checked = await origin.check(pool, right)
    assert (checked.verdict, checked.after) == ("sorry", both.replace("succ k => sorry", f"succ k => {right}"))
    # Whereas another declaration may rest on it.
    checked = await Origin.of_result(await pool.run(RECURSIVE + "theorem o : 1 = 1 := sorry")).check(pool, right)
    assert checked.verdict == "valid"
    for hidden in ("exact (sorryAx _ true : 0 ≤ k → _) (r k)", "exact (fun _ => no k) (r k)"):
        code = f"theorem no (k : Nat) : 0 ≤ k + 1 := by sorry\n{RECURSIVE}"
        checked = await Origin.of_result(await pool.run(code), 2).check(pool, hidden)
        assert checked.verdict != "valid"


ACKERMANN = """\
def ack (n m : Nat) : Nat :=
  match n, m with
  | 0, m => m + 1
  | n + 1, 0 => ack n 1
  | n + 1, m + 1 => ack n (ack (n + 1) m)
termination_by (n, m)
decreasing_by
  all_goals simp_wf
  · omega
  · omega
  · omega
"""


async def test_several_goals_at_once_are_decided_in_their_place(pool: LeanPool) -> None:
    result = await pool.run(ACKERMANN, all_tactics=True)
    origin = Origin.of_proof(result.proof_tree()[0], result)
    assert (origin.start, origin.end) == (Position(8, 2), Position(11, 9))
    checked = await origin.check(pool, "all_goals simp_wf\nall_goals omega")
    assert checked.after == f"{ACKERMANN.partition('  all_goals')[0]}  all_goals simp_wf\n  all_goals omega\n"
    assert checked.verdict == "valid"
    for hidden in ("all_goals exact sorryAx _ true", "all_goals apply hidden"):
        code = f"theorem hidden {{p : Prop}} : p := sorry\n{ACKERMANN}"
        result = await pool.run(code, all_tactics=True)
        checked = await Origin.of_proof(result.proof_tree()[0], result).check(pool, hidden)
        assert checked.verdict != "valid", hidden


SEVERAL = """\
import Lean
theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q := ⟨sorry, by sorry⟩
theorem third (p : Prop) : p := by
  sorry
"""


async def test_other_sorries_may_stay(pool: LeanPool) -> None:
    result = await pool.run(SEVERAL)
    origins = [Origin.of_sorry(sorry, result, cell="c1") for sorry in result.sorries]
    assert {origin.declaration for origin in origins} == {"theorem both", "theorem third"}
    first = next(origin for origin in origins if origin.start == Position(2, 56))
    assert first.to_dict() == {"cell": "c1", "code": SEVERAL, "declaration": "theorem both", "sorry": [2, 56, 2, 61]}
    checked = await first.check(pool, "exact hp")
    assert checked.verdict == "valid"
    assert checked.after == SEVERAL.replace("⟨sorry", "⟨by exact hp")


async def test_what_is_left_open_is_told(pool: LeanPool) -> None:
    result = await pool.run(SEVERAL)
    origin = Origin.of_result(result, 3)
    assert await origin.check(pool, "sorry") == Checked(
        "sorry", "sorry", "It leaves something open with sorry.", SEVERAL, SEVERAL
    )
    refused = await origin.check(pool, "rfl")
    assert (refused.verdict, refused.after) == ("error", None)
    assert refused.reason.startswith("Lean rejects the script: ")
    unfinished = await origin.check(pool, "skip")
    assert (unfinished.verdict, unfinished.reason) == ("error", "The script leaves 1 goal open.")


async def test_the_first_script_that_is_right_counts(pool: LeanPool) -> None:
    origin = Origin.of_result(await pool.run("example : 1 = 1 := by sorry"))
    assert (await origin.check(pool, ["fail", "skip\nrfl", "rfl"])).text == "skip\nrfl"


async def test_what_is_right_by_itself_may_be_wrong_in_the_code(pool: LeanPool) -> None:
    code = (
        "def three : Nat := by\n  sorry\nexample : True := by\n  fail_if_success (have : three = 3 := rfl)\n  trivial"
    )
    origin = Origin.of_result(await pool.run(code))
    assert (await origin.check(pool, "exact 4")).after == code.replace("sorry", "exact 4")
    checked = await origin.check(pool, "exact 3")
    assert (checked.verdict, checked.after) == ("error", None)
    assert checked.reason.startswith("It is right by itself, but not in the code: 4:2: ")


async def test_no_opinion_is_told_as_such(pool: LeanPool) -> None:
    spin = 'import Lean\nelab "spin" : tactic => do while true do pure ()\n'
    result = await pool.run(f"{spin}example : 1 = 1 := by sorry")
    checked = await Origin.of_result(result).check(pool, "spin", timeout=1)
    assert (checked.verdict, checked.after) == ("timeout", None)
    assert checked.reason


async def test_the_place_is_found_by_running_the_code_again(pool: LeanPool) -> None:
    env = (await pool.run("def two := 2")).env
    result = await pool.run("-- 𝔸\ntheorem t : two = 2 ∧ two = 2 := by\n  constructor\n  · sorry\n  · sorry", env)
    origin = await Origin.of_state(result.sorries[1].state).located(pool)
    assert (origin.start, origin.env) == (Position(5, 4), env)
    assert (await origin.check(pool, "rfl")).after == result.code[:-5] + "rfl"
    # From a state further on, what leads there belongs to the script.
    state = await result.sorries[0].state.tactic("unfold two")
    checked = await Origin.of_state(state).check(pool, "rfl")
    assert checked.after == result.code.replace("sorry", "unfold two\n    rfl", 1)


async def test_a_statement_gets_its_proof(pool: LeanPool) -> None:
    for statement, ahead in [
        ("theorem t (p : Prop) (h : p) : p", " := by"),
        ("theorem t (p : Prop) (h : p) : p :=\n", " by"),
        ("theorem t (p : Prop) (h : p) : p := by", ""),
        ("theorem t (p : Prop) (h : p) : p -- p", "\n  := by"),
    ]:
        origin = Origin.of_statement(statement, await pool.prove(statement))
        checked = await origin.check(pool, TWO)
        assert checked.after == f"{statement.rstrip()}{ahead}\n  skip\n  exact h"


async def test_where_no_sorry_is_written_nothing_is_put_in(pool: LeanPool) -> None:
    result = await pool.run('macro "gap" : tactic => `(tactic| sorry)\nexample : 1 = 1 := by gap', root_goals=True)
    for origin in (Origin.of_result(result), Origin.of_state(result.root_goals[0].state)):
        assert origin.put_in("rfl") == []
        checked = await origin.check(pool, "rfl")
        assert (checked.verdict, checked.after) == ("valid", None)
        assert checked.reason
    within = await (await pool.prove("example : 1 = 1")).tactic("exact (by sorry)")
    assert "tactic" in Origin.of_state(within.sorries[0].state).obstacle


def test_a_goal_that_is_not_there_is_refused(pool: LeanPool) -> None:
    result = asyncio.run(pool.run("example : 1 = 1 := by sorry"))
    for goal in (0, 2):
        with pytest.raises(InputError, match="one goal"):
            Origin.of_result(result, goal)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a -- b\nc", "a     \nc"),
        ("a /- /- b -/ -/ c", "a               c"),
        ('"-- b" -- c', '"    "     '),
        ('"\\"" x', '"  " x'),
        ("'\"' x' -- '", '" " x\'     '),
        ('r#"a"b"# c', '"      " c'),
        ("«a--b» /- c", "«a--b»     "),
    ],
)
def test_comments_and_strings_are_no_words(text: str, words: str) -> None:
    assert masked(text) == words


def test_the_end_of_a_text_may_be_a_comment() -> None:
    assert ends_in_comment("simp -- so")
    assert not ends_in_comment("simp -- so\nrfl")
    assert not ends_in_comment('exact "--"')
