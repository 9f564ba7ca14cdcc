import LeanMagic.Effects
import LeanMagic.Headers

/-!
# Snapshots

The texts elaborated last, command by command, with the state after each: a text that begins like one of them, from the
same start, need not be elaborated again so far. A parser may look ahead as far as it likes, so the new text is parsed
again, and only what the parser makes the same of is taken over.
-/

open Lean Elab Command

namespace LeanMagic

/-- What a text starts from. All that decides, with the text, how its elaboration goes is in the key. -/
structure Start where
  environment? : Option Nat
  key          : String

/-- `options` are those of the request. -/
def Start.ofEnvironment (id : Nat) (options : Array (Name × DataValue)) : Start :=
  { environment? := some id, key := s!"environment {id} {reprStr options}" }

def Start.ofHeader (header : ModuleHeader) (options : Array (Name × DataValue)) : Start :=
  let { imports, isModule } := Headers.normal header
  { environment? := none, key := s!"imports {reprStr imports} {isModule} {reprStr options}" }

/-- An elaborated command, and what it has left behind. -/
structure ElaboratedCommand where
  /-- Its own, for good. -/
  serial      : Nat
  /-- The text of which it is a part. -/
  source      : String
  command     : Syntax
  /-- Where its last token ends. -/
  finish      : String.Pos.Raw
  parseErrors : Array Message
  /-- What Lean says about it, parse errors included. -/
  messages    : Array Message
  /-- The environment just before it. -/
  before      : Environment
  trees       : List InfoTree
  /-- The environment, scopes and name generators after it; messages and info trees are taken out. -/
  after       : Command.State
  /-- Whether it is repeatable, as soon as somebody has asked: to find out takes a while. -/
  repeatable  : IO.Ref (Option Bool)
  /-- Whether what it would run was not run, since somebody only looked at it. -/
  lookedAt    : Bool := false

namespace ElaboratedCommand

/-- What follows the last token belongs to the syntax. Elaborators see the comments in it, but no difference between
one blank and another. -/
private def sameTrailing (a b : Syntax) : Bool :=
  match a.getTrailing?, b.getTrailing? with
  | some a, some b => (a.trim.isEmpty && b.trim.isEmpty) || a == b
  | none, none     => true
  | _, _           => false

private def sameMessages (a b : Array Message) : IO Bool := do
  if a.size != b.size then return false
  for x in a, y in b do
    unless x.pos == y.pos && x.endPos == y.endPos && (← x.data.toString) == (← y.data.toString) do return false
  return true

/-- Whether a command that was parsed in the same state is this one again. The texts are known to be the same up to
`agreed`, and `source` is the new one from there to the end of the command. -/
private def isAgain (known : ElaboratedCommand) (agreed : String.Pos.Raw) (source : String) (command : Syntax)
    (parseErrors : Array Message) : IO Bool := do
  -- Lines and columns count from the beginning of the text.
  unless agreed.extract known.source known.finish == source do return false
  return known.command.structRangeEq command && sameTrailing known.command command &&
    (← sameMessages known.parseErrors parseErrors)

/-- Whether it may stand for its repetition, if all before it may. -/
private def isRepeatable (known : ElaboratedCommand) : IO Bool := do
  if let some answer ← known.repeatable.get then return answer
  let answer ← LeanMagic.isRepeatable known.command known.after.env known.trees
  known.repeatable.set answer
  return answer

/-- What stands at `index` of one of these texts, if it is this command again, and the texts that have it there. -/
def find? (command : Syntax) (finish : String.Pos.Raw) (parseErrors : Array Message) (source : String)
    (agreed : String.Pos.Raw) (index : Nat) (texts : List (Array ElaboratedCommand)) (looking : Bool) :
    IO (Option (ElaboratedCommand × List (Array ElaboratedCommand))) := do
  if texts.isEmpty then return none
  search (agreed.extract source finish) texts
where
  search (part : String) : List (Array ElaboratedCommand) →
      IO (Option (ElaboratedCommand × List (Array ElaboratedCommand)))
    | [] => return none
    | commands :: others => do
      if let some known := commands[index]? then
        if known.finish == finish then
          if ← known.isAgain agreed part command parseErrors then
            if ← (if known.lookedAt then pure looking else known.isRepeatable) then
              return some (known, commands :: others.filter (·[index]?.any (·.serial == known.serial)))
      search part others

end ElaboratedCommand

structure KeptText where
  start    : Start
  commands : Array ElaboratedCommand

/-- How many texts are kept, and how many of their commands in all. -/
def keptTexts : Nat := 16
def keptCommands : Nat := 1000

structure Snapshots where
  /-- The most recent first. -/
  texts   : IO.Ref (List KeptText)
  /-- What came before the place of a text at which somebody looked last. -/
  glanced : IO.Ref (Option KeptText)
  /-- How many commands were elaborated. -/
  counter : IO.Ref Nat

namespace Snapshots

def new : BaseIO Snapshots :=
  return { texts := ← IO.mkRef [], glanced := ← IO.mkRef none, counter := ← IO.mkRef 0 }

/-- The kept texts with this start. -/
def starting (snapshots : Snapshots) (start : Start) : BaseIO (List (Array ElaboratedCommand)) :=
  return ((← snapshots.glanced.get).toList ++ (← snapshots.texts.get)).filterMap fun text =>
    if text.start.key == start.key then some text.commands else none

/-- Keep a text, instead of what was kept longest ago. -/
def keep (snapshots : Snapshots) (start : Start) (commands : Array ElaboratedCommand) : BaseIO Unit := do
  let commands := commands.take keptCommands
  let some first := commands[0]? | return
  -- Not twice, and not what the text goes on from.
  let isPart (text : KeptText) : Bool :=
    text.commands[0]?.any (·.serial == first.serial) &&
      text.commands.back?.any fun last => commands[text.commands.size - 1]?.any (·.serial == last.serial)
  snapshots.texts.modify fun texts =>
    bounded ({ start, commands } :: texts.filter (!isPart ·)) keptTexts keptCommands
where
  bounded : List KeptText → Nat → Nat → List KeptText
    | [], _, _ | _, 0, _ => []
    | text :: texts, count + 1, commands =>
      if text.commands.size > commands then [] else text :: bounded texts count (commands - text.commands.size)

/-- How many commands are kept. -/
def count (snapshots : Snapshots) : BaseIO Nat :=
  return (← snapshots.texts.get).foldl (init := 0) fun count text => count + text.commands.size

/-- Forget the texts that start from these environments. -/
def release (snapshots : Snapshots) (environments : Array Nat) : BaseIO Unit := do
  let stays (text : KeptText) : Bool := !text.start.environment?.any environments.contains
  snapshots.texts.modify (·.filter stays)
  snapshots.glanced.modify (·.filter stays)

end Snapshots

end LeanMagic
