import LeanMagic.Command

/-!
# Glances

What is at a place of a text that somebody is writing. The text is elaborated as far as the command at that place, which
may be broken off anywhere. What comes before it mostly is what it was a moment ago, and is taken over; nothing that is
kept for texts that are run makes way for it. What it would run is not run: `#eval` is elaborated as `#check` is.
-/

open Lean Elab

namespace LeanMagic

structure Glance where
  elaboration : Elaboration
  place       : String.Pos.Raw
  /-- The command that the place is in, or just after. -/
  command?    : Option ElaboratedCommand

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

def new (headers : Headers) (snapshots : Snapshots) (request : CommandRequest) (base? : Option EnvironmentState)
    (position : Position) (cancelTk? : Option IO.CancelToken := none) : IO Glance := do
  let begun ← beginText headers snapshots request base? cancelTk?
  let place := begun.input.fileMap.ofPosition position
  let keep commands := begun.start?.forM fun start => snapshots.glanced.set (some { start, commands })
  let elaboration ← reach place keep { begun with start? := none, looking := true }
  return { elaboration, place, command? := elaboration.commands.reverse.find? (contains place) }

def trees (glance : Glance) : List InfoTree :=
  (glance.command?.map (·.trees)).getD []

def text (glance : Glance) : String := glance.elaboration.input.inputString

def fileMap (glance : Glance) : FileMap := glance.elaboration.input.fileMap

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

/-- Whether the word comes after one of these. -/
def isAfter (glance : Glance) (tokens : List String) : Bool :=
  let before := (String.Pos.Raw.extract glance.text 0 glance.wordStart).trimAsciiEnd.toString
  tokens.any fun token => before.endsWith token

end Glance

end LeanMagic
