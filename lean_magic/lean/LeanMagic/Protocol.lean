import Lean

/-!
# The protocol

One request is a JSON object; one reply is a JSON object on one line. The requests and replies are those of
leanprover-community/repl, with a few optional keys on top (see the README next to this folder).
-/

open Lean

namespace LeanMagic

/-- Which nodes of the info trees a reply carries. -/
inductive InfoTreeFilter where
  | full | tactics | original | substantive

/-- What a command asks for besides its messages and sorries. -/
structure CommandRequest where
  text       : String
  /-- The environment to extend; without one, the text may begin with imports. -/
  env?       : Option Nat := none
  allTactics : Bool := false
  rootGoals  : Bool := false
  infotree?  : Option InfoTreeFilter := none
  axioms     : Bool := false
  /-- What speaks against the text besides error messages. -/
  doubts     : Bool := false
  /-- Goals not only as texts. -/
  structured : Bool := false
  /-- Options that hold for this request only. -/
  options    : Array (Name × DataValue) := #[]
  /-- Take nothing over from earlier texts, and keep nothing for later ones. -/
  fresh      : Bool := false
  /-- Whether to say on the way how far it is, and what Lean has said so far. -/
  stream     : Bool := false
  /-- A theorem that the last command declares, to be written as text with all that it needs. -/
  export?    : Option Name := none

/-- Tactics or a term that somebody is writing for a goal of a proof state. -/
structure Draft where
  proofState : Nat
  /-- Which of its goals. -/
  goal       : Nat := 0
  text       : String

/-- A question about a proof, which has been run elsewhere; the statement is the text of a command. -/
structure JudgeRequest where
  /-- What the statement with the proof left out ends with. -/
  omitted   : String
  proof     : String
  /-- The theorem as text; none to ask about the statement, and whether the proof is one as text. -/
  exported? : Option String
  axioms    : Array Name

inductive Request where
  | hello
  | stat
  /-- Stop the request of this id. -/
  | cancel (id : Json)
  /-- Nothing but what is to be released. -/
  | release
  | command (request : CommandRequest)
  /-- As `command`; the text is that of the file `path`. -/
  | file (path : String) (request : CommandRequest)
  /-- `goals` are the places of those that it is for; none for all. -/
  | tactic (proofState : Nat) (text : String) (goals : Array Nat) (structured : Bool)
  /-- What the word at a place of a text could become. -/
  | complete (position : Position) (request : CommandRequest)
  /-- What is at a place of a text. -/
  | hover (position : Position) (request : CommandRequest)
  /-- What the word at a place of a tactic could become. -/
  | completeTactic (position : Position) (draft : Draft)
  /-- What is at a place of a tactic. -/
  | hoverTactic (position : Position) (draft : Draft)
  /-- The type of a term. -/
  | typeOf (draft : Draft)
  | judge (question : JudgeRequest) (request : CommandRequest)
  | pickleEnvironment (env : Nat) (path : String)
  | pickleProofState (proofState : Nat) (path : String)
  | unpickleEnvironment (path : String)
  | unpickleProofState (path : String) (env? : Option Nat)

/-- A request with what any request may carry. -/
structure Envelope where
  /-- A string or a number; every frame of the answer carries it. -/
  id?          : Option Json := none
  /-- Environments and proof states that are to be forgotten first. -/
  environments : Array Nat := #[]
  proofStates  : Array Nat := #[]
  /-- Or why it is none. -/
  request      : Except String Request

/-! ## Reading requests -/

namespace Request

/-- The value of a key, `none` if it is missing or null. -/
private def field? (json : Json) (key : String) : Option Json :=
  match json.getObjVal? key with
  | .ok .null => none
  | .ok value => some value
  | .error _  => none

private def typed (json : Json) (key expected : String) (read : Json → Except String α) : Except String (Option α) :=
  match field? json key with
  | none => pure none
  | some value => match read value with
    | .ok a    => pure (some a)
    | .error _ => throw s!"`{key}` must be {expected}"

private def required (key : String) (value? : Option α) : Except String α :=
  value?.getDM (throw s!"`{key}` is missing")

private def string? (json : Json) (key : String) : Except String (Option String) :=
  typed json key "a string" Json.getStr?

private def string (json : Json) (key : String) : Except String String := do
  required key (← string? json key)

private def natural? (json : Json) (key : String) : Except String (Option Nat) :=
  typed json key "a natural number" Json.getNat?

private def natural (json : Json) (key : String) : Except String Nat := do
  required key (← natural? json key)

/-- What names a request: a string or a natural number. -/
private def id? (json : Json) (key : String) : Except String (Option Json) :=
  typed json key "a string or a natural number" fun
    | .str text => return .str text
    | json      => return toJson (← json.getNat?)

private def naturals (json : Json) (key : String) : Except String (Array Nat) := do
  return (← typed json key "a list of natural numbers" fun value => do (← value.getArr?).mapM (·.getNat?)).getD #[]

private def flag (json : Json) (key : String) : Except String Bool := do
  return (← typed json key "true or false" Json.getBool?).getD false

private def infotree? (json : Json) : Except String (Option InfoTreeFilter) := do
  match ← string? json "infotree" with
  | some "full"        => return some .full
  | some "tactics"     => return some .tactics
  | some "original"    => return some .original
  | some "substantive" => return some .substantive
  | _                  => return none

private def optionValue : Json → Except String DataValue
  | .bool value => return .ofBool value
  | .str value  => return .ofString value
  | json        => return .ofNat (← json.getNat?)

/-- A name in parts: strings and numbers. -/
private def name (json : Json) : Except String Name := do
  (← json.getArr?).foldlM (init := Name.anonymous) fun name part =>
    match part with
    | .str part => return .str name part
    | part      => return .num name (← part.getNat?)

private def option : Json → Except String (Name × DataValue)
  | .arr #[parts, value] => return (← name parts, ← optionValue value)
  | _ => throw "a pair expected"

private def options? (json : Json) : Except String (Option (Array (Name × DataValue))) :=
  typed json "setOptions" "a list of [[name, part, ...], value]" fun value => do (← value.getArr?).mapM option

private def commandRequest (json : Json) (text : String) : Except String CommandRequest := do
  return {
    text
    env?       := ← natural? json "env"
    allTactics := ← flag json "allTactics"
    rootGoals  := ← flag json "rootGoals"
    infotree?  := ← infotree? json
    axioms     := ← flag json "axioms"
    doubts     := ← flag json "doubts"
    structured := ← flag json "structured"
    options    := (← options? json).getD #[]
    fresh      := ← flag json "fresh"
    stream     := ← flag json "stream"
    export?    := ← typed json "export" "a name in parts" name }

private def judgeRequest (json : Json) : Except String JudgeRequest := do
  return {
    omitted   := ← string json "omitted"
    proof     := ← string json "proof"
    exported? := ← string? json "exported"
    axioms    := (← typed json "axioms" "a list of names in parts" fun value => do (← value.getArr?).mapM name).getD #[] }

private def position (json : Json) (key : String) : Except String Position := do
  required key <| ← typed json key "a position, {\"line\": from 1, \"column\": from 0}" fun value =>
    return { line := ← value.getObjValAs? Nat "line", column := ← value.getObjValAs? Nat "column" }

private def draft (json : Json) (text : String) : Except String Draft := do
  return { text, proofState := ← natural json "proofState", goal := (← natural? json "goal").getD 0 }

/-- The request that a JSON object makes; the first kind whose keys are all there decides, as in the upstream REPL. -/
def ofJson (json : Json) : Except String Request := do
  let has key := (field? json key).isSome
  if has "complete" && has "tactic" && has "proofState" then
    return .completeTactic (← position json "complete") (← draft json (← string json "tactic"))
  else if has "hover" && has "tactic" && has "proofState" then
    return .hoverTactic (← position json "hover") (← draft json (← string json "tactic"))
  else if has "typeOf" && has "proofState" then
    return .typeOf (← draft json (← string json "typeOf"))
  else if has "tactic" && has "proofState" then
    return .tactic (← natural json "proofState") (← string json "tactic") (← naturals json "goals") (← flag json "structured")
  else if has "pickleTo" && has "env" then
    return .pickleEnvironment (← natural json "env") (← string json "pickleTo")
  else if has "unpickleEnvFrom" then
    return .unpickleEnvironment (← string json "unpickleEnvFrom")
  else if has "pickleTo" && has "proofState" then
    return .pickleProofState (← natural json "proofState") (← string json "pickleTo")
  else if has "unpickleProofStateFrom" then
    return .unpickleProofState (← string json "unpickleProofStateFrom") (← natural? json "env")
  else if has "complete" && has "cmd" then
    return .complete (← position json "complete") (← commandRequest json (← string json "cmd"))
  else if has "hover" && has "cmd" then
    return .hover (← position json "hover") (← commandRequest json (← string json "cmd"))
  else if has "judge" && has "cmd" then
    return .judge (← judgeRequest (json.getObjValD "judge")) (← commandRequest json (← string json "cmd"))
  else if has "cmd" then
    return .command (← commandRequest json (← string json "cmd"))
  else if has "path" then
    return .file (← string json "path") (← commandRequest json "")
  else if has "hello" then return .hello
  else if has "stat" then return .stat
  else if has "cancel" then return .cancel (← required "cancel" (← id? json "cancel"))
  else if has "release" then return .release
  else
    throw "no request has these keys; expected `cmd`, `path`, `tactic` with `proofState`, `pickleTo` with `env` or \
      `proofState`, `complete`, `hover` or `judge` with `cmd`, `complete` or `hover` with `tactic` and `proofState`, `typeOf` with `proofState`, `unpickleEnvFrom`, `unpickleProofStateFrom`, `hello`, `stat`, `cancel` or `release`"

end Request

namespace Envelope

private def noCommand (why : String) : String :=
  s!"Could not parse as a valid JSON command:\n{why}"

private def ofJson (json : Json) : Except String Envelope := do
  let released := (← Request.typed json "release" "an object" fun value => return .obj (← value.getObj?)).getD .null
  return {
    id?          := ← Request.id? json "id"
    environments := ← Request.naturals released "environments"
    proofStates  := ← Request.naturals released "proofStates"
    request      := (Request.ofJson json).mapError noCommand }

def parse (text : String) : Except String Envelope :=
  match Json.parse text with
  | .error e          => throw s!"Could not parse JSON:\n{e}"
  | .ok json@(.obj _) => (ofJson json).mapError noCommand
  | .ok _             => throw (noCommand "an object expected")

/-- Whether the request is answered at once, whatever else is under way. -/
def isUrgent (envelope : Envelope) : Bool :=
  envelope.id?.isSome && match envelope.request with
    | .ok .hello | .ok .stat | .ok (.cancel _) => true
    | _                                        => false

end Envelope

/-! ## Writing replies -/

/-- What a step of an answer gives. An answer is an `IO (Step α)`: each run is the next step, until the last. The host
may end any step but the first at any moment, by an exception that Lean code cannot catch. -/
inductive Step (α : Type) where
  /-- The last frame. Making it takes no time, records what the answer gives numbers to, and is not cut short. -/
  | last (frame : IO α)
  /-- Another step follows. -/
  | interim (frame? : Option α)

/-- The fields of a JSON object under construction. -/
abbrev Fields := List (String × Json)

/-- A list field; the protocol leaves empty ones out. -/
def listField (key : String) (values : Array Json) : Fields :=
  if values.isEmpty then [] else [(key, .arr values)]

/-- A reply that only says what went wrong. -/
def failure (message : String) : Fields :=
  [("message", message)]

/-- Lines count from one, columns from zero, both in code points. -/
def positionJson (position : Position) : Json :=
  .mkObj [("line", position.line), ("column", position.column)]

/-- Where no text is, such as in a tactic of a request. -/
def nowhere : Position := { line := 0, column := 0 }

def textStart : Position := { line := 1, column := 0 }

/-- `Name`s as they are written, with «» where needed. -/
def nameJson (name : Name) : Json := .str name.toString

/-- A name in parts, as it is meant, which a printed one may not say. -/
def namePartsJson (name : Name) : Json :=
  .arr <| name.components.toArray.map fun
    | .num _ part => toJson part
    | part        => .str (part.getString!)

def namesJson (names : Array Name) : Json := .arr (names.map nameJson)

/-- The reply to a request that was stopped there, with the messages until then. -/
def interruption (place : Position) (messages : Array Json := #[]) : Fields :=
  [("interrupted", positionJson place)] ++ listField "messages" messages

end LeanMagic
