import Lean

/-!
# Stores

What a session holds for its client, by number.
-/

open Lean

namespace LeanMagic

structure Store.Contents (α : Type) where
  next   : Nat := 0
  values : Std.TreeMap Nat α := {}

/-- Values by number. No number is used twice. Threads may share it. -/
def Store (α : Type) := IO.Ref (Store.Contents α)

namespace Store

def new : BaseIO (Store α) := IO.mkRef {}

def count (store : Store α) : BaseIO Nat :=
  return (← ST.Ref.get store).values.size

def find? (store : Store α) (number : Nat) : BaseIO (Option α) :=
  return (← ST.Ref.get store).values[number]?

def add (store : Store α) (value : α) : BaseIO Nat :=
  ST.Ref.modifyGet store fun { next, values } => (next, { next := next + 1, values := values.insert next value })

/-- Forget what is there under these numbers; returns how many of them that was. -/
def release (store : Store α) (numbers : Array Nat) : BaseIO Nat :=
  ST.Ref.modifyGet store fun { next, values } =>
    let rest := numbers.foldl (·.erase ·) values
    (values.size - rest.size, { next, values := rest })

end Store

end LeanMagic
