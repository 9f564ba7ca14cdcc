import LeanMagic.Command

/-!
# Pickles

A pickle is the recipe of an environment or a proof state, in JSON. To restore one is to elaborate it again: that takes
longer than to load an image, but restores everything (notation, instances, attributes, compiled code), has each proof
checked by the kernel once more, and reads nothing that has to be trusted.
-/

open Lean

namespace LeanMagic

private def environmentFormat : String := "lean-magic environment"
private def proofStateFormat : String := "lean-magic proof state"

/-- The version of the file format. -/
private def pickleVersion : Nat := 1

/-! ## Writing -/

private def optionJson (name : Name) (value : DataValue) : Json :=
  let parts := name.components.map fun part => part.toString (escape := false)
  let value : Json := match value with
    | .ofBool value   => value
    | .ofString value => value
    | .ofNat value    => value
    | _               => .null
  .arr #[toJson parts, value]

/-- The request as a client would send it. -/
private def requestJson (request : CommandRequest) : Json :=
  .mkObj [
    ("cmd", request.text),
    ("allTactics", request.allTactics),
    ("rootGoals", request.rootGoals),
    ("setOptions", .arr (request.options.map fun (name, value) => optionJson name value))]

private def recipeJson (recipe : Recipe) : Json :=
  .arr (recipe.reverse.map requestJson).toArray

private def writePickle (path format : String) (fields : Fields) : IO Unit :=
  IO.FS.writeFile path <| Json.compress <| .mkObj <|
    ("format", format) :: ("version", pickleVersion) :: ("lean", versionString) :: fields

def pickleEnvironment (path : String) (recipe : Recipe) : IO Unit :=
  writePickle path environmentFormat [("commands", recipeJson recipe)]

def pickleProofState (path : String) (recipe : ProofRecipe) : IO Unit :=
  flatten recipe [] fun commands index tactics =>
    writePickle path proofStateFormat
      [("commands", commands), ("index", index), ("tactics", .arr tactics.toArray)]
where
  flatten (recipe : ProofRecipe) (after : List Json) (write : Json → Nat → List Json → IO Unit) : IO Unit :=
    match recipe with
    | .command recipe index => write (recipeJson recipe) index after
    | .tactic before text goals index =>
      let chosen : Fields := if goals.isEmpty then [] else [("goals", toJson goals)]
      flatten before (.mkObj ([("tactic", .str text), ("index", toJson index)] ++ chosen) :: after) write

/-! ## Restoring -/

/-- What is restored, and what there is to say about it. -/
structure Restored (α : Type) where
  value   : α
  remark? : Option String

private structure Pickled where
  json    : Json
  recipe  : Recipe
  remark? : Option String

private def readPickle (path format : String) : IO Pickled := do
  let text ← IO.FS.readFile path
  let problem (what : String) : IO.Error := IO.userError s!"{path} is not a pickle of a {format}: {what}"
  let valid {α : Type} (result : Except String α) : IO α :=
    match result with
    | .ok value    => pure value
    | .error error => throw (problem error)
  let json ← valid (Json.parse text)
  let found ← valid (json.getObjValAs? String "format")
  unless found == format do throw (problem s!"its format is {found}")
  let version ← valid (json.getObjValAs? Nat "version")
  unless version == pickleVersion do throw (problem s!"its version is {version}, not {pickleVersion}")
  let lean ← valid (json.getObjValAs? String "lean")
  let mut recipe : Recipe := []
  for command in (← valid (json.getObjValAs? (Array Json) "commands")) do
    match ← valid (Request.ofJson command) with
    | .command request => recipe := request :: recipe
    | _                => throw (problem "a command expected")
  let remark? := if lean == versionString then none else
    some s!"pickled by Lean {lean}; elaborated again by Lean {versionString}, which may differ"
  return { json, recipe, remark? }

private def sameRecipe (a b : Recipe) : Bool :=
  a.length == b.length && (recipeJson a).compress == (recipeJson b).compress

/-- The environment of a recipe, from `known?` on where the recipe begins with it. -/
private def environmentOf (headers : Headers) (snapshots : Snapshots) (known? : Option EnvironmentState)
    (recipe : Recipe) (cancelTk? : Option IO.CancelToken) : IO (Option EnvironmentState) := do
  if let some known := known? then
    if sameRecipe known.recipe recipe then return known
  match recipe with
  | []                 => return none
  | request :: earlier =>
    let base? ← environmentOf headers snapshots known? earlier cancelTk?
    return some (← elaborate headers snapshots request base? cancelTk?).1

/-- Restore an environment. Where the cancel token stopped it, what it returns is not whole. -/
def unpickleEnvironment (headers : Headers) (snapshots : Snapshots) (path : String)
    (cancelTk? : Option IO.CancelToken) : IO (Restored EnvironmentState) := do
  let { recipe, remark?, .. } ← readPickle path environmentFormat
  match ← environmentOf headers snapshots none recipe cancelTk? with
  | some environment => return { value := environment, remark? }
  | none             => throw (IO.userError s!"{path} holds no commands")

private def nth (path : String) (states : Array ProofState) (index : Nat) : IO ProofState :=
  match states[index]? with
  | some state => return state
  | none       => throw (IO.userError s!"the commands of {path} no longer lead to this proof state")

/-- Restore a proof state; `known?` is an environment that need not be elaborated again. -/
def unpickleProofState (headers : Headers) (snapshots : Snapshots) (path : String) (known? : Option EnvironmentState)
    (cancelTk? : Option IO.CancelToken) : IO (Restored (ProofState × ProofRecipe)) := do
  let { json, recipe, remark? } ← readPickle path proofStateFormat
  let request :: earlier := recipe | throw (IO.userError s!"{path} holds no commands")
  let index ← IO.ofExcept (json.getObjValAs? Nat "index")
  let base? ← environmentOf headers snapshots known? earlier cancelTk?
  let outcome ← runCommand headers snapshots request base? cancelTk?
  let mut state ← nth path outcome.states index
  let mut proofRecipe := ProofRecipe.command recipe index
  for tactic in (← IO.ofExcept (json.getObjValAs? (Array Json) "tactics")) do
    let text ← IO.ofExcept (tactic.getObjValAs? String "tactic")
    let index ← IO.ofExcept (tactic.getObjValAs? Nat "index")
    let goals := (tactic.getObjValAs? (Array Nat) "goals").toOption.getD #[]
    let outcome ← runTactic state text goals (cancelTk? := cancelTk?)
    state ← nth path outcome.states index
    proofRecipe := .tactic proofRecipe text goals index
  return { value := (state, proofRecipe), remark? }

end LeanMagic
