import LeanMagic.Protocol

/-!
# Declarations as text

What a theorem needs beyond an environment, in a form that another process can read and have its kernel check, without
taking anything else over from this one. The format is that of lean4export, written as JSON: see the README.
-/

open Lean

namespace LeanMagic

/-- What has been written so far. Names, levels and terms are numbered, each kind by itself, in the order in which they
are written; the name 0 is the empty one, and the level 0 is zero. -/
private structure Writer where
  names   : Std.HashMap Name Nat := ({} : Std.HashMap Name Nat).insert .anonymous 0
  levels  : Std.HashMap Level Nat := ({} : Std.HashMap Level Nat).insert .zero 0
  terms   : Std.HashMap Expr Nat := {}
  written : String := ""

private abbrev WriteM := StateM Writer

private def quoted (text : String) : String := (Json.str text).compress

private def write (entry : String) : WriteM Unit :=
  modify fun writer =>
    let written := if writer.written.isEmpty then writer.written else writer.written ++ ",\n"
    { writer with written := written ++ entry }

private def writeName (name : Name) : WriteM Nat := do
  if let some number := (← get).names[name]? then return number
  match name with
  | .anonymous       => return 0
  | .str parent part => add s!"[\"name\",{← writeName parent},{quoted part}]"
  | .num parent part => add s!"[\"name\",{← writeName parent},{part}]"
where
  add (entry : String) : WriteM Nat := do
    write entry
    modifyGet fun writer => (writer.names.size, { writer with names := writer.names.insert name writer.names.size })

private def writeLevel (level : Level) : WriteM Nat := do
  if let some number := (← get).levels[level]? then return number
  match level with
  | .succ l   => add s!"[\"succ\",{← writeLevel l}]"
  | .max a b  => add s!"[\"max\",{← writeLevel a},{← writeLevel b}]"
  | .imax a b => add s!"[\"imax\",{← writeLevel a},{← writeLevel b}]"
  | .param n  => add s!"[\"param\",{← writeName n}]"
  | .zero | .mvar _ => return 0
where
  add (entry : String) : WriteM Nat := do
    write entry
    modifyGet fun writer => (writer.levels.size, { writer with levels := writer.levels.insert level writer.levels.size })

/-- How deep terms may be nested until they are put off: not so deep as to exhaust the stack. -/
private def nesting : Nat := 500

/-- Write a term after all its parts. Throws a part that is nested too deep, and so has to be written first. -/
private def writeNested (term : Expr) : Nat → ExceptT Expr WriteM Nat
  | 0          => throw term
  | fuel + 1 => do
    if let some number := (← get).terms[term]? then return number
    match term with
    | .app f a         => add s!"[{← writeNested f fuel},{← writeNested a fuel}]"
    | .const name levels =>
      let levels ← levels.mapM fun level => return s!",{← writeLevel level}"
      add s!"[\"const\",{← writeName name}{"".intercalate levels}]"
    | .lam _ t b _     => add s!"[\"fun\",{← writeNested t fuel},{← writeNested b fuel}]"
    | .forallE _ t b _ => add s!"[\"all\",{← writeNested t fuel},{← writeNested b fuel}]"
    | .letE _ t v b _  =>
      add s!"[\"let\",{← writeNested t fuel},{← writeNested v fuel},{← writeNested b fuel}]"
    | .bvar i          => add s!"[\"var\",{i}]"
    | .sort l          => add s!"[\"sort\",{← writeLevel l}]"
    | .proj type i e   => add s!"[\"proj\",{← writeName type},{i},{← writeNested e fuel}]"
    | .lit (.natVal n) => add s!"[\"nat\",\"{n}\"]"
    | .lit (.strVal s) => add s!"[\"str\",{quoted s}]"
    | .mdata _ e       => writeNested e fuel
    | .fvar _ | .mvar _ => add "[\"hole\"]" -- no declaration has any
where
  add (entry : String) : ExceptT Expr WriteM Nat := do
    write entry
    modifyGet fun writer => (writer.terms.size, { writer with terms := writer.terms.insert term writer.terms.size })

/-- Write the terms of a stack. -/
private partial def writeAll : List Expr → WriteM Unit
  | []            => return
  | term :: terms => do
    match ← (writeNested term nesting).run with
    | .ok _       => writeAll terms
    | .error part => writeAll (part :: term :: terms)

private def writeTerm (term : Expr) : WriteM Nat := do
  writeAll [term]
  return ((← (writeNested term nesting).run).toOption).getD 0

private def writeDeclaration (info : ConstantInfo) : WriteM Unit := do
  let head ← ([info.name] ++ info.levelParams).mapM writeName
  let levels := ",".intercalate (head.tail.map toString)
  let begin (word : String) := s!"[\"{word}\",{head.headD 0},[{levels}]"
  match info with
  | .thmInfo { type, value, .. } =>
    write s!"{begin "theorem"},{← writeTerm type},{← writeTerm value}]"
  | .defnInfo { type, value, hints, safety := .safe, .. } =>
    write s!"{begin "def"},{← writeTerm type},{← writeTerm value},{heightOf hints}]"
  | .opaqueInfo { type, value, isUnsafe := false, .. } =>
    write s!"{begin "opaque"},{← writeTerm type},{← writeTerm value}]"
  | other => write s!"{begin (kindOf other)}]"
where
  heightOf : ReducibilityHints → String
    | .abbrev    => "\"abbrev\""
    | .opaque    => "\"opaque\""
    | .regular h => toString h
  kindOf : ConstantInfo → String
    | .defnInfo { safety := .partial, .. } => "partial def"
    | .defnInfo _   => "unsafe def"
    | .opaqueInfo _ => "unsafe opaque"
    | .axiomInfo _  => "axiom"
    | .quotInfo _   => "quotient"
    | .inductInfo _ => "inductive"
    | .ctorInfo _   => "constructor"
    | .recInfo _    => "recursor"
    | .thmInfo _    => "theorem"

/-- What a constant mentions: also of types that are declared along with it, so that it is told in the right order. -/
private def mentionedIn (info : ConstantInfo) : Array Name :=
  let ofType := info.type.getUsedConstants
  match info.value? (allowOpaque := true) with
  | some value => ofType ++ value.getUsedConstants
  | none       => ofType

/-- The constants beyond `base` that a constant of `env` needs, each after those that it needs itself; it comes last. -/
private partial def needed (base env : Kernel.Environment) (found : NameSet × Array ConstantInfo) (name : Name) :
    NameSet × Array ConstantInfo := Id.run do
  if found.1.contains name || (base.find? name).isSome then return found
  let some info := env.find? name | return found
  let (seen, infos) := (mentionedIn info).foldl (needed base env) (found.1.insert name, found.2)
  return (seen, infos.push info)

/-- The theorem of this name, and all that it needs beyond `base`, as text; `none` if there is no such constant. -/
def exported? (base env : Environment) (name : Name) : Option String := do
  let (_, infos) := needed base.toKernelEnv env.toKernelEnv ({}, #[]) name
  guard (infos.back?.any (·.name == name))
  let ((), writer) := (infos.forM writeDeclaration).run {}
  return s!"[{writer.written}]"

end LeanMagic
