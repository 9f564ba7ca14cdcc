import LeanMagic.InfoTree

/-!
# Axioms

What a declaration assumes. Some builds of Lean come without the proofs of library theorems; then the theorems of the
library that a proof uses are known, but not what they assume in turn, and it is said so.
-/

open Lean Elab

namespace LeanMagic

structure Axioms where
  /-- The axioms met. -/
  used   : Array Name
  /-- The library's theorems and definitions met that came without proof or body. -/
  unseen : Array Name

/-- The constants in a term, but for the arguments of `sorryAx`: they say where it is, in terms of numbers. -/
private def constantsIn (term : Expr) : Array Name :=
  let withoutPlaces := term.replace fun part =>
    if part.isApp && part.getAppFn.isConstOf ``sorryAx then some (mkConst ``sorryAx) else none
  withoutPlaces.getUsedConstants

/-- What a declaration rests on that has no proof: as `Lean.CollectAxioms.collect` does, the constants seen and the axioms
among them. -/
private partial def collect (env : Environment) (found : NameSet × Array Name) (name : Name) : NameSet × Array Name :=
  if found.1.contains name then found else
    let found := (found.1.insert name, found.2)
    let all (terms : List Expr) (names : List Name := []) (found : NameSet × Array Name) : NameSet × Array Name :=
      (terms.flatMap (constantsIn · |>.toList) ++ names).foldl (collect env) found
    match env.find? name with
    | some (.axiomInfo info)  => all [info.type] [] (found.1, found.2.push name)
    | some (.defnInfo info)   => all [info.type, info.value] [] found
    | some (.thmInfo info)    => all [info.type, info.value] [] found
    | some (.opaqueInfo info) => all [info.type, info.value] [] found
    | some (.ctorInfo info)   => all [info.type] [] found
    | some (.recInfo info)    => all [info.type] [] found
    | some (.inductInfo info) => all [info.type] info.ctors found
    | some (.quotInfo _) | none => found

def axiomsOf (env : Environment) (declaration : Name) : Axioms :=
  let (used, unseen) := (collect env ({}, #[]) declaration).2.partition (getOriginalConstKind? env · matches some .axiom)
  { used, unseen }

/-- The theorems and definitions that the user has written, by the info tree of a command. -/
def declarationsOf (tree : InfoTree) (env : Environment) : Array Name := Id.run do
  let mut seen : NameSet := {}
  let mut out := #[]
  for { info := name, .. } in search declared tree do
    if !seen.contains name && isTheoremOrDefinition name then
      seen := seen.insert name
      out := out.push name
  return out
where
  declared (info : Info) : Visit Name :=
    match info with
    | .ofTermInfo { expr := .const name _, isBinder := true, .. } =>
      { take? := if isOriginal info then some name else none }
    | _ => { take? := none }
  isTheoremOrDefinition (name : Name) : Bool :=
    match env.find? name with
    | some (.thmInfo _) | some (.defnInfo _) | some (.opaqueInfo _) => !env.isProjectionFn name
    | _ => false

/-- A number that tells what is new in `after`: the declarations' names, types and, unless they are proofs, values. -/
def digestOfNew (before after : Environment) : UInt64 :=
  after.constants.map₂.foldl (init := 0) fun sum name info =>
    if before.constants.map₂.contains name then sum else
      let value := match info with
        | .defnInfo { value, .. } | .opaqueInfo { value, .. } => value.hash
        | _ => 0
      sum + mixHash name.hash (mixHash info.type.hash value)

/-- The declarations of `after` that rest on `sorry`, however they were made, given those of `before` that do. Imported
declarations are taken to be complete. -/
def restingOnSorry (before after : Environment) (known : NameSet) : NameSet := Id.run do
  let new := after.constants.map₂.foldl (init := #[]) fun new name info =>
    if before.constants.map₂.contains name then new else new.push (name, constantsOf info)
  let mut found := known
  let mut waiting := new
  repeat
    let (resting, others) := waiting.partition fun (_, used) => used.any fun name => name == ``sorryAx || found.contains name
    if resting.isEmpty then break
    found := resting.foldl (init := found) fun found (name, _) => found.insert name
    waiting := others
  return found

/-- Whether Lean itself tells the axioms of a declaration right: it takes a theorem that came without proof for one. -/
private def isRight (env : Environment) (declaration : Name) : Bool :=
  let (_, collected) := ((CollectAxioms.collect declaration).run env).run {}
  collected.axioms.all (getOriginalConstKind? env · matches some .axiom)

private def sentence (declaration : Name) (axioms : Axioms) : String :=
  let known := if axioms.used.isEmpty
    then s!"'{declaration}' does not depend on any axioms"
    else s!"'{declaration}' depends on axioms: {axioms.used.toList}"
  if axioms.unseen.isEmpty then known
  else s!"{known}\n(apart from what these library declarations may assume, which this build of Lean has without proof: \
    {axioms.unseen.toList})"

/-- What `#print axioms` should have said. -/
def correctPrintedAxioms (command : Syntax) (state : Command.State) : Command.State := Id.run do
  unless command.getKind == ``Parser.Command.printAxioms do return state
  for tree in state.infoState.trees do
    for { info, .. } in search mentionedConstant tree do
      let axioms := axiomsOf state.env info
      unless isRight state.env info do
        let correct (message : Message) : Message :=
          if message.severity matches .information then { message with data := sentence info axioms } else message
        return { state with messages := { state.messages with unreported := state.messages.unreported.map correct } }
  return state
where
  mentionedConstant : Info → Visit Name
    | .ofTermInfo { expr := .const name _, .. } => { take? := some name }
    | _                                         => { take? := none }

end LeanMagic
