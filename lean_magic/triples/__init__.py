"""Proofs as steps to train on: the goals before, a tactic, the goals after."""

from __future__ import annotations

from lean_magic.triples._triples import Triple, tactic_triples

__all__ = ["Triple", "tactic_triples"]
