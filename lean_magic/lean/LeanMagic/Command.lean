import LeanMagic.Frontend
import LeanMagic.ProofState
import LeanMagic.Recipe

/-!
# Commands

Elaborating a request's text, and everything that is known afterwards.
-/

open Lean Elab

namespace LeanMagic

/-- An environment with the scopes that are open in it. -/
structure EnvironmentState where
  command : Command.State
  recipe  : Recipe

/-- A goal of the text, with the state to prove it in. -/
structure GoalAt where
  goals  : String
  start  : Position
  finish : Position
  state  : ProofState

/-- A tactic of the text. -/
structure TacticAt extends GoalAt where
  text          : String
  usedConstants : NameSet

structure CommandOutcome where
  environment : EnvironmentState
  elaboration : Elaboration
  sorries     : Array GoalAt
  rootGoals   : Array GoalAt
  tactics     : Array TacticAt

/-- The proof states of a request, in the order in which they are numbered. -/
def CommandOutcome.states (outcome : CommandOutcome) : List ProofState := Id.run do
  let mut out := #[]
  for goal in outcome.sorries.toList do out := out.push goal.state
  for goal in outcome.rootGoals.toList do out := out.push goal.state
  for tactic in outcome.tactics.toList do out := out.push tactic.state
  return out.toList

private def goalAt (context : ContextInfo) (stx : Syntax) (state : ProofState) : IO GoalAt := do
  let (start, finish) := syntaxRange context stx
  let goals ← state.printedGoals
  return { goals := if goals.size == 0 then "no goals" else lines goals, start, finish, state }

/-- The proof states at the sorries of a tree. `env?` overrides the environment that the tree has recorded, which is the
one after the command: in it, a theorem could be proved by itself. -/
def sorriesOf (tree : InfoTree) (env? : Option Environment) (rootGoals? : Option (List MVarId) := none) :
    IO (Array GoalAt) := do
  let mut out := #[]
  for { context, info } in (sorryTactics tree).toList do
    let goals := match info.goalsBefore with
      | goal :: _ => [goal]
      | []        => []
    let state ← ProofState.ofGoals context info.mctxBefore (env?.getD context.env) goals (rootGoals?.getD goals)
    out := out.push (← goalAt context info.stx state)
  for { context, info } in (sorryTerms tree).toList do
    if let some type := info.expectedType? then
      let state ← ProofState.ofType context (env?.getD context.env) info.lctx type rootGoals?
      out := out.push (← goalAt context info.stx state)
  return out

private def tacticsOf (tree : InfoTree) (env : Environment) : IO (Array TacticAt) := do
  let mut out := #[]
  for { context, info } in (tacticSteps tree).toList do
    let state ← ProofState.ofGoals context info.mctxBefore env info.goalsBefore info.goalsBefore
    let text ← runMeta context {} (printTactic info.stx)
    out := out.push { ← goalAt context info.stx state with text, usedConstants := usedConstants info }
  return out

private def rootGoalsOf (tree : InfoTree) (env : Environment) : IO (Array GoalAt) := do
  let mut out := #[]
  for { context, info } in (tacticBlocks tree).toList do
    let state ← ProofState.ofGoals context info.mctxBefore env info.goalsBefore info.goalsBefore
    let goal ← goalAt context info.stx state
    out := out.push { goal with finish := goal.start }
  return out

/-- `options` with those of the request; unknown ones are refused. -/
private def addOptions (request : CommandRequest) (options : Options) : IO Options := do
  let mut options := options
  for (name, value) in request.options.toList do
    let declaration ← getOptionDecl name
    unless declaration.defValue.sameCtor value do
      throw (IO.userError s!"the value of option `{name.toString}` must be like its default, {declaration.defValue}")
    options := options.insert name value
  return options

/-- Elaborate the request's text on top of `base?`, or from its own imports. -/
def elaborate (headers : Headers) (request : CommandRequest) (base? : Option EnvironmentState) :
    IO (EnvironmentState × Elaboration) := do
  let (state?, recipe) := match base? with
    | some base => (some base.command, base.recipe)
    | none      => (none, [])
  let elaboration ← elabText request.text state? headers (addOptions request)
  return ({ command := elaboration.state, recipe := { request with env? := none } :: recipe }, elaboration)

/-- Elaborate the request's text, and collect the proof states it asks for. -/
def runCommand (headers : Headers) (request : CommandRequest) (base? : Option EnvironmentState) : IO CommandOutcome := do
  let (environment, elaboration) ← elaborate headers request base?
  let mut sorries := #[]
  let mut rootGoals := #[]
  let mut tactics := #[]
  for { before, trees } in elaboration.commands.toList do
    for tree in trees do
      sorries := appendTo sorries (← sorriesOf tree before)
      if request.rootGoals then rootGoals := appendTo rootGoals (← rootGoalsOf tree before)
      if request.allTactics then tactics := appendTo tactics (← tacticsOf tree before)
  return { environment, elaboration, sorries, rootGoals, tactics }

structure TacticOutcome extends ProofState.Step where
  sorries : Array GoalAt

/-- The proof states of a tactic, in the order in which they are numbered. -/
def TacticOutcome.states (outcome : TacticOutcome) : List ProofState := Id.run do
  let mut out := #[]
  for goal in outcome.sorries.toList do out := out.push goal.state
  return (out.push outcome.state).toList

/-- Run one tactic, and collect the proof states at the sorries in it. -/
def runTactic (state : ProofState) (text : String) : IO TacticOutcome := do
  let step ← state.step text
  let mut sorries := #[]
  for tree in step.trees do
    sorries := appendTo sorries (← sorriesOf tree none (some state.rootGoals))
  return { step with sorries }

end LeanMagic
