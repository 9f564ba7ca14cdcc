import LeanMagic.InfoTree

/-!
# Effects

Which commands answer the same whenever they are elaborated in the same state, and change nothing outside of it. Lean's
own elaborators do; what is written in IO, or in a monad above it, may not: it reads clocks and files, and changes what
the whole process shares. Such code comes to run in two ways.

* A command runs it at once: `run_cmd` and its like, `#eval` of an action, `include_str`. Whether an `#eval` does is
  seen by the type of its term. Whatever has run is in the info trees, also where a macro has put it.
* A command declares it, and later ones run it: elaborators, simprocs, delaborators. Each is a definition that mentions
  something of Lean's own modules; macros and ordinary definitions mention only what `Init` and other libraries have.
  `unsafe`, `extern` and `implemented_by` hide effects in what looks pure, so they count too.

What other libraries declare is taken to be as good as Lean's own, but for their queries, the commands that begin with
`#`: some of them ask the net.
-/

open Lean Elab Meta

namespace LeanMagic

/-- Syntax that runs code with effects, hides it, or makes Lean measure time. -/
private def effectKinds : NameSet := .ofArray #[
  `Lean.runCmd, `Lean.runElab, `Lean.runMeta, `Lean.byElab, ``Parser.Tactic.runTac, `Lean.includeStr,
  ``Parser.Command.initialize, ``Parser.Command.unsafe, ``Parser.Term.unsafe, ``Parser.Attr.extern,
  ``Parser.Tactic.bvDecide]

private def effectWords : NameSet := .ofArray #[`implemented_by, `init, `profiler, `trace.profiler]

private def hasEffects : Syntax → Bool
  | .node _ kind _     => effectKinds.contains kind
  | .ident _ _ word _  => effectWords.contains word
  | _                  => false

/-- The module that declares a constant, if it is imported. -/
private def moduleOf? (env : Environment) (name : Name) : Option Name := do
  env.header.moduleNames[(← env.getModuleIdxFor? name).toNat]?

private def isOfLean (module : Name) : Bool :=
  [`Init, `Std, `Lean].contains module.getRoot

/-- Whether a constant belongs to Lean's implementation, its data structures excepted. -/
private def isInternal (env : Environment) (name : Name) : Bool :=
  match moduleOf? env name with
  | some module => module.getRoot == `Lean && !(`Lean.Data).isPrefixOf module
  | none        => false

/-- Whether a command runs code that is written in it, as far as its syntax tells. -/
def runsCode (command : Syntax) : Bool :=
  (command.find? hasEffects).isSome

/-- Whether a constant of the user's is code that Lean may run while it elaborates later commands. -/
private def isCode (env : Environment) (name : Name) (info : ConstantInfo) : Bool :=
  match info with
  | .defnInfo _ | .opaqueInfo _ =>
    info.isUnsafe || isExtern env name || (Compiler.getImplementedBy? env name).isSome ||
      (constantsOf info).any (isInternal env)
  | _ => false

/-- Whether code has been declared since the imports. -/
def declaresCode (env : Environment) : Bool :=
  env.constants.map₂.foldl (init := false) fun found name info => found || isCode env name info

/-- Whether a value of this type is only to be shown. Others are actions, or it cannot be known. -/
private def isShown (type : Expr) : MetaM Bool := withTransparency .all do
  let type ← whnf type
  if type.isSort then return true
  let .const head _ := type.getAppFn | return false
  let env ← getEnv
  unless env.find? head matches some (.inductInfo _) | some (.quotInfo _) do return false
  if (moduleOf? env head).any isOfLean then return true
  -- A structure of somebody's may be a monad that `#eval` runs.
  let .app monad _ := type | return true
  for target in [``IO, ``Command.CommandElabM] do
    if env.contains target then
      try
        if (← synthInstance? (← mkAppM ``MonadEvalT #[monad, mkConst target])).isSome then return false
      catch _ => pure ()
  return true

private def evaluated? : Info → Option Syntax
  | .ofCommandInfo { stx, .. } =>
    if stx.isOfKind ``Parser.Command.eval || stx.isOfKind ``Parser.Command.evalBang then some stx[1] else none
  | _ => none

/-- Whether all that the `#eval`s of a tree have evaluated is only shown. -/
private def onlyShows (tree : InfoTree) : IO Bool := do
  for { info := term, .. } in search (fun info => { take? := evaluated? info }) tree do
    let elaborated := tree |> search fun
      | .ofTermInfo info => { take? := if info.stx.getRange? == term.getRange? then some info else none }
      | _                => { take? := none }
    if elaborated.isEmpty then return false
    for { context, info, .. } in elaborated do
      let shown ← try
        runMeta context info.lctx do isShown (← instantiateMVars (← inferType (← instantiateMVars info.expr)))
      catch _ => pure false
      unless shown do return false
  return true

/-- Whether a node of an info tree shows that code ran, or was declared. -/
private def isSuspect (env : Environment) : Info → Bool
  | .ofCommandInfo { stx, elaborator } => (stx.find? hasEffects).isSome || isQuery stx elaborator
  | .ofTermInfo { stx, expr, isBinder, .. } => hasEffects stx || (isBinder && declares expr)
  | .ofTacticInfo { stx, .. } => hasEffects stx
  | _ => false
where
  isQuery (stx : Syntax) (elaborator : Name) : Bool :=
    (moduleOf? env elaborator).any (!isOfLean ·) &&
      match stx.getHead? with
      | some (.atom _ word) => word.startsWith "#"
      | _                   => false
  declares : Expr → Bool
    | .const name _ => (moduleOf? env name).isNone && (env.find? name).any (isCode env name)
    | _             => false

/-- Whether a command answers the same each time in the same state, and the state after it is free of code if the one
before was. -/
def isRepeatable (command : Syntax) (env : Environment) (trees : List InfoTree) : IO Bool := do
  if runsCode command then return false
  for tree in trees do
    let suspects := tree |> search fun info => { take? := if isSuspect env info then some () else none }
    unless suspects.isEmpty && (← onlyShows tree) do return false
  return true

end LeanMagic
