import LeanMagic.Contexts

/-!
# Headers

The environment that the header of a text gives. Building one takes a second or more, so those built last are kept.
-/

open Lean

namespace LeanMagic

/-- How many environments are kept besides those that are always there. -/
def keptHeaders : Nat := 4

/-- Environments by their headers. -/
structure Headers where
  build  : ModuleHeader → IO Environment
  /-- Always kept. -/
  ready  : List (ModuleHeader × Environment) := []
  /-- The most recent first. -/
  recent : IO.Ref (List (ModuleHeader × Environment))

namespace Headers

def new (build : ModuleHeader → IO Environment) (ready : List ModuleHeader := []) : IO Headers :=
  return { build, ready := ← ready.mapM fun header => return (header, ← build header), recent := ← IO.mkRef [] }

/-- A header that gives the same environment, for all that say the same. Repeating an import changes nothing, but their
order does. What only `module`s tell apart is left out for others. -/
def normal (header : ModuleHeader) : ModuleHeader :=
  { header with imports := header.imports.foldl (init := #[]) fun imports i =>
      let i := if header.isModule then i else { module := i.module }
      if imports.contains i then imports else imports.push i }

private def same (a : ModuleHeader) (entry : ModuleHeader × Environment) : Bool :=
  a.isModule == entry.1.isModule && a.imports == entry.1.imports

/-- Whether a name could lead out of the library's folders. -/
private def isPath (module : Name) : Bool :=
  module.components.any fun part =>
    let part := part.toString (escape := false)
    part == "." || part == ".." || part.any fun c => c == '/' || c == '\\'

/-- The environment that a header gives. Throws if there is no such module. -/
def environment (headers : Headers) (header : ModuleHeader) : IO Environment := do
  if let some i := header.imports.find? (isPath ·.module) then throw (IO.userError s!"`{i.module}` names no module")
  let header := normal header
  if let some (_, env) := headers.ready.find? (same header) then return env
  let recent ← headers.recent.get
  let env ← match recent.find? (same header) with
    | some (_, env) => pure env
    | none          => headers.build header
  headers.recent.modify fun recent => (header, env) :: (recent.filter (!same header ·)).take (keptHeaders - 1)
  return env

end Headers

end LeanMagic
