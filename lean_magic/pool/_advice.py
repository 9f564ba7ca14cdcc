"""What to do about statements and proofs that people get wrong."""

from __future__ import annotations

import re

__all__ = ["advice_on_proof", "advice_on_statement"]

_DECLARATION = re.compile(
    r"\s*(@\[[^\]]*\]\s*|/--.*?-/\s*|private\s+|protected\s+)*(theorem|lemma|example|def)\b", re.S
)
_PROOF = re.compile(r"\s*(:=|by\b|fun\b)")
_TACTIC = re.compile(
    r"\s*(simp|simp_all|omega|grind|intros?|exact|apply|refine|rw|constructor|cases|induction|rcases|obtain|unfold|norm_num"
    r"|ring|linarith|nlinarith|aesop|positivity)\b"
)
_FENCE = "```"


def advice_on_proof(proof: str) -> str:
    """Return what is wrong with a proof that was refused, and what to do; empty if it is nothing usual."""
    if proof.lstrip().startswith(":="):
        return "it begins with :=; give what follows that"
    if _is_fenced(proof):
        return f"it has {_FENCE} around it; give what is between those fences"
    if _DECLARATION.match(proof):
        return "it begins with a declaration; give only what follows the := of that, such as 'by rfl'"
    if not proof.strip():
        return "it is empty; give a term, or tactics after by, such as 'by rfl'"
    if tactic := _TACTIC.match(proof):
        return f"it begins with the tactic {tactic[1]}; put by before it"
    return ""


def advice_on_statement(statement: str, proof: str, said: str) -> str:
    """Return what to do about a statement that was refused, for what Lean said of it; empty if there is no advice."""
    if _is_fenced(statement):
        return f"Leave out the {_FENCE} around it."
    if _PROOF.match(statement) or (_DECLARATION.match(proof) and not _DECLARATION.search(statement)):
        return "Are they mixed up? The statement comes first, then the proof."
    if "unexpected token ':='" in said and re.search(r":=.*\S", statement, re.S):
        return "Leave out its := and what follows: that is the proof."
    if "unexpected identifier" in said and re.search(r"\blemma\b", statement):
        return "Write theorem for lemma, which Lean itself has not."
    if not re.search(r"\b(theorem|lemma)\b", statement):
        return "Give one such as 'theorem two : 1 + 1 = 2'."
    return ""


def _is_fenced(text: str) -> bool:
    return text.strip().startswith(_FENCE) or text.strip().endswith(_FENCE)
