import Lean

/-!
# Names of compiled declarations

The compiler makes declarations of its own besides those that the kernel knows: `List.reverse._redArg`, specialisations,
lifted lambdas, and the loops, private to a module, that its templates call. The module's file lists their names apart
(`ModuleData.extraConstNames`), and an environment must map each to its module, or else `Unknown constant` is all that
the compiler says to code that needs one. Lean takes that list from the module's `.ir` file, which the embedded build
does not have. But its `.olean` file has the same list, and the declarations with their types and with what they own or
borrow; so all that is missing is the entries of the map, and they are added here. No constant is added.

Nothing below may need such a declaration itself until the last command has run.
-/

open Lean Elab

namespace LeanMagic.Embedded

/-! ## Fields and constructors that are private to `Lean.Environment` -/

private def privateName : Name → Name
  | .str parent part => .str (privateName parent) part
  | _                => .num (.str (.str (.str .anonymous "_private") "Lean") "Environment") 0

/-- The constructor of a structure, private in `Lean.Environment`. -/
elab "constructor% " structureName:ident : term =>
  Meta.mkConstWithFreshMVarLevels (privateName (.str structureName.getId "mk"))

/-- A field by its index, also where the projection is private. -/
elab "field% " index:num value:term : term => do
  let value ← instantiateMVars (← Term.elabTerm value none)
  match (← Meta.whnf (← Meta.inferType value)).getAppFn with
  | .const structureName _ => return .proj structureName (index.raw.isNatLit?.getD 0) value
  | _                      => throw (.error index "not a structure")

/-! ## The map from names to modules -/

private abbrev Modules := Std.HashMap Name ModuleIdx

/-- `Std.HashMap.insertIfNew` as compiled. The interpreter looks for a symbol by the name in `export`. -/
@[extern "l_Std_HashMap_insertIfNew___redArg", export l_Std_HashMap_insertIfNew___redArg]
private opaque insertIfNew (same : Name → Name → Bool) (hashOf : Name → UInt64) (modules : Modules) (name : Name)
    (index : ModuleIdx) : Modules

@[noinline] private def same (a b : Name) : Bool := a == b

@[noinline] private def hashOf (name : Name) : UInt64 := hash name

private partial def insertNames (names : Array Name) (i : Nat) (index : ModuleIdx) (modules : Modules) : Modules :=
  if _ : i < names.size then
    insertNames names (i + 1) index (insertIfNew same hashOf modules names[i] index)
  else modules

private partial def insertModules (data : Array ModuleData) (index : Nat) (modules : Modules) : Modules :=
  if _ : index < data.size then
    insertModules data (index + 1) (insertNames data[index].extraConstNames 0 index modules)
  else modules

private def withModulesKernel (env : Kernel.Environment) (modules : Modules) : Kernel.Environment :=
  (constructor% Lean.Kernel.Environment) (field% 0 env) (field% 1 env) (field% 2 env) modules (field% 4 env)
    (field% 5 env) (field% 6 env)

private def withModules (env : Environment) (modules : Modules) : Environment :=
  let base := field% 0 env
  let base := (constructor% Lean.VisibilityMap) (withModulesKernel (field% 0 base) modules)
    (withModulesKernel (field% 1 base) modules)
  let checked := .pure (withModulesKernel (Task.get (field% 2 env)) modules)
  (constructor% Lean.Environment) base (field% 1 env) checked (field% 3 env) (field% 4 env) (field% 5 env)
    (field% 6 env) (field% 7 env) (field% 8 env)

/-- The environment with the names of all that the compiler made in the imported modules. -/
def declareCompiled (env : Environment) : Environment :=
  withModules env (insertModules env.header.moduleData 0 env.toKernelEnv.const2ModIdx)

/-- Makes the compiled declarations known to what follows. -/
elab "#declare_compiled" : command => do
  setEnv (declareCompiled (← getEnv))

end LeanMagic.Embedded

-- From here on, Lean code can be written as usual.
#declare_compiled
