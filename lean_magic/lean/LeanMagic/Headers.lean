import LeanMagic.Collections

/-!
# Headers

The environment that a list of imports gives. Building one takes seconds, so the latest are kept.
-/

open Lean

namespace LeanMagic

/-- How many header environments are kept. -/
def headerCacheSize : Nat := 4

/-- The environments of the latest headers, the most recent first. -/
structure HeaderCache where
  entries : IO.Ref (List (Array Import × Environment))

namespace HeaderCache

def new : IO HeaderCache := return { entries := ← IO.mkRef [] }

private def sameImport (a b : Import) : Bool :=
  a.module == b.module && a.importAll == b.importAll && a.isExported == b.isExported && a.isMeta == b.isMeta

private def load (imports : Array Import) : IO Environment := do
  let level := if System.Platform.isEmscripten then OLeanLevel.exported else .private
  let (_, loaded) ← (importModulesCore imports level {} true).run
  finalizeImport loaded imports {} (trustLevel := 0) (leakEnv := false) (loadExts := true) (level := level) (isModule := false)

/-- The environment with these imports. -/
def environment (cache : HeaderCache) (imports : Array Import) : IO Environment := do
  let entries ← cache.entries.get
  match entries with
  | [] => pure ()
  | (i, e) :: _ => if i.size == imports.size then return e
  let env ← load imports
  cache.entries.set [(imports, env)]
  return env

end HeaderCache

end LeanMagic
