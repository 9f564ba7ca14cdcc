import LeanMagic.Server
import Embedded.CompiledNames

/-!
# Headers in the embedded build

WebAssembly cannot map files into memory: reading the modules of a header is slow, and what was read stays in memory for
good. So each module is read once, and an environment is built from those among the loaded modules that its header
reaches. Its files are at the *exported* level: a text that is no `module` sees what they export, and a `module` sees
no less of what its imports import.
-/

open Lean

namespace LeanMagic.Embedded

/-! ## Choosing among loaded modules -/

/-- The names of the loaded modules, each after those that it imports. -/
private def names (loaded : ImportState) : Array Name := field% 1 loaded

/-- The import state with only the given modules. -/
private def restrict (loaded : ImportState) (modules : NameSet) : ImportState :=
  (constructor% Lean.ImportState) (field% 0 loaded) ((names loaded).filter modules.contains)

/-- What each module imports. -/
abbrev ImportsOf := Std.HashMap Name (Array Import)

private def importsIn (env : Environment) : ImportsOf :=
  (env.header.modules.zip env.header.moduleData).foldl (init := {}) fun all (module, data) =>
    all.insert module.module data.imports

/-- What a module imports; read from its file once more, if the module was not there from the beginning. -/
private def importsOf (known : ImportsOf) (module : Name) : IO (Array Import) := do
  match known[module]? with
  | some imports => return imports
  | none         => return (← readModuleData (← findOLean module)).1.imports

/-- The loaded modules that the imports reach, in whatever way: so it is with Lean for a file that is no `module`. -/
private partial def reached (known : ImportsOf) (loaded : NameSet) (imports : Array Import) (seen : NameSet := {}) :
    IO NameSet :=
  imports.foldlM (init := seen) fun seen i => do
    if seen.contains i.module || !loaded.contains i.module then return seen
    reached known loaded (← importsOf known i.module) (seen.insert i.module)

/-! ## Building environments -/

/-- The environment with a realization context that begins from it. -/
private def realizing (env : Environment) : Environment :=
  match field% 5 env with
  | none         => env
  | some context =>
    let context := (constructor% Lean.RealizationContext) (unsafe unsafeCast env) (field% 1 context) (field% 2 context)
    (constructor% Lean.Environment) (field% 0 env) (field% 1 env) (field% 2 env) (field% 3 env) (field% 4 env)
      (some context) (field% 6 env) (field% 7 env) (field% 8 env)

/-- What texts begin with. Lean keeps the environment just after the imports beside the one that goes on (its
*realization context*), and works there on what needs the imports only, as the term of a `run_tac` often does. So the
names must be known in both; and both need that context, which Lean gives to only one. -/
def ready (env : Environment) : Environment :=
  realizing (realizing (declareCompiled env))

private def build (loaded : IO.Ref ImportState) (known : ImportsOf) (header : ModuleHeader) : IO Environment := do
  let { imports, isModule } := header
  let (_, all) ← (importModulesCore imports .exported {} true).run (← loaded.get)
  loaded.set all
  let modules ← reached known (.ofArray (names all)) imports
  let env ← finalizeImport (restrict all modules) imports {} (leakEnv := false) (loadExts := true) (level := .exported)
    (isModule := isModule)
  return ready env

end Embedded

/-- A server in a process that has loaded `import Lean`: its environment, and the modules that make it. -/
def Server.new (library : Environment) (modules : ImportState) : IO Server := do
  let loaded ← IO.mkRef modules
  let headers ← Headers.new (Embedded.build loaded (Embedded.importsIn library))
    (ready := [{ imports := #[{ module := `Init }], isModule := false },
      { imports := #[{ module := `Init }, { module := `Std }], isModule := false }])
  let library := ({ imports := library.header.imports, isModule := false }, Embedded.ready library)
  Server.start { headers with ready := library :: headers.ready }

end LeanMagic
