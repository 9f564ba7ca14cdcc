import LeanMagic.Command
import LeanMagic.Export

/-!
# The judge

Whether a proof proves a statement. What has run the proof may say anything; so it only hands over declarations as text
(`Export.lean`). The judge does not run the proof. It elaborates the statement with its proof left out, so it knows
itself what is to be proved; it parses the proof, to see that it is one; and it has the kernel check the declarations
against that statement.
-/

open Lean Elab

namespace LeanMagic

/-- Why a proof is none: a word for programs, and a sentence for people. -/
structure Objection where
  kind   : String
  detail : String

private abbrev JudgeM := ExceptT Objection IO

private def object (kind detail : String) : JudgeM α := throw { kind, detail }

/-- What declarations rest on; as `axiomsOf`, but by Lean's own collector, which is compiled. -/
private def assumptionsOf (env : Environment) (declarations : Array Name) : Axioms :=
  let ((), { axioms, .. }) := ((declarations.forM CollectAxioms.collect).run env).run {}
  let (used, unseen) := axioms.partition (getOriginalConstKind? env · matches some .axiom)
  { used, unseen }

/-- What the kernel has against a declaration, unless it has not come to an end. -/
private def objectAsKernel (error : Kernel.Exception) : JudgeM α := do
  let text := (← (error.toMessageData {}).toString).trimAscii.toString
  let kind := match error with
    | .deepRecursion        => "crashed"
    | .excessiveMemory      => "out_of_memory"
    | .deterministicTimeout | .interrupted => "timeout"
    | _                     => "kernel"
  object kind text

private def hasEnded : Kernel.Exception → Bool
  | .deepRecursion | .excessiveMemory | .deterministicTimeout | .interrupted => false
  | _ => true

/-! ## The statement -/

/-- A theorem to be proved, as the judge knows it. -/
structure Statement where
  /-- The environment in which it is proved: that before it, with what its type needs of what it has declared on the
  way (matchers, say). -/
  env         : Environment
  name        : Name
  levelParams : List Name
  type        : Expr
  /-- The elaboration that has come to its command, the command, and where its proof begins. -/
  reached     : Elaboration
  command     : Syntax
  finish      : String.Pos.Raw

/-- The elaboration before the last command, and that command. -/
private partial def lastCommand? (elaboration : Elaboration) (last? : Option (Elaboration × ElaboratedCommand) := none) :
    IO (Elaboration × Option (Elaboration × ElaboratedCommand)) := do
  if elaboration.finished then return (elaboration, last?)
  let next ← elaboration.step
  match next.commands.back? with
  | some command =>
    lastCommand? next (if Parser.isTerminalCommand command.command then last? else some (elaboration, command))
  | none => lastCommand? next last?

/-- `env` with the constants of `later` that a term needs, which the kernel checks once more. -/
private partial def withNeeded (later env : Environment) (term : Expr) : JudgeM Environment := do
  let mut env := env
  for name in term.getUsedConstants do
    if (env.toKernelEnv.find? name).isSome then continue
    let some info := later.toKernelEnv.find? name | continue
    env ← withNeeded later env info.type
    let declaration ← match info with
      | .defnInfo info =>
        env ← withNeeded later env info.value
        pure (.defnDecl info)
      | .thmInfo info =>
        env ← withNeeded later env info.value
        pure (.thmDecl info)
      | .opaqueInfo info =>
        env ← withNeeded later env info.value
        pure (.opaqueDecl info)
      | _ => object "statement" s!"its type mentions {name}, which comes into being along with it"
    match env.addDeclCore 0 declaration none with
    | .ok added => env := added
    | .error error =>
      unless hasEnded error do objectAsKernel error
      object "statement" s!"the kernel refuses {name}, which its type mentions"
  return env

/-- The statement of a text that leaves its proof out. -/
private def statementOf (ended : Elaboration) (last? : Option (Elaboration × ElaboratedCommand))
    (finish : String.Pos.Raw) : JudgeM Statement := do
  if ended.unread?.isSome then object "statement" "it has an #exit"
  let some (reached, command) := last? | object "statement" "there is none"
  let after := command.after.env
  let declared := command.trees.toArray.flatMap (declarationsOf · after)
  let #[name] := declared | object "statement" "it declares no theorem, or several things at once"
  let some (.thmInfo info) := after.toKernelEnv.find? name | object "statement" s!"{name} is no theorem"
  let statement := {
    env := ← withNeeded after command.before info.type
    name, levelParams := info.levelParams, type := info.type, reached, command := command.command, finish }
  if (assumptionsOf statement.env info.type.getUsedConstants).used.contains ``sorryAx then
    object "statement" "it rests on sorry itself"
  return statement

/-! ## The proof as text -/

/-- What stands before a place: each token with where it is. -/
private partial def tokensBefore (place : String.Pos.Raw) (stx : Syntax) (found : Array (String × Nat) := #[]) :
    Array (String × Nat) :=
  match stx with
  | .node _ _ args => args.foldl (fun found arg => tokensBefore place arg found) found
  | .atom info text => add info text
  | .ident info text .. => add info text.toString
  | .missing => found
where
  add (info : SourceInfo) (text : String) : Array (String × Nat) :=
    match info.getPos? with
    | some pos => if pos < place then found.push (text, pos.byteIdx) else found
    | none     => found

/-- Parse a text that has to be the statement with one proof, and nothing else. Parsing runs nothing of the proof. -/
private def parsed (statement : Statement) (text : String) : JudgeM Syntax := do
  let { reached, command, finish, .. } := statement
  let input := Parser.mkInputContext text reached.input.fileName
  let scope := reached.state.scopes.head!
  let context : Parser.ParserModuleContext := {
    env           := reached.state.env
    options       := scope.opts
    currNamespace := scope.currNamespace
    openDecls     := scope.openDecls }
  let (parsed, next, messages) := Parser.parseCommand input context reached.parser {}
  if let some message := messages.toList.head? then
    object "syntax" s!"{place message.pos}: {← message.data.toString}"
  unless input.atEnd next.pos do
    object "syntax" s!"{place (input.fileMap.toPosition next.pos)}: the proof has ended, but the text goes on"
  unless parsed.getKind == command.getKind && tokensBefore finish parsed == tokensBefore finish command do
    object "syntax" "it changes how the statement is read"
  return parsed
where
  place (position : Position) : String := s!"line {position.line}, column {position.column}"

/-! ## Declarations from text -/

/-- What has been read so far. -/
private structure Reader where
  env    : Environment
  names  : Array Name := #[.anonymous]
  levels : Array Level := #[.zero]
  terms  : Array Expr := #[]
  /-- What the declarations that were read are called here. -/
  called : NameMap Name := {}
  /-- Whether the kernel may run compiled code. -/
  native : Bool

private def unreadable : JudgeM α := object "unreadable" "what the process that ran the proof says of it cannot be read"

private def at! (values : Array α) (json : Json) : JudgeM α := do
  let .ok i := json.getNat? | unreadable
  if h : i < values.size then return values[i] else unreadable

/-- Lean keeps the number of loose variables of a term in 20 bits. -/
private def maxVariables : Nat := 2 ^ 18

/-- How deep levels may be nested: Lean goes through them by recursion. -/
private def maxLevelDepth : Nat := 1000

/-- How many digits a literal may have: to read it takes their number squared. -/
private def maxDigits : Nat := 100000

/-- Whether a number of a JSON text, outside of its strings, is larger than any that `exported?` writes. To read one such
as `1e999999999` would take for ever. -/
private def hasLargeNumber (text : String) : Bool := Id.run do
  let mut inString := false
  let mut escaped := false
  let mut digits := 0
  for byte in text.toUTF8 do
    let char := Char.ofNat byte.toNat
    if inString then
      inString := escaped || char != '"'
      escaped := !escaped && char == '\\'
    else if char.isDigit then
      digits := digits + 1
      if digits > 20 then return true
    else
      if digits > 0 && (char == 'e' || char == 'E') then return true
      inString := char == '"'
      digits := 0
  return false

private def Reader.push (reader : Reader) (term : Expr) : Reader :=
  { reader with terms := reader.terms.push term }

private def Reader.pushLevel (reader : Reader) (level : Level) : JudgeM Reader := do
  if reader.levels.size > maxVariables || level.depth > maxLevelDepth then unreadable
  return { reader with levels := reader.levels.push level }

/-- Constants whose applications the kernel evaluates by running compiled code. -/
private def nativeConstants : List Name := [``Lean.reduceBool, ``Lean.reduceNat]

/-- Axioms that all say that compiled code may be trusted. -/
private def compilerAxioms : List Name := [``Lean.ofReduceBool, ``Lean.ofReduceNat, ``Lean.trustCompiler]

private def readTerm (reader : Reader) (word : String) (parts : Array Json) : JudgeM Reader := do
  let part (i : Nat) : Json := parts.getD i .null
  match word with
  | "const" =>
    let name ← at! reader.names (part 1)
    if !reader.native && (nativeConstants.contains name || compilerAxioms.contains name) then
      object "axiom" s!"it rests on {if compilerAxioms.contains name then name else ``Lean.trustCompiler}"
    let levels ← (parts.toList.drop 2).mapM (at! reader.levels)
    return reader.push (.const ((reader.called.find? name).getD name) levels)
  | "fun" => return reader.push (.lam `x (← at! reader.terms (part 1)) (← at! reader.terms (part 2)) .default)
  | "all" => return reader.push (.forallE `x (← at! reader.terms (part 1)) (← at! reader.terms (part 2)) .default)
  | "var" =>
    let .ok i := (part 1).getNat? | unreadable
    if i ≥ maxVariables then unreadable
    return reader.push (.bvar i)
  | "sort" => return reader.push (.sort (← at! reader.levels (part 1)))
  | "let"  =>
    let term i := at! reader.terms (part i)
    return reader.push (.letE `x (← term 1) (← term 2) (← term 3) false)
  | "proj" =>
    let name ← at! reader.names (part 1)
    let .ok i := (part 2).getNat? | unreadable
    return reader.push (.proj ((reader.called.find? name).getD name) i (← at! reader.terms (part 3)))
  | "nat" =>
    let .str digits := part 1 | unreadable
    if digits.utf8ByteSize > maxDigits then unreadable
    let some n := digits.toNat? | unreadable
    return reader.push (.lit (.natVal n))
  | "str" =>
    let .str text := part 1 | unreadable
    return reader.push (.lit (.strVal text))
  | "name" =>
    let parent ← at! reader.names (part 1)
    let name ← match part 2 with
      | .str text => pure (.str parent text)
      | json      => do
        let .ok n := json.getNat? | unreadable
        pure (.num parent n)
    return { reader with names := reader.names.push name }
  | "succ"  => reader.pushLevel (.succ (← at! reader.levels (part 1)))
  | "max"   => reader.pushLevel (.max (← at! reader.levels (part 1)) (← at! reader.levels (part 2)))
  | "imax"  => reader.pushLevel (.imax (← at! reader.levels (part 1)) (← at! reader.levels (part 2)))
  | "param" => reader.pushLevel (.param (← at! reader.names (part 1)))
  | _       => unreadable

/-- Have the kernel check a declaration, and add it. -/
private def addChecked (env : Environment) (declaration : Declaration) (cancelTk? : Option IO.CancelToken) :
    JudgeM Environment := do
  match env.addDeclCore 0 declaration cancelTk? with
  | .ok env      => return env
  | .error error => objectAsKernel error

/-- Compile a definition as its term says, for the kernel to run: nothing of what the proof may have put in place of it
is there. What cannot be compiled cannot be run. -/
private def compiled (env : Environment) (declaration : Declaration) : JudgeM Environment := do
  let context ← coreContextFor {} .anonymous []
  try
    let ((), state) ← (compileDecl declaration (logErrors := false)).toIO context { env }
    return state.env
  catch _ => return env

/-- Whether this environment has the same already, as it does what the statement has brought with it. -/
private def isThere (env : Environment) (info : ConstantInfo) : Bool :=
  match env.toKernelEnv.find? info.name with
  | some known => known.levelParams == info.levelParams && known.type == info.type &&
      match known, info with
      | .thmInfo _, .thmInfo _ => true
      | .defnInfo a, .defnInfo b => a.safety == b.safety && a.value == b.value
      | .opaqueInfo a, .opaqueInfo b => a.isUnsafe == b.isUnsafe && a.value == b.value
      | _, _ => false
  | none => false

/-- Where the declarations of proofs are put: under these names, they stand for nothing else than what they say. -/
private def placeOf (name : Name) : Name := `_proof ++ name

private def namesOf (reader : Reader) : Json → JudgeM (List Name)
  | .arr numbers => numbers.toList.mapM fun number => at! reader.names number
  | _            => unreadable

private def hintsOf : Json → JudgeM ReducibilityHints
  | .str "abbrev" => return .abbrev
  | .str "opaque" => return .opaque
  | json => do
    let .ok height := json.getNat? | unreadable
    return .regular height.toUInt32

/-- Read a declaration. If it is the theorem that was to be proved, the kernel checks its proof against the statement. -/
private def readDeclaration (statement : Statement) (cancelTk? : Option IO.CancelToken) (reader : Reader)
    (word : String) (parts : Array Json) : JudgeM Reader := do
  let part (i : Nat) : Json := parts.getD i .null
  let given ← at! reader.names (part 1)
  let levelParams ← namesOf reader (part 2)
  unless ["theorem", "def", "opaque"].contains word do
    object (if word == "axiom" then "axiom" else "declaration") s!"it declares the {word} {given}"
  let type ← at! reader.terms (part 3)
  let value ← at! reader.terms (part 4)
  if given == statement.name && word == "theorem" then
    let { name, type := wanted, .. } := statement
    if levelParams.length != statement.levelParams.length then
      object "statement" "what it proves has other universe levels"
    let levels := statement.levelParams.map Level.param
    let value := value.instantiateLevelParams levelParams levels
    let theorem_ := { name, levelParams := statement.levelParams, type := wanted, value }
    match reader.env.addDeclCore 0 (.thmDecl theorem_) cancelTk? with
    | .ok env      => return { reader with env }
    | .error error =>
      if !hasEnded error || type.instantiateLevelParams levelParams levels == wanted then objectAsKernel error
      object "statement" "what it proves is not the statement"
  let name := placeOf given
  let hints ← if word == "def" then hintsOf (part 5) else pure .opaque
  let declaration (name : Name) : Declaration × ConstantInfo :=
    match word with
    | "theorem" => let info := { name, levelParams, type, value }; (.thmDecl info, .thmInfo info)
    | "def"     =>
      let info := { name, levelParams, type, value, hints, safety := .safe }
      (.defnDecl info, .defnInfo info)
    | _         =>
      let info := { name, levelParams, type, value, isUnsafe := false }
      (.opaqueDecl info, .opaqueInfo info)
  if isThere reader.env (declaration given).2 then return reader
  let env ← addChecked reader.env (declaration name).1 cancelTk?
  let env ← if reader.native && word == "def" then compiled env (declaration name).1 else pure env
  return { reader with env, called := reader.called.insert given name }

private def readEntry (statement : Statement) (cancelTk? : Option IO.CancelToken) (reader : Reader) (entry : Json) :
    JudgeM Reader := do
  let .arr parts := entry | unreadable
  match parts.getD 0 .null with
  | .str word =>
    if (parts.getD 2 .null) matches .arr _ then readDeclaration statement cancelTk? reader word parts
    else readTerm reader word parts
  | function  =>
    unless parts.size == 2 do unreadable
    return reader.push (.app (← at! reader.terms function) (← at! reader.terms parts[1]!))

/-! ## The judgement -/

/-- What is asked about a proof. -/
structure Question where
  /-- The statement with the proof, as it was run. -/
  text     : String
  /-- Where the proof begins in it. -/
  finish   : String.Pos.Raw
  /-- What came of it, as `exported?` writes it; none if it is still to be run. -/
  exported : Option String
  axioms   : Array Name

/-- What the judge says. -/
structure Judgement where
  /-- The theorem, if the statement is right. -/
  theorem?   : Option Name := none
  /-- Whether the proof runs code of its own when it is elaborated. -/
  runsCode   : Bool := false
  objection? : Option Objection := none
  axioms     : Axioms := { used := #[], unseen := #[] }
  /-- What Lean says about the statement, if that is what is wrong. -/
  messages   : Array Message := #[]

private def isAllowed (question : Question) (name : Name) : Bool :=
  question.axioms.contains name || (compilerAxioms.contains name && question.axioms.any compilerAxioms.contains)

private def axiomsAfter (env : Environment) (name : Name) : Axioms :=
  let { used, unseen } := assumptionsOf env #[name]
  let (native, unseen) := unseen.partition nativeConstants.contains
  { used := if native.isEmpty || used.any compilerAxioms.contains then used else used.push ``Lean.trustCompiler, unseen }

/-- Judge what has come of a proof. -/
private def checkExported (statement : Statement) (question : Question) (exported : String)
    (cancelTk? : Option IO.CancelToken) : JudgeM Axioms := do
  if hasLargeNumber exported then unreadable
  let .ok (.arr entries) := Json.parse exported | unreadable
  let mut reader : Reader := { env := statement.env, native := compilerAxioms.any (isAllowed question) }
  for entry in entries do
    reader ← readEntry statement cancelTk? reader entry
  unless (reader.env.toKernelEnv.find? statement.name).isSome do unreadable
  return axiomsAfter reader.env statement.name

/-- Judge a proof of the last theorem that a text states, which `ended` has elaborated without it. -/
def judge (question : Question) (elaboration : Elaboration) (cancelTk? : Option IO.CancelToken) : IO Judgement := do
  let (ended, last?) ← lastCommand? elaboration
  let messages := ended.messages
  if messages.any (·.severity matches .error) then
    return { messages, objection? := some { kind := "statement", detail := "" } }
  let statement ← match ← (statementOf ended last? question.finish).run with
    | .ok statement    => pure statement
    | .error objection => return { messages, objection? := some objection }
  let command ← match ← (parsed statement question.text).run with
    | .ok command      => pure command
    | .error objection => return { theorem? := some statement.name, objection? := some objection }
  let judgement := { theorem? := some statement.name, runsCode := runsCode command }
  let some exported := question.exported | return judgement
  match ← (checkExported statement question exported cancelTk?).run with
  | .error objection => return { judgement with objection? := some objection }
  | .ok axioms       =>
    let refused := axioms.used.filter (!isAllowed question ·)
    let objection? :=
      if refused.contains ``sorryAx then some { kind := "sorry", detail := "it contains sorry" }
      else if refused.isEmpty then none
      else some { kind := "axiom", detail := s!"it rests on {", ".intercalate (refused.map toString).toList}" }
    return { judgement with axioms, objection? }

end LeanMagic
