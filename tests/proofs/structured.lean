-- Proofs whose steps are run one by one: see test_triples.py.

theorem h1 (p q r : Prop) : p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r) := by
  constructor
  · intro h -- a comment
    obtain ⟨hp, hqr⟩ := h
    cases hqr with
    | inl hq => exact Or.inl ⟨hp, hq⟩
    | inr hr =>
      /- another -/
      exact Or.inr ⟨hp, hr⟩
  · rintro (⟨hp, hq⟩ | ⟨hp, hr⟩)
    · exact ⟨hp, .inl hq⟩
    · exact ⟨hp, Or.inr (by exact hr)⟩

theorem h2 (a b c d : Nat) (h₁ : a = b) (h₂ : b = c) (h₃ : c = d) : a = d := by
  have hac : a = c := by
    calc
      a = b := by rw [h₁]
      _ = c := h₂
  have had : a = d := calc
    a = c := by
      exact hac
    _ = d := by assumption
  exact had

theorem h4 (p q : Prop) : p ∨ q → q ∨ p := by
  rintro (h | h) <;> first | (right; exact h) | (left; exact h)

theorem h5 (p q : Prop) (hp : p) (hq : q) : (p ∧ q) ∧ (q ∧ p) := by
  refine ⟨⟨?_, by assumption⟩, ?_⟩
  · exact hp
  exact ⟨by
    exact hq, hp⟩

theorem h6 (n : Nat) (h : n > 0) : ∃ m, n = m + 1 := by
  match n, h with
  | k + 1, _ => exact ⟨k, rfl⟩

theorem h7 (a b : Nat) (h : a = b) : b = a := by
  conv =>
    lhs
    rw [← h]

theorem h8 (p : Prop) [Decidable p] (h : ¬¬p) : p := by
  by_cases hp : p
  case pos => exact hp
  case neg => exact absurd hp h

theorem h9 (p q : Prop) (h : p ∧ q) : q ∧ p := by
  constructor
  next => exact h.2
  next => exact h.1

theorem h10 (xs : List Nat) : xs ++ [] = xs := by
  induction xs with
  | nil => rfl
  | cons x xs ih => simp only [List.append_nil]

theorem h11 (a b c : Nat) : a * (b + c) = a * c + a * b := by
  suffices h : a * b + a * c = a * c + a * b by
    rw [Nat.mul_add]
    exact h
  exact Nat.add_comm _ _

theorem h12 (p q r : Prop) (hpq : p → q) (hqr : q → r) : p → r := fun hp => by
  apply hqr
  apply hpq
  exact hp

theorem h13 (a b : Nat) (h : a ≤ b) : ∃ k, b = a + k := by
  obtain ⟨k, hk⟩ : ∃ k, b = a + k := by
    exists b - a
    omega
  exact ⟨k, hk⟩

theorem h14 (n : Nat) : n < n + 1 := by
  let m := n + 1
  show n < m
  exact Nat.lt_succ_self n

theorem h15 (b : Bool) : (b && b) = b := by
  cases b <;> rfl <;> simp

theorem h16 (a b : Nat) : a + b = b + a := by
  (first
    | rfl
    | skip)
  all_goals (try omega)

theorem h17 (a b : Nat) (h : a = b) : a + 0 = b := by
  rw [show a + 0 = a by simp]
  exact h

theorem h18 (x y : Nat) : (if x = y then 1 else 1) = 1 := by
  split
  · rfl
  · rfl

theorem h19 (f : Nat → Nat) (h : ∀ x, f x = x) : f (f 2) = 2 := by
  simp only [h]

theorem h20 (p q : Prop) : (p → q) → (¬q → ¬p) := by
  intro h nq hp; exact nq (h hp)

theorem h21 (p q : Prop) (h : p ∨ q) : q ∨ p := by
  cases h
  case inl hp => right; exact hp
  case inr hq =>
    left
    exact hq

theorem h22 (n : Nat) : n = 0 ∨ n ≥ 1 := by
  if h : n = 0 then
    left; exact h
  else
    right
    omega

theorem h23 (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  exact And.intro (by { exact hp }) (by (exact hq))

theorem h24 (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  and_intros <;> (skip; assumption)

macro "close" : tactic => `(tactic| first | assumption | omega)

theorem h25 (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  constructor
  all_goals close

theorem h26 (a b c : Nat) (h : a ∣ b) (g : a ∣ c) : a ∣ b + c := by
  rcases h with ⟨k, rfl⟩
  rcases g with ⟨l, rfl⟩
  exact ⟨k + l, by rw [Nat.mul_add]⟩

theorem h27 (t : Nat × Nat) : (t.1, t.2) = t := by
  rcases t with ⟨a, b⟩; rfl

theorem h28 (p q r : Prop) : (p ∨ q) ∨ r → p ∨ (q ∨ r) := by
  intro h
  cases h with
  | inl h =>
    cases h with
    | inl h => exact .inl h
    | inr h => exact .inr (.inl h)
  | inr h => exact .inr (.inr h)

theorem h29 (a : Nat) (h : a = 1 ∨ a = 2) : a ≤ 2 := by
  match h with
  | .inl h | .inr h => omega

theorem h30 (a b : Nat) : a + b = b + a := by
  induction a
  · simp
  · simp [Nat.add_comm]

theorem h31 (a b : Nat) (h : b = a) : a = b := by
  have : ∀ {x y : Nat}, x = y → y = x := fun h => by
    subst h
    rfl
  exact this h

def double (n : Nat) : Nat := n + n
namespace Foo
theorem h32 (n : Nat) : double n = 2 * n := by
  unfold double
  repeat rw [Nat.two_mul]
end Foo

theorem h33 : ∃ n : Nat, n * n = 49 := by
  refine ⟨?n, ?h⟩
  case n => exact 7
  case h => rfl

theorem h34 (p q : Prop) (h : p → q) (k : p) : ∃ _ : p, q := by
  refine ⟨by exact k, ?_⟩
  apply h
  exact k

theorem h35 (n : Nat) (h : 0 < n) : n ≠ 0 := by
  intro e
  subst e
  contradiction

theorem g1 : ∀ n : Nat, n * 0 = 0
  | 0 => by rfl
  | n + 1 => by
    have := g1 n
    simp

theorem g2 (p q : Prop) (h : p ∧ q) : q ∧ p :=
  match h with
  | ⟨hp, hq⟩ => ⟨by exact hq, by
      -- by the way: by simp
      exact hp⟩

theorem g3 (n : Nat) (h : n = 2) : n + n = 4 := by
  open Nat in simp [h]

theorem g4 (n : Nat) (h : n = 2) : n + n = 4 := by
  set_option maxRecDepth 1000 in
  subst h
  rfl <;> simp [Nat.add_comm,
    Nat.add_assoc] <;> omega

theorem g5 (n m : Nat) (h : n = m) : m = n := by
  cases n with
  | zero => exact h.symm <;> simp
  | succ k => (exact h.symm) <;> (simp; omega)

theorem g6 (n : Nat) : n + 0 = n := by (
  skip
  simp)

theorem g7 (n : Nat) : n + 0 = n ∧ "-- by simp" = "-- by simp" := by { constructor; { simp }; · rfl }

theorem g8 (xs : List Nat) (h : xs ≠ []) : ∃ x ys, xs = x :: ys := by
  cases xs with
  | nil => exact absurd rfl h
  | cons x ys => exact ⟨x, ys, by rfl⟩

def ack : Nat → Nat → Nat
  | 0, n => n + 1
  | m + 1, 0 => ack m 1
  | m + 1, n + 1 => ack m (ack (m + 1) n)
termination_by m n => (m, n)
decreasing_by
  · apply Prod.Lex.left; simp
  · apply Prod.Lex.right; simp
  · apply Prod.Lex.left
    simp

theorem g9 (p : Nat → Prop) (h0 : p 0) (h : ∀ n, p n → p (n + 1)) : p 3 := by
  have h1 : p 1 := h _ h0
  have h2 := h _ h1
  have h3 : p 3 := by
    have : p (2 + 1) := by
      apply h
      exact h2
    exact this
  exact h3

theorem g10 (a b : Nat) : (a + b) * (a + b) = a * a + 2 * (a * b) + b * b := by
  calc (a + b) * (a + b)
      _ = a * (a + b) + b * (a + b) := by rw [Nat.add_mul]
      _ = (a * a + a * b) + (b * a + b * b) := by
          rw [Nat.mul_add]
          rw [Nat.mul_add]
      _ = a * a + 2 * (a * b) + b * b := by
          rw [Nat.mul_comm b a]; omega

theorem g11 (p q : Prop) (hp : p) (hnp : ¬p) : q := by
  exact absurd (by
    first
      | exact hp
      | assumption) hnp

theorem g12 (p q r s : Prop) (h : p ∨ q) (hp : p → r ∧ s) (hq : q → r ∧ s) : s ∧ r := by
  have h' : r ∧ s := by
    rcases h with h | h
    · exact hp h
    · exact hq h
  rcases h' with ⟨hr, hs⟩
  refine ⟨?left, ?right⟩
  case right => exact hr
  case left => exact hs

macro "twice " t:tacticSeq : tactic => `(tactic| (($t) <;> ($t)))

theorem g14 (f : Nat → Nat) (hf : ∀ x, f x = x + 1) : f (f 0) = 2 := by
  have step : ∀ x y, f x = y → f (f x) = y + 1 := by
    intro x y hxy
    rw [hxy, hf]
  have : f 0 = 1 := by rw [hf]
  simpa using step 0 1 (by simpa using this)

theorem g15 (a b c : Nat) (h : a < b) (h' : b < c) : a < c := by
  apply Nat.lt_trans (m := b) (by exact h) (by exact h')

theorem g16 (s : String) : s = s ∧ 'a' = 'a' := by
  exact ⟨rfl, by decide⟩

theorem g17 (p q : Prop) (h : p ∧ q) : q ∧ p := by
  have ⟨hp, hq⟩ : p ∧ q := by exact h
  show q ∧ p
  refine And.intro ?_ (show p by exact hp)
  exact hq

theorem g18 (n : Nat) (h : n % 2 = 0 ∨ n % 2 = 1) : n % 2 < 2 := by
  rcases h with h | h
  all_goals
    rw [h]
    decide

theorem g19 (p q : Prop) : (p ↔ q) → (q ↔ p) := by
  intro h
  constructor
  case mp =>
    intro hq
    exact h.mpr hq
  case mpr =>
    intro hp
    exact h.mp hp

theorem g20 (n : Nat) : (fun x : Nat => x + 0) n = n := by
  show n + 0 = n; rfl

theorem g21 (n : Nat) : 0 ≤ n := by
  induction n using Nat.strongRecOn with
  | ind n ih => omega

theorem g22 (n k : Nat) (h : k ≤ n) : n - k + k = n := by
  induction n, k using Nat.sub.induct with
  | case1 => simp_all
  | case2 => omega

theorem g23 (a b : Nat) (h : a = b) (hb : b = 3) : a = 3 := by
  rewrite [h]; rw [show b = 3 from by exact hb]

theorem g25 (a b : Nat) (f : Nat → Nat) (h : a = b) : f a = f b := by
  have h2 : f a = f b := congrArg f (by
    rw [h])
  replace h2 : f a = f b := by exact h2
  exact h2

theorem g26 : ∃ x : Nat × Nat, x.1 + x.2 = 5 := by
  exact ⟨(by exact 2, by exact 3), by rfl⟩

theorem g27 (a b c : Nat) : a + b + c = c + b + a := by
  have : a + b = b + a := by omega; 
  have h (k : Nat) : k + 0 = k := by
    cases k <;> rfl
  rw [this, Nat.add_comm (b + a) c, ← Nat.add_assoc]

theorem g28 (n : Nat) (h : n ≤ 1) : n = 0 ∨ n = 1 := by
  match n with
  | 0 => left; rfl
  | 1 => exact .inr rfl
  | n + 2 => omega

theorem g29 (x : Nat) (h : x = 1 ∨ x = 2) : x < 3 := by
  obtain rfl | rfl := h
  · decide
  . decide


theorem g13 (p q : Prop) (h : p → p → q) (hp : p) : q := by
  apply h
  twice assumption
  assumption

theorem g24 (p : Prop) (h : p) : p := by
  have := h
  revert this
  intro
  rename_i x
  exact x

theorem g31 (p : Nat → Prop) (h : ∀ n, p n) : ∀ n, p (n + 1) ∧ p 0 := by
  intro n; constructor <;> (skip; exact h _)

theorem g32 (a b : Nat) : a + b = b + a ∧ True := by
  refine ⟨(calc
      a + b = b + a := by
        rw [Nat.add_comm]
      _ = b + a := rfl), by
    trivial⟩

theorem g33 (n : Nat) : n * 1 = n := (by simp : n * 1 = n)

theorem g34 (p q : Prop) (hq : q) : (p → q) ∧ (q → q) := by
  constructor <;> intro h
  · exact hq
  · assumption

instance : Inhabited { n : Nat // n > 3 } where
  default := ⟨4, by
    decide⟩

mutual
theorem ev : ∀ n : Nat, n = n
  | 0 => by rfl
  | n + 1 => by
    have := od n
    rfl
theorem od : ∀ n : Nat, n = n
  | 0 => rfl
  | n + 1 => by have := ev n; rfl
end
