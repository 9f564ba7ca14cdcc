import LeanMagic.Protocol

/-!
# Recipes

How an environment or a proof state came about, from nothing: enough to build it again, in this process or another.
Each shares its beginning with what it extends, so it costs little to keep.
-/

open Lean

namespace LeanMagic

/-- The requests that led to an environment, the last one first. -/
abbrev Recipe := List CommandRequest

/-- How a proof state came about. A request may record several states; `index` counts them from zero. -/
inductive ProofRecipe where
  | command (recipe : Recipe) (index : Nat)
  /-- `goals` are the places of those it was run on; none for all. -/
  | tactic (before : ProofRecipe) (text : String) (goals : Array Nat) (index : Nat)

end LeanMagic
