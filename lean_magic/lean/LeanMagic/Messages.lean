import LeanMagic.Protocol

/-!
# Messages

What Lean says, as text; and what it can be asked for besides: what to insert where (*Try this*), and traces as trees.
Both are in the data from which Lean prints the text.
-/

open Lean

namespace LeanMagic

/-- A text to insert, and what it replaces. -/
structure Suggestion where
  text   : String
  range? : Option (Position × Position)
  deriving BEq

/-- A step of what Lean did. -/
inductive TraceNode where
  | mk (traceClass : Name) (head : String) (children : Array TraceNode)

/-- What is found in a message. -/
structure MessageParts where
  suggestions : Array Suggestion := #[]
  traces      : Array TraceNode := #[]

/-- How many steps of a trace are told one by one, and how deep they are: most of a larger one, nobody would look at. -/
def traceSteps : Nat := 2000
def traceDepth : Nat := 50

namespace MessageParts

/-- Where a part of a message stands: needed to print it. -/
private structure Surroundings where
  naming   : NamingContext := { currNamespace := .anonymous, openDecls := [] }
  context? : Option MessageDataContext := none
  depth    : Nat := 0

private def Surroundings.print (around : Surroundings) (data : MessageData) : BaseIO String := do
  let data := match around.context? with
    | some context => .withContext context data
    | none         => data
  return (← (MessageData.withNamingContext around.naming data).toString).trimAscii.toString

/-- What a widget inserts when it is clicked. -/
private def suggestion? (text? : Option FileMap) (widget : Widget.WidgetInstance) : Option Suggestion := do
  let props := (widget.props.run {}).1
  let .ok inserted := props.getObjValAs? String "suggestion" | none
  let .ok range := props.getObjValAs? Lsp.Range "range" | none
  let place (position : Lsp.Position) (text : FileMap) := text.toPosition (text.lspPosToUtf8Pos position)
  return { text := inserted, range? := text?.map fun text => (place range.start text, place range.end text) }

private abbrev FindM := StateRefT MessageParts (StateRefT Nat BaseIO)

private partial def visit (text? : Option FileMap) (withTraces : Bool) (around : Surroundings) (data : MessageData) :
    FindM Unit := do
  match data with
  | .withContext context data      => visit text? withTraces { around with context? := some context } data
  | .withNamingContext naming data => visit text? withTraces { around with naming } data
  | .nest _ data | .group data | .tagged _ data => visit text? withTraces around data
  | .compose a b => do
    visit text? withTraces around a
    visit text? withTraces around b
  | .ofWidget widget alternative => do
    if let some found := suggestion? text? widget then
      modify fun parts =>
        if parts.suggestions.contains found then parts
        else { parts with suggestions := parts.suggestions.push found }
    visit text? withTraces around alternative
  | .trace trace head children =>
    if trace.cls.isAnonymous then -- it only holds the others together
      for child in children do
        visit text? withTraces around child
    else if withTraces && around.depth < traceDepth && (← getThe Nat) < traceSteps then
      modifyThe Nat (· + 1)
      let head ← around.print head
      let others := (← getThe MessageParts).traces
      modifyThe MessageParts ({ · with traces := #[] })
      for child in children do
        visit text? withTraces { around with depth := around.depth + 1 } child
      modifyThe MessageParts fun parts => { parts with traces := others.push (.mk trace.cls head parts.traces) }
    else
      modifyThe Nat (· + traceSteps)
  | _ => return -- terms, and what would have to be printed to be known

/-- What is in a message of this text. A trace that is too large is left to be read as text. -/
def ofMessage (message : Message) (text? : Option FileMap) : BaseIO MessageParts := do
  let isTrace := message.kind == `trace
  let ((_, parts), steps) ← ((visit text? isTrace {} message.data).run {}).run 0
  return if steps > traceSteps then { parts with traces := #[] } else parts

end MessageParts

/-! ## JSON -/

private def Suggestion.json (suggestion : Suggestion) : Json :=
  let range : Fields := match suggestion.range? with
    | some (start, finish) => [("pos", positionJson start), ("endPos", positionJson finish)]
    | none                 => []
  .mkObj ([("text", .str suggestion.text)] ++ range)

private partial def TraceNode.json : TraceNode → Json
  | .mk traceClass head children =>
    .mkObj ([("class", nameJson traceClass), ("text", .str head)] ++ listField "children" (children.map json))

/-- Without `structured`, as in the upstream REPL; with it, `text?` is what the message is about. -/
def messageJson (structured : Bool) (text? : Option FileMap) (message : Message) : IO Json := do
  let severity := match message.severity with
    | .information => "info"
    | .warning     => "warning"
    | .error       => "error"
  let parts ← if structured then MessageParts.ofMessage message text? else pure {}
  return .mkObj <| [
    ("severity", severity),
    ("pos", positionJson message.pos),
    ("endPos", (message.endPos.map positionJson).getD .null),
    ("data", .str (← message.data.toString).trimAscii.toString)] ++
    listField "suggestions" (parts.suggestions.map (·.json)) ++ listField "traces" (parts.traces.map (·.json))

end LeanMagic
