"""The codes that all systems are given, with the verdicts that are right."""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MIXED", "TRIVIAL", "TRIVIAL_MARK", "UNIFORM", "Judged", "tricky", "workload"]

Judged = tuple[str, str]
"""A code, and its verdict."""

UNIFORM = ("import Lean\n",)
MIXED = ("", "import Lean\n", "import Std\n")

TRIVIAL = "import Lean\nexample : 1 + 1 = 2 := rfl"
TRIVIAL_MARK = "1 + 1 = 2"

# Each takes Lean some 5 to 50 ms; `%` is a number that no other code of a run has.
_JOBS: tuple[Judged, ...] = (
    ("theorem swap% (a b : Nat) : a + b + % = % + (a + b) := Nat.add_comm (a + b) %", "valid"),
    ("def double% (n : Nat) : Nat := n + n + %\n#eval double% 3", "valid"),
    ("theorem wrong% (n : Nat) : n + % = n + % + 1 := by simp", "error"),
    (
        (
            "theorem chain% (p q r : Prop) (hp : p) (hpq : p → q) (hqr : q → r) : r ∧ p ∧ % = % := by\n"
            "  refine ⟨?_, ?_, rfl⟩\n  · exact hqr (hpq hp)\n  · exact hp"
        ),
        "valid",
    ),
    ("theorem less% (a b : Nat) (h : a < b) : a + % < b + % := by omega", "valid"),
    ("theorem open% (p q : Prop) (hp : p) (hq : q) : p ∧ q ∧ % = % := by\n  refine ⟨hp, ?_⟩\n  sorry", "sorry"),
    ("inductive Tree%\n  | leaf\n  | node (left right : Tree%)\n#check (Tree%.node .leaf .leaf)", "valid"),
    ("example : (List.range 30).foldl (· + ·) % = 435 + % := by decide", "valid"),
    ("theorem typo% : % + 1 = Nat.succ % := by\n  exact Nat.succ_eq_add_on %", "error"),
    (
        (
            "structure Point% where\n  x : Nat\n  y : Nat\n"
            "theorem moved% (p : Point%) : { p with x := p.x + 0 } = p := by\n  cases p; simp"
        ),
        "valid",
    ),
)


def workload(headers: Sequence[str], number: int, first: int) -> list[Judged]:
    """Return codes under these headers in turn, numbered from `first` on so that no two runs have one in common."""
    judged = []
    for index, (job, verdict) in enumerate(islice(cycle(_JOBS), number)):
        # Each time the jobs begin again, each meets the next header.
        header = headers[(index + index // len(_JOBS)) % len(headers)]
        judged.append((header + job.replace("%", str(first + index)), verdict))
    return judged


def tricky(first: int) -> list[Judged]:
    """Return codes whose verdicts are easily got wrong by what reuses processes and takes codes apart."""
    name = f"helper{first}"
    return [
        (f"def {name} := 1\nexample : {name} = 1 := rfl", "valid"),
        (f"def {name} := 2\nexample : {name} = 2 := rfl", "valid"),  # nobody else's definitions
        (f"example : Nat := {name}", "error"),
        (f"import Lean\ndef {name} := 3\nexample : {name} = 3 := rfl", "valid"),
        (f"import Lean\ndef {name} := 4\nexample : {name} = 4 := rfl", "valid"),
        (f"import Lean\nexample : Nat := {name}", "error"),
        ("import NoSuchModule\nexample : 1 + 1 = 2 := rfl", "error"),
        ("-- a comment\nimport Lean\nopen Lean in\n#check (Expr.bvar 0)", "valid"),
        ("/- a comment -/\nimport Std\nexample : Std.HashMap Nat Nat := {}", "valid"),
        (f"theorem two{first} : 1 + 1 = 3 := by\n  sorry", "sorry"),
        (f"theorem three{first} : 1 + 1 = 3 := by\n  decide", "error"),
        (f"theorem four{first} : (1 : Nat) + 1 = 2 := by decide", "valid"),
        (f"import Lean\nset_option warn.sorry false in\ntheorem five{first} : 1 + 1 = 3 := by\n  exact sorry", "sorry"),
        ("import Lean\nexample : 1 + 1 = 3 := by\n  first | sorry | rfl", "sorry"),
    ]
