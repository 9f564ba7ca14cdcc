"""``python session.py PROGRAM [ARGUMENT …]``: become the program, in a session of one's own.

Linux shares processor time out by sessions. LeanInteract and Kimina start each Lean server in a session of its own; on
a busy machine that would get more of it than servers that share one, so here every server has its own.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

if __name__ == "__main__":
    with suppress(PermissionError):  # it has one already
        os.setsid()
    os.execv(sys.argv[1], sys.argv[1:])
