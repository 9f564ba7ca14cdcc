"""One Lean process: spawn it, exchange frames with it, time it out, measure it, kill it."""

from __future__ import annotations

from lean_magic.repl._process import DiedIdleError, ReplProcess
from lean_magic.repl._usage import Usage

__all__ = ["DiedIdleError", "ReplProcess", "Usage"]
