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
  /-- The declarations that rest on `sorry`. -/
  sorried : NameSet
  /-- Whether there is code among the declarations that may have effects in later commands. -/
  hasCode : Thunk Bool

/-- Goals of the text, with the state to prove them in. -/
structure GoalAt where
  /-- Their places in the table of the request. -/
  goals  : Array Nat
  start  : Position
  finish : Position
  state  : ProofState

/-- A tactic of the text. -/
structure TacticAt extends GoalAt where
  text          : String
  goalsAfter    : Array Nat
  /-- Which tactic of the text contains it. -/
  parent?       : Option Nat
  depth         : Nat
  usedConstants : NameSet

structure CommandOutcome where
  environment : EnvironmentState
  elaboration : Elaboration
  table       : GoalTable
  sorries     : Array GoalAt
  rootGoals   : Array GoalAt
  tactics     : Array TacticAt

/-- The proof states of a request, in the order in which they are numbered. -/
def CommandOutcome.states (outcome : CommandOutcome) : Array ProofState :=
  outcome.sorries.map (·.state) ++ outcome.rootGoals.map (·.state) ++ outcome.tactics.map (·.state)

/-- Where goals are printed. -/
private abbrev PrintM := StateRefT GoalTable IO

private def printed (print : GoalTable → IO (Array Nat × GoalTable)) : PrintM (Array Nat) := do
  let (places, table) ← print (← get)
  set table
  return places

private def goalAt (context : ContextInfo) (stx : Syntax) (state : ProofState) : PrintM GoalAt := do
  let (start, finish) := syntaxRange context stx
  let goals ← printed state.printedGoals
  return { goals, start, finish, state }

/-- Whether a term of this type, among these hypotheses, means something where the metavariables are these. -/
private def isKnownIn (mctx : MetavarContext) (locals : LocalContext) (type : Expr) : Bool :=
  let known (e : Expr) : Bool := !e.hasLevelMVar && (e.collectMVars {}).result.all mctx.decls.contains
  known type && locals.all fun decl => known decl.type && (decl.value?.map known).getD true

/-- Where a proof begins: the environment, and the names of universe levels. -/
private structure Beginning where
  env        : Environment
  levelNames : List Name

/-- The one before a command: that which an info tree has recorded is the one after it, in which a theorem could be
proved by itself. -/
private def beginningOf (command : ElaboratedCommand) : Beginning :=
  { env := command.before, levelNames := command.after.scopes.head?.elim [] (·.levelNames) }

/-- The proof states at the sorries of a tree. Without a beginning, they have the environment that the tree has recorded.
Sorries of a tactic belong to the proof of the state `before?`, and are taken in that, as upstream does, but for those
that speak of what only the tactic has made. -/
private def sorriesOf (tree : InfoTree) (beginning? : Option Beginning) (before? : Option ProofState := none) :
    PrintM (Array GoalAt) := do
  let levelNames := beginning?.elim ((before?.map (·.termState.levelNames)).getD []) (·.levelNames)
  let rootGoals? := before?.map (·.rootGoals)
  let add (out : Array GoalAt) (context : ContextInfo) (stx : Syntax) (state : ProofState) : PrintM (Array GoalAt) := do
    let base := (before?.map (·.base)).getD state.base
    return out.push (← goalAt context stx { state with base })
  let mut out := #[]
  for found in sorryTactics tree do
    let info := found.info
    let (context, env) ← found.surroundings (beginning?.elim found.context.env (·.env))
    let goals := info.goalsBefore.take 1
    let state ← ProofState.ofGoals context info.mctxBefore env levelNames goals (rootGoals?.getD goals) found.transparency
    out := (← add out context info.stx state)
  for found in sorryTerms tree do
    let info := found.info
    if let some type := info.expectedType? then
      let (context, env) ← found.surroundings (beginning?.elim found.context.env (·.env))
      let context := match before? with
        | some { mctx, .. } => if isKnownIn mctx info.lctx type then { context with mctx } else context
        | none              => context
      let state ← ProofState.ofType context env levelNames info.lctx type rootGoals? found.transparency
      out := (← add out context info.stx state)
  return out

private def goalsBefore (beginning : Beginning) (found : Found α) (info : TacticInfo) : PrintM GoalAt := do
  let (context, env) ← found.surroundings beginning.env
  goalAt context info.stx
    (← ProofState.ofGoals context info.mctxBefore env beginning.levelNames info.goalsBefore info.goalsBefore
      found.transparency)

/-- The tactics of a tree, which come after `count` others. The goals after them are printed last, and only if
`withAfter`: most of them are goals before another tactic. -/
private def tacticsOf (tree : InfoTree) (beginning : Beginning) (count : Nat) (withAfter : Bool) :
    PrintM (Array TacticAt) := do
  let steps := tacticSteps tree
  let tactics ← steps.mapM fun found => do
    let step := found.info
    let text ← runMeta found.context {} (printTactic step.info.stx)
    return {
      ← goalsBefore beginning found step.info with
      text, depth := step.depth, goalsAfter := #[]
      parent?       := step.parent?.map (· + count)
      usedConstants := usedConstants step.info : TacticAt }
  unless withAfter do return tactics
  (tactics.zip steps).mapM fun (tactic, { context, info := step, .. }) => do
    let after := { context with mctx := step.info.mctxAfter }
    return { tactic with goalsAfter := ← printed fun table => runMeta after {} (table.addAll step.info.goalsAfter) }

private def rootGoalsOf (tree : InfoTree) (beginning : Beginning) : PrintM (Array GoalAt) :=
  (tacticBlocks tree).mapM fun found => do
    let goal ← goalsBefore beginning found found.info
    return { goal with finish := goal.start }

/-- `options` with those of the request; unknown ones are refused. -/
private def addOptions (request : CommandRequest) (options : Options) : IO Options := do
  let mut options := options
  for (name, value) in request.options do
    let declaration ← getOptionDecl name
    unless declaration.defValue.sameCtor value do
      throw (IO.userError s!"the value of option `{name}` must be like its default, {declaration.defValue}")
    options := options.insert name value
  return options

/-- `after` without the request's options, where the text has not set them anew. -/
private def removeOptions (request : CommandRequest) (before after : Options) : Options :=
  request.options.foldl (init := after) fun options (name, value) =>
    if options.find name != some value then options
    else match before.find name with
      | some value => options.insert name value
      | none       => options.erase name

/-- Begin to elaborate the request's text, on top of `base?` or from its own imports. -/
def beginText (headers : Headers) (snapshots : Snapshots) (request : CommandRequest)
    (base? : Option EnvironmentState) (cancelTk? : Option IO.CancelToken := none) : IO Elaboration := do
  let sharing (start : Start) : Option Start := if request.fresh then none else some start
  match base? with
  | none =>
    let start? header := sharing (.ofHeader header request.options)
    return { ← Elaboration.ofHeader request.text headers snapshots start? (addOptions request) with cancelTk? }
  | some base =>
    let start? := request.env?.bind fun id => sharing (.ofEnvironment id request.options)
    let elaboration ← Elaboration.ofState request.text base.command snapshots start? (addOptions request)
    let similar := if !elaboration.similar.isEmpty && base.hasCode.get then [] else elaboration.similar
    return { elaboration with similar, cancelTk? }

/-- Whether there is code, to be found out when it matters. All that waits for it is the environment. -/
@[noinline] private def codeIn (env : Environment) : Thunk Bool :=
  .mk fun _ => declaresCode env

/-- What the text of a request has made of `base?`. -/
def environmentAfter (request : CommandRequest) (base? : Option EnvironmentState) (elaboration : Elaboration) :
    EnvironmentState :=
  let before := (base?.map (·.command.scopes.head!.opts)).getD {}
  let scopes := elaboration.state.scopes.map fun scope => { scope with opts := removeOptions request before scope.opts }
  let known := (base?.map (·.sorried)).getD {}
  { command := { elaboration.state with scopes }
    recipe  := { request with env? := none } :: (base?.map (·.recipe)).getD []
    sorried := match elaboration.commands[0]? with
      | some first => restingOnSorry first.before elaboration.state.env known
      | none       => known
    hasCode := codeIn elaboration.state.env }

/-- All that is known of a request's text once it is elaborated: the environment after it, and the proof states that it
asks for. -/
def outcomeOf (request : CommandRequest) (base? : Option EnvironmentState) (elaboration : Elaboration) :
    IO CommandOutcome := do
  let ((sorries, rootGoals, tactics), table) ← print.run {}
  return { environment := environmentAfter request base? elaboration, elaboration, table, sorries, rootGoals, tactics }
where
  print : PrintM (Array GoalAt × Array GoalAt × Array TacticAt) := do
    let mut sorries := #[]
    let mut rootGoals := #[]
    let mut tactics := #[]
    for command in elaboration.commands do
      let beginning := beginningOf command
      for tree in command.trees do
        sorries := sorries ++ (← sorriesOf tree (some beginning))
        if request.rootGoals then rootGoals := rootGoals ++ (← rootGoalsOf tree beginning)
        if request.allTactics then
          tactics := tactics ++ (← tacticsOf tree beginning tactics.size request.structured)
    return (sorries, rootGoals, tactics)

/-- Elaborate the request's text on top of `base?`, or from its own imports. -/
def elaborate (headers : Headers) (snapshots : Snapshots) (request : CommandRequest)
    (base? : Option EnvironmentState) (cancelTk? : Option IO.CancelToken := none) :
    IO (EnvironmentState × Elaboration) := do
  let elaboration ← (← beginText headers snapshots request base? cancelTk?).finish
  return (environmentAfter request base? elaboration, elaboration)

/-- Elaborate the request's text, and collect the proof states it asks for. -/
def runCommand (headers : Headers) (snapshots : Snapshots) (request : CommandRequest)
    (base? : Option EnvironmentState) (cancelTk? : Option IO.CancelToken := none) : IO CommandOutcome := do
  outcomeOf request base? (← (← beginText headers snapshots request base? cancelTk?).finish)

structure TacticOutcome extends ProofState.Step where
  table    : GoalTable
  /-- The places of the goals after it. -/
  goals    : Array Nat
  sorries  : Array GoalAt
  /-- Whether what it has made of the goals rests on `sorry`, which need not be among those of its text. -/
  doubtful : Bool

/-- The proof states of a tactic, in the order in which they are numbered. -/
def TacticOutcome.states (outcome : TacticOutcome) : Array ProofState :=
  (outcome.sorries.map (·.state)).push outcome.state

/-- Run tactics, on the goals at some places if there are any, and collect the proof states at the sorries in them. If
`placed`, what Lean says has its place in a text of several lines. -/
def runTactic (state : ProofState) (text : String) (places : Array Nat := #[]) (placed := false)
    (cancelTk? : Option IO.CancelToken := none) : IO TacticOutcome := do
  let step ← state.step text places placed cancelTk?
  let ((goals, sorries), table) ← StateRefT'.run (s := {}) do
    let goals ← printed step.state.printedGoals
    let sorries ← step.trees.mapM (sorriesOf · none (some state))
    return (goals, sorries.toArray.flatten)
  return { step with table, goals, sorries, doubtful := step.state.restsOnSorry state.goals }

end LeanMagic
