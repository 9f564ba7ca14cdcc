import LeanMagic.Protocol

/-!
# Walking persistent arrays

The embedded build of Lean knows the compiled code of the generic library functions only in part, so these are
written out.
-/

open Lean Elab

namespace LeanMagic

/-- The elements of a persistent array in order. -/
partial def elements (array : PersistentArray α) : List α :=
  ofNode array.root array.tail.toList
where
  /-- The elements below a node, followed by `rest`. -/
  ofNode (node : PersistentArrayNode α) (rest : List α) : List α :=
    match node with
    | .leaf values   => append values.toList rest
    | .node children => ofNodes children.toList rest
  ofNodes (nodes : List (PersistentArrayNode α)) (rest : List α) : List α :=
    match nodes with
    | []            => rest
    | node :: nodes => ofNode node (ofNodes nodes rest)
  append : List α → List α → List α
    | [], rest              => rest
    | value :: values, rest => value :: append values rest

/-- `all` with the elements of `more` at its end. -/
def appendTo (all more : Array α) : Array α := Id.run do
  let mut all := all
  for value in more.toList do
    all := all.push value
  return all

end LeanMagic
