import LeanMagic.Server
import Embedded.CompiledNames

/-!
# Headers in the embedded build

WebAssembly cannot map files into memory: reading the modules of a header is slow, and what was read stays in memory for
good. So each module is read once, and an environment is built from those among the loaded modules that its header
reaches. Its files are at the *exported* level; they are imported as into a file that is no `module`, which is what a
user's text is.
-/

open Lean

namespace LeanMagic.Embedded

/-! ## Choosing among loaded modules -/

/-- The names of what each module re-exports. -/
abbrev Exports := Std.HashMap Name (Array Name)

private def exportsOf (env : Environment) : Exports :=
  (env.header.modules.zip env.header.moduleData).foldl (init := {}) fun exports (module, data) =>
    exports.insert module.module <| data.imports.filterMap fun i => if i.isExported then some i.module else none

/-- The modules reached from `names`; `none` if what one of them imports is not known. -/
private partial def reached? (exports : Exports) (names : Array Name) (seen : NameSet := {}) : Option NameSet :=
  names.foldlM (init := seen) fun seen name =>
    if seen.contains name then some seen
    else exports[name]?.bind (reached? exports · (seen.insert name))

/-- The fields of `ImportState`, which are private to Lean. -/
private structure ImportStateFields where
  byName : NonScalar
  names  : Array Name

/-- The import state with only the given modules, in the order in which they were loaded. -/
private unsafe def restrictUnsafe (loaded : ImportState) (modules : NameSet) : ImportState :=
  let fields : ImportStateFields := unsafeCast loaded
  unsafeCast { fields with names := fields.names.filter modules.contains }

@[implemented_by restrictUnsafe]
private opaque restrict (loaded : ImportState) (modules : NameSet) : ImportState

/-! ## Building environments -/

private def build (loaded : IO.Ref ImportState) (exports : Exports) (imports : Array Import) : IO Environment := do
  let (_, all) ← (importModulesCore imports .exported {} true).run (← loaded.get)
  loaded.set all
  let chosen := match reached? exports (imports.map (·.module)) with
    | some modules => restrict all modules
    | none         => all
  let env ← finalizeImport chosen imports {} (trustLevel := 0) (leakEnv := false) (loadExts := true) (level := .exported)
    (isModule := false)
  return declareCompiled env

end Embedded

/-- A server in a process that has loaded `import Lean`: its environment, and the modules that make it. -/
def Server.new (library : Environment) (modules : ImportState) : IO Server := do
  let loaded ← IO.mkRef modules
  let headers ← Headers.new (Embedded.build loaded (Embedded.exportsOf library))
    (ready := [#[{ module := `Init }], #[{ module := `Init }, { module := `Std }]])
  let ready := (library.header.imports, Embedded.declareCompiled library) :: headers.ready
  Server.start { headers with ready }

end LeanMagic
