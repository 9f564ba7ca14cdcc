"""The command ``lean-magic``: set Lean up, be a REPL, make a notebook; check, judge and time proofs by the thousand.

`main` is in `_main`; each other module is a command, or a few that belong together, and has a function ``add_to`` that
adds them. What is slow to import is imported by the command that needs it, so that ``--help`` comes at once.
"""

from lean_magic.cli._main import main

__all__ = ["main"]
