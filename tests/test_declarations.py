"""Which declaration a line belongs to, and what Lean calls it."""

from __future__ import annotations

from lean_magic import LeanPool
from lean_magic.declarations import declarations, open_scopes

SCOPES = """\
namespace Geo
theorem a : True := trivial
namespace Inner.Most
private theorem b : True :=
  trivial
end Inner.Most
section Part
variable (n : Nat)
theorem «c.d» : n = n := rfl
end Part
noncomputable section
theorem _root_.e : True := trivial
end
mutual
theorem f : True := trivial
theorem f.g : True := trivial
end
/- namespace Not
-/
@[simp] theorem h : True ∧ True := by
  constructor
  -- end Geo
  all_goals trivial
end Geo
theorem Geo.i : True := trivial
namespace Open
section
theorem j : True := trivial
"""


def test_names_are_those_that_lean_gives(pool: LeanPool) -> None:
    result = pool.run_sync(SCOPES, axioms=True)
    assert result.ok
    found = [each for each in declarations(SCOPES) if each]
    assert {each.name for each in found} == {*(result.axioms or {})}
    assert [str(each) for each in found if each.line == 4] == ["theorem Geo.Inner.Most.b"] * 2
    assert open_scopes(result.env) == ("Open", "")
    # They are open for the code that comes next.
    after = "theorem k : True := trivial\nend\nend Open\ntheorem l : True := trivial"
    named = {each.name for each in declarations(after, result.env) if each}
    assert named == {*(pool.run_sync(after, result.env, axioms=True).axioms or {})} == {"Open.k", "l"}


def test_lines_that_belong_to_none() -> None:
    found = declarations("import Lean\n\ntheorem t : True := by\n  trivial\n\n#eval 1\nexample : True := trivial")
    assert [each and str(each) for each in found] == [
        None,
        None,
        "theorem t",
        "theorem t",
        "theorem t",
        None,
        "example",
    ]
