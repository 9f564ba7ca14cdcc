import LeanMagic.Axioms
import LeanMagic.Headers
import LeanMagic.Snapshots

/-!
# Elaborating a text

Command by command: so the environment before each one is known, one can stop in between, and what an earlier text had
at the same place is taken over from it.
-/

open Lean Elab Command

namespace LeanMagic

/-- A text that is being elaborated, between two of its commands, or when all are done. -/
structure Elaboration where
  input     : Parser.InputContext
  /-- Where the next command begins. -/
  parser    : Parser.ModuleParserState := {}
  /-- The environment, scopes and name generators; messages and info trees are taken out. -/
  state     : Command.State
  messages  : Array Message := #[]
  commands  : Array ElaboratedCommand := #[]
  finished  : Bool := false
  /-- Where `#exit` ended the text, if more of it follows. -/
  unread?   : Option Position := none
  /-- Stops the elaboration when it is set. -/
  cancelTk? : Option IO.CancelToken := none
  /-- The command that the cancel token stopped; what follows it was not looked at. -/
  interrupted? : Option Position := none
  snapshots : Snapshots
  /-- None if nothing is to be taken over from other texts, nor kept for them. -/
  start?    : Option Start := none
  /-- Whether somebody only looks at the text, which may be half written: what it would run is not run. -/
  looking   : Bool := false
  /-- Kept texts that have begun like this one. -/
  similar   : List (Array ElaboratedCommand) := []

/-- The part of a command state that later texts build on. -/
def dropLog (state : Command.State) : Command.State :=
  { state with messages := {}, infoState := {}, traceState := {}, snapshotTasks := #[] }

/-- Elaborate one command; what it prints becomes a message, as in the Lean front end. -/
private def elabCommand (input : Parser.InputContext) (start : String.Pos.Raw) (state : Command.State)
    (command : Syntax) (cancelTk? : Option IO.CancelToken) : IO Command.State := do
  let stateRef ← IO.mkRef state
  let say (severity : MessageSeverity) (data : MessageData) : IO Unit :=
    stateRef.modify fun state =>
      let message := { fileName := input.fileName, severity, pos := input.fileMap.toPosition start, data }
      { state with messages := state.messages.add message }
  let context := { fileName := input.fileName, fileMap := input.fileMap, cmdPos := start, snap? := none, cancelTk? }
  let (printed, outcome) ← IO.FS.withIsolatedStreams (elabCommandTopLevel command context stateRef).toBaseIO
  if let .error error := outcome then
    unless error.isInterrupt do say .error error.toMessageData
  unless printed.isEmpty do say .information printed
  return awaitTasks (← stateRef.get)
where
  /-- Where the user has set `Elab.async`, messages and info trees may come later. -/
  awaitTasks (state : Command.State) : Command.State :=
    let late := state.snapshotTasks.flatMap (·.get.getAll)
    let messages := late.foldl (init := state.messages) fun messages snapshot => messages ++ snapshot.diagnostics.msgLog
    { state with messages, infoState := state.infoState.substituteLazy.get }

namespace Elaboration

/-- Where the next command begins. -/
def place (elaboration : Elaboration) : Position :=
  elaboration.input.fileMap.toPosition elaboration.parser.pos

/-- Whether only the end of the text is left. -/
def atEnd (elaboration : Elaboration) : Bool :=
  elaboration.input.atEnd elaboration.parser.pos

/-- What a command has to be replaced by so that it runs nothing: by one that elaborates the same term, or nothing. -/
private partial def withoutRunning? : Syntax → Option Syntax
  | .node info kind args =>
    if [``Parser.Command.eval, ``Parser.Command.evalBang, `Lean.reduceCmd].contains kind then
      some (.node info ``Parser.Command.check #[args[0]!, args.back!])
    else if [`Lean.runCmd, `Lean.runElab, `Lean.runMeta].contains kind then
      some mkNullNode
    else if kind == ``Parser.Command.in then
      (withoutRunning? args.back!).map fun command => .node info kind (args.pop.push command)
    else none
  | _ => none

private def isCancelled (elaboration : Elaboration) : BaseIO Bool :=
  match elaboration.cancelTk? with
  | some token => token.isSet
  | none       => return false

/-- Elaborate a command that was parsed in the present state. -/
private def elaborated (elaboration : Elaboration) (command : Syntax) (finish : String.Pos.Raw)
    (parseErrors : Array Message) : IO ElaboratedCommand := do
  let { input, state, snapshots, cancelTk?, .. } := elaboration
  let start := command.getPos?.getD elaboration.parser.pos
  let begun := { state with infoState := { enabled := true } }
  let lookedAt? := if elaboration.looking then withoutRunning? command else none
  let after := correctPrintedAxioms command (← elabCommand input start begun (lookedAt?.getD command) cancelTk?)
  let after ← withCutShort after start
  return {
    serial     := ← snapshots.counter.modifyGet fun count => (count, count + 1)
    source     := input.inputString
    messages   := parseErrors ++ after.messages.toArray
    before     := state.env
    trees      := after.infoState.trees.toList
    after      := dropLog after
    repeatable := ← IO.mkRef none
    lookedAt   := lookedAt?.isSome
    command, finish, parseErrors }
where
  /-- Lean says nothing where a command was interrupted. Code in a proof can throw the same exception by itself, and
  what was to be proved would be gone without a word. -/
  withCutShort (after : Command.State) (start : String.Pos.Raw) : IO Command.State := do
    let input := elaboration.input
    if after.messages.hasErrors || !parseErrors.isEmpty || (← elaboration.isCancelled) then return after
    unless after.infoState.trees.any (isCutShort ·) do return after
    return { after with messages := after.messages.add {
      fileName := input.fileName
      pos      := input.fileMap.toPosition start
      data     := "This declaration was interrupted by code in it, and does not exist." } }

private def share (elaboration : Elaboration) (start? : Option Start) : BaseIO Elaboration := do
  match start? with
  | some start => return { elaboration with start?, similar := ← elaboration.snapshots.starting start }
  | none       => return elaboration

private def configureScopes (configure : Options → IO Options) (state : Command.State) : IO Command.State := do
  let scopes ← state.scopes.mapM fun scope => return { scope with opts := ← configure scope.opts }
  return { state with scopes }

/-- Begin a text on top of a state. -/
def ofState (text : String) (state : Command.State) (snapshots : Snapshots) (start? : Option Start)
    (configure : Options → IO Options) : IO Elaboration := do
  let input := Parser.mkInputContext text "<input>"
  let parser := { pos := firstCommand input }
  share { input, parser, snapshots, state := ← configureScopes configure state } start?
where
  /-- Comments before the first command belong to the header, which this text does not have. -/
  firstCommand (input : Parser.InputContext) : String.Pos.Raw :=
    let blank := Parser.whitespace.run input { env := state.env, options := {} } {} (Parser.mkParserState text)
    if blank.hasError then 0 else blank.pos

/-- Begin a text with its imports. -/
def ofHeader (text : String) (headers : Headers) (snapshots : Snapshots) (start? : ModuleHeader → Option Start)
    (configure : Options → IO Options) : IO Elaboration := do
  let input := Parser.mkInputContext text "<input>"
  let (header, parser, parseErrors) ← Parser.parseHeader input
  let failed (messages : MessageLog) : IO Elaboration := do
    let state := Command.mkState (← mkEmptyEnvironment)
    return { input, snapshots, state, messages := messages.toArray, finished := true }
  -- As Lean does, stop at a header that is not right.
  if parseErrors.hasErrors then return (← failed parseErrors)
  let moduleHeader := HeaderSyntax.toModuleHeader header
  match ← (headers.environment moduleHeader).toBaseIO with
  | .ok env =>
    let state ← configureScopes configure (Command.mkState env)
    share { input, parser, snapshots, state, messages := parseErrors.toArray } (start? moduleHeader)
  | .error error => failed <| parseErrors.add {
      fileName := input.fileName
      pos      := input.fileMap.toPosition (header.raw.getPos?.getD 0)
      data     := toString error }

/-- End here, and keep these commands for later texts. -/
private def close (elaboration : Elaboration) (commands : Array ElaboratedCommand) : BaseIO Elaboration := do
  if let some start := elaboration.start? then elaboration.snapshots.keep start commands
  return { elaboration with finished := true }

/-- Parse the next command, and elaborate it or take it over. -/
def step (elaboration : Elaboration) : IO Elaboration := do
  let { input, parser, state, commands, similar, .. } := elaboration
  let scope := state.scopes.head!
  let context : Parser.ParserModuleContext := {
    env           := state.env
    options       := scope.opts
    currNamespace := scope.currNamespace
    openDecls     := scope.openDecls }
  let (command, next, parseErrors) := Parser.parseCommand input context parser {}
  let parseErrors := parseErrors.toArray
  let place := input.fileMap.toPosition (command.getPos?.getD parser.pos)
  let finish := command.getTailPos?.getD parser.pos
  let agreed := (commands.back?.map (·.finish)).getD 0
  let known? ← ElaboratedCommand.find? command finish parseErrors input.inputString agreed commands.size similar
    elaboration.looking
  let (done, similar) ← match known? with
    | some found => pure found
    | none       => pure (← elaboration.elaborated command finish parseErrors, [])
  let elaboration := { elaboration with
    parser   := next
    state    := done.after
    messages := elaboration.messages ++ done.messages
    commands := commands.push done
    similar }
  if ← elaboration.isCancelled then
    close { elaboration with interrupted? := some place } commands
  else if Parser.isTerminalCommand command then
    close { elaboration with unread? := if input.atEnd next.pos then none else some place } commands
  else return elaboration

/-- Elaborate what is left of the text. -/
partial def finish (elaboration : Elaboration) : IO Elaboration := do
  if elaboration.finished then return elaboration else finish (← elaboration.step)

end Elaboration

end LeanMagic
