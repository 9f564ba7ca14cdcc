import LeanMagic.Contexts

/-!
# Goals

Goals in parts and as one text, as `Lean.Meta.ppGoal` prints them. Most goals are met several times, after one tactic
and before the next: each is printed once.
-/

open Lean Meta

namespace LeanMagic

/-- Hypotheses of one type that follow each other, or one local definition. -/
structure PrintedHypothesis where
  names      : Array String
  ids        : Array FVarId
  type       : Format
  value?     : Option Format := none
  isInstance : Bool := false

structure PrintedGoal where
  id         : MVarId
  case?      : Option String := none
  hypotheses : Array PrintedHypothesis := #[]
  target     : Format
  text       : String

/-! ## Printing -/

/-- Hypotheses before they are printed. -/
private structure Group where
  names      : Array Name
  ids        : Array FVarId
  type       : Expr
  /-- Of a local definition; and whether it is to be shown. -/
  value?     : Option (Expr × Bool) := none
  isInstance : Bool
  deriving BEq

/-- A goal before it is printed, with all that decides how it is. -/
private structure Plain where
  decl      : MetavarDecl
  options   : Options
  inside    : Name
  openDecls : List OpenDecl
  groups    : Array Group
  target    : Expr

/-- The hypotheses that Lean shows, those of one type together. -/
private def groupsOf (decl : MetavarDecl) (locals : LocalContext) : MetaM (Array Group) := do
  let options ← getOptions
  let isTactic := decl.kind.isSyntheticOpaque
  let mut groups : Array Group := #[]
  for hypothesis in locals do
    if (hypothesis.isAuxDecl && !pp.auxDecls.get options) ||
        (hypothesis.isImplementationDetail && !pp.implementationDetailHyps.get options) then continue
    let name := hypothesis.userName.simpMacroScopes
    let id := hypothesis.fvarId
    let type ← instantiateMVars hypothesis.type
    let isInstance := decl.localInstances.any (·.fvar.fvarId! == id)
    if let some value := hypothesis.value? then
      let value ← instantiateMVars value
      let shown ← ppGoal.shouldShowLetValue isTactic value
      groups := groups.push { names := #[name], ids := #[id], type, value? := some (value, shown), isInstance }
    else match groups.back? with
      | some group =>
        if group.value?.isNone && group.type == type then
          let isInstance := group.isInstance && isInstance
          groups := groups.pop.push { group with names := group.names.push name, ids := group.ids.push id, isInstance }
        else
          groups := groups.push { names := #[name], ids := #[id], type, isInstance }
      | none => groups := groups.push { names := #[name], ids := #[id], type, isInstance }
  return groups

private def indented (format : Format) : Format := .nest 2 (.line ++ format)

/-- A group, and its part of the text. -/
private def printGroup (group : Group) : MetaM (PrintedHypothesis × Format) := do
  let names := group.names.map toString
  let type ← ppExpr group.type
  let printed := { names, ids := group.ids, type, isInstance := group.isInstance }
  match group.value? with
  | none =>
    return (printed, (" ".intercalate names.toList ++ " :" ++ indented type).group)
  | some (_, false) =>
    return ({ printed with value? := some "⋯" }, (names[0]! ++ " : " ++ type ++ " := ⋯").group)
  | some (value, true) =>
    let value ← ppExpr value
    return ({ printed with value? := some value }, (names[0]! ++ " : " ++ type ++ " :=" ++ indented value).group)

private def Plain.ofDecl (decl : MetavarDecl) : MetaM Plain := do
  let options ← getOptions
  let locals := decl.lctx.sanitizeNames.run' { options }
  return {
    decl, options
    inside    := ← getCurrNamespace
    openDecls := ← getOpenDecls
    groups    := ← groupsOf decl locals
    target    := ← instantiateMVars decl.type }

/-- Whether the hypotheses of both are printed in the same way, if metavariables are the same in both. -/
private def Plain.hasHypothesesOf (a b : Plain) : Bool :=
  unsafe ptrEq a.decl.lctx b.decl.lctx && ptrEq a.options b.options && ptrEq a.openDecls b.openDecls &&
    a.inside == b.inside && a.groups == b.groups

/-- Whether both are printed in the same way, if metavariables are the same in both. -/
private def Plain.isLike (a b : Plain) : Bool :=
  unsafe ptrEq a.decl b.decl && a.target == b.target && a.hasHypothesesOf b

private def Plain.hasMVarInHypotheses (goal : Plain) : Bool :=
  goal.groups.any fun group => group.type.hasMVar || group.value?.any (·.1.hasMVar)

/-- Print a goal, whose hypotheses may have been printed. -/
private def Plain.print (goal : Plain) (id : MVarId) (hypotheses? : Option (Array (PrintedHypothesis × Format))) :
    MetaM (PrintedGoal × Array (PrintedHypothesis × Format)) := do
  let { decl, groups, target, options, .. } := goal
  let locals := decl.lctx.sanitizeNames.run' { options }
  withLCtx locals decl.localInstances do
    let case? := if decl.userName.isAnonymous then none else some (toString decl.userName.eraseMacroScopes)
    let hypotheses ← hypotheses?.getDM (groups.mapM printGroup)
    let target ← ppExpr target
    let lines := (case?.map fun case => f!"case {case}").toList ++ (hypotheses.map (·.2)).toList
    let text := (Format.joinSep (lines ++ [format (getGoalPrefix decl) ++ .nest 2 target]) "\n").pretty
    return ({ id, case?, hypotheses := hypotheses.map (·.1), target, text }, hypotheses)

/-! ## Tables -/

/-- Goals that have been printed, each once. -/
structure GoalTable where
  goals  : Array PrintedGoal := #[]
  /-- Where to find what was printed of a metavariable. -/
  places : Std.HashMap MVarId (List (Plain × Nat)) := {}
  /-- The hypotheses that were printed last: tactics leave most of them as they are. -/
  recent : List (Plain × Array (PrintedHypothesis × Format)) := []

namespace GoalTable

/-- How many are kept. -/
private def keptHypotheses : Nat := 8

/-- Print a goal unless it is there; returns its place. -/
def add (table : GoalTable) (goal : MVarId) : MetaM (Nat × GoalTable) := do
  let place := table.goals.size
  let some decl := (← getMCtx).findDecl? goal |
    let unknown := { id := goal, target := "unknown goal", text := "unknown goal" }
    return (place, { table with goals := table.goals.push unknown })
  let plain ← Plain.ofDecl decl
  let known := table.places.getD goal []
  let changes := plain.hasMVarInHypotheses
  unless changes || plain.target.hasMVar do
    if let some (_, place) := known.find? (plain.isLike ·.1) then return (place, table)
  let printedBefore? := if changes then none else table.recent.find? (plain.hasHypothesesOf ·.1)
  let (printed, hypotheses) ← plain.print goal (printedBefore?.map (·.2))
  let table := if changes || printedBefore?.isSome then table else
    { table with recent := (plain, hypotheses) :: table.recent.take (keptHypotheses - 1) }
  if let some (_, place) := known.find? fun (_, place) => table.goals[place]?.any (·.text == printed.text) then
    return (place, table)
  return (place, { table with
    goals  := table.goals.push printed
    places := table.places.insert goal ((plain, place) :: known) })

def addAll (table : GoalTable) (goals : List MVarId) : MetaM (Array Nat × GoalTable) :=
  goals.foldlM (init := (#[], table)) fun (places, table) goal => do
    let (place, table) ← table.add goal
    return (places.push place, table)

def texts (table : GoalTable) (places : Array Nat) : Array String :=
  places.filterMap fun place => table.goals[place]?.map (·.text)

end GoalTable

/-! ## JSON -/

private def idJson (id : Name) : Json := .str (id.toString (escape := false))

private def PrintedHypothesis.json (hypothesis : PrintedHypothesis) : Json :=
  let value := hypothesis.value?.toList.map fun value => ("value", Json.str value.pretty)
  let isInstance := if hypothesis.isInstance then [("instance", Json.bool true)] else []
  .mkObj <| [
    ("names", .arr (hypothesis.names.map .str)),
    ("ids", .arr (hypothesis.ids.map (idJson ·.name))),
    ("type", .str hypothesis.type.pretty)] ++ value ++ isInstance

private def PrintedGoal.json (goal : PrintedGoal) : Json :=
  .mkObj <| [("id", idJson goal.id.name)] ++ (goal.case?.map fun case => ("case", Json.str case)).toList ++
    listField "hypotheses" (goal.hypotheses.map (·.json)) ++ [("target", .str goal.target.pretty), ("text", .str goal.text)]

def GoalTable.json (table : GoalTable) : Array Json := table.goals.map (·.json)

end LeanMagic
