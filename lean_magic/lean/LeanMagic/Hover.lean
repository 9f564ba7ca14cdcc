import LeanMagic.Glance

/-!
# Hover

What is known of the thing at a place: its type and its doc string, as Lean's language server tells them, and the goals
there.
-/

open Lean Elab

namespace LeanMagic

structure Hover where
  /-- Markdown; none if there is nothing to say of this place. -/
  text?  : Option String := none
  range? : Option Syntax.Range := none
  goals  : GoalTable := {}

namespace Hover

private def ofInfo? (tree : InfoTree) (place : String.Pos.Raw) : IO (Option (String × Syntax.Range)) := do
  let found? := Id.run (tree.hoverableInfoAtM? place (includeStop := true))
  let some found := found? | return none
  let some range := found.info.range? | return none
  let some said ← found.info.fmtHover? found.ctx | return none
  return some (said.fmt.pretty, range)

/-- The doc string of the syntax that a keyword at the place belongs to: a tactic, say. -/
private def ofSyntax? (env : Environment) (command : Syntax) (place : String.Pos.Raw) :
    IO (Option (String × Syntax.Range)) := do
  let within (stx : Syntax) : Bool := stx.getRange?.any (·.contains place (includeStop := true))
  let some stack := command.findStack? within | return none
  for (stx, _) in stack do
    if stx matches .node .. && !stx.isOfKind nullKind then
      let some range := stx.getRange? | return none
      return (← findDocString? env stx.getKind).map (·, range)
  return none

private def goalsAt (glance : Glance) (tree : InfoTree) : IO GoalTable := do
  let mut table := {}
  for { ctxInfo, tacticInfo, useAfter, .. } in tree.goalsAt? glance.fileMap glance.place do
    -- Of a tactic that leaves no goal, who looks at it wants to see which one it proves.
    let isAfter := useAfter && !tacticInfo.goalsAfter.isEmpty
    let mctx := if isAfter then tacticInfo.mctxAfter else tacticInfo.mctxBefore
    let goals := if isAfter then tacticInfo.goalsAfter else tacticInfo.goalsBefore
    table := (← runMeta { ctxInfo with mctx } {} (table.addAll goals)).2
  return table

def find (glance : Glance) : IO Hover := do
  let some command := glance.syntax? | return {}
  let mut hover : Hover := {}
  for tree in glance.trees do
    if hover.goals.goals.isEmpty then hover := { hover with goals := ← goalsAt glance tree }
    if hover.text?.isNone then
      if let some (text, range) ← ofInfo? tree glance.place then hover := { hover with text? := text, range? := range }
  if let some (text, range) ← ofSyntax? glance.env command glance.place then
    if hover.range?.all (·.includes range) then hover := { hover with text? := text, range? := range }
  return hover

end Hover

end LeanMagic
