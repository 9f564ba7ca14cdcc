import LeanMagic.Axioms
import LeanMagic.Headers

/-!
# Elaborating a text

Command by command, so that the environment before each one is known and nothing else of a command outlives its turn.
-/

open Lean Elab Command

namespace LeanMagic

/-- One elaborated command. -/
structure CommandTrace where
  /-- The environment just before the command. -/
  before : Environment
  trees  : List InfoTree

/-- What the elaboration of a text leaves behind. -/
structure Elaboration where
  /-- The environment, scopes and name generators; messages and info trees are taken out. -/
  state    : Command.State
  messages : Array Message
  commands : Array CommandTrace
  /-- Where `#exit` ended the text, if more of it follows. -/
  unread?  : Option Position := none

/-- The part of a command state that later texts build on. -/
def dropLog (state : Command.State) : Command.State :=
  { state with messages := {}, infoState := {}, traceState := {}, snapshotTasks := #[] }

/-- Elaborate one command; what it prints becomes a message, as in the Lean front end. -/
private def elabCommand (input : Parser.InputContext) (start : String.Pos.Raw) (state : Command.State)
    (command : Syntax) : IO Command.State := do
  let stateRef ← IO.mkRef { commandState := state, parserState := {}, cmdPos := start : Frontend.State }
  let say (severity : MessageSeverity) (text : String) : IO Unit :=
    stateRef.modify fun state =>
      let message := { fileName := input.fileName, severity, pos := input.fileMap.toPosition start, data := text }
      { state with commandState := { state.commandState with messages := state.commandState.messages.add message } }
  let (printed, outcome) ← IO.FS.withIsolatedStreams
    (Frontend.elabCommandAtFrontend command { inputCtx := input } stateRef).toBaseIO
  if let .error error := outcome then say .error error.toString
  unless printed.isEmpty do say .information printed
  return awaitTasks (← stateRef.get).commandState
where
  /-- Where the user has set `Elab.async`, messages and info trees may come later. -/
  awaitTasks (state : Command.State) : Command.State :=
    let late := state.snapshotTasks.flatMap (·.get.getAll)
    let messages := late.foldl (init := state.messages) fun messages snapshot => messages ++ snapshot.diagnostics.msgLog
    { state with messages, infoState := state.infoState.substituteLazy.get }

/-- Parse and elaborate the commands from `parser` on, until the end of the text or `#exit`. -/
partial def elabCommands (input : Parser.InputContext) (parser : Parser.ModuleParserState) (state : Command.State)
    (messages : Array Message := #[]) (commands : Array CommandTrace := #[]) : IO Elaboration := do
  let scope := state.scopes.head!
  let context : Parser.ParserModuleContext := {
    env           := state.env
    options       := scope.opts
    currNamespace := scope.currNamespace
    openDecls     := scope.openDecls }
  let (command, next, parseErrors) := Parser.parseCommand input context parser {}
  let start := command.getPos?.getD parser.pos
  let fresh := { dropLog state with infoState := { enabled := true } }
  let after := correctPrintedAxioms command (← elabCommand input start fresh command)
  let messages := messages ++ parseErrors.toArray ++ after.messages.toArray
  let commands := commands.push { before := state.env, trees := after.infoState.trees.toList }
  if Parser.isTerminalCommand command then
    let unread? := if input.atEnd next.pos then none else some (input.fileMap.toPosition start)
    return { state := dropLog after, messages, commands, unread? }
  elabCommands input next (dropLog after) messages commands

/-- Elaborate a text: on top of a state, or from its imports. -/
def elabText (text : String) (base? : Option Command.State) (headers : Headers)
    (configure : Options → IO Options) : IO Elaboration := do
  let input := Parser.mkInputContext text "<input>"
  match base? with
  | some base => elabCommands input { pos := firstCommand input base.env } (← configureScope base)
  | none =>
    let (header, parser, parseErrors) ← Parser.parseHeader input
    -- As Lean does, stop at a header that is not right.
    if parseErrors.hasErrors then return (← withoutHeader parseErrors)
    match ← (headers.environment (HeaderSyntax.imports header)).toBaseIO with
    | .ok env => elabCommands input parser (← configureScope (Command.mkState env)) parseErrors.toArray
    | .error error => withoutHeader <| parseErrors.add {
        fileName := input.fileName
        pos      := input.fileMap.toPosition (header.raw.getPos?.getD 0)
        data     := toString error }
where
  /-- Comments before the first command belong to the header, which this text does not have. -/
  firstCommand (input : Parser.InputContext) (env : Environment) : String.Pos.Raw :=
    let state := Parser.whitespace.run input { env, options := {} } {} (Parser.mkParserState input.inputString)
    if state.hasError then 0 else state.pos
  withoutHeader (messages : MessageLog) : IO Elaboration :=
    return { state := Command.mkState (← mkEmptyEnvironment), messages := messages.toArray, commands := #[] }
  configureScope (state : Command.State) : IO Command.State := do
    let scopes ← state.scopes.mapM fun scope => return { scope with opts := ← configure scope.opts }
    return { state with scopes }

end LeanMagic
