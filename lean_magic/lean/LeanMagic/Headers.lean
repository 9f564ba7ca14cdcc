import LeanMagic.Contexts

/-!
# Headers

The environment that a list of imports gives. Building one takes a second or more, so those built last are kept.
-/

open Lean

namespace LeanMagic

/-- How many environments are kept besides those that are always there. -/
def keptHeaders : Nat := 4

/-- Environments by their imports. -/
structure Headers where
  build  : Array Import → IO Environment
  /-- Always kept. -/
  ready  : List (Array Import × Environment) := []
  /-- The most recent first. -/
  recent : IO.Ref (List (Array Import × Environment))

namespace Headers

def new (build : Array Import → IO Environment) (ready : List (Array Import) := []) : IO Headers :=
  return { build, ready := ← ready.mapM fun imports => return (imports, ← build imports), recent := ← IO.mkRef [] }

private def same (imports : Array Import) (entry : Array Import × Environment) : Bool :=
  entry.1.map (·.module) == imports.map (·.module)

/-- Whether a name could lead out of the library's folders. -/
private def isPath (module : Name) : Bool :=
  module.components.any fun part =>
    let part := part.toString (escape := false)
    part == "." || part == ".." || part.any fun c => c == '/' || c == '\\'

/-- The environment with these imports. Throws if there is no such module. -/
def environment (headers : Headers) (imports : Array Import) : IO Environment := do
  if let some { module, .. } := imports.find? (isPath ·.module) then throw (IO.userError s!"`{module}` names no module")
  if let some (_, env) := headers.ready.find? (same imports) then return env
  let recent ← headers.recent.get
  let env ← match recent.find? (same imports) with
    | some (_, env) => pure env
    | none          => headers.build imports
  let others := recent.filter (!same imports ·)
  headers.recent.set ((imports, env) :: others.take (keptHeaders - 1))
  return env

end Headers

end LeanMagic
