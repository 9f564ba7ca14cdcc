"""``python -m lean_magic.cli`` is the command ``lean-magic``."""

from __future__ import annotations

import sys

from lean_magic.cli import main

if __name__ == "__main__":
    sys.exit(main())
