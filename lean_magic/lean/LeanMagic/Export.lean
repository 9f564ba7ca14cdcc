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
  /-- How many terms have entries: those that differ in remarks only share one. -/
  count   : Nat := 0
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

/-- The entry of a term whose parts are written; or the parts that are not. Terms that are no part of any declaration
have no entry. -/
private def entry (term : Expr) : WriteM (Except (List Expr) String) := do
  let terms := (← get).terms
  match term with
  | .app f a => return match terms[f]?, terms[a]? with
    | some f, some a => .ok s!"[{f},{a}]"
    | _, _           => .error [f, a]
  | .lam _ t b _     => return two terms "fun" t b
  | .forallE _ t b _ => return two terms "all" t b
  | .const name levels =>
    let numbers := (← writeName name) :: (← levels.mapM writeLevel)
    return .ok s!"[\"const\",{",".intercalate (numbers.map toString)}]"
  | .bvar i  => return .ok s!"[\"var\",{i}]"
  | .sort l  => return .ok s!"[\"sort\",{← writeLevel l}]"
  | .letE _ t v b _ => return match terms[t]?, terms[v]?, terms[b]? with
    | some t, some v, some b => .ok s!"[\"let\",{t},{v},{b}]"
    | _, _, _                => .error [t, v, b]
  | .proj structName i e => match terms[e]? with
    | some e => return .ok s!"[\"proj\",{← writeName structName},{i},{e}]"
    | none   => return .error [e]
  | .lit (.natVal n) => return .ok s!"[\"nat\",\"{n}\"]"
  | .lit (.strVal s) => return .ok s!"[\"str\",{quoted s}]"
  | .mdata _ e       => return .error [e]
  | .fvar _ | .mvar _ => return .ok "[\"hole\"]"
where
  two (terms : Std.HashMap Expr Nat) (word : String) (t b : Expr) : Except (List Expr) String :=
    match terms[t]?, terms[b]? with
    | some t, some b => .ok s!"[\"{word}\",{t},{b}]"
    | _, _           => .error [t, b]

/-- Write the terms of a stack with all their parts, the parts first. Proofs may be deeper than any stack of calls. -/
private partial def writeAll : List Expr → WriteM Unit
  | [] => return
  | term :: waiting => do
    let known := (← get).terms
    if known.contains term then writeAll waiting
    else if let .mdata _ e := term then
      match known[e]? with
      | some number =>
        modify fun writer => { writer with terms := writer.terms.insert term number }
        writeAll waiting
      | none => writeAll (e :: term :: waiting)
    else
      match ← entry term with
      | .error parts => writeAll (parts ++ term :: waiting)
      | .ok entry    =>
        write entry
        modify fun writer => { writer with terms := writer.terms.insert term writer.count, count := writer.count + 1 }
        writeAll waiting

private def writeTerm (term : Expr) : WriteM Nat := do
  writeAll [term]
  return (← get).terms[term]?.getD 0

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
