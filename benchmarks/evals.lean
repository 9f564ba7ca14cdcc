/-
Everyday `#eval`s and what they print.

An entry begins with a line `--| TITLE`, or `--| TITLE (import NAME)` if it needs a library besides what every Lean file
has. Its code follows, then what it must print: lines that begin with `--> `, one for each line of the output, or
`--!> ` if the output must be an error. Nothing else may be said, warnings included. Entries do not see each other.
-/

--| Sum of naturals
#eval 2 + 2
--> 4

--| Big naturals
#eval 2 ^ 100
--> 1267650600228229401496703205376

--| Truncated subtraction
#eval (3 - 5 : Nat)
--> 0

--| Integers
#eval (3 - 5 : Int)
--> -2

--| Integer division and remainder
#eval ((-7 : Int) / 2, (-7 : Int) % 2)
--> (-4, 1)

--| Division by zero
#eval 10 / 0
--> 0

--| Booleans
#eval (true && !false) || false
--> true

--| Decidable proposition
#eval (3 < 5 : Bool)
--> true

--| Decide
#eval decide (7 ∣ 42)
--> true

--| Strings
#eval "Hello, " ++ "world"
--> "Hello, world"

--| String length
#eval "naïve ∀".length
--> 7

--| String interpolation
#eval s!"{1 + 1} and {[1, 2]} and {(true, "x")}"
--> "2 and [1, 2] and (true, x)"

--| String join
#eval String.join ["a", "b", "c"]
--> "abc"

--| String intercalate
#eval ", ".intercalate ["x", "y", "z"]
--> "x, y, z"

--| String split
#eval "a,b,c".splitOn ","
--> ["a", "b", "c"]

--| String to upper case
#eval "lean".toUpper
--> "LEAN"

--| String to list
#eval "abc".toList
--> ['a', 'b', 'c']

--| String from list
#eval String.ofList ['x', 'y']
--> "xy"

--| String prefix
#eval "theorem foo".startsWith "theorem"
--> true

--| String replace
#eval "banana".replace "an" "AN"
--> "bANANa"

--| String to natural
#eval ("42".toNat?, "x".toNat?, "-7".toInt?)
--> (some 42, none, some (-7))

--| Characters
#eval ('a'.toNat, Char.ofNat 955, 'x'.isAlpha)
--> (97, 'λ', true)

--| Show a natural
#eval toString 42 ++ Nat.repr 7
--> "427"

--| Hexadecimal digits
#eval Nat.toDigits 16 255
--> ['f', 'f']

--| Floats
#eval 1.0 / 3.0
--> 0.333333

--| Square root
#eval Float.sqrt 2.0
--> 1.414214

--| Float functions
#eval (Float.floor 2.7, (2.5 : Float).toUInt64, Float.sin 0.0)
--> (2.000000, 2, 0.000000)

--| Float from natural
#eval (Nat.toFloat 5) * 1.5
--> 7.500000

--| Machine words wrap around
#eval (250 : UInt8) + 10
--> 4

--| Machine words of 64 bits
#eval (0xFFFFFFFFFFFFFFFF : UInt64).toNat
--> 18446744073709551615

--| Bit operations
#eval (5 &&& 6, 5 ||| 6, 5 ^^^ 6, 1 <<< 10)
--> (4, 7, 3, 1024)

--| Fin
#eval (5 : Fin 10) + 7
--> 2

--| Bit vectors
#eval (5#8 + 255#8).toNat
--> 4

--| List
#eval [1, 2, 3]
--> [1, 2, 3]

--| List map
#eval [1, 2, 3].map (· * 2)
--> [2, 4, 6]

--| List filter
#eval (List.range 10).filter (· % 2 == 0)
--> [0, 2, 4, 6, 8]

--| List fold
#eval [1, 2, 3, 4].foldl (· + ·) 0
--> 10

--| List fold from the right
#eval ["a", "b"].foldr (· ++ ·) "!"
--> "ab!"

--| List reverse and append
#eval [1, 2].reverse ++ [3]
--> [2, 1, 3]

--| List zip
#eval [1, 2].zip ["a", "b"]
--> [(1, "a"), (2, "b")]

--| List find
#eval ([1, 2, 3].find? (· > 1), [1, 2, 3].head?, ([] : List Nat).getLast?)
--> (some 2, some 1, none)

--| List indexing
#eval ([10, 20, 30][1], [10, 20, 30][7]?, [10, 20, 30].getD 9 0)
--> (20, none, 0)

--| List sum, length and maximum
#eval ([3, 1, 2].sum, [3, 1, 2].length, [3, 1, 2].max?)
--> (6, 3, some 3)

--| List take, drop and replicate
#eval ([1, 2, 3].take 2, [1, 2, 3].drop 2, List.replicate 3 'x')
--> ([1, 2], [3], ['x', 'x', 'x'])

--| List all, any and contains
#eval ([1, 2].all (· > 0), [1, 2].any (· > 1), [1, 2].contains 3)
--> (true, true, false)

--| List flat map
#eval [1, 2, 3].flatMap fun n => List.replicate n n
--> [1, 2, 2, 3, 3, 3]

--| List sort
#eval [3, 1, 2].mergeSort
--> [1, 2, 3]

--| List partition and span
#eval ([1, 2, 3, 4].partition (· > 2), [1, 2, 3].span (· < 2))
--> (([3, 4], [1, 2]), [1], [2, 3])

--| List enumeration
#eval ["a", "b"].zipIdx
--> [("a", 0), ("b", 1)]

--| List duplicates and erasing
#eval ([1, 1, 2].eraseDups, [1, 2, 3].erase 2)
--> ([1, 2], [1, 3])

--| List equality
#eval [1, 2] == [1, 2]
--> true

--| List filter map
#eval ["1", "x", "3"].filterMap String.toNat?
--> [1, 3]

--| Empty list
#eval ([] : List Nat)
--> []

--| Nested lists
#eval [[1], [2, 3], []]
--> [[1], [2, 3], []]

--| Array
#eval #[1, 2, 3]
--> #[1, 2, 3]

--| Array map and push
#eval (#[1, 2].push 3).map (· + 1)
--> #[2, 3, 4]

--| Array fold
#eval #[1, 2, 3].foldl (· + ·) 0
--> 6

--| Array sort
#eval #[3, 1, 2].qsort (· < ·)
--> #[1, 2, 3]

--| Array size, last and contains
#eval (#[1, 2].size, #[1, 2].back?, #[1, 2].contains 2)
--> (2, some 2, true)

--| Array range, filter and to list
#eval ((Array.range 6).filter (· % 2 == 1)).toList
--> [1, 3, 5]

--| Array of strings
#eval #["a", "b"].map String.length
--> #[1, 1]

--| Array index and update
#eval (#[1, 2, 3].set! 0 9)[0]!
--> 9

--| Array zip, reverse, extract and append
#eval ((#[1, 2].zip #[3, 4]), #[1, 2].reverse, #[1, 2, 3].extract 1 3, #[1] ++ #[2])
--> (#[(1, 3), (2, 4)], #[2, 1], #[2, 3], #[1, 2])

--| Array of arrays
#eval Array.replicate 2 #[0, 0]
--> #[#[0, 0], #[0, 0]]

--| Subarray sum
#eval #[1, 2, 3, 4][1:3].foldl (· + ·) 0
--> 5

--| Pair
#eval (1, "one")
--> (1, "one")

--| Triple and projections
#eval ((1, 2, 3).2.1, (1, 2).fst)
--> (2, 1)

--| Option
#eval some 1
--> some 1

--| Option operations
#eval ((some 3).map (· + 1), (none : Option Nat).getD 7, (some 1).isSome)
--> (some 4, 7, true)

--| Option with do
#eval show Option Nat from do
  let x ← some 3
  let y ← [1, 2, 3].find? (· > 2)
  return x + y
--> some 6

--| Except
#eval (Except.ok 5 : Except String Nat)
--> Except.ok 5

--| Except error
#eval (throw "oops" : Except String Nat)
--> Except.error "oops"

--| Sum type
#eval (Sum.inl 1 : Sum Nat String)
--> Sum.inl 1

--| Unit
#eval ()
--> ()

--| Function definition
def double (n : Nat) := 2 * n
#eval double 21
--> 42

--| Structural recursion
def fact : Nat → Nat
  | 0     => 1
  | n + 1 => (n + 1) * fact n
#eval fact 20
--> 2432902008176640000

--| Fibonacci
def fib : Nat → Nat
  | 0 => 0
  | 1 => 1
  | n + 2 => fib (n + 1) + fib n
#eval (List.range 10).map fib
--> [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]

--| Partial function
partial def collatz (n : Nat) : List Nat :=
  if n == 1 then [1] else n :: collatz (if n % 2 == 0 then n / 2 else 3 * n + 1)
#eval collatz 6
--> [6, 3, 10, 5, 16, 8, 4, 2, 1]

--| Well-founded recursion
def gcd' (a b : Nat) : Nat := if _ : b = 0 then a else gcd' b (a % b)
termination_by b
decreasing_by exact Nat.mod_lt _ (Nat.pos_of_ne_zero ‹_›)
#eval gcd' 48 36
--> 12

--| Mutual recursion
mutual
def even : Nat → Bool
  | 0 => true
  | n + 1 => odd n
def odd : Nat → Bool
  | 0 => false
  | n + 1 => even n
end
#eval (even 10, odd 10)
--> (true, false)

--| Local function
#eval
  let rec go (n acc : Nat) : Nat := match n with
    | 0 => acc
    | n + 1 => go n (acc + n)
  go 10 0
--> 45

--| Structure with derived Repr
structure Point where
  x : Nat
  y : Nat
  deriving Repr
#eval ({ x := 1, y := 2 } : Point)
--> { x := 1, y := 2 }

--| Structure without Repr
structure Point where
  x : Nat
  y : Nat
#eval ({ x := 1, y := 2 } : Point)
--> { x := 1, y := 2 }

--| Structure update
structure Config where
  name : String := "none"
  size : Nat := 0
  deriving Repr
#eval { ({} : Config) with size := 3 }
--> { name := "none", size := 3 }

--| Enumeration with derived instances
inductive Color where
  | red | green | blue
  deriving Repr, BEq, DecidableEq, Inhabited
#eval (Color.red, Color.green == Color.blue, (default : Color))
--> (Color.red, false, Color.red)

--| Binary tree
inductive Tree (α : Type) where
  | leaf : Tree α
  | node : Tree α → α → Tree α → Tree α
  deriving Repr
def Tree.insert [Ord α] (x : α) : Tree α → Tree α
  | leaf => node leaf x leaf
  | t@(node l y r) => match compare x y with
    | .lt => node (l.insert x) y r
    | .gt => node l y (r.insert x)
    | .eq => t
def Tree.toList : Tree α → List α
  | leaf => []
  | node l x r => l.toList ++ [x] ++ r.toList
#eval ([3, 1, 2, 3].foldl (fun t x => t.insert x) Tree.leaf).toList
--> [1, 2, 3]

--| Derived Repr of a recursive type
inductive Expr' where
  | num (n : Int)
  | add (a b : Expr')
  deriving Repr
#eval Expr'.add (.num 1) (.num (-2))
--> Expr'.add (Expr'.num 1) (Expr'.num (-2))

--| Evaluator of expressions
inductive Term where
  | num (n : Int)
  | mul (a b : Term)
  | neg (a : Term)
def Term.eval : Term → Int
  | num n => n
  | mul a b => a.eval * b.eval
  | neg a => - a.eval
#eval (Term.mul (.num 3) (.neg (.num 4))).eval
--> -12

--| Derived order and hash
structure Version where
  major : Nat
  minor : Nat
  deriving Ord, BEq, Hashable, Repr
#eval (compare (Version.mk 1 2) ⟨1, 3⟩, hash (Version.mk 1 2) == hash (Version.mk 1 2))
--> (Ordering.lt, true)

--| Type class of one's own
class Shape (α : Type) where
  area : α → Float
structure Square where
  side : Float
instance : Shape Square := ⟨fun s => s.side * s.side⟩
#eval Shape.area (Square.mk 3)
--> 9.000000

--| ToString instance
structure Money where
  cents : Nat
instance : ToString Money := ⟨fun m => s!"{m.cents / 100}.{m.cents % 100} EUR"⟩
#eval s!"{Money.mk 1999}"
--> "19.99 EUR"

--| Repr instance
inductive Bit where
  | zero | one
instance : Repr Bit where
  reprPrec b _ := match b with
    | .zero => "0"
    | .one => "1"
#eval [Bit.zero, .one]
--> [0, 1]

--| Operator of one's own
structure Vec where
  x : Int
  y : Int
  deriving Repr
instance : Add Vec := ⟨fun a b => ⟨a.x + b.x, a.y + b.y⟩⟩
#eval Vec.mk 1 2 + Vec.mk 3 4
--> { x := 4, y := 6 }

--| Monad instance of one's own
structure Counter (α : Type) where
  run : Nat → α × Nat
instance : Monad Counter where
  pure a := ⟨fun n => (a, n)⟩
  bind m f := ⟨fun n => let (a, n) := m.run n; (f a).run n⟩
def tick : Counter Nat := ⟨fun n => (n, n + 1)⟩
#eval (do let a ← tick; let b ← tick; return a + b : Counter Nat).run 5
--> (11, 7)

--| For loop over a range
#eval Id.run do
  let mut s := 0
  for i in [0:10] do
    s := s + i
  return s
--> 45

--| For loop over a list
#eval Id.run do
  let mut s := 0
  for x in [1, 2, 3] do
    s := s + x
  return s
--> 6

--| For loop over an array, with its index
#eval Id.run do
  let mut s := 0
  let xs := #[10, 20, 30]
  for h : i in [0:xs.size] do
    s := s + i * xs[i]
  return s
--> 80

--| Nested loops with break and continue
#eval Id.run do
  let mut found := []
  for i in [1:20] do
    if i % 2 == 0 then continue
    for j in [i:20] do
      if i * j == 45 then
        found := (i, j) :: found
        break
  return found.reverse
--> [(3, 15), (5, 9)]

--| While loop
#eval Id.run do
  let mut n := 27
  let mut steps := 0
  while n != 1 do
    n := if n % 2 == 0 then n / 2 else 3 * n + 1
    steps := steps + 1
  return steps
--> 111

--| Return from within a loop
def firstSquareAbove (n : Nat) : Option Nat := do
  for i in [0:100] do
    if i * i > n then return i * i
  none
#eval firstSquareAbove 50
--> some 64

--| Parallel loop
#eval Id.run do
  let mut out := #[]
  for x in [1, 2, 3], y in ["a", "b"] do
    out := out.push (x, y)
  return out
--> #[(1, "a"), (2, "b")]

--| Sieve with an array
def primes (n : Nat) : Array Nat := Id.run do
  let mut composite := Array.replicate (n + 1) false
  let mut out := #[]
  for i in [2:n + 1] do
    unless composite[i]! do
      out := out.push i
      for j in [i:n / i + 1] do
        composite := composite.set! (i * j) true
  return out
#eval primes 30
--> #[2, 3, 5, 7, 11, 13, 17, 19, 23, 29]

--| Range notation
#eval Id.run do
  let mut s := 0
  for i in (1 : Nat)...=4 do
    s := s + i
  return s
--> 10

--| Range to list
#eval (1...5).toList
--> [1, 2, 3, 4]

--| Print a line
#eval IO.println "hello"
--> hello

--| Print in a loop
#eval show IO Unit from do
  for i in [1:4] do
    IO.println s!"{i}: {i * i}"
--> 1: 1
--> 2: 4
--> 3: 9

--| IO with state
#eval show IO Nat from do
  let counter ← IO.mkRef 0
  for i in [0:5] do
    counter.modify (· + i)
  counter.get
--> 10

--| IO exception caught
#eval show IO String from do
  try
    throw <| IO.userError "bad"
  catch e =>
    return s!"caught: {e}"
--> "caught: bad"

--| IO exception
#eval show IO Unit from throw <| IO.userError "bad"
--!> bad

--| Print with mutable variables
#eval show IO Unit from do
  let mut xs := #[5, 3]
  xs := xs.push 4
  IO.println xs
  IO.print (xs.qsort (· < ·)).toList
--> #[5, 3, 4]
--> [3, 4, 5]

--| State monad
#eval (do modify (· + 1); return (← get) * 2 : StateM Nat Nat).run 4
--> (10, 5)

--| State monad over a loop
def label (xs : List String) : StateM Nat (List (Nat × String)) :=
  xs.mapM fun x => do
    let n ← get
    set (n + 1)
    return (n, x)
#eval (label ["a", "b"]).run' 0
--> [(0, "a"), (1, "b")]

--| Reader monad
#eval (do return (← read) + 1 : ReaderM Nat Nat).run 41
--> 42

--| Exceptions in do notation
def safeDiv (a b : Nat) : Except String Nat :=
  if b == 0 then throw "division by zero" else pure (a / b)
#eval do
  let x ← safeDiv 10 2
  let y ← safeDiv x 0
  return x + y
--> Except.error "division by zero"

--| Exceptions over state
def withdraw (n : Nat) : StateT Nat (Except String) Unit := do
  if n > (← get) then throw s!"only {← get} left"
  modify (· - n)
#eval (do withdraw 3; withdraw 4 : StateT Nat (Except String) Unit).run 5
--> Except.error "only 2 left"

--| Map over a monad
#eval [1, 2, 3].mapM fun x => if x > 0 then some (x * 10) else none
--> some [10, 20, 30]

--| Applicative and functor notation
#eval ((· + 1) <$> [1, 2, 3], some (· + 2) <*> some 3, (some 1 <|> none))
--> ([2, 3, 4], some 5, some 1)

--| Composition and pipes
#eval [1, 2, 3] |>.map (· + 1) |>.filter (· > 2) |> List.length
--> 2

--| Pattern matching
def describe : List Nat → String
  | [] => "empty"
  | [x] => s!"one: {x}"
  | x :: y :: _ => s!"starts with {x}, {y}"
#eval [[], [5], [1, 2, 3]].map describe
--> ["empty", "one: 5", "starts with 1, 2"]

--| If let and match
#eval if let some n := "12".toNat? then n + 1 else 0
--> 13

--| Anonymous constructor and dependent pair
#eval (⟨3, by decide⟩ : Fin 5)
--> 3

--| Subtype
#eval (⟨4, rfl⟩ : { n : Nat // n % 2 = 0 })
--> 4

--| Vectors
#eval (#v[1, 2, 3].map (· + 1)).toList
--> [2, 3, 4]

--| Rational arithmetic
#eval (1 / 3 + 1 / 6 : Rat) == 1 / 2
--> true

--| Greatest common divisor
#eval (Nat.gcd 48 36, Nat.lcm 4 6)
--> (12, 12)

--| Minimum, maximum and compare
#eval (min 3 5, max 2.5 1.5, compare "a" "b")
--> (3, 2.500000, Ordering.lt)

--| Panic
#eval ([] : List Nat).head!
--> PANIC at List.head! Init.Data.List.BasicAux:75:12: empty list
--> 0

--| Default value
#eval (default : Nat × String × List Nat)
--> (0, "", [])

--| Lazy and thunks
#eval (Thunk.mk fun _ => 6 * 7).get
--> 42

--| Tasks
#eval ((Task.spawn fun _ => 20).map (· + 22)).get
--> 42

--| Byte array
#eval "hé".toUTF8.size
--> 3

--| Array binding with mutual update
#eval Id.run do
  let mut table := #[0, 1]
  for i in [2:10] do
    table := table.push (table[i - 1]! + table[i - 2]!)
  return table
--> #[0, 1, 1, 2, 3, 5, 8, 13, 21, 34]

--| Trace output of a pure function
#eval dbgTraceVal 5
--> 5
--> 5

--| Expression that cannot be shown
#eval fun (n : Nat) => n
--!> could not synthesize a `Repr` or `ToString` instance for type
--!>   Nat → Nat

--| Hash map (import Std)
#eval (Std.HashMap.ofList [("a", 1), ("b", 2)])["b"]?
--> some 2

--| Counting with a hash map (import Std)
def count (s : String) : List (Char × Nat) := Id.run do
  let mut m : Std.HashMap Char Nat := {}
  for c in s.toList do
    m := m.insert c (m.getD c 0 + 1)
  return m.toList.mergeSort fun a b => a.1 ≤ b.1
#eval count "hello"
--> [('e', 1), ('h', 1), ('l', 2), ('o', 1)]

--| Hash set (import Std)
#eval (Std.HashSet.ofList [1, 2, 2, 3]).size
--> 3

--| Tree map (import Std)
#eval (Std.TreeMap.ofList [(3, "c"), (1, "a")]).toList
--> [(1, "a"), (3, "c")]

--| Hash map shown (import Std)
#eval (({} : Std.HashMap Nat String).insert 1 "x")
--> Std.HashMap.ofList [(1, "x")]

--| Type of a term (import Lean)
open Lean Meta in
#eval show MetaM Unit from do
  let e ← mkAppM ``Nat.add #[mkNatLit 1, mkNatLit 2]
  logInfo m!"{e} : {← inferType e}"
--> Nat.add 1 2 : Nat

--| Reduction of a term (import Lean)
open Lean Meta in
#eval show MetaM Unit from do
  logInfo m!"{← whnf (← mkAppM ``List.length #[toExpr [1, 2, 3]])}"
--> 3

--| Names (import Lean)
#eval `Nat.add ++ `comm
--> `Nat.add.comm

--| JSON (import Lean)
open Lean in
#eval (Json.parse "{\"a\": [1, 2.5, null]}").map (·.compress)
--> Except.ok "{\"a\":[1,2.5,null]}"

--| Deriving JSON (import Lean)
open Lean
structure Item where
  name : String
  count : Nat
  deriving ToJson, FromJson
#eval (toJson (Item.mk "x" 2)).compress
--> "{\"count\":2,\"name\":\"x\"}"

--| Environment (import Lean)
open Lean in
#eval show CoreM Bool from do
  return (← getEnv).contains ``Nat.add_comm
--> true

--| Elaborate a term (import Lean)
open Lean Elab Term in
#eval show TermElabM Unit from do
  let e ← elabTermEnsuringType (← `(1 + 2 * 3)) (some (mkConst ``Nat))
  synthesizeSyntheticMVarsNoPostponing
  logInfo m!"{← Meta.reduce (← instantiateMVars e)}"
--> 7

--| Main function
def main : IO Unit := do
  let names := ["Ada", "Alan"]
  names.forM fun name => IO.println s!"Hello, {name}!"
#eval main
--> Hello, Ada!
--> Hello, Alan!

--| Finally
#eval show IO Unit from do
  try
    IO.println "try"
  finally
    IO.println "finally"
--> try
--> finally

--| State over IO
def steps : StateT Nat IO Unit := do
  for i in [0:3] do
    modify (· + i)
    IO.println s!"{← get}"
#eval do
  let (_, s) ← steps.run 10
  return s
--> 10
--> 11
--> 13
--> 13

--| Reader, state and exceptions together
def interpret (program : List String) : ReaderT Nat (StateT (List Nat) (ExceptT String Id)) Unit := do
  for word in program do
    match word.toNat? with
    | some n => modify (n :: ·)
    | none => match word, ← get with
      | "+", a :: b :: rest => set ((a + b) :: rest)
      | "limit", rest => set ((← read : Nat) :: rest)
      | _, _ => throw s!"cannot {word}"
#eval ((interpret ["1", "limit", "+"]).run 9).run []
--> Except.ok ((), [10])

--| Early return from a nested loop over strings
def firstDigit (lines : List String) : Option Char := do
  for line in lines do
    for c in line.toList do
      if c.isDigit then return c
  failure
#eval firstDigit ["ab", "c7d", "9"]
--> some '7'

--| Characters of a string, counted
#eval "mississippi".foldl (fun n c => if c == 's' then n + 1 else n) 0
--> 4

--| String trim, any, all and map
#eval ("  x ".trimAscii.toString, "abc".any (· == 'b'), "abc".all Char.isAlpha, "abc".map Char.toUpper)
--> ("x", true, true, "ABC")

--| String reversal and palindromes
def isPalindrome (s : String) : Bool := s.toList == s.toList.reverse
#eval ["level", "lean"].map isPalindrome
--> [true, false]

--| String comparison and sorting
#eval #["pear", "apple", "fig"].qsort (· < ·)
--> #["apple", "fig", "pear"]

--| Sort by a key
#eval [("b", 2), ("a", 3), ("c", 1)].mergeSort (fun x y => x.2 ≤ y.2)
--> [("c", 1), ("b", 2), ("a", 3)]

--| Escapes and quotes
#eval "tab\tquote\"newline\n".quote
--> "\"tab\\tquote\\\"newline\\n\""

--| Long list wraps (import Lean)
#eval List.range 40
--> [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
-->   32, 33, 34, 35, 36, 37, 38, 39]

--| List lookup, zip with, group and rotate
#eval ([(1, "a"), (2, "b")].lookup 2, List.zipWith (· + ·) [1, 2] [3, 4], [1, 1, 2].splitBy (· == ·), [1, 2, 3].rotateLeft)
--> (some "b", [4, 6], [[1, 1], [2]], [2, 3, 1])

--| List intersperse, join, unzip and index
#eval ([1, 2].intersperse 0, [[1], [2]].flatten, [(1, 'a'), (2, 'b')].unzip, [5, 6].idxOf 6)
--> ([1, 0, 2], [1, 2], ([1, 2], ['a', 'b']), 1)

--| List last, initial part, and take while
#eval ([1, 2, 3].getLast!, [1, 2, 3].dropLast, [1, 2, 3].takeWhile (· < 3), [1, 2, 3].dropWhile (· < 3))
--> (3, [1, 2], [1, 2], [3])

--| Array map with index, find, any and all
#eval (#[5, 6].mapIdx (fun i x => i * x), #[1, 2, 3].find? (· > 1), #[1, 2].any (· > 1), #[1, 2].all (· > 1))
--> (#[0, 6], some 2, true, false)

--| Array in a monad
#eval show IO (Array Nat) from #[1, 2].mapM fun x => do
  IO.println x
  return x * x
--> 1
--> 2
--> #[1, 4]

--| Array fold from the right, and concatenated
#eval (#[1, 2, 3].foldr (· :: ·) [], #[#[1], #[2, 3]].flatten, #[1, 2].flatMap fun x => #[x, x])
--> ([1, 2, 3], #[1, 2, 3], #[1, 1, 2, 2])

--| Array partition, swap, pop and binary search
#eval (#[1, 2, 3].partition (· > 1), #[1, 2, 3].pop, #[1, 2, 3].swapIfInBounds 0 2, #[1, 3, 5].binSearch 3 (· < ·))
--> ((#[2, 3], #[1]), #[1, 2], #[3, 2, 1], some 3)

--| Array insertion sort and deduplication
#eval (#[2, 1].insertionSort (· < ·), #[1, 1, 2].toList.eraseDups.toArray)
--> (#[1, 2], #[1, 2])

--| Matrix product
def product (a b : Array (Array Nat)) : Array (Array Nat) :=
  a.map fun row => (Array.range b[0]!.size).map fun j => Id.run do
    let mut s := 0
    for h : k in [0:row.size] do
      s := s + row[k] * b[k]![j]!
    return s
#eval product #[#[1, 2], #[3, 4]] #[#[0, 1], #[1, 0]]
--> #[#[2, 1], #[4, 3]]

--| Fold over the naturals
#eval (Nat.fold 5 (fun i _ acc => acc + i) 0, (List.range 5).foldl Nat.max 0, Nat.repeat (· * 2) 5 1)
--> (10, 4, 32)

--| Primality test
def isPrime (n : Nat) : Bool := n ≥ 2 && (List.range n).all fun d => d < 2 || n % d != 0
#eval (List.range 20).filter isPrime
--> [2, 3, 5, 7, 11, 13, 17, 19]

--| Big numbers and powers
#eval (2 ^ 200 % 1000007, (10 ^ 20).log2, Nat.nextPowerOfTwo 5)
--> (446616, 66, 8)

--| Decimal and base conversion
#eval (Nat.toDigits 2 10, Nat.toDigits 16 255, "ff".length)
--> (['1', '0', '1', '0'], ['f', 'f'], 2)

--| Floats compared and converted
#eval (decide (1.5 < 2.5), (2.7 : Float).round, Float.ofInt (-3), (0.0 / 0.0 : Float), (1e10 : Float))
--> (true, 3.000000, -3.000000, NaN, 10000000000.000000)

--| Words converted
#eval ((300 : Nat).toUInt8, (65 : UInt32).toNat, ('a'.val), (7 : UInt16) * 9362, (3 : USize))
--> (44, 65, 97, 65534, 3)

--| Integers
#eval ((-7 : Int).natAbs, (-7 : Int).toNat, Int.toNat 7, decide ((-3 : Int) ∣ 9), (5 : Int).sign)
--> (7, 0, 7, true, 1)

--| Comparison of pairs, lists and options
#eval (compare (1, 2).1 (1, 2).2, decide ([1, 2] < [1, 3]), some 1 == some 2, (1, 'a') == (1, 'a'))
--> (Ordering.lt, true, false, true)

--| Anonymous functions and currying
#eval let add := fun (x y : Nat) => x + y; [1, 2].map (add 10)
--> [11, 12]

--| Higher-order function of one's own
def iterate (f : α → α) : Nat → α → α
  | 0, x => x
  | n + 1, x => iterate f n (f x)
#eval iterate (· * 3) 4 1
--> 81

--| Polymorphic stack
structure Stack (α : Type) where
  items : List α := []
  deriving Repr
def Stack.push (s : Stack α) (x : α) : Stack α := { s with items := x :: s.items }
#eval ((({} : Stack Nat).push 1).push 2)
--> { items := [2, 1] }

--| Inductive family
inductive Vect (α : Type u) : Nat → Type u where
  | nil : Vect α 0
  | cons : α → Vect α n → Vect α (n + 1)
def Vect.toList : Vect α n → List α
  | .nil => []
  | .cons x xs => x :: xs.toList
#eval (Vect.cons 1 (.cons 2 .nil)).toList
--> [1, 2]

--| Class hierarchy
structure Animal where
  name : String
  deriving Repr
structure Dog extends Animal where
  tricks : List String
  deriving Repr
#eval ({ name := "Rex", tricks := ["sit"] } : Dog)
--> { toAnimal := { name := "Rex" }, tricks := ["sit"] }

--| Default methods and outParams
class Container (c : Type) (e : outParam Type) where
  empty : c
  insert : c → e → c
  toList : c → List e
instance : Container (List Nat) Nat := ⟨[], fun c e => e :: c, id⟩
#eval Container.toList (Container.insert (Container.insert (Container.empty : List Nat) 1) 2)
--> [2, 1]

--| Coercion
structure Pos where
  val : Nat
instance : Coe Pos Nat := ⟨Pos.val⟩
#eval (1 : Nat) + (⟨2⟩ : Pos)
--> 3

--| Macro
macro "twice! " e:term : term => `($e + $e)
#eval twice! 21
--> 42

--| Notation
notation:65 a " ⊕⊕ " b => a * 10 + b
#eval 4 ⊕⊕ 2
--> 42

--| Syntax with rules
syntax "sum! " "[" term,* "]" : term
macro_rules
  | `(sum! []) => `(0)
  | `(sum! [$x]) => `($x)
  | `(sum! [$x, $xs,*]) => `($x + sum! [$xs,*])
#eval sum! [1, 2, 3]
--> 6

--| Where clauses
def average (xs : List Float) : Float := total / count
where
  total := xs.foldl (· + ·) 0
  count := xs.length.toFloat
#eval average [1, 2, 4]
--> 2.333333

--| Debug trace within a function
def slow (n : Nat) : Nat := dbg_trace "slow {n}"; n + 1
#eval slow 1
--> slow 1
--> 2

--| Panic with a message of one's own
def risky (n : Nat) : Nat := if n > 5 then panic! "too large" else n
#eval risky 3
--> 3

--| Assertion
#eval show IO Unit from do
  let xs := [1, 2]
  unless xs.length == 2 do throw (IO.userError "length")
  IO.println "checked"
--> checked

--| Missing instance
structure Opaque where
  f : Nat → Nat
#eval Opaque.mk id
--!> could not synthesize a `Repr` or `ToString` instance for type
--!>   Opaque

--| Value without code
noncomputable def pick : Nat := Classical.choice ⟨1⟩
#eval pick
--!> failed to compile definition, consider marking it as 'noncomputable' because it depends on 'pick', which is 'noncomputable'

--| Type error
#eval (1 : String)
--!> failed to synthesize instance of type class
--!>   OfNat String 1
--!> numerals are polymorphic in Lean, but the numeral `1` cannot be used in a context where the expected type is
--!>   String
--!> due to the absence of the instance above
--!>
--!> Hint: Type class instance resolution failures can be inspected with the `set_option trace.Meta.synthInstance true` command.

--| Universe of proofs
#eval if h : 3 < 5 then (Fin.mk 3 h).val else 0
--> 3

--| Decidable quantifier
#eval decide (∀ x ∈ List.range 10, x < 10)
--> true

--| Streams of pairs
#eval Id.run do
  let mut out := ""
  for i in [0:3], c in ['a', 'b', 'c'] do
    out := out ++ s!"{i}{c} "
  return out
--> "0a 1b 2c "

--| Memoised Fibonacci (import Std)
def fibMemo (n : Nat) : StateM (Std.HashMap Nat Nat) Nat := do
  if n < 2 then return n
  if let some v := (← get)[n]? then return v
  match n with
  | 0 | 1 => return n
  | n + 2 =>
    let v := (← fibMemo (n + 1)) + (← fibMemo n)
    modify (·.insert (n + 2) v)
    return v
#eval (fibMemo 80).run' {}
--> 23416728348467685

--| Breadth-first search (import Std)
def reachable (edges : List (Nat × Nat)) (start : Nat) : Nat := Id.run do
  let mut seen : Std.HashSet Nat := {start}
  let mut queue := #[start]
  while h : queue.size > 0 do
    let node := queue[0]
    queue := queue.extract 1 queue.size
    for (a, b) in edges do
      if a == node && !seen.contains b then
        seen := seen.insert b
        queue := queue.push b
  return seen.size
#eval reachable [(1, 2), (2, 3), (4, 5)] 1
--> 3

--| Grouping with a tree map (import Std)
#eval Id.run do
  let mut groups : Std.TreeMap Nat (List String) := {}
  for word in ["a", "bb", "c", "dd"] do
    groups := groups.alter word.length fun old => some (old.getD [] ++ [word])
  return groups.toList
--> [(1, ["a", "c"]), (2, ["bb", "dd"])]

--| Hash map fold, keys and erasure (import Std)
#eval
  let m : Std.HashMap String Nat := Std.HashMap.ofList [("a", 1), ("b", 2), ("c", 3)]
  (m.fold (fun s _ v => s + v) 0, (m.erase "a").size, m.contains "c", m["a"]!, m.getD "z" 9)
--> (6, 2, true, 1, 9)

--| Format (import Lean)
open Lean in
#eval (Format.bracket "{" (Format.joinSep [1, 2] ", ") "}").pretty
--> "{1, 2}"

--| Constants of a namespace (import Lean)
open Lean in
#eval show MetaM Unit from do
  let mut found := #[]
  for (name, info) in (← getEnv).constants.map₁.toList do
    if info.isCtor && name.getPrefix == `Nat then found := found.push name
  logInfo m!"{found.qsort Name.lt}"
--> [Nat.succ, Nat.zero]

--| Type class search (import Lean)
open Lean Meta in
#eval show MetaM Unit from do
  let type ← mkAppM ``Inhabited #[mkConst ``Nat]
  logInfo m!"{← synthInstance type}"
--> instInhabitedNat

--| Run a tactic (import Lean)
open Lean Elab Meta Tactic in
#eval show TermElabM Unit from do
  let goal ← mkFreshExprMVar (← Term.elabTermAndSynthesize (← `(1 + 1 = 2)) none)
  let rest ← Tactic.run goal.mvarId! (evalTactic (← `(tactic| rfl)))
  logInfo m!"{rest.length} goals left"
--> 0 goals left

--| Tactic of one's own (import Lean)
open Lean Elab Tactic in
elab "my_exact " e:term : tactic => do
  closeMainGoal `my_exact (← elabTerm e (← getMainTarget))
theorem mine : 2 = 2 := by my_exact rfl
#eval show Lean.CoreM Bool from do return (← Lean.getEnv).contains `mine
--> true

--| Command of one's own (import Lean)
open Lean Elab Command in
elab "#hello " n:ident : command => do
  logInfo m!"Hello, {n.getId}"
#hello world
--> Hello, world
