from __future__ import annotations

import json
from dataclasses import replace

import pytest
from page import Page

from lean_magic import EnvRef, Goal, LeanPool, LeanResult, Position, ProofState, StateRef, TacticStep, display
from lean_magic.proof_tree import ProofTree, proof_trees

_STATE = ProofState(StateRef(EnvRef("lean", "x"), "sorries", 0), (), "Incomplete: open goals remain")


def _steps(*rows: tuple[str, str, str] | tuple[str, str, str, int]) -> tuple[TacticStep, ...]:
    """Make steps of a tactic, the names of the goals before and after, and the index of the one that contains it."""
    return tuple(
        TacticStep(
            tactic,
            tuple(map(_goal, before.split())),
            Position(line, 2),
            Position(line, 9),
            (),
            _STATE,
            tuple(map(_goal, after.split())),
            parent[0] if parent else None,
        )
        for line, (tactic, before, after, *parent) in enumerate(rows, 2)
    )


def _goal(name: str) -> Goal:
    return replace(Goal.parse(f"⊢ {name}"), id=name)


def _outline(tree: ProofTree) -> list[str]:
    return [f"{'  ' * level}{node.tactic}" for level, _, node in tree.walk()]


def test_tactics_follow_the_goals_that_they_work_on() -> None:
    [tree] = proof_trees(
        _steps(
            ("intro", "p", "q"),
            ("constructor", "q", "a b"),
            ("simp", "a", "c"),
            ("exact x", "c", ""),
            ("exact y", "b", ""),
        )
    )
    assert _outline(tree) == ["intro", "constructor", "  simp", "  exact x", "  exact y"]
    assert [begins for _, begins, _ in tree.walk()] == [True, False, True, False, True]
    assert tree.goals == (_goal("p"),)
    assert tree.left_open == ()


def test_proofs_within_a_tactic_and_its_steps_are_in_it() -> None:
    [tree] = proof_trees(
        _steps(
            ("have : h := by simp; exact z", "p", "q"),
            ("simp", "h", "i", 0),
            ("exact z", "i", "", 0),
            ("rw [a, b]", "q", "s"),
            ("a", "q", "r", 3),
            ("b", "r", "s", 3),
            ("exact this", "s", ""),
        )
    )
    assert _outline(tree) == [
        "have : h := by simp; exact z",
        "  simp",
        "  exact z",
        "rw [a, b]",
        "  a",
        "  b",
        "exact this",
    ]
    root = tree.roots[0]
    assert [node.tactic for node in root.inner] == ["simp"]
    assert [node.tactic for node in root.children] == ["rw [a, b]"]


def test_each_block_is_a_tree() -> None:
    trees = proof_trees(_steps(("rfl", "p", ""), ("simp", "q", "r")))
    assert [tree.goals for tree in trees] == [(_goal("p"),), (_goal("q"),)]
    assert [tree.left_open for tree in trees] == [(), (_goal("r"),)]
    assert proof_trees(()) == ()


def test_a_step_run_on_several_goals_is_met_several_times() -> None:
    [tree] = proof_trees(
        _steps(
            ("constructor <;> simp", "p", ""),
            ("constructor", "p", "a b", 0),
            ("simp", "a", "", 0),
            ("simp", "b", "", 0),
        )
    )
    assert _outline(tree) == ["constructor <;> simp", "  constructor", "    simp", "    simp"]


def test_a_tactic_that_changes_nothing_is_on_the_way() -> None:
    [tree] = proof_trees(
        _steps(("case' => skip", "p", "p"), ("skip", "p", "p", 0), ("skip", "p", "p"), ("rfl", "p", ""))
    )
    assert _outline(tree) == ["case' => skip", "  skip", "skip", "rfl"]


def test_long_proofs_are_no_problem() -> None:
    rows = [(f"tactic {number}", str(number), str(number + 1)) for number in range(5000)]
    [tree] = proof_trees(_steps(*rows))
    assert len(_outline(tree)) == 5000
    assert {level for level, _, _ in tree.walk()} == {0}
    json.dumps(tree.to_dict())
    assert "tactic 0" in repr(tree.roots[0])
    assert len(repr(tree)) < 1000
    nested = [("have", str(number), "", *([number - 1] if number else [])) for number in range(2000)]
    [deep] = proof_trees(_steps(*nested))  # type: ignore[arg-type]
    assert Page(display.html(deep)).text.count("have") == 1000
    assert "1,000 more tactics" in str(deep)


def test_a_tree_prints_as_an_outline_with_each_goal_once() -> None:
    [tree] = proof_trees(_steps(("constructor", "p", "a b"), ("exact x", "a", ""), ("sorry", "b", "")))
    assert str(tree) == (
        "Proof at line 2: 3 tactics\n"
        "    ⊢ p\n"
        "2:2 constructor · 1 goal → 2 goals\n"
        "    - ⊢ p\n"
        "    + ⊢ a\n"
        "\n"
        "    - ⊢ p\n"
        "    + ⊢ b\n"
        "  3:2 exact x · goal closed\n"
        "  4:2 sorry · 1 goal left open"
    )
    page = Page(tree.to_html())
    assert page.within["summary"] == ["Proof at line 2: 3 tactics", "2:2 constructor · 1 goal → 2 goals"]
    assert page.within["del"] == ["p", "p"]
    assert page.within["ins"] == ["a", "b"]
    assert "✓ 3:2 exact x · goal closed" in page.text
    assert "○ 4:2 sorry · 1 goal left open" in page.text
    assert tree._repr_mimebundle_()["text/plain"] == str(tree)


def test_what_is_the_same_before_and_after_is_shown_once() -> None:
    before, after = (replace(_goal("p"), id=name) for name in "12")
    show = TacticStep("show p", (before,), Position(2, 2), Position(2, 8), (), _STATE, (after,))
    calc = TacticStep("\n  a = b", (), Position(3, 2), Position(3, 8), (), _STATE, ())
    assert str(proof_trees((show,))[0]) == "Proof at line 2: 1 tactic\n    ⊢ p\n2:2 show p · nothing changed"
    assert str(proof_trees((calc,))[0]) == "Proof at line 3: 1 tactic\n3:2 a = b"


def test_data_have_each_goal_once_and_say_what_belongs_where() -> None:
    [tree] = proof_trees(_steps(("have", "p", "q"), ("simp", "h", "", 0), ("exact x", "q", "")))
    data = json.loads(tree.to_json())
    assert data == tree.to_dict()
    assert [goal["target"] for goal in data["goals"]] == ["p", "q", "h"]
    assert data["root"] == [0]
    assert [(node["tactic"], node["before"], node["after"]) for node in data["nodes"]] == [
        ("have", [0], [1]),
        ("simp", [2], []),
        ("exact x", [1], []),
    ]
    assert [(node["parent"], node["inner"], node["level"]) for node in data["nodes"]] == [
        (None, False, 0),
        (0, True, 1),
        (0, False, 0),
    ]
    assert data["nodes"][0]["start"] == {"line": 2, "column": 2}


def test_trees_of_real_proofs(pool: LeanPool) -> None:
    result = pool.run_sync(_PROOFS, all_tactics=True)
    assert result.ok, result
    swap, induction = result.proof_tree()
    assert _outline(swap) == [
        "obtain ⟨hp, hq⟩ := h",
        "constructor",
        "  exact hq",
        "  have := hp",
        "  exact this",
    ]
    assert [line.split("\n")[0] for line in _outline(induction)] == [
        "induction n with",
        "  rfl",
        "  rw [← Nat.add_assoc, ih]",
    ] or _outline(induction)[1].strip() == "rfl"
    assert swap.left_open == induction.left_open == ()
    opened = swap.roots[0].diff.goals[0]
    assert {(found.change, found.hypothesis.names) for found in opened.hypotheses if found.change != "same"} == {
        ("removed", ("h",)),
        ("inserted", ("hp",)),
        ("inserted", ("hq",)),
    }


_PROOFS = """\
theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by
  obtain ⟨hp, hq⟩ := h
  constructor
  · exact hq
  · have := hp
    exact this
theorem add (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ n ih => rw [← Nat.add_assoc, ih]
"""


def test_errors_are_seen_in_the_outline() -> None:
    from lean_magic import Message

    steps = _steps(("have", "p", "q"), ("simp", "h", "h", 0), ("exact x", "q", ""))
    error = Message("error", "simp made no progress", Position(3, 4))
    text = display.text(LeanResult("x\n" * 9, "error", (error,), tactics=steps))
    assert "3:2 simp · error" in text
    assert text.count("· error") == 1


def _proof(pool: LeanPool, code: str) -> list[str]:
    """Return the lines of the outline that tell of a proof and its tactics."""
    result = pool.run_sync(code, all_tactics=True)
    return [line for line in str(result.proof_tree()).split("\n") if line.startswith("Proof") or " · " in line]


@pytest.mark.parametrize(
    ("tactic", "outcome"),
    [
        ("sorry", "1 goal left open"),
        ("exact sorry", "1 goal left open"),
        ("admit", "1 goal left open"),
        ("stop\n  rfl", "1 goal left open"),
        ("exact (sorry)", "1 goal left open"),
        ("exact id sorry", "1 goal left open"),
        ("have h : p := sorry", "h new; something left open"),
    ],
)
def test_what_leaves_a_sorry_closes_nothing(pool: LeanPool, tactic: str, outcome: str) -> None:
    result = pool.run_sync(f"example (p : Prop) : p := by\n  {tactic}", all_tactics=True)
    [tree] = result.proof_tree()
    assert tree.roots[0].has_sorry
    assert tree.to_dict()["nodes"][0]["has_sorry"]
    assert f"· {outcome}" in str(tree)
    assert "closed" not in str(tree)
    assert "○ 2:2" in Page(result.to_html()).text


def test_a_sorry_is_told_of_the_innermost_tactic(pool: LeanPool) -> None:
    assert _proof(pool, "theorem t (p q : Prop) : p ∧ q := by\n  constructor\n  all_goals sorry") == [
        "Proof of theorem t, at line 2: 4 tactics",
        "2:2 constructor · 1 goal → 2 goals",
        "3:2 all_goals sorry · 2 goals → no goals",
        "  3:12 sorry · 1 goal left open",
        "  3:12 sorry · 1 goal left open",
    ]


def test_nothing_is_called_closed_that_rests_on_an_earlier_sorry(pool: LeanPool) -> None:
    lemma = pool.run_sync("theorem lemma_open {p q : Prop} : p ∧ q := sorry")
    code = "example (p q : Prop) : p ∧ q := by\n  exact lemma_open"
    result = pool.run_sync(code, env=lemma.env, all_tactics=True)
    assert result.verdict == "sorry", result
    assert result.proof_tree()[0].is_doubtful
    assert "exact lemma_open · no goals left" in str(result.proof_tree())
    assert "✓" not in Page(result.proof_tree().to_html()).text


def test_a_proof_beside_one_that_gives_up_is_closed(pool: LeanPool) -> None:
    proof = "theorem {} (p q : Prop) (hp : p) : {} := by\n  {}\n"
    parts = ("a", "p", "exact hp"), ("b", "p ∧ q", "apply?"), ("c", "p", "exact hp")
    code = "".join(proof.format(*part) for part in parts)
    assert [line for line in _proof(pool, code) if " · " in line] == [
        "2:2 exact hp · goal closed",
        "4:2 apply? · 1 goal left open",
        "6:2 exact hp · goal closed",
    ]


def test_a_sorry_run_again_when_nothing_is_left_leaves_nothing(pool: LeanPool) -> None:
    code = "example (p : Prop) : p := by\n  first | done | repeat sorry"
    result = pool.run_sync(code, all_tactics=True)
    [tree] = result.proof_tree()
    assert [(node.tactic, node.has_sorry) for _, _, node in tree.walk()][1:] == [
        ("done", False),
        ("repeat sorry", False),
        ("sorry", True),
        ("sorry", False),
    ]
    assert "done · failed" in str(tree)
    thrice = pool.run_sync("example (p : Prop) : p := by\n  iterate 2 sorry", all_tactics=True)
    assert [node.has_error for _, _, node in thrice.proof_tree()[0].walk()] == [False, False, True]


def test_alternatives_that_fail_are_told_from_tactics_that_change_nothing(pool: LeanPool) -> None:
    code = """example (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  try exact foo
  fail_if_success exact foo
  constructor
  all_goals first | exact hp | skip; exact hq"""
    assert _proof(pool, code) == [
        "Proof at line 2: 12 tactics",
        "2:2 try exact foo · nothing changed",
        "  2:6 exact foo · failed",
        "3:2 fail_if_success exact foo · nothing changed",
        "  3:18 exact foo · failed",
        "4:2 constructor · 1 goal → 2 goals",
        "5:2 all_goals … · 2 goals → no goals",
        "  5:12 first … · 1 goal → no goals",
        "    5:20 exact hp · case left closed",
        "  5:12 first … · 1 goal → no goals",
        "    5:20 exact hp · failed",
        "    5:31 skip · nothing changed",
        "    5:37 exact hq · case right closed",
    ]


def test_of_a_tactic_run_on_several_goals_the_one_that_failed_has_the_error(pool: LeanPool) -> None:
    code = "example (p q : Prop) (hq : q) : p ∧ q := by\n  constructor\n  all_goals assumption"
    assert _proof(pool, code)[3:] == ["  3:12 assumption · error", "  3:12 assumption · case right closed"]


def test_a_proof_by_cases_says_how_many(pool: LeanPool) -> None:
    code = "example (n : Nat) : n = n := by\n  cases n with\n  | zero => rfl\n  | succ k => exact foo"
    assert _proof(pool, code)[1:] == [
        "2:2 cases n with … · 2 cases",
        "  3:12 rfl · case zero closed",
        "  4:14 exact foo · error",
    ]


def test_tactics_after_the_last_goal_and_after_reordering_stay_in_their_proof(pool: LeanPool) -> None:
    code = """/-- theorem other -/
@[simp] private theorem both.{u} (_ : Type u) (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  rotate_left
  · exact hq
  · exact hp
  foo"""
    assert _proof(pool, code) == [
        "Proof of theorem both, at line 3: 5 tactics",
        "3:2 constructor · 1 goal → 2 goals",
        "4:2 rotate_left · goals reordered",
        "  5:4 exact hq · case right closed",
        "  6:4 exact hp · case left closed",
        "7:2 foo · error",
    ]


def test_a_block_in_conv_is_told_once(pool: LeanPool) -> None:
    code = "example (a b : Nat) (h : a = b) : a + 0 = b := by\n  conv => { lhs; skip }\n  exact h"
    assert [line.split(" · ")[0] for line in _proof(pool, code)[1:]] == [
        "2:2 conv => {lhs; skip}",
        "  2:10 {lhs; skip}",
        "    2:12 lhs",
        "    2:17 skip",
        "3:2 exact h",
    ]


def test_the_proofs_of_a_result_are_shown_together(pool: LeanPool) -> None:
    trees = pool.run_sync(
        "theorem a : True := by trivial\ninstance : Inhabited Nat := by\n  exact ⟨1⟩", all_tactics=True
    )
    proofs = trees.proof_tree()
    assert [tree.declaration for tree in proofs] == ["theorem a", "instance"]
    assert str(proofs) == "\n".join(map(str, proofs))
    bundle = proofs._repr_mimebundle_()
    assert bundle["text/plain"] == str(proofs)
    assert Page(bundle["text/html"]).within["summary"][0] == "Proof of theorem a, at line 1: 1 tactic"
    assert str(proof_trees(())) == "no proofs by tactics"


@pytest.mark.parametrize(
    ("above", "declaration"),
    [
        ("theorem «<b> x» : p := by", "theorem «<b> x»"),
        ("@[simp, grind =] private lemma a.b.{u}\n    (x : Nat) :\n  p := by", "lemma a.b"),
        ("/-\ntheorem other\n-/\nexample : p := by", "example"),
        ("theorem a : p :=\n  /- not\n  theorem b -/ by", "theorem a"),
        ("theorem a : p\n#eval show p by", None),
        ("theorems : p := by", None),
        ("", None),
    ],
)
def test_a_proof_is_named_where_the_lines_above_tell(above: str, declaration: str | None) -> None:
    [step] = _steps(("rfl", "p", ""))
    code = f"{above}\n  rfl"
    line = code.count("\n") + 1
    step = replace(step, start=Position(line, 2), end=Position(line, 5))
    [tree] = proof_trees((step,), LeanResult(code, "valid", tactics=(step,)))
    assert tree.declaration == declaration
    named = f" of {declaration}, at" if declaration and " " in declaration else " at"
    page = Page(tree.to_html())
    assert page.within["summary"] == [f"Proof{named} line {line}: 1 tactic"]
