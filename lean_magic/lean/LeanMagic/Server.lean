import LeanMagic.Axioms
import LeanMagic.Pickle

/-!
# The server

What it keeps between requests, and the answer to each kind of request.
-/

open Lean Elab

namespace LeanMagic

/-- Everything a session holds, by id. Nothing is ever released. -/
structure Server where
  headers      : Headers
  environments : IO.Ref (Std.TreeMap Nat EnvironmentState)
  proofStates  : IO.Ref (Std.TreeMap Nat (ProofState × ProofRecipe))

namespace Server

def start (headers : Headers) : IO Server :=
  return { headers, environments := ← IO.mkRef {}, proofStates := ← IO.mkRef {} }

private def record (store : IO.Ref (Std.TreeMap Nat α)) (value : α) : IO Json :=
  store.modifyGet fun all => (all.size, all.insert all.size value)

private def environment (server : Server) (id : Nat) : IO EnvironmentState := do
  match (← server.environments.get)[id]? with
  | some environment => return environment
  | none             => throw (IO.userError "Unknown environment.")

private def environment? (server : Server) (id? : Option Nat) : IO (Option EnvironmentState) :=
  id?.mapM server.environment

private def proofState (server : Server) (id : Nat) (unknown := "Unknown proof state.") :
    IO (ProofState × ProofRecipe) := do
  match (← server.proofStates.get)[id]? with
  | some state => return state
  | none       => throw (IO.userError unknown)

/-! ## Commands -/

private def goalJson (server : Server) (goal : GoalAt) (recipe : ProofRecipe) : IO Json := do
  let id ← record server.proofStates (goal.state, recipe)
  -- Lines count from one: line zero is no place in the text.
  let place : Fields := if goal.start.line == 0 then [] else
    [("pos", positionJson goal.start), ("endPos", positionJson goal.finish)]
  return .mkObj ([("goal", .str goal.goals), ("proofState", id)] ++ place)

private def tacticJson (server : Server) (tactic : TacticAt) (recipe : ProofRecipe) : IO Json := do
  let id ← record server.proofStates (tactic.state, recipe)
  return .mkObj [
    ("tactic", .str tactic.text),
    ("goals", .str tactic.goals),
    ("proofState", id),
    ("pos", positionJson tactic.start),
    ("endPos", positionJson tactic.finish),
    ("usedConstants", namesJson tactic.usedConstants.toArray)]

private def infotreeFields (elaboration : Elaboration) : Option InfoTreeFilter → IO Fields
  | none => return []
  | some filter => do
    let mut nodes := #[]
    for { trees, .. } in elaboration.commands do
      for tree in trees do
        nodes ← treeJson filter tree none nodes
    return listField "infotree" nodes

private def axiomFields (elaboration : Elaboration) : Fields := Id.run do
  let env := elaboration.state.env
  let mut used := []
  let mut unseen := []
  for { trees, .. } in elaboration.commands do
    for tree in trees do
      for declaration in (declarationsOf tree env) do
        let axioms := axiomsOf env declaration
        let name := (privateToUserName declaration).toString
        used := (name, namesJson axioms.used) :: used
        unless axioms.unseen.isEmpty do unseen := (name, namesJson axioms.unseen) :: unseen
  return [("axioms", .mkObj used)] ++ if unseen.isEmpty then [] else [("axiomsUnseen", .mkObj unseen)]

/-- What a reader of the messages alone could miss. -/
private def doubtFields (request : CommandRequest) (base? : Option EnvironmentState) (outcome : CommandOutcome) : Fields :=
  let earlier := (base?.map (·.sorried)).getD {}
  let sorried := outcome.environment.sorried
  let new := sorried.toArray.filter (!earlier.contains ·) |>.map fun name => (privateToUserName name).toString
  let examples := outcome.elaboration.commands.filter fun { trees, .. } =>
    trees.any fun tree => (constantsOfExamples tree).any fun name => name == ``sorryAx || sorried.contains name
  let doubts := listField "sorry" ((new ++ examples.map fun _ => "example").map Json.str) ++
    (outcome.elaboration.unread?.map fun place => ("unread", positionJson place)).toList ++
    (if maybeUnchecked then [("unchecked", .bool true)] else [])
  if doubts.isEmpty then [] else [("doubts", .mkObj doubts)]
where
  /-- Whether the text could have kept the kernel from checking: a way to do so must be named somewhere. -/
  maybeUnchecked : Bool :=
    ["skipKernelTC", "addDeclWithoutChecking"].any (fun word => (request.text.splitOn word).length > 1) ||
    request.options.any (·.1 == `debug.skipKernelTC) ||
    base?.any (debug.skipKernelTC.get ·.command.scopes.head!.opts)

private def command (server : Server) (request : CommandRequest) : IO Json := do
  let base? ← server.environment? request.env?
  let outcome ← runCommand server.headers request base?
  let recipe := outcome.environment.recipe
  let mut index := 0
  let mut sorries := #[]
  for goal in outcome.sorries do
    sorries := sorries.push (← server.goalJson goal (.command recipe index))
    index := index + 1
  for goal in outcome.rootGoals do
    sorries := sorries.push (← server.goalJson goal (.command recipe index))
    index := index + 1
  let mut tactics := #[]
  for tactic in outcome.tactics do
    tactics := tactics.push (← server.tacticJson tactic (.command recipe index))
    index := index + 1
  let messages ← outcome.elaboration.messages.mapM messageJson
  let infotree ← infotreeFields outcome.elaboration request.infotree?
  let id ← record server.environments outcome.environment
  let axioms := if request.axioms then axiomFields outcome.elaboration else []
  let doubts := if request.doubts then doubtFields request base? outcome else []
  return .mkObj <| [("env", id)] ++ listField "messages" messages ++ listField "sorries" sorries ++
    listField "tactics" tactics ++ infotree ++ axioms ++ doubts

/-! ## Tactics -/

private def proofStateJson (server : Server) (state : ProofState) (recipe : ProofRecipe) (more : Fields := []) :
    IO Json := do
  let goals ← state.printedGoals
  let status ← state.status
  let id ← record server.proofStates (state, recipe)
  return .mkObj <| [("proofState", id), ("goals", toJson goals), ("proofStatus", .str status)] ++ more

private def tactic (server : Server) (id : Nat) (text : String) : IO Json := do
  let (before, recipe) ← server.proofState id
  try
    let outcome ← runTactic before text
    let mut index := 0
    let mut sorries := #[]
    for goal in outcome.sorries do
      sorries := sorries.push (← server.goalJson goal (.tactic recipe text index))
      index := index + 1
    let messages ← outcome.messages.toArray.mapM messageJson
    let traces := outcome.traces.toArray.map Json.str
    server.proofStateJson outcome.state (.tactic recipe text index) <|
      listField "messages" messages ++ listField "sorries" sorries ++ listField "traces" traces
  catch error => throw (IO.userError s!"Lean error:\n{error.toString}")

/-! ## Pickles -/

private def remarkField : Option String → Fields
  | none        => []
  | some remark => [("messages", .arr #[.mkObj [
      ("severity", "warning"),
      ("pos", positionJson { line := 0, column := 0 }),
      ("endPos", .null),
      ("data", .str remark)]])]

private def pickleEnvironment (server : Server) (id : Nat) (path : String) : IO Json := do
  LeanMagic.pickleEnvironment path (← server.environment id).recipe
  return .mkObj [("env", id)]

private def unpickleEnvironment (server : Server) (path : String) : IO Json := do
  let restored ← LeanMagic.unpickleEnvironment server.headers path
  return .mkObj ([("env", ← record server.environments restored.value)] ++ remarkField restored.remark?)

/-- As in the upstream REPL, the reply has a new id for the same proof state. -/
private def pickleProofState (server : Server) (id : Nat) (path : String) : IO Json := do
  let (state, recipe) ← server.proofState id (unknown := "Unknown proof State.")
  LeanMagic.pickleProofState path recipe
  server.proofStateJson state recipe

private def unpickleProofState (server : Server) (path : String) (env? : Option Nat) : IO Json := do
  let restored ← LeanMagic.unpickleProofState server.headers path (← server.environment? env?)
  let (state, recipe) := restored.value
  server.proofStateJson state recipe (remarkField restored.remark?)

/-! ## Answers -/

/-- The version of the extensions to the upstream protocol. -/
def protocolVersion : Nat := 1

/-- As `lean --version` has it. -/
private def leanVersion : String :=
  if version.isRelease then versionStringCore else versionStringCore ++ "-pre"

private def perform (server : Server) : Request → IO Json
  | .hello => return .mkObj [
      ("server", "lean-magic"), ("protocol", protocolVersion), ("lean", .str leanVersion)]
  | .stat => return .mkObj [
      ("environments", toJson (← server.environments.get).size),
      ("proofStates", toJson (← server.proofStates.get).size)]
  | .command request    => server.command request
  | .file path request  => do server.command { request with text := ← IO.FS.readFile path }
  | .tactic id text     => server.tactic id text
  | .pickleEnvironment id path    => server.pickleEnvironment id path
  | .pickleProofState id path     => server.pickleProofState id path
  | .unpickleEnvironment path     => server.unpickleEnvironment path
  | .unpickleProofState path env? => server.unpickleProofState path env?

/-- The reply to one request, on one line. Whatever goes wrong is said in the reply. -/
def answer (server : Server) (request : String) : IO String := do
  let reply ← try
    match Request.parse request with
    | .ok request    => server.perform request
    | .error message => pure (failure message)
  catch error => pure (failure error.toString)
  return reply.compress

/-! ## Streams -/

/-- The lines up to an empty one; `none` at the end of the stream. -/
private partial def readRequest (input : IO.FS.Stream) (lines : Array String := #[]) : IO (Option String) := do
  let line ← input.getLine
  if line.isEmpty && lines.isEmpty then return none
  if line.trimAscii.isEmpty then return some (String.join lines.toList)
  readRequest input (lines.push line)

/-- Answer the requests of a stream, each of which ends at an empty line, until its end. -/
partial def serve (server : Server) (input output : IO.FS.Stream) : IO Unit := do
  let some request ← readRequest input | return
  output.putStr ((← server.answer request) ++ "\n\n")
  output.flush
  server.serve input output

end Server

end LeanMagic
