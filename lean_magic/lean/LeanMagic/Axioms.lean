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

/-- Whether a reader would call the constant a theorem or definition of their own. -/
private def isDeclaration (env : Environment) (info : ConstantInfo) : Bool :=
  match info with
  | .thmInfo _ | .defnInfo _ | .opaqueInfo _ =>
    !info.name.isInternalDetail && !isAuxRecursor env info.name && !isNoConfusion env info.name &&
      !env.isProjectionFn info.name
  | _ => false

/-- The theorems and definitions that `after` has on top of `before`. -/
def newDeclarations (before after : Environment) : Array Name := Id.run do
  let mut out := #[]
  for (name, info) in entries after.constants.map₂ do
    if !before.constants.contains name && isDeclaration after info then
      out := out.push name
  return out

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
