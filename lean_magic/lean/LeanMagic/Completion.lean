import LeanMagic.Glance

/-!
# Completion

What a word that somebody is writing could become, as Lean's language server has it; here the best come first, and only
as many as anybody would read.
-/

open Lean Elab Server Completion

namespace LeanMagic

structure CompletionItem where
  label    : String
  kind     : String
  detail?  : Option String := none
  doc?     : Option String := none
  /-- Where what it replaces begins, if not with the word. -/
  start?   : Option String.Pos.Raw := none

/-- How many names are told in all, and how many with their types. -/
def toldItems : Nat := 200
def detailedItems : Nat := 50

namespace CompletionItem

/-- The language server has to use the words of its protocol, also where they do not fit. -/
private def kindName : Option Lsp.CompletionItemKind → String
  | none           => "text"
  | some .event    => "theorem"
  | some .module   => "namespace"
  | some .property => "option"
  | some .struct   => "type"
  | some kind      => ((toString (repr kind)).splitOn ".").getLast!

/-- What of an item the word is to begin like. There may be ten thousands of items. -/
private def head (item : Lsp.ResolvableCompletionItem) : String :=
  match item.data? with
  | some { id? := some (.const (.str _ last)), .. } => last
  | _ => if item.textEdit?.isSome then item.label else (item.label.splitOn ".").getLast!

/-- The better, the smaller. -/
private def rank (item : Lsp.ResolvableCompletionItem) : Nat :=
  if item.kind? == some .variable then 0 else (item.label.splitOn ".").length

private def isBefore (a b : Nat × Lsp.ResolvableCompletionItem) : Bool :=
  a.1 < b.1 || (a.1 == b.1 && (a.2.label.length < b.2.label.length ||
    (a.2.label.length == b.2.label.length && a.2.label < b.2.label)))

/-- Those that begin with the word, or with it in other letters, or else those that have its letters in them; the best
first. -/
private def best (word : String) (items : Array Lsp.ResolvableCompletionItem) : Array Lsp.ResolvableCompletionItem :=
  let found := if word.isEmpty then items else items.filter fun item => word.isPrefixOf (head item)
  let found := if found.isEmpty then
      let word := word.toLower
      (items.take 10000).filter fun item => word.isPrefixOf (head item).toLower
    else found
  let ranked := (if found.isEmpty then items.take 3000 else found).map fun item => (rank item, item)
  -- Sorting takes longer than all else.
  let ranked := if ranked.size > 3000 then (ranked.filter (·.1 ≤ 2)).take 3000 else ranked
  ((ranked.qsort isBefore).take toldItems).map (·.2)

/-- Lean keeps the names of one header only. -/
private def rememberHeader (last : IO.Ref (Option ModuleHeader)) (env : Environment) : IO Unit := do
  let header : ModuleHeader := { imports := env.header.imports, isModule := env.header.isModule }
  let known ← last.get
  unless known.any fun known => known.imports == header.imports && known.isModule == header.isModule do
    eligibleHeaderDeclsMutex.atomically (set (none : Option EligibleHeaderDecls))
    last.set (some header)

/-- An item as it is told, with its type if it is asked for. -/
private def told (glance : Glance) (infos : Array ContextualizedCompletionInfo) (item : Lsp.ResolvableCompletionItem)
    (detailed : Bool) : IO CompletionItem := do
  let mut detail? := item.detail?
  let mut doc? := item.documentation?.map (·.value)
  if detailed then
    if let some data := item.data? then
      if let some id := data.id? then
        if let some { ctx, info, .. } := data.cPos?.bind (infos[·]?) then
          let plain : Lsp.CompletionItem := { label := item.label }
          try
            let resolved ← ctx.runMetaM info.lctx (plain.resolve id)
            detail? := detail? <|> resolved.detail?
            doc? := doc? <|> resolved.documentation?.map (·.value)
          catch _ => pure ()
  let start? := item.textEdit?.map fun edit => glance.fileMap.lspPosToUtf8Pos edit.replace.start
  return { label := item.label, kind := kindName item.kind?, detail?, doc?, start? }

/-- The words that commands or tactics begin with. -/
private def leading (category word : String) (env : Environment) : Array CompletionItem :=
  match Parser.getCategory (Parser.parserExtension.getState env).categories (.mkSimple category) with
  | none => #[]
  | some category' =>
    let words := category'.tables.leadingTable.foldl (init := #[]) fun words name _ =>
      let first := name.toString (escape := false)
      if word.isPrefixOf first && first.any (·.isAlpha) then words.push first else words
    (words.qsort (· < ·)).map fun label => { label, kind := category, detail? := category }

private def fromTree (glance : Glance) (word : String) (command : Syntax) (tree : InfoTree) :
    IO (Array CompletionItem) := do
  let { place, .. } := glance
  let insertReplace : Lsp.ClientCapabilities := {
    textDocument? := some { completion? := some { completionItem? := some { insertReplaceSupport? := true } } } }
  let token ← RequestCancellationToken.new
  let .ok found ← (Completion.find? `cell ⟨0, 0⟩ glance.fileMap place command tree insertReplace).run token
    | return #[]
  let (infos, _) := findCompletionInfosAt glance.fileMap place command tree
  -- Lean has the names of their parsers there.
  if infos.any (·.info matches .tactic ..) then return leading "tactic" word glance.env
  let chosen := best word found.items
  let mut items := #[]
  for item in chosen do
    items := items.push (← told glance infos item (items.size < detailedItems))
  return items

/-- What the word at the place could become. -/
def find (last : IO.Ref (Option ModuleHeader)) (glance : Glance) (word : String := glance.word) :
    IO (Array CompletionItem) := do
  rememberHeader last glance.env
  if glance.beginsTactic then return leading "tactic" word glance.env
  if let some command := glance.syntax? then
    for tree in glance.trees do
      let items ← try fromTree glance word command tree catch _ => pure #[]
      unless items.isEmpty do return items
  return #[]

end CompletionItem

/-- What could stand at the place of the word, where half a word makes something else of it: half a tactic is no tactic,
and the first field of a structure looks like a term. -/
private def completionsInstead (last : IO.Ref (Option ModuleHeader)) (look : String → Position → IO Glance)
    (glance : Glance) : IO (Array CompletionItem) := do
  let { place, .. } := glance
  let text := glance.text
  let word := glance.word
  let wordStart := glance.wordStart
  let without := String.Pos.Raw.extract text 0 wordStart ++ place.extract text text.rawEndPos
  let cut ← look without (glance.fileMap.toPosition wordStart)
  return (← CompletionItem.find last cut word).filter (word.isPrefixOf ·.label)

/-- What the word at the place could become. What a text is made of can begin anywhere in it where nothing else fits:
`category` has the words that it begins with. -/
def completionsAt (last : IO.Ref (Option ModuleHeader)) (look : String → Position → IO Glance) (text : String)
    (position : Position) (category? : Option String := "command") : IO (Array CompletionItem × Glance) := do
  let glance ← look text position
  if glance.isInterrupted then return (#[], glance)
  let items ← CompletionItem.find last glance
  if glance.word.isEmpty then return (items, glance)
  if items.isEmpty then
    let instead ← completionsInstead last look glance
    let others := (category?.map (CompletionItem.leading · glance.word glance.env)).getD #[]
    return (if instead.isEmpty then others else instead, glance)
  if glance.isAfter ["{", ",", "with"] then
    let fields := (← completionsInstead last look glance).filter (·.kind == "field")
    return (fields ++ items.filter fun item => !fields.any (·.label == item.label), glance)
  return (items, glance)

/-- What the word at the place of tactics could become. -/
def completionsInTactics (last : IO.Ref (Option ModuleHeader)) (state : ProofState)
    (look : String → Position → IO Glance) (text : String) (position : Position) :
    IO (Array CompletionItem × Glance) := do
  let glance := Glance.ofSyntax state text position
  match glance.blankBefore with
  | .lt => completionsAt last look text position (category? := none)
  | .eq => return (CompletionItem.leading "tactic" glance.word glance.env, glance)
  | .gt => return (#[], glance)

/-! ## Modules -/

/-- The start of the name of a module that is being imported at the end of a line, if one is. -/
def importedAt? (line : String) : Option String :=
  match (line.splitOn " ").reverse with
  | start :: keywords =>
    if keywords.contains "import" && keywords.all (["public", "meta", "private", "import", "all", ""].contains ·) then
      some start
    else none
  | [] => none

/-- The modules that can be imported, and begin so. -/
def modulesLike (start : String) : IO (Array CompletionItem) := do
  let parts := start.splitOn "."
  let above := parts.dropLast
  let mut found := #[]
  for root in ← searchPathRef.get do
    let folder := above.foldl (init := root) fun folder part => folder / part
    unless ← folder.isDir do continue
    for entry in ← folder.readDir do
      let isFolder ← entry.path.isDir
      let name := if isFolder then entry.fileName else (System.FilePath.mk entry.fileName).fileStem.getD ""
      if (isFolder || entry.path.extension == some "olean") && parts.getLast!.isPrefixOf name then
        let module := ".".intercalate (above ++ [name])
        unless found.any (·.label == module) do
          found := found.push { label := module, kind := "module", detail? := "module" : CompletionItem }
  return found.qsort (·.label < ·.label)

end LeanMagic
