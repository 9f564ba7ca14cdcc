import LeanMagic.Command

/-!
# Glances

What is at a place of a text that somebody is writing. The text is elaborated as far as the command at that place, which
may be broken off anywhere. What comes before it mostly is what it was a moment ago, and is taken over; nothing that is
kept for texts that are run makes way for it. What it would run is not run: `#eval` is elaborated as `#check` is.

The text may also be a tactic for a proof state, which stays as it is.
-/

open Lean Elab

namespace LeanMagic

structure Glance where
  fileMap       : FileMap
  place         : String.Pos.Raw
  /-- The environment there. -/
  env           : Environment
  /-- The command or the tactics that the place is in, or just after, as far as they could be parsed. -/
  syntax?       : Option Syntax
  trees         : List InfoTree
  isInterrupted : Bool := false

namespace Glance

/-- Elaborate until the command at the place is done. What comes before it is kept on the way: whoever is stopped gets
further the next time. -/
private partial def reach (place : String.Pos.Raw) (keep : Array ElaboratedCommand → BaseIO Unit)
    (elaboration : Elaboration) : IO Elaboration := do
  if elaboration.finished || place ≤ elaboration.parser.pos then return elaboration
  unless elaboration.commands.isEmpty do keep elaboration.commands
  reach place keep (← elaboration.step)

private def contains (place : String.Pos.Raw) (command : ElaboratedCommand) : Bool :=
  !Parser.isTerminalCommand command.command && (command.command.getPos?.any (· ≤ place))

def ofText (headers : Headers) (snapshots : Snapshots) (request : CommandRequest) (base? : Option EnvironmentState)
    (position : Position) (cancelTk? : Option IO.CancelToken := none) : IO Glance := do
  let begun ← beginText headers snapshots request base? cancelTk?
  let place := begun.input.fileMap.ofPosition position
  let keep commands := begun.start?.forM fun start => snapshots.glanced.set (some { start, commands })
  let elaboration ← reach place keep { begun with start? := none, looking := true }
  let command? := elaboration.commands.reverse.find? (contains place)
  return {
    fileMap       := elaboration.input.fileMap
    env           := elaboration.state.env
    syntax?       := command?.map (·.command)
    trees         := (command?.map (·.trees)).getD []
    isInterrupted := elaboration.interrupted?.isSome
    place }

/-- The text is one of tactics for a state, of which nothing is run. -/
def ofSyntax (state : ProofState) (text : String) (position : Position) : Glance :=
  let input := Parser.mkInputContext text "<input>"
  { fileMap := input.fileMap
    place   := input.fileMap.ofPosition position
    env     := state.coreState.env
    syntax? := state.parseUnfinished input
    trees   := [] }

/-- The text is one of tactics, which are run on these goals of a state. -/
def ofTactics (state : ProofState) (goals : List MVarId) (text : String) (position : Position)
    (cancelTk? : Option IO.CancelToken := none) : IO Glance := do
  let glance := ofSyntax state text position
  return { glance with trees := ← state.look goals glance.fileMap (glance.syntax?.getD .missing) cancelTk? }

def text (glance : Glance) : String := glance.fileMap.source

/-- Where the word begins that ends at the place. -/
def wordStart (glance : Glance) : String.Pos.Raw :=
  go glance.place glance.place.byteIdx
where
  go (position : String.Pos.Raw) : Nat → String.Pos.Raw
    | 0 => position
    | fuel + 1 =>
      if position.byteIdx == 0 then position else
      let before := position.prev glance.text
      let c := before.get glance.text
      if isIdRest c || c == '#' || c == '«' || c == '»' then go before fuel else position

def word (glance : Glance) : String :=
  glance.wordStart.extract glance.text glance.place

/-- Whether the word is where a tactic begins, though it is none yet. -/
def beginsTactic (glance : Glance) : Bool :=
  let within (stx : Syntax) : Bool := stx.getRange?.any (·.contains glance.place (includeStop := true))
  (glance.syntax?.bind fun stx => stx.findStack? within (·.isOfKind ``Parser.Tactic.unknown)).isSome

/-- What is before the word: only space and comments (equal), more than that (less), or a comment which is not over
(greater). -/
def blankBefore (glance : Glance) : Ordering :=
  let before := String.Pos.Raw.extract glance.text 0 glance.wordStart
  let text := before.push '.'
  let blank := Parser.whitespace.run (Parser.mkInputContext text "<input>") { env := glance.env, options := {} } {}
    (Parser.mkParserState text)
  if blank.hasError then .gt else compare blank.pos.byteIdx before.utf8ByteSize

/-- Whether the word comes after one of these. -/
def isAfter (glance : Glance) (tokens : List String) : Bool :=
  let before := (String.Pos.Raw.extract glance.text 0 glance.wordStart).trimAsciiEnd.toString
  tokens.any fun token => before.endsWith token

end Glance

end LeanMagic
