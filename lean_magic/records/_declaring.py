"""Whether some code declares something."""

from __future__ import annotations

import re

from lean_magic.triples._source import masked

__all__ = ["declares"]

_DECLARES = re.compile(
    r"(?<![\w.'!?«])(?:theorem|lemma|example|def|abbrev|instance|opaque|axiom|structure|class|inductive|coinductive"
    r"|initialize|builtin_initialize|alias|deriving|notation|prefix|infixl?|infixr|postfix|syntax|macro|macro_rules|elab"
    r"|elab_rules|simproc|run_cmd|run_elab|run_meta|addDecl\w*|(?:register|declare)_\w+)(?![\w'!?»])"
)
"""Words by which something is declared, or may be."""


def declares(code: str) -> bool:
    """Whether there is a word in some code, outside of comments and strings, by which something may be declared.

    Code without such a word, an empty one, say, declares nothing, so that it proves nothing, whatever its verdict.
    """
    return _DECLARES.search(code) is not None and _DECLARES.search(masked(code)) is not None
