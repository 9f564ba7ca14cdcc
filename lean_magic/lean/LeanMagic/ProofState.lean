import LeanMagic.Goals
import LeanMagic.InfoTree

/-!
# Proof states

The state of a proof between two tactics: taken from a `sorry`, a tactic or the beginning of a proof, taken further by
tactics, and checked by the kernel when no goals are left.
-/

open Lean Elab Meta

namespace LeanMagic

structure ProofState where
  coreContext : Core.Context
  coreState   : Core.State
  metaContext : Meta.Context
  mctx        : MetavarContext
  termState   : Term.State := {}
  goals       : List MVarId
  /-- The goals whose proof is being built: what the proof status is about. -/
  rootGoals   : List MVarId
  /-- Where it began: other than `rootGoals` only for a `sorry` within a tactic, which is a proof of its own, and never
  becomes part of the one that the tactic belongs to. -/
  ownGoals    : List MVarId
  /-- The environment in which the proof began. What tactics have declared since is not taken on trust. -/
  base        : Environment
  /-- The metavariables at that time: what is to be proved stands there, whatever tactics make of its goal. -/
  beginning   : MetavarContext

namespace ProofState

/-- Run `x` in the state; what it changes is kept in the state returned. -/
def run (state : ProofState) (x : MetaM α) (cancelTk? : Option IO.CancelToken := none) : IO (α × ProofState) := do
  let ((a, metaState), coreState) ←
    (x.run state.metaContext { mctx := state.mctx }).toIO { state.coreContext with cancelTk? } state.coreState
  return (a, { state with mctx := metaState.mctx, coreState := { coreState with cache := {} } })

/-- The instances among the local hypotheses. -/
private def localInstances (locals : LocalContext) : MetaM LocalInstances := do
  let mut instances := #[]
  for decl in locals do
    unless decl.isImplementationDetail do
      if let some className ← isClass? decl.type then
        instances := instances.push { className, fvar := decl.toExpr }
  return instances

/-- The names of universe levels that a proof knows: those of its declaration, and `levelNames`, those of its file. -/
private def knownLevels (context : ContextInfo) (levelNames : List Name) : List Name :=
  let declared := (context.parentDecl?.bind context.env.find?).map (·.levelParams)
  (declared.getD [] ++ levelNames).eraseDups

/-- A state without goals in the context of an info tree, where the environment was `env`. -/
private def empty (context : ContextInfo) (mctx : MetavarContext) (env : Environment) (locals : LocalContext)
    (levelNames : List Name) (transparency : TransparencyMode) : IO ProofState := do
  return {
    coreContext := ← coreContextFor context.options context.currNamespace context.openDecls
    -- A child generator, so that new names differ from all that the elaboration may have made since.
    coreState   := { env, ngen := context.ngen.mkChild.1 }
    -- The approximations with which Lean elaborates the bodies of declarations: with others, it finds other terms.
    metaContext := { keyedConfig := Meta.Config.toConfigWithKey { foApprox := true, ctxApprox := true, transparency }, lctx := locals }
    termState   := { levelNames := knownLevels context levelNames }
    mctx, goals := [], rootGoals := [], ownGoals := [], base := env, beginning := mctx }

/-- `env` with the definitions and theorems of `later` that are named. The kernel checks them once more; those that
contain `sorry` are left out. -/
private partial def addNamed (later : Environment) (env : Environment) (name : Name) : Environment :=
  if env.contains name then env else
  match later.find? name with
  | some (.defnInfo info) => add env info.value (.defnDecl info)
  | some (.thmInfo info)  => add env info.value (.thmDecl info)
  | _                     => env
where
  add (env : Environment) (value : Expr) (declaration : Declaration) : Environment :=
    if value.hasSorry then env else
    let env := value.getUsedConstants.foldl (addNamed later) env
    match env.addDeclCore 0 declaration none with
    | .error _ => env
    | .ok env  => match Match.Extension.getMatcherInfo? later name with
      | some info => Match.Extension.addMatcherInfo env name info
      | none      => env

/-- The constants in a goal. -/
private def mentioned (goal : MVarId) : MetaM (Array Name) := goal.withContext do
  let mut names := (← instantiateMVars (← goal.getType)).getUsedConstants
  for decl in ← getLCtx do
    names := names ++ (← instantiateMVars decl.type).getUsedConstants
    if let some value := decl.value? then
      names := names ++ (← instantiateMVars value).getUsedConstants
  return names

/-- The environment before a command lacks what the command has defined on its way, such as the matchers of the `match`
in a goal: add what the goals need of it. -/
private def addMentioned (state : ProofState) (context : ContextInfo) : IO ProofState := do
  let (names, _) ← state.run (state.goals.mapM mentioned)
  let before := state.coreState.env
  let mut env := names.foldl (init := before) fun env names => names.foldl (addNamed context.env) env
  for name in names.toArray.flatten do
    -- Without this, nothing can be derived from them, such as what `split` needs.
    if !before.contains name && env.contains name then
      env ← env.enableRealizationsForConst context.options name
  return { state with base := env, coreState := { state.coreState with env } }

/-- The state of `goals` in the context of an info tree, where the environment was `env`. -/
def ofGoals (context : ContextInfo) (mctx : MetavarContext) (env : Environment) (levelNames : List Name)
    (goals rootGoals : List MVarId) (transparency : TransparencyMode := .default) : IO ProofState := do
  let locals := (goals.head?.bind (mctx.findDecl? ·)).map (·.lctx)
  let state ← empty context mctx env (locals.getD {}) levelNames transparency
  { state with goals, rootGoals, ownGoals := goals }.addMentioned context

/-- The state whose goal is to give a term of type `type`. -/
def ofType (context : ContextInfo) (env : Environment) (levelNames : List Name) (locals : LocalContext) (type : Expr)
    (rootGoals? : Option (List MVarId) := none) (transparency : TransparencyMode := .default) : IO ProofState := do
  let (goal, state) ← (← empty context context.mctx env locals levelNames transparency).run do
    return (← mkFreshExprMVarAt locals (← localInstances locals) type .syntheticOpaque).mvarId!
  { state with
    goals := [goal], rootGoals := rootGoals?.getD [goal], ownGoals := [goal], beginning := state.mctx }.addMentioned context

/-- The places of its goals, and the table that has them. -/
def printedGoals (state : ProofState) (table : GoalTable) : IO (Array Nat × GoalTable) :=
  return (← state.run (table.addAll state.goals)).1

/-! ## Tactics -/

/-- The state, where what is run from now on leaves info trees. -/
private def withInfo (state : ProofState) : ProofState :=
  { state with coreState := { state.coreState with infoState := { enabled := true } } }

/-- The info trees that have been made on the way to a state, in its context: they speak of metavariables that the state
before did not have. -/
private def trees (state : ProofState) : List InfoTree :=
  let infoState := state.coreState.infoState
  let context := PartialContextInfo.commandCtx {
    env           := state.coreState.env
    fileMap       := state.coreContext.fileMap
    mctx          := state.mctx
    options       := state.coreContext.options
    currNamespace := state.coreContext.currNamespace
    openDecls     := state.coreContext.openDecls
    ngen          := state.coreState.ngen }
  infoState.trees.toList.map fun tree => .context context (tree.substitute infoState.assignment)

/-- What a tactic leaves behind. -/
structure Step where
  state    : ProofState
  messages : List Message
  traces   : List String
  trees    : List InfoTree

/-- What the parser makes of a text in a state, with that up to which it has come: an error if not of all of it. -/
private def parseWith (state : ProofState) (parser : Parser.ParserFn) (text : String) :
    Except String Syntax × String.Pos.Raw :=
  let env := state.coreState.env
  let { options, currNamespace, openDecls, .. } := state.coreContext
  let input := Parser.mkInputContext text "<input>"
  let parsed := (Parser.andthenFn Parser.whitespace parser).run input { env, options, currNamespace, openDecls }
    (Parser.getTokenTable env) (Parser.mkParserState text)
  if !parsed.allErrors.isEmpty then (.error (parsed.toErrorMsg input), parsed.pos)
  else if input.atEnd parsed.pos then (.ok parsed.stxStack.back, parsed.pos)
  else (.error ((parsed.mkError "end of input").toErrorMsg input), parsed.pos)

/-- Parse tactics as after `by`. Where that fails, what the parser of one tactic says may tell more. -/
private def parse (state : ProofState) (text : String) : Except String Syntax :=
  match state.parseWith Parser.Tactic.tacticSeq.fn text with
  | (.ok tactics, _) => .ok (only? tactics |>.getD tactics)
  | (.error error, farthest) => match state.parseWith (Parser.categoryParserFn `tactic) text with
    | (.ok _, _)            => .error error -- it does not heed columns, which the whole proof has to
    | (.error another, far) => .error (if far < farthest then error else another)
where
  /-- The tactic of a sequence of one. -/
  only? (tactics : Syntax) : Option Syntax :=
    let items := tactics[0][0]
    if tactics[0].isOfKind ``Parser.Tactic.tacticSeq1Indented && items.getNumArgs == 1 then some items[0] else none

/-- Some goals of a state, chosen by their places, and the others: those before the first one chosen and those after. -/
private def choose (state : ProofState) (places : Array Nat) : Except String (List MVarId × List MVarId × List MVarId) :=
  if places.isEmpty then .ok (state.goals, [], []) else do
  let chosen ← places.toList.mapM fun place =>
    match state.goals[place]? with
    | some goal => .ok goal
    | none => .error s!"There is no goal {place}: they count from 0, and there are {state.goals.length}."
  let first := places.foldl min places[0]!
  let others := fun (goals : List MVarId) => goals.filter (!chosen.contains ·)
  return (chosen.eraseDups, others (state.goals.take first), others (state.goals.drop first))

/-- Parse and run tactics, on the goals at some places if there are any. What is left of these is in the place of the
first of them. Throws what the parser or the tactic says against it: if `placed`, with the place in a text of several
lines. -/
def step (state : ProofState) (text : String) (places : Array Nat := #[]) (placed := false)
    (cancelTk? : Option IO.CancelToken := none) : IO Step := do
  let tactic ← IO.ofExcept (state.parse text)
  let (chosen, ahead, behind) ← IO.ofExcept (state.choose places)
  let fileMap? := if placed && text.contains '\n' then some text.toFileMap else none
  let coreContext := { state.coreContext with fileMap := fileMap?.getD state.coreContext.fileMap }
  let start := { state.withInfo with coreContext }
  let ((goals, termState), after) ← start.run (cancelTk? := cancelTk?) do
    let elaborate : TermElabM (List MVarId) := do
      let (_, tacticState) ← Tactic.evalTactic tactic { elaborator := .anonymous } |>.run { goals := chosen }
      Term.synthesizeSyntheticMVarsNoPostponing
      -- A tactic may have settled other goals, too.
      (ahead ++ tacticState.goals ++ behind).filterM fun goal => return !(← goal.isAssignedOrDelayedAssigned)
    try elaborate {} |>.run state.termState
    catch error => throw (withPlace fileMap? (← spelledOut error fileMap?.isSome))
  let after := { after with coreContext := state.coreContext }
  let core := after.coreState
  return {
    state    := { after with
      goals, termState
      coreState := { core with messages := {}, infoState := {}, traceState := {} } }
    messages := core.messages.toList
    traces   := ← core.traceState.traces.toList.mapM fun trace => return (← trace.msg.toString).trimAscii.toString
    trees    := after.trees }
where
  /-- An exception that only says that the errors have been logged becomes those errors. -/
  spelledOut (error : Exception) (placed : Bool) : MetaM Exception := do
    let .internal id _ := error | return error
    let errors := (← getThe Core.State).messages.toList.filter (·.severity matches .error)
    if !isAbortExceptionId id || errors.isEmpty then return error
    let place := match errors with
      | { pos, .. } :: _ => if placed then m!"<input>:{pos.line}:{pos.column}: " else m!""
      | []               => m!""
    return .error .missing (.compose place (.joinSep (errors.map (·.data)) "\n"))
  /-- An exception that begins with its place, as those of the parser do. -/
  withPlace (fileMap? : Option FileMap) : Exception → Exception
    | .error ref message => match fileMap?, ref.getPos? with
      | some fileMap, some place =>
        let { line, column } := fileMap.toPosition place
        .error ref (.compose m!"<input>:{line}:{column}: " message)
      | _, _ => .error ref message
    | error => error

/-! ## Help with writing -/

/-- Parse tactics as far as they go. -/
def parseUnfinished (state : ProofState) (input : Parser.InputContext) : Syntax :=
  let env := state.coreState.env
  let { options, currNamespace, openDecls, .. } := state.coreContext
  let parser := Parser.andthenFn Parser.whitespace Parser.Tactic.tacticSeq.fn
  let parsed := parser.run input { env, options, currNamespace, openDecls } (Parser.getTokenTable env)
    (Parser.mkParserState input.inputString)
  if parsed.stxStack.isEmpty then .missing else parsed.stxStack.back

/-- The info trees of tactics of a text, run on some of the goals as far as that goes; nothing else comes of it. -/
def look (state : ProofState) (goals : List MVarId) (text : FileMap) (tactics : Syntax)
    (cancelTk? : Option IO.CancelToken := none) : IO (List InfoTree) := do
  let state := { state with coreContext := { state.coreContext with fileMap := text } }
  let (_, after) ← state.withInfo.run (cancelTk? := cancelTk?) do
    let elaborate : TermElabM Unit := do
      discard <| Tactic.evalTactic tactics { elaborator := .anonymous } |>.run { goals }
      Term.synthesizeSyntheticMVarsNoPostponing
    tryCatchRuntimeEx (discard <| elaborate {} |>.run state.termState) fun _ => pure ()
  return after.trees

/-- Names that Lean shows, but does not read: `a✝¹` becomes `«a✝¹»`. -/
private def quoteInaccessible (text : String) : String :=
  let (done, word) := text.foldl (init := ("", "")) fun (done, word) c =>
    if c == '✝' || (isQuoted word && "¹²³⁴⁵⁶⁷⁸⁹⁰".contains c) || (!isQuoted word && isIdRest c) then
      (done, word.push c)
    else
      (done ++ quoted word |>.push c, "")
  done ++ quoted word
where
  isQuoted (word : String) : Bool := word.contains '✝'
  quoted (word : String) : String := if isQuoted word then s!"«{word}»" else word

/-- The type of a term among the hypotheses of a goal, under the names that they are shown with. Throws what Lean says
against the term. -/
def typeOf (state : ProofState) (goal : MVarId) (text : String) (cancelTk? : Option IO.CancelToken := none) :
    IO String := do
  let stx ← IO.ofExcept (Parser.runParserCategory state.coreState.env `term (quoteInaccessible text))
  -- Of a name, all its arguments are part of the type.
  let term := if stx.isIdent then Syntax.node .none ``Parser.Term.explicit #[mkAtom "@", stx] else stx
  return (← state.run (cancelTk? := cancelTk?) do
    let decl ← goal.getDecl
    let locals := decl.lctx.sanitizeNames.run' { options := ← getOptions }
    withLCtx locals decl.localInstances do
      let elaborate : TermElabM Expr := Term.withoutErrToSorry do
        let term ← Term.elabTerm term none
        Term.synthesizeSyntheticMVarsNoPostponing (ignoreStuckTC := true)
        Term.levelMVarToParam (← instantiateMVars term)
      let (term, _) ← elaborate {} |>.run state.termState
      return (← ppExpr (← instantiateMVars (← inferType term))).pretty).1

/-! ## Verdicts -/

/-- What the kernel has against `value : type`, if anything. No option can turn this check off. -/
private def kernelRefusal? (value type : Expr) : MetaM (Option String) := do
  let levels := (collectLevelParams (collectLevelParams {} type) value).params.toList
  let declaration := Declaration.defnDecl {
    name        := .anonymous
    levelParams := levels
    type, value
    hints       := .opaque
    safety      := .safe }
  match (← getEnv).toKernelEnv.addDecl {} declaration (← readThe Core.Context).cancelTk? with
  | .ok _            => return none
  | .error exception => return some (← (exception.toMessageData (← getOptions)).toString)

/-- What a proof rests on besides the library. -/
private structure Foundations where
  /-- Declarations, each after those that it uses. -/
  inOrder : Array ConstantInfo := #[]
  sorries : Bool := false
  /-- Whether a declaration is in its place; `false` while those that it uses are looked at. -/
  seen    : Std.HashMap Name Bool := {}

private partial def Foundations.add (base env : Environment) (found : Foundations) (name : Name) :
    Except String Foundations := do
  if name == ``sorryAx then return { found with sorries := true }
  if (env.getModuleIdxFor? name).isSome then return found
  match found.seen[name]?, env.find? name with
  | some true, _ => return found
  | _, none =>
    if base.contains name then return found
    throw s!"`{name}`, which a tactic declared, is not to be seen"
  | some false, _ =>
    if base.contains name then return found
    throw s!"`{name}`, which a tactic declared, rests on itself"
  | none, some info =>
    let below := { found with seen := found.seen.insert name false }
    let found ← (constantsOf info).foldlM (add base env) below
    return { found with inOrder := found.inOrder.push info, seen := found.seen.insert name true }

/-- What is wrong with a declaration that a tactic made, if anything: it need not have asked the kernel. -/
private def refusal? (info : ConstantInfo) : MetaM (Option String) := do
  match info with
  | .axiomInfo _ => return some s!"it assumes `{info.name}`, an axiom that a tactic declared"
  | .thmInfo { value, .. } | .opaqueInfo { value, isUnsafe := false, .. } | .defnInfo { value, safety := .safe, .. } =>
    kernelRefusal? value info.type
  | _ => return some s!"it uses `{info.name}`, which a tactic declared"

/-- A proof and what it proves with parameters in place of the universe levels in the latter that nothing has fixed yet:
those of variables that are bound automatically, say, while their declaration is elaborated. It must hold for any. None
if the proof has others besides: Lean refuses such a proof, too. -/
private def withLevelParams? (value type : Expr) : MetaM (Option (Expr × Expr)) := do
  let used := (collectLevelParams (collectLevelParams {} type) value).params
  let inType := (← getMCtx).levelMVarToParam used.contains (fun _ => false) type
  let inValue := inType.mctx.levelMVarToParam used.contains (fun _ => false) value (nextParamIdx := inType.nextParamIdx)
  return if inValue.newParamNames.isEmpty then some (inValue.expr, inType.expr) else none

/-- Whether the proof of `root` is complete, with nothing assumed but what the environment holds in which it began. -/
private def verdict (base : Environment) (beginning : MetavarContext) (root : MVarId) : MetaM String := do
  let some decl := beginning.findDecl? root | return "Error: Goal not assigned"
  withReader (fun context => { context with lctx := decl.lctx, localInstances := decl.localInstances }) do
    let some assigned := (← getMCtx).getExprAssignmentCore? root | return "Error: Goal not assigned"
    let proof ← instantiateMVars assigned
    let expected ← instantiateMVars decl.type
    let actual ← instantiateMVars (← inferType proof)
    -- What was unfolded on the way is none of the verdict's business: the kernel unfolds all.
    unless ← withAtLeastTransparency .default (isDefEq actual expected) do
      return s!"Error: proof has type {(← ppExpr actual).pretty} but root goal has type {(← ppExpr expected).pretty}"
    let proof ← instantiateMVars proof
    let hypotheses := decl.lctx.foldl (init := #[]) fun all decl =>
      if decl.isImplementationDetail then all else all.push decl.toExpr
    -- Once more: there are metavariables in the types of hypotheses, too, those of levels included.
    let value ← instantiateMVars (← mkLambdaFVars hypotheses proof)
    let type ← instantiateMVars (← mkForallFVars hypotheses (← instantiateMVars expected))
    if value.hasExprMVar || type.hasExprMVar then
      return "Incomplete: contains metavariable(s)"
    let some (value, type) ← withLevelParams? value type
      | return "Error: failed to infer universe levels: nothing in the proof fixes those of a term in it"
    if let some self := decl.lctx.auxDeclToFullName.toList.find? fun (self, _) => value.containsFVar self then
      return s!"Error: the proof uses `{self.2}`, which it is part of: whether that ends can only be told of the whole"
    if let some refusal ← kernelRefusal? value type then
      return s!"Error: kernel type check failed: {refusal}"
    let env ← getEnv
    match value.getUsedConstants.foldlM (Foundations.add base env) ({} : Foundations) with
    | .error message => return s!"Error: kernel type check failed: {message}"
    | .ok { inOrder, sorries, .. } =>
      for info in inOrder do
        unless base.contains info.name do
          if let some refusal ← refusal? info then return s!"Error: kernel type check failed: {refusal}"
      return if sorries then "Incomplete: contains sorry" else "Completed"

/-- The constants in what has been assigned to goals, and to the metavariables in that. -/
private partial def constantsBelow (mctx : MetavarContext) (goals : List MVarId) : NameSet :=
  (goals.foldl visit ({}, {})).2
where
  visit : MVarIdSet × NameSet → MVarId → MVarIdSet × NameSet
    | (seen, used), goal =>
      if seen.contains goal then (seen, used) else
      let seen := seen.insert goal
      match mctx.getDelayedMVarAssignmentCore? goal, mctx.getExprAssignmentCore? goal with
      | some delayed, _ => visit (seen, used) delayed.mvarIdPending
      | _, some value   =>
        let used := value.getUsedConstants.foldl (·.insert ·) used
        (value.collectMVars {}).result.foldl visit (seen, used)
      | _, _            => (seen, used)

/-- Whether what has been made of some goals rests on `sorry`, by whatever name: also where other goals are left. -/
def restsOnSorry (state : ProofState) (goals : List MVarId) : Bool :=
  let add := Foundations.add state.base state.coreState.env
  match (constantsBelow state.mctx goals).toList.foldlM add {} with
  | .ok found => found.sorries
  | .error _  => false -- it rests on itself, which the kernel refuses in the end

/-- The state of the whole proof, kernel check included, in the protocol's words: of the one that `ownGoals` began, or of
the one that it is within. -/
def status (state : ProofState) (own : Bool) (cancelTk? : Option IO.CancelToken := none) : IO String := do
  match state.goals, if own then state.ownGoals else state.rootGoals with
  | [], [root] => return (← state.run (verdict state.base state.beginning root) cancelTk?).1
  | [], _      => return "Not verified: more than one initial goal"
  | _, _       => return "Incomplete: open goals remain"

end ProofState

end LeanMagic
