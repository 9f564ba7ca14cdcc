import LeanMagic.Axioms
import LeanMagic.Completion
import LeanMagic.Hover
import LeanMagic.Judge
import LeanMagic.Messages
import LeanMagic.Pickle
import LeanMagic.Store

/-!
# The server

What it keeps between requests, and the answer to each kind of request.
-/

open Lean Elab

namespace LeanMagic

/-- How far a request is. -/
structure Progress where
  place    : Position := textStart
  /-- What Lean has said until then, and how to write it. -/
  messages : Array Message := #[]
  json     : Message → IO Json := messageJson false none

private def Progress.messagesJson (progress : Progress) : IO (Array Json) :=
  progress.messages.mapM progress.json

/-- A request under way that can be stopped. -/
structure Ticket where
  id       : Json
  token    : IO.CancelToken
  progress : IO.Ref Progress

/-- Everything a session holds. -/
structure Server where
  headers      : Headers
  snapshots    : Snapshots
  environments : Store EnvironmentState
  proofStates  : Store (ProofState × ProofRecipe)
  /-- The header whose names Lean's completion knows. -/
  completed    : IO.Ref (Option ModuleHeader)
  /-- By id; and whether it was cancelled. -/
  underWay     : IO.Ref (Std.TreeMap String (Ticket × Bool))

namespace Server

def start (headers : Headers) : IO Server :=
  return {
    headers
    snapshots    := ← Snapshots.new
    environments := ← Store.new
    proofStates  := ← Store.new
    completed    := ← IO.mkRef none
    underWay     := ← IO.mkRef {} }

private def environment (server : Server) (id : Nat) : IO EnvironmentState := do
  (← server.environments.find? id).getDM (throw (IO.userError "Unknown environment."))

private def environment? (server : Server) (id? : Option Nat) : IO (Option EnvironmentState) :=
  id?.mapM server.environment

private def proofState (server : Server) (id : Nat) (unknown := "Unknown proof state.") :
    IO (ProofState × ProofRecipe) := do
  (← server.proofStates.find? id).getDM (throw (IO.userError unknown))

/-! ## Requests under way -/

/-- Let a request in that has an id, before `answer`: from now on it can be cancelled. -/
def admit (server : Server) (id : Json) : IO Ticket := do
  let ticket := { id, token := ← IO.CancelToken.new, progress := ← IO.mkRef {} }
  let fresh ← server.underWay.modifyGet fun all =>
    if all.contains id.compress then (false, all) else (true, all.insert id.compress (ticket, false))
  unless fresh do throw (IO.userError s!"The request {id.compress} is under way: an id must be its own.")
  return ticket

/-- `admit`, the id as JSON text. -/
def admitText (server : Server) (id : String) : IO Ticket := do
  server.admit (← IO.ofExcept (Json.parse id))

/-- Stop the request of this id; returns whether there is one. -/
private def cancel (server : Server) (id : Json) : BaseIO Bool := do
  let ticket? ← server.underWay.modifyGet fun all =>
    match all[id.compress]? with
    | some (ticket, _) => (some ticket, all.insert id.compress (ticket, true))
    | none             => (none, all)
  if let some ticket := ticket? then ticket.token.set
  return ticket?.isSome

/-- From now on the request cannot be cancelled; returns whether it has been. -/
private def settle (server : Server) : Option Ticket → BaseIO Bool
  | none        => return false
  | some ticket => server.underWay.modifyGet fun all =>
    ((all[ticket.id.compress]?.map (·.2)).getD false, all.erase ticket.id.compress)

/-! ## Commands -/

/-- Goals as one text. -/
private def goalsText (table : GoalTable) (goals : Array Nat) : String :=
  if goals.isEmpty then "no goals" else "\n".intercalate (table.texts goals).toList

private def placesField (key : String) (places : Array Nat) : Fields :=
  [(key, .arr (places.map toJson))]

private def goalJson (server : Server) (table : GoalTable) (structured : Bool) (goal : GoalAt) (recipe : ProofRecipe) :
    IO Json := do
  let id ← server.proofStates.add (goal.state, recipe)
  -- Lines count from one: line zero is no place in the text.
  let place : Fields := if goal.start.line == 0 then [] else
    [("pos", positionJson goal.start), ("endPos", positionJson goal.finish)]
  let goals := if structured then placesField "goals" goal.goals else []
  return .mkObj ([("goal", .str (goalsText table goal.goals)), ("proofState", toJson id)] ++ place ++ goals)

private def tacticJson (server : Server) (table : GoalTable) (structured : Bool) (tactic : TacticAt)
    (recipe : ProofRecipe) : IO Json := do
  let id ← server.proofStates.add (tactic.state, recipe)
  let placed := if !structured then [] else
    placesField "goalsBefore" tactic.goals ++ placesField "goalsAfter" tactic.goalsAfter ++
      (tactic.parent?.map fun parent => ("parent", toJson parent)).toList ++ [("depth", toJson tactic.depth)]
  return .mkObj <| [
    ("tactic", .str tactic.text),
    ("goals", .str (goalsText table tactic.goals)),
    ("proofState", toJson id),
    ("pos", positionJson tactic.start),
    ("endPos", positionJson tactic.finish),
    ("usedConstants", namesJson tactic.usedConstants.toArray)] ++ placed

private def tableField (table : GoalTable) (structured : Bool) : Fields :=
  if structured then listField "goalTable" table.json else []

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
    ["skipKernelTC", "addDeclWithoutChecking", "addDeclCore"].any (fun word => (request.text.splitOn word).length > 1) ||
    request.options.any (·.1 == `debug.skipKernelTC) ||
    base?.any (debug.skipKernelTC.get ·.command.scopes.head!.opts)

/-- The theorem that was asked for, if the last command has declared it. -/
private def exportField (request : CommandRequest) (elaboration : Elaboration) : Fields :=
  let command? := elaboration.commands.reverse.find? (!Parser.isTerminalCommand ·.command)
  let text? := return ← exported? (← command?).before (← command?).after.env (← request.export?)
  text?.toList.map fun text => ("export", .str text)

/-- By which a client sees whether the same text has led elsewhere. -/
private def digestFields (base? : Option EnvironmentState) (outcome : CommandOutcome) : Fields :=
  let after := outcome.elaboration.state.env
  let before? := base?.map (·.command.env)
  match before? <|> outcome.elaboration.commands[0]?.map (·.before) with
  | some before => [("digest", .str (toString (digestOfNew before after)))]
  | none        => []

private def _root_.LeanMagic.CommandRequest.messageJson (request : CommandRequest) (elaboration : Elaboration) :
    Message → IO Json :=
  LeanMagic.messageJson request.structured (some elaboration.input.fileMap)

/-- The reply to a command whose text is elaborated. -/
private def commandReply (server : Server) (ticket? : Option Ticket) (request : CommandRequest)
    (base? : Option EnvironmentState) (elaboration : Elaboration) : IO (IO Fields) := do
  let outcome ← outcomeOf request base? elaboration
  let messages ← outcome.elaboration.messages.mapM (request.messageJson elaboration)
  let infotree ← infotreeFields outcome.elaboration request.infotree?
  let axioms := if request.axioms then axiomFields outcome.elaboration else []
  let doubts := if request.doubts then doubtFields request base? outcome ++ digestFields base? outcome else []
  let exported := exportField request elaboration
  return do
    if ← server.settle ticket? then
      return interruption (outcome.elaboration.interrupted?.getD outcome.elaboration.place) messages
    let recipe := outcome.environment.recipe
    let goalJson := server.goalJson outcome.table request.structured
    let mut index := 0
    let mut sorries := #[]
    for goal in outcome.sorries do
      sorries := sorries.push (← goalJson goal (.command recipe index))
      index := index + 1
    for goal in outcome.rootGoals do
      sorries := sorries.push (← goalJson goal (.command recipe index))
      index := index + 1
    let mut tactics := #[]
    for tactic in outcome.tactics do
      tactics := tactics.push (← server.tacticJson outcome.table request.structured tactic (.command recipe index))
      index := index + 1
    let id ← server.environments.add outcome.environment
    return [("env", toJson id)] ++ listField "messages" messages ++ listField "sorries" sorries ++
      listField "tactics" tactics ++ tableField outcome.table request.structured ++ infotree ++ axioms ++ doubts ++ exported

/-- A command's text on its way. -/
private structure TextUnderWay where
  request     : CommandRequest
  base?       : Option EnvironmentState
  elaboration : Elaboration
  /-- What the client has been told: how many messages, and at which command. -/
  told        : Nat := 0
  toldAt?     : Option Nat := none

/-- Whether the client is to be told which command is next. -/
private def TextUnderWay.isNews (text : TextUnderWay) : Bool :=
  text.request.stream && !text.elaboration.atEnd && text.toldAt? != some text.elaboration.commands.size

/-- What is to be run as the next step. -/
private abbrev GoOn := IO (Step Fields) → BaseIO Unit

/-- Elaborate until there is news or the reply. -/
private partial def TextUnderWay.elaborate (text : TextUnderWay) (server : Server) (ticket? : Option Ticket)
    (goOn : GoOn) : IO (Step Fields) := do
  let { request, base?, elaboration, .. } := text
  if elaboration.finished then
    return .last (← server.commandReply ticket? request base? elaboration)
  ticket?.forM (·.progress.set {
    place := elaboration.place, messages := elaboration.messages, json := request.messageJson elaboration })
  if text.isNews then
    let news ← (elaboration.messages.extract text.told).mapM (request.messageJson elaboration)
    let toldAt? := some elaboration.commands.size
    let told := { text with told := elaboration.messages.size, toldAt? }
    goOn (told.elaborate server ticket? goOn)
    return .interim (some ([("reached", positionJson elaboration.place)] ++ listField "messages" news))
  { text with elaboration := ← elaboration.step }.elaborate server ticket? goOn

private def command (server : Server) (ticket? : Option Ticket) (request : CommandRequest) (goOn : GoOn) :
    IO (Step Fields) := do
  let base? ← server.environment? request.env?
  let elaboration ← beginText server.headers server.snapshots request base? (ticket?.map (·.token))
  goOn ({ request, base?, elaboration : TextUnderWay }.elaborate server ticket? goOn)
  return .interim none

/-! ## Judging proofs -/

private def judgementJson (judgement : Judgement) : IO Fields := do
  let { used, unseen } := judgement.axioms
  let objection := judgement.objection?.toList.map fun { kind, detail } =>
    ("objection", .mkObj [("kind", .str kind), ("detail", .str detail)])
  let name := judgement.theorem?.toList.flatMap fun name =>
    [("theorem", namePartsJson name), ("name", nameJson (privateToUserName name))]
  return name ++ objection ++ (if judgement.runsCode then [("runsCode", .bool true)] else []) ++
    listField "axioms" (used.map nameJson) ++ listField "axiomsUnseen" (unseen.map nameJson)

private def judge (server : Server) (ticket? : Option Ticket) (question : JudgeRequest) (request : CommandRequest) :
    IO (IO Fields) := do
  let base? ← server.environment? request.env?
  let token? := ticket?.map (·.token)
  let stated := { request with text := request.text ++ question.omitted }
  let elaboration ← beginText server.headers server.snapshots stated base? token?
  let judgement ← LeanMagic.judge {
    text     := request.text ++ question.proof
    finish   := request.text.rawEndPos
    exported := question.exported?
    axioms   := question.axioms } elaboration token?
  let messages ← judgement.messages.mapM (stated.messageJson elaboration)
  let judgement ← judgementJson judgement
  return do
    if ← server.settle ticket? then return interruption textStart messages
    return [("judged", .bool true)] ++ judgement ++ listField "messages" messages

/-! ## Help with writing -/

private def glance (server : Server) (ticket? : Option Ticket) (request : CommandRequest) (text : String)
    (position : Position) : IO Glance := do
  let base? ← server.environment? request.env?
  Glance.ofText server.headers server.snapshots { request with text } base? position (ticket?.map (·.token))

private def completionJson (fileMap : FileMap) (item : CompletionItem) : Json :=
  .mkObj <| [("label", .str item.label), ("kind", .str item.kind)] ++
    (item.detail?.map fun detail => ("detail", Json.str detail)).toList ++
    (item.doc?.map fun doc => ("doc", Json.str doc)).toList ++
    (item.start?.map fun start => ("pos", positionJson (fileMap.toPosition start))).toList

private def completionReply (server : Server) (ticket? : Option Ticket) (position : Position) (fileMap : FileMap)
    (items : Array CompletionItem) (start place : String.Pos.Raw) : IO Fields := do
  if ← server.settle ticket? then return interruption position
  return [("items", .arr (items.map (completionJson fileMap))), ("pos", positionJson (fileMap.toPosition start)),
    ("endPos", positionJson (fileMap.toPosition place))]

private def complete (server : Server) (ticket? : Option Ticket) (position : Position) (request : CommandRequest) :
    IO (IO Fields) := do
  let fileMap := FileMap.ofString request.text
  let place := fileMap.ofPosition position
  let line := (fileMap.ofPosition { position with column := 0 }).extract request.text place
  if let some module := importedAt? line then
    if request.env?.isNone then
      return reply fileMap (← modulesLike module) (place.unoffsetBy module.rawEndPos) place
  let (items, seen) ← completionsAt server.completed (server.glance ticket? request) request.text position
  return reply fileMap items seen.wordStart place
where
  reply (fileMap : FileMap) (items : Array CompletionItem) (start place : String.Pos.Raw) : IO Fields :=
    server.completionReply ticket? position fileMap items start place

private def hoverReply (server : Server) (ticket? : Option Ticket) (position : Position) (seen : Glance) :
    IO (IO Fields) := do
  let hover ← Hover.find seen
  return do
    if ← server.settle ticket? then return interruption position
    let place (at_ : String.Pos.Raw) := positionJson (seen.fileMap.toPosition at_)
    let range : Fields := match hover.range? with
      | some range => [("pos", place range.start), ("endPos", place range.stop)]
      | none       => []
    return [("text", .str (hover.text?.getD ""))] ++ range ++ tableField hover.goals true

private def hover (server : Server) (ticket? : Option Ticket) (position : Position) (request : CommandRequest) :
    IO (IO Fields) := do
  server.hoverReply ticket? position (← server.glance ticket? request request.text position)

/-- The state that a draft is for, and its goal; none if no goals are left. -/
private def draftGoal? (server : Server) (draft : Draft) : IO (ProofState × Option MVarId) := do
  let (state, _) ← server.proofState draft.proofState
  let goal? := state.goals[draft.goal]?
  if goal?.isNone && draft.goal > 0 then
    throw (IO.userError s!"There is no goal {draft.goal}: they count from 0, and there are {state.goals.length}.")
  return (state, goal?)

private def completeTactic (server : Server) (ticket? : Option Ticket) (position : Position) (draft : Draft) :
    IO (IO Fields) := do
  let (state, goal?) ← server.draftGoal? draft
  let look text position := Glance.ofTactics state goal?.toList text position (ticket?.map (·.token))
  let (items, seen) ← completionsInTactics server.completed state look draft.text position
  return server.completionReply ticket? position seen.fileMap items seen.wordStart seen.place

private def hoverTactic (server : Server) (ticket? : Option Ticket) (position : Position) (draft : Draft) :
    IO (IO Fields) := do
  let (state, goal?) ← server.draftGoal? draft
  let seen ← Glance.ofTactics state goal?.toList draft.text position (ticket?.map (·.token))
  server.hoverReply ticket? position seen

private def typeOf (server : Server) (ticket? : Option Ticket) (draft : Draft) : IO (IO Fields) := do
  let (state, goal?) ← server.draftGoal? draft
  let some goal := goal? | throw (IO.userError "No goals are left whose hypotheses could be named.")
  let type ← state.typeOf goal draft.text (ticket?.map (·.token))
  return do
    if ← server.settle ticket? then return interruption nowhere
    return [("text", .str type)]

private def help (ticket? : Option Ticket) (goOn : GoOn) (position : Position) (find : IO (IO Fields)) :
    IO (Step Fields) := do
  ticket?.forM (·.progress.set { place := position })
  goOn (.last <$> find)
  return .interim none

/-! ## Tactics -/

/-- The reply that gives a proof state, whose goals are at these places of the table. -/
private def proofStateReply (server : Server) (ticket? : Option Ticket) (state : ProofState) (recipe : ProofRecipe)
    (table : GoalTable) (goals : Array Nat) (structured := false) (more : IO Fields := return []) : IO (IO Fields) := do
  let status ← state.status (own := structured) (ticket?.map (·.token))
  return do
    if ← server.settle ticket? then return interruption nowhere
    let more ← more -- recorded before the state itself
    let id ← server.proofStates.add (state, recipe)
    return [("proofState", toJson id), ("goals", .arr ((table.texts goals).map .str)), ("proofStatus", .str status)] ++
      more

private def tacticReply (server : Server) (ticket? : Option Ticket) (before : ProofState) (recipe : ProofRecipe)
    (text : String) (places : Array Nat) (structured : Bool) : IO (IO Fields) := do
  try
    let { state, messages, traces, table, goals, sorries, doubtful, .. } ←
      runTactic before text places structured (ticket?.map (·.token))
    let messages ← messages.toArray.mapM (messageJson structured none)
    let traces := traces.toArray.map Json.str
    let goalJson := server.goalJson table structured
    server.proofStateReply ticket? state (.tactic recipe text places sorries.size) table goals structured do
      let mut index := 0
      let mut goalsLeft := #[]
      for goal in sorries do
        goalsLeft := goalsLeft.push (← goalJson goal (.tactic recipe text places index))
        index := index + 1
      return listField "messages" messages ++ listField "sorries" goalsLeft ++ listField "traces" traces ++
        (if structured then placesField "goalsAfter" goals else []) ++ tableField table structured ++
        (if structured && doubtful then [("sorry", .bool true)] else [])
  catch error => throw (IO.userError s!"Lean error:\n{error.toString}")

private def tactic (server : Server) (ticket? : Option Ticket) (id : Nat) (text : String) (places : Array Nat)
    (structured : Bool) (goOn : GoOn) : IO (Step Fields) := do
  let (before, recipe) ← server.proofState id
  ticket?.forM (·.progress.set { place := nowhere })
  goOn (.last <$> server.tacticReply ticket? before recipe text places structured)
  return .interim none

/-! ## Pickles -/

private def remarkField : Option String → Fields
  | none        => []
  | some remark => [("messages", .arr #[.mkObj [
      ("severity", "warning"),
      ("pos", positionJson nowhere),
      ("endPos", .null),
      ("data", .str remark)]])]

private def pickleEnvironment (server : Server) (id : Nat) (path : String) : IO Fields := do
  LeanMagic.pickleEnvironment path (← server.environment id).recipe
  return [("env", toJson id)]

private def unpickleEnvironment (server : Server) (ticket? : Option Ticket) (path : String) : IO Fields := do
  let restored ← LeanMagic.unpickleEnvironment server.headers server.snapshots path (ticket?.map (·.token))
  if ← server.settle ticket? then return interruption textStart
  return [("env", toJson (← server.environments.add restored.value))] ++ remarkField restored.remark?

private def restoredReply (server : Server) (ticket? : Option Ticket) (state : ProofState) (recipe : ProofRecipe)
    (more : Fields := []) : IO Fields := do
  let (goals, table) ← state.printedGoals {}
  (← server.proofStateReply ticket? state recipe table goals (more := return more))

/-- As in the upstream REPL, the reply has a new id for the same proof state. -/
private def pickleProofState (server : Server) (ticket? : Option Ticket) (id : Nat) (path : String) : IO Fields := do
  let (state, recipe) ← server.proofState id (unknown := "Unknown proof State.")
  LeanMagic.pickleProofState path recipe
  server.restoredReply ticket? state recipe

private def unpickleProofState (server : Server) (ticket? : Option Ticket) (path : String) (env? : Option Nat) :
    IO Fields := do
  let env? ← server.environment? env?
  let restored ← LeanMagic.unpickleProofState server.headers server.snapshots path env? (ticket?.map (·.token))
  let (state, recipe) := restored.value
  server.restoredReply ticket? state recipe (remarkField restored.remark?)

/-! ## Answers -/

/-- The version of the extensions to the upstream protocol. -/
def protocolVersion : Nat := 6

/-- As `lean --version` has it. -/
private def leanVersion : String :=
  if version.isRelease then versionStringCore else versionStringCore ++ "-pre"

private def perform (server : Server) (ticket? : Option Ticket) (envelope : Envelope) (goOn : GoOn) :
    IO (Step Fields) := do
  let released := (← server.environments.release envelope.environments) +
    (← server.proofStates.release envelope.proofStates)
  server.snapshots.release envelope.environments
  match ← IO.ofExcept envelope.request with
  | .hello => return .last <| return [
      ("server", "lean-magic"), ("protocol", protocolVersion), ("lean", .str leanVersion)]
  | .stat => return .last <| return [
      ("environments", toJson (← server.environments.count)),
      ("proofStates", toJson (← server.proofStates.count)),
      ("headers", toJson (← server.headers.recent.get).length),
      ("snapshots", toJson (← server.snapshots.count)),
      ("elaborated", toJson (← server.snapshots.counter.get))]
  | .cancel id => return .last <| return [("cancelled", .bool (← server.cancel id))]
  | .release   => return .last <| return [("released", toJson released)]
  | .command request    => server.command ticket? request goOn
  | .file path request  => server.command ticket? { request with text := ← IO.FS.readFile path } goOn
  | .tactic id text places structured => server.tactic ticket? id text places structured goOn
  | .complete position request => help ticket? goOn position (server.complete ticket? position request)
  | .hover position request    => help ticket? goOn position (server.hover ticket? position request)
  | .completeTactic position draft => help ticket? goOn position (server.completeTactic ticket? position draft)
  | .hoverTactic position draft    => help ticket? goOn position (server.hoverTactic ticket? position draft)
  | .judge question request        => help ticket? goOn textStart (server.judge ticket? question request)
  | .typeOf draft                  => help ticket? goOn nowhere (server.typeOf ticket? draft)
  | .pickleEnvironment id path    => return .last (server.pickleEnvironment id path)
  | .pickleProofState id path     => return .last (server.pickleProofState ticket? id path)
  | .unpickleEnvironment path     => return .last (server.unpickleEnvironment ticket? path)
  | .unpickleProofState path env? => return .last (server.unpickleProofState ticket? path env?)

/-- One line. -/
private def frame (id? : Option Json) (fields : Fields) : String :=
  (Json.mkObj ((id?.map (("id", ·))).toList ++ fields)).compress

/-- The last frame of an answer. What `fields` throws, and whether it was cancelled, is said in it. -/
private def lastFrame (server : Server) (ticket? : Option Ticket) (id? : Option Json) (fields : IO Fields) :
    IO String := do
  let fields ← try fields catch error => pure (failure error.toString)
  -- Most requests settle for themselves, before they record anything.
  let some ticket := ticket? | return frame id? fields
  unless ← server.settle ticket do return frame id? fields
  let progress ← ticket.progress.get
  return frame id? (interruption progress.place (← progress.messagesJson))

/-- The answer to one request, which `admit` gave a ticket if it has an id. Whatever goes wrong is said in it. -/
def answer (server : Server) (ticket? : Option Ticket) (request : String) : IO (IO (Step String)) := do
  match Envelope.parse request with
  | .error message =>
    return return .last (server.lastFrame ticket? (ticket?.map (·.id)) (return failure message))
  | .ok envelope   =>
    let next ← IO.mkRef (return .last (return []))
    next.set (server.perform ticket? envelope next.set)
    let id? := envelope.id?
    return do
      match ← try (← next.get) catch error => pure (.last (return failure error.toString)) with
      | .interim fields? => return .interim (fields?.map (frame id?))
      | .last fields     =>
        next.set (return .last (return [])) -- what it held refers to it, so that it would never be freed
        return .last (server.lastFrame ticket? id? fields)

/-- The last frame of an answer that has been cut short, as `message` says: with what there is to say of the commands
before. -/
def abandon (server : Server) (ticket : Ticket) (message : String) : IO String := do
  let progress ← ticket.progress.get
  server.lastFrame ticket ticket.id do
    return failure message ++ [("pos", positionJson progress.place)] ++ listField "messages" (← progress.messagesJson)

/-! ## Streams -/

/-- The lines up to an empty one; `none` at the end of the stream. -/
private partial def readRequest (input : IO.FS.Stream) (lines : Array String := #[]) : IO (Option String) := do
  let line ← input.getLine
  if line.isEmpty && lines.isEmpty then return none
  if line.trimAscii.isEmpty then return some (String.join lines.toList)
  readRequest input (lines.push line)

private partial def write (output : Std.Mutex IO.FS.Stream) (answer : IO (Step String)) : IO Unit := do
  match ← answer with
  | .last frame => say (← frame)
  | .interim frame? =>
    frame?.forM say
    write output answer
where
  say (frame : String) : IO Unit := output.atomically do
    (← get).putStr (frame ++ "\n\n")
    (← get).flush

/-- Answer the requests of a stream, each of which ends at an empty line, until its end. Those with an id have threads
of their own; the others are answered one after the other. -/
partial def serve (server : Server) (input output : IO.FS.Stream) : IO Unit := do
  loop (← Std.Mutex.new output) (.pure (.ok ())) []
where
  loop (output : Std.Mutex IO.FS.Stream) (inOrder : Task (Except IO.Error Unit))
      (others : List (Task (Except IO.Error Unit))) : IO Unit := do
    let some request ← readRequest input |
      for task in inOrder :: others do IO.ofExcept (← IO.wait task)
    let envelope? := (Envelope.parse request).toOption
    let id? := envelope?.bind (·.id?)
    let reply (ticket? : Option Ticket) : IO Unit := do
      write output (← server.answer ticket? request)
    if envelope?.any (·.isUrgent) then
      reply none
      loop output inOrder others
    else if let some id := id? then
      match ← (server.admit id).toBaseIO with
      | .ok ticket =>
        let others ← others.filterM fun task => return !(← IO.hasFinished task)
        loop output inOrder ((← IO.asTask (reply ticket) .dedicated) :: others)
      | .error error =>
        write output (return .last (return frame id (failure error.toString)))
        loop output inOrder others
    else
      loop output (← IO.mapTask (fun _ => reply none) inOrder) others

end Server

end LeanMagic
