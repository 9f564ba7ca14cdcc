import LeanMagic.Collections

/-!
# Headers

The environment that a list of imports gives. Building one takes a second or more, so those built last are kept.
-/

open Lean

namespace LeanMagic

/-- How many environments are kept besides those that the server began with. -/
def keptHeaders : Nat := 4

/-- The modules that an environment is built from; only what a new header lacks is read from files. -/
structure Modules where
  loaded : ImportState
  /-- What each module re-exports. -/
  exports : Std.TreeMap Name (List Name) Name.quickCmp

/-- Header environments by their imports. -/
structure Headers where
  modules : IO.Ref Modules
  /-- Always kept. -/
  ready   : IO.Ref (List (List Name × Environment))
  /-- The most recent first. -/
  recent  : IO.Ref (List (List Name × Environment))

namespace Headers

private def moduleNames (imports : Array Import) : List Name := Id.run do
  let mut out := #[]
  for i in imports.toList do
    out := out.push i.module
  return out.toList

/-! ## Choosing among loaded modules

Without memory-mapped files, as in WebAssembly, reading the modules of a header is slow and what was read stays in memory
for good. So each is read once, and an environment is built from those among the loaded modules that its header reaches.
-/

/-- The names of what each module of an environment re-exports. -/
private def exportsOf (env : Environment) : Std.TreeMap Name (List Name) Name.quickCmp := Id.run do
  let mut out := {}
  let mut data := env.header.moduleData.toList
  for module in env.header.modules.toList do
    if let first :: rest := data then
      let mut exported := #[]
      for i in first.imports.toList do
        if i.isExported then exported := exported.push i.module
      out := out.insert module.module exported.toList
      data := rest
  return out

/-- The modules reached from `names`; `none` if what one of them imports is not known. -/
private partial def reached? (exports : Std.TreeMap Name (List Name) Name.quickCmp) (names : List Name) (seen : NameSet := {}) : Option NameSet :=
  match names with
  | []            => some seen
  | name :: names =>
    if seen.contains name then reached? exports names seen
    else match exports[name]? with
      | none       => none
      | some below => match reached? exports below (seen.insert name) with
        | none      => none
        | some seen => reached? exports names seen

/-- The fields of `ImportState`, which are private to Lean. -/
private structure ImportStateFields where
  byName : NonScalar
  names  : Array Name

/-- The import state with only the given modules, in the order in which they were loaded. -/
private unsafe def restrictUnsafe (loaded : ImportState) (modules : NameSet) : ImportState := Id.run do
  let fields : ImportStateFields := unsafeCast loaded
  let mut names := #[]
  for name in fields.names.toList do
    if modules.contains name then names := names.push name
  return unsafeCast { fields with names }

@[implemented_by restrictUnsafe]
private opaque restrict (loaded : ImportState) (modules : NameSet) : ImportState

private def build (headers : Headers) (imports : Array Import) : IO Environment := do
  if !System.Platform.isEmscripten then
    return (← importModules imports {} (loadExts := true))
  let modules ← headers.modules.get
  let (_, loaded) ← (importModulesCore imports .exported {} true).run modules.loaded
  headers.modules.set { modules with loaded }
  let chosen := match reached? modules.exports (moduleNames imports) with
    | some names => restrict loaded names
    | none       => loaded
  finalizeImport chosen imports {} (trustLevel := 0) (leakEnv := false) (loadExts := true) (level := .exported) (isModule := false)

/-! ## Keeping environments -/

private def find? (imports : List Name) : List (List Name × Environment) → Option Environment
  | []                      => none
  | (other, env) :: entries => if other == imports then some env else find? imports entries

private def takeOthers (imports : List Name) : Nat → List (List Name × Environment) → List (List Name × Environment)
  | 0, _ | _, []                        => []
  | n + 1, entry@(other, _) :: entries =>
    if other == imports then takeOthers imports (n + 1) entries else entry :: takeOthers imports n entries

/-- The environment with these imports. Throws if there is no such module. -/
def environment (headers : Headers) (imports : Array Import) : IO Environment := do
  let key := moduleNames imports
  if let some env := find? key (← headers.ready.get) then return env
  let recent ← headers.recent.get
  let env ← match find? key recent with
    | some env => pure env
    | none     => headers.build imports
  headers.recent.set ((key, env) :: takeOthers key (keptHeaders - 1) recent)
  return env

/-- Headers that begin with `library`, the environment of `import Lean`, made from `modules`; the environments without
imports and with `import Std` are built at once. -/
def new (library : Environment) (modules : ImportState) : IO Headers := do
  let headers : Headers := {
    modules := ← IO.mkRef { loaded := modules, exports := exportsOf library }
    ready   := ← IO.mkRef [(moduleNames library.header.imports, library)]
    recent  := ← IO.mkRef [] }
  for imports in [#[{ module := `Init }], #[{ module := `Init }, { module := `Std }]] do
    let env ← headers.build imports
    headers.ready.modify fun ready => (moduleNames imports, env) :: ready
  return headers

end Headers

end LeanMagic
