import LeanMagic.Contexts

/-!
# Info trees

What Lean remembers of an elaboration: finding sorries and tactics in it, and writing it as JSON.
-/

open Lean Elab Meta

namespace LeanMagic

/-! ## Searching -/

/-- The syntax of a node, if it has any. -/
def infoSyntax? : Info → Option Syntax
  | .ofFVarAliasInfo _ => none
  | info               => some info.stx

/-- Whether the user wrote the node's syntax, as opposed to a macro. -/
def isOriginal (info : Info) : Bool :=
  match infoSyntax? info with
  | none     => true
  | some stx => match stx.getHeadInfo with
    | .original .. => true
    | _            => false

/-- The kinds of tactics that only hold others together. -/
def isStructuringTactic (kind : Name) : Bool :=
  kind == nullKind || kind == ``cdot || kind == ``cdotTk || kind == ``Parser.Term.byTactic ||
    kind == ``Parser.Tactic.tacticSeq || kind == ``Parser.Tactic.tacticSeq1Indented ||
    kind == ``Parser.Tactic.«tactic_<;>_» || kind == ``Parser.Tactic.paren

/-- The kind of the tactic's syntax node; a token or missing syntax has none. -/
def tacticName? (info : TacticInfo) : Option Name :=
  match info.stx with
  | .node _ kind _ => some kind
  | _              => none

def isSubstantive (info : TacticInfo) : Bool :=
  match tacticName? info with
  | some kind => !isStructuringTactic kind
  | none      => false

/-- A tactic or term of an info tree with what surrounds it. -/
structure Found (α : Type) where
  context : ContextInfo
  info    : α
  /-- The `open … in`, `set_option … in` and `with_reducible` of terms and tactics around it, the outermost first: the
  context does not know of them. -/
  scopes  : Array Syntax := #[]

/-- The tactics that say how far definitions are unfolded in the tactics within them. -/
private def transparencies : List (SyntaxNodeKind × TransparencyMode) :=
  [(``Parser.Tactic.withReducible, .reducible), (``Parser.Tactic.withReducibleAndInstances, .instances),
    (``Parser.Tactic.withUnfoldingAll, .all)]

/-- What opens something, sets an option, or says how far definitions are unfolded, for all that is below it. -/
private def scope? : Info → Option Syntax
  | .ofTermInfo { stx, .. } | .ofTacticInfo { stx, .. } | .ofMacroExpansionInfo { stx, .. } =>
    if scopeKinds.contains stx.getKind then some stx else none
  | _ => none
where
  scopeKinds := [``Parser.Term.open, ``Parser.Term.set_option, ``Parser.Tactic.open, ``Parser.Tactic.set_option] ++
    transparencies.map (·.1)

/-- How far definitions are unfolded there. -/
def Found.transparency (found : Found α) : TransparencyMode :=
  (found.scopes.filterMap fun stx => transparencies.lookup stx.getKind).back?.getD .default

/-- The context of what was found, and the environment `env` with what is opened there. -/
def Found.surroundings (found : Found α) (env : Environment) : IO (ContextInfo × Environment) := do
  let named := found.context.openDecls.filterMap fun
    | .simple name _ => if isActive name then none else some name
    | .explicit ..   => none
  if named.isEmpty && found.scopes.isEmpty then return (found.context, env)
  let open' : CoreM ContextInfo := do
    named.forM activateScoped -- opened by the command itself
    found.scopes.foldlM (init := found.context) fun context stx =>
      withTheReader Core.Context
          ({ · with options := context.options, currNamespace := context.currNamespace, openDecls := context.openDecls }) do
        if [``Parser.Term.open, ``Parser.Tactic.open].contains stx.getKind then
          return { context with openDecls := ← elabOpenDecl ⟨stx[1]⟩ }
        else if (transparencies.lookup stx.getKind).isSome then
          return context
        else if stx[1].getId.getRoot == `pp then
          return context -- goals are printed as around it
        else
          return { context with options := ← elabSetOption stx[1] stx[3] }
  let { options, currNamespace, openDecls, ngen, .. } := found.context
  let (context, state) ← open'.toIO (← coreContextFor options currNamespace openDecls) { env, ngen }
  return (context, state.env)
where
  isActive (name : Name) : Bool :=
    match (Parser.parserExtension.ext.getState env).stateStack with
    | state :: _ => state.activeScopes.contains name
    | []         => false

/-- What a search does with a node: take something from it, and go on below it or not. -/
structure Visit (α : Type) where
  take?   : Option α
  descend : Bool := true

/-- All that `visit` takes from a tree, in order. Nodes outside of any context are passed over. -/
partial def search (visit : Info → Visit α) (tree : InfoTree) (outer? : Option ContextInfo := none)
    (found : Array (Found α) := #[]) (scopes : Array Syntax := #[]) : Array (Found α) :=
  match tree with
  | .context inner tree => search visit tree (inner.mergeIntoOuter? outer?) found scopes
  | .hole _             => found
  | .node info children =>
    let step := visit info
    let found := match step.take?, outer? with
      | some taken, some context => found.push { context, info := taken, scopes }
      | _, _                     => found
    if step.descend then
      let scopes := scopes ++ (scope? info).toArray
      children.foldl (init := found) fun found child => search visit child outer? found scopes
    else found

/-- The `sorry` tactics that had a goal. -/
def sorryTactics (tree : InfoTree) : Array (Found TacticInfo) :=
  tree |> search fun
    | .ofTacticInfo info =>
      let take := info.stx.getKind == ``Parser.Tactic.tacticSorry && !info.goalsBefore.isEmpty
      { take? := if take then some info else none }
    | _ => { take? := none }

/-- The `sorry` terms, other than those that a `sorry` tactic stands for. -/
def sorryTerms (tree : InfoTree) : Array (Found TermInfo) :=
  tree |> search fun
    | .ofTacticInfo info => { take? := none, descend := info.stx.getKind != ``Parser.Tactic.tacticSorry }
    | .ofTermInfo info   => { take? := if info.stx.getKind == ``Parser.Term.sorry then some info else none }
    | _                  => { take? := none }

/-- A tactic that the user wrote, and where it is in its proof. -/
structure TacticStep where
  info    : TacticInfo
  /-- Which of the tactics of its tree contains it. -/
  parent? : Option Nat := none
  /-- How many tactics contain it, those included that only hold others together: bullets, parentheses, `<;>`. -/
  depth   : Nat := 0

/-- Whether what a tactic contains is a level below it. -/
private def isLevel (tactic : TacticInfo) : Bool :=
  isSubstantive tactic || [``cdot, ``Parser.Tactic.«tactic_<;>_», ``Parser.Tactic.paren].contains tactic.stx.getKind

/-- The tactics that the user wrote, each after those that contain it. -/
partial def tacticSteps (tree : InfoTree) : Array (Found TacticStep) :=
  visit tree none none 0 #[] #[]
where
  visit (tree : InfoTree) (context? : Option ContextInfo) (parent? : Option Nat) (depth : Nat) (scopes : Array Syntax)
      (found : Array (Found TacticStep)) : Array (Found TacticStep) :=
    match tree with
    | .context inner tree => visit tree (inner.mergeIntoOuter? context?) parent? depth scopes found
    | .hole _ => found
    | .node info children => Id.run do
      let mut found := found
      let mut parent? := parent?
      let mut depth := depth
      if let .ofTacticInfo tactic := info then
        if isOriginal info then
          let level := depth
          if isLevel tactic then depth := depth + 1
          if isSubstantive tactic then
            if let some context := context? then
              found := found.push { context, info := { info := tactic, parent?, depth := level }, scopes }
              parent? := some (found.size - 1)
      let scopes := scopes ++ (scope? info).toArray
      return children.foldl (init := found) fun found child => visit child context? parent? depth scopes found

/-- The outermost tactic blocks. -/
def tacticBlocks (tree : InfoTree) : Array (Found TacticInfo) :=
  tree |> search fun
    | .ofTacticInfo info => { take? := some info, descend := false }
    | _                  => { take? := none }

/-- The constants in the type of a declaration and in its value, a proof included. -/
def constantsOf (info : ConstantInfo) : Array Name :=
  let value := (info.value? (allowOpaque := true)).map (·.getUsedConstants)
  info.type.getUsedConstants ++ value.getD #[]

/-- The constants in the terms that a tactic has assigned to its goals, and to the goals below them. -/
partial def usedConstants (info : TacticInfo) : NameSet :=
  (visit info.goalsBefore ({}, {})).2
where
  visit (goals : List MVarId) (seenUsed : MVarIdSet × NameSet) : MVarIdSet × NameSet := Id.run do
    let mut (seen, used) := seenUsed
    for goal in goals do
      if !seen.contains goal then
        seen := seen.insert goal
        if let some value := info.mctxAfter.getExprAssignmentCore? goal then
          used := value.getUsedConstants.foldl (·.insert ·) used
          (seen, used) := visit (value.collectMVars {}).result.toList (seen, used)
    return (seen, used)

/-- The constants that the terms and tactics of the examples in a tree use: an `example` leaves no declaration to look
at. -/
def constantsOfExamples (tree : InfoTree) : Array Name :=
  if (search isExample tree).isEmpty then #[]
  else (search constants tree).flatMap (·.info)
where
  isExample : Info → Visit Unit
    | .ofCommandInfo info     => { take? := if info.stx[1].isOfKind ``Parser.Command.example then some () else none }
    | .ofMacroExpansionInfo _ => { take? := none }
    | _                       => { take? := none, descend := false }
  constants : Info → Visit (Array Name)
    | .ofTermInfo info   => { take? := some info.expr.getUsedConstants }
    | .ofTacticInfo info => { take? := some (usedConstants info).toArray }
    | _                  => { take? := none }

/-- Whether a declaration of a tree has not come to its end: of each that has, Lean tells where its name is. What other
commands than macros make of the declarations in them (`#guard_msgs in`) is left to them. -/
partial def isCutShort (tree : InfoTree) (isCommand := true) : Bool :=
  match tree with
  | .context _ tree => isCutShort tree isCommand
  | .node (.ofCommandInfo { elaborator, .. }) children =>
    isCommand &&
      if [``Command.elabDeclaration, ``Command.elabMutual].contains elaborator then !children.any isNamed
      else children.any (isCutShort · false)
  | .node (.ofMacroExpansionInfo _) children => children.any isCutShort
  | _ => false
where
  isNamed : InfoTree → Bool
    | .context _ tree => isNamed tree
    | .node (.ofTermInfo { expr, isBinder, .. }) _ => isBinder && expr.isConst
    | .node (.ofCustomInfo _) children => children.any isNamed -- what was elaborated by a task
    | _ => false

/-! ## JSON -/

def infoKind : Info → String
  | .ofTacticInfo _         => "TacticInfo"
  | .ofTermInfo _           => "TermInfo"
  | .ofPartialTermInfo _    => "PartialTermInfo"
  | .ofCommandInfo _        => "CommandInfo"
  | .ofMacroExpansionInfo _ => "MacroExpansionInfo"
  | .ofOptionInfo _         => "OptionInfo"
  | .ofErrorNameInfo _      => "ErrorNameInfo"
  | .ofFieldInfo _          => "FieldInfo"
  | .ofCompletionInfo _     => "CompletionInfo"
  | .ofUserWidgetInfo _     => "UserWidgetInfo"
  | .ofCustomInfo _         => "CustomInfo"
  | .ofFVarAliasInfo _      => "FVarAliasInfo"
  | .ofFieldRedeclInfo _    => "FieldRedeclInfo"
  | .ofDelabTermInfo _      => "DelabTermInfo"
  | .ofChoiceInfo _         => "ChoiceInfo"
  | .ofDocInfo _            => "DocInfo"
  | .ofDocElabInfo _        => "DocElabInfo"

private def syntaxJson (context : ContextInfo) (stx : Syntax) (printed? : Option String) : Json :=
  let (start, finish) := syntaxRange context stx
  let synthetic := match stx.getHeadInfo with
    | .original .. => false
    | _            => true
  .mkObj [
    ("pp", (printed?.map Json.str).getD .null),
    ("kind", nameJson stx.getKind),
    ("argKinds", namesJson (stx.getArgs.map (·.getKind))),
    ("range", .mkObj [("synthetic", .bool synthetic), ("start", positionJson start), ("finish", positionJson finish)])]

/-- The text of a piece of syntax, unless its printer fails. -/
private def printSyntax? (context : ContextInfo) (locals : LocalContext) (stx : Syntax) : IO (Option String) := do
  let printed := (← context.ppSyntax locals stx).pretty
  return if printed.startsWith "failed to pretty print" then none else some printed

private def elaboratorJson (name : Name) : Json :=
  if name.isAnonymous then .null else nameJson name

private def printExpr (context : ContextInfo) (locals : LocalContext) (e : Expr) : IO String :=
  runMeta context locals do
    return (← ppExpr (← instantiateMVars e)).pretty

private def tacticJson (context : ContextInfo) (info : TacticInfo) : IO Json := do
  let printed ← runMeta context {} (printTactic info.stx)
  let before ← runMeta { context with mctx := info.mctxBefore } {} (printGoals info.goalsBefore)
  let after ← runMeta { context with mctx := info.mctxAfter } {} (printGoals info.goalsAfter)
  return .mkObj [
    ("name", ((tacticName? info).map nameJson).getD .null),
    ("stx", syntaxJson context info.stx (some printed)),
    ("goalsBefore", toJson before),
    ("goalsAfter", toJson after)]

private def termJson (context : ContextInfo) (info : TermInfo) : IO Json := do
  let expected ← info.expectedType?.toList.mapM fun type =>
    return ("expectedType", Json.str (← printExpr context info.lctx type))
  return .mkObj <| [
    ("elaborator", elaboratorJson info.elaborator),
    ("stx", syntaxJson context info.stx (← printSyntax? context info.lctx info.stx)),
    ("expr", .str (← printExpr context info.lctx info.expr)),
    ("isBinder", .bool info.isBinder)] ++ expected

private def commandJson (context : ContextInfo) (info : CommandInfo) : IO Json := do
  return .mkObj [
    ("elaborator", elaboratorJson info.elaborator),
    ("stx", syntaxJson context info.stx (← printSyntax? context {} info.stx))]

/-- Whether a filter keeps a node. -/
def InfoTreeFilter.keeps (filter : InfoTreeFilter) (info : Info) : Bool :=
  match filter, info with
  | .full, _                          => true
  | .tactics, .ofTacticInfo _         => true
  | .original, .ofTacticInfo _        => isOriginal info
  | .substantive, .ofTacticInfo info  => isSubstantive info
  | _, _                              => false

/-- The nodes that the filter keeps, as JSON; the children of a dropped node move up. -/
partial def treeJson (filter : InfoTreeFilter) (tree : InfoTree) (outer? : Option ContextInfo := none)
    (siblings : Array Json := #[]) : IO (Array Json) := do
  match tree, outer? with
  | .context inner tree, _ => treeJson filter tree (inner.mergeIntoOuter? outer?) siblings
  | .hole goal, some context =>
    if filter matches .full then
      return siblings.push <| .mkObj [("goalState", .str ("\n".intercalate (← runMeta context {} (printGoals [goal]))))]
    return siblings
  | .node info children, _ =>
    let keep := filter.keeps info
    let mut below := if keep then #[] else siblings
    for child in children do
      below := (← treeJson filter child outer? below)
    unless keep do return below
    let node ← match info, outer? with
      | .ofTacticInfo info, some context  => tacticJson context info
      | .ofTermInfo info, some context    => termJson context info
      | .ofCommandInfo info, some context => commandJson context info
      | _, _                              => pure .null
    return siblings.push <| .mkObj [("kind", infoKind info), ("node", node), ("children", .arr below)]
  | .hole _, none => return siblings

end LeanMagic
