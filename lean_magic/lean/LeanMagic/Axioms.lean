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

def axiomsOf (env : Environment) (declaration : Name) : Axioms := Id.run do
  let (_, collected) := ((CollectAxioms.collect declaration).run env).run {}
  let mut used := #[]
  let mut unseen := #[]
  for name in collected.axioms.toList do
    if getOriginalConstKind? env name matches some .axiom then
      used := used.push name
    else
      unseen := unseen.push name
  return { used, unseen }

/-- The theorems and definitions that the user has written, by the info tree of a command. -/
def declarationsOf (tree : InfoTree) (env : Environment) : Array Name := Id.run do
  let mut seen : NameSet := {}
  let mut out := #[]
  for { info := name, .. } in (search declared tree).toList do
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

private def nameList (names : Array Name) : String := Id.run do
  let mut out := #[]
  for name in names.toList do
    out := out.push name.toString
  return ", ".intercalate out.toList

private def sentence (declaration : Name) (axioms : Axioms) : String :=
  let known := if axioms.used.size == 0
    then s!"'{declaration.toString}' does not depend on any axioms"
    else s!"'{declaration.toString}' depends on axioms: [{nameList axioms.used}]"
  if axioms.unseen.size == 0 then known
  else s!"{known}\n(apart from what these library declarations may assume, which this build of Lean has without proof: \
    [{nameList axioms.unseen}])"

/-- What `#print axioms` should have said. Lean itself takes a theorem that came without proof for an axiom. -/
def correctPrintedAxioms (command : Syntax) (state : Command.State) : Command.State := Id.run do
  unless command.getKind == ``Parser.Command.printAxioms do return state
  for tree in elements state.infoState.trees do
    for { info, .. } in (search mentionedConstant tree).toList do
      let axioms := axiomsOf state.env info
      if axioms.unseen.size != 0 then
        let mut messages : MessageLog := {}
        for message in state.messages.toList do
          messages := messages.add <|
            if message.severity matches .information then { message with data := sentence info axioms } else message
        return { state with messages }
  return state
where
  mentionedConstant : Info → Visit Name
    | .ofTermInfo { expr := .const name _, .. } => { take? := some name }
    | _                                         => { take? := none }

end LeanMagic
