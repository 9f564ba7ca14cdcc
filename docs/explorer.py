import lean_magic as lean

explorer = lean.explore("theorem distribute (p q r : Prop) (h : p ∧ (q ∨ r)) : p ∧ q ∨ p ∧ r")
explorer.add_sync("left")
split = explorer.add_sync("obtain ⟨hp, hq | hr⟩ := h")
explorer.add_sync("omega", split)
explorer.add_sync("exact Or.inr ⟨hp, hr⟩", explorer.add_sync("exact Or.inl ⟨hp, hq⟩", split))
explorer.select(split)
explorer
