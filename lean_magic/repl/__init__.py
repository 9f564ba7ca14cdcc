"""One Lean process: spawn it, exchange frames with it, stop what it does, measure it, kill it."""

from __future__ import annotations

from lean_magic.repl._death import DiedIdleError, LostError, UnresponsiveError
from lean_magic.repl._process import ReplProcess, Reply
from lean_magic.repl._usage import Usage

__all__ = ["DiedIdleError", "LostError", "ReplProcess", "Reply", "UnresponsiveError", "Usage"]
