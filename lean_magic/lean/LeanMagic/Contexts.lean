import LeanMagic.Protocol

/-!
# Running Lean's monads in the context of an info tree
-/

open Lean Elab Meta

namespace LeanMagic

/-- A core context for code that has no file of its own: its messages are at line 0, column 0. -/
def coreContextFor (options : Options) (currNamespace : Name) (openDecls : List OpenDecl) : IO Core.Context :=
  return {
    fileName := "<input>"
    fileMap  := default
    options, currNamespace, openDecls
    maxRecDepth := maxRecDepth.get options
    diag        := diagnostics.get options
    inheritedTraceOptions := ← inheritedTraceOptions.get }

/-- Run `x` where the info tree's context is, without keeping what it changes. -/
def runMeta (context : ContextInfo) (locals : LocalContext) (x : MetaM α) : IO α := do
  let core ← coreContextFor context.options context.currNamespace context.openDecls
  let state : Core.State := { env := context.env, ngen := context.ngen }
  let ((a, _), _) ← (x.run { lctx := locals } { mctx := context.mctx }).toIO core state
  return a

def printGoals (goals : List MVarId) : MetaM (List String) :=
  goals.mapM fun goal => return (← ppGoal goal).pretty

def printTactic (tactic : Syntax) : MetaM String := do
  try
    return (← PrettyPrinter.ppTactic ⟨tactic⟩).pretty
  catch _ =>
    return "<failed to pretty print>"

/-- Where a piece of syntax begins and ends. -/
def syntaxRange (context : ContextInfo) (stx : Syntax) : Position × Position :=
  let start := stx.getPos?.getD 0
  (context.fileMap.toPosition start, context.fileMap.toPosition (stx.getTailPos?.getD start))

end LeanMagic
