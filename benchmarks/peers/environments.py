"""What the peers need to run here: a virtual environment each, and the `lake` by which they start their Lean server."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from lean_magic.toolchain.cache import cache_folder

__all__ = ["KIMINA", "LEAN_INTERACT", "make_lake", "python_with"]

LEAN_INTERACT = ("lean-interact==0.11.6",)
# Later versions of FastAPI refuse an argument that Kimina's server gives.
KIMINA = ("kimina-ast-server==2.1.3", "kimina-ast-client==0.2.2", "fastapi<0.120")

_CHECKOUT = Path(__file__).parents[2]
_SESSION = Path(__file__).with_name("session.py")
_RECORDER = Path(__file__).with_name("recorder.py")

_LAKE = """\
#!/bin/sh
# What the peers ask of lake, and nothing more: there is nothing to build, and every program is the same REPL.
case "$1" in
  env) PYTHONPATH={checkout} exec {command} ;;
  --version) echo "Lake version 5.0.0 (Lean version 4.28.0)" ;;
esac
"""


def python_with(requirements: tuple[str, ...]) -> Path:
    """Return the interpreter of a virtual environment with these packages, which is made if there is none yet."""
    folder = cache_folder() / "benchmarks" / requirements[0]
    python = folder / "bin" / "python"
    complete = folder / "complete"
    wanted = "\n".join((sys.version, *requirements))
    if not complete.is_file() or complete.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-qqq", "--disable-pip-version-check", *requirements]
        subprocess.run(pip, check=True)
        complete.write_text(wanted)
    return python


def make_lake(folder: Path, notes: Path | None = None, mark: str = "") -> Path:
    """Write a `lake` that runs ``lean-magic repl``, with all that clients look for around it, into a new folder.

    Where there are notes, a recorder stands between the client and the server.
    """
    folder.mkdir()
    command = [sys.executable, "-S", str(_SESSION), sys.executable, "-m", "lean_magic", "repl"]
    if notes is not None:
        command = [sys.executable, "-S", str(_RECORDER), str(notes), mark, *command]
    lake = folder / "lake"
    lake.write_text(_LAKE.format(checkout=shlex.quote(str(_CHECKOUT)), command=shlex.join(command)))
    lake.chmod(0o755)
    program = folder / "repl" / ".lake" / "build" / "bin" / "repl"  # never run: lake is
    program.parent.mkdir(parents=True)
    program.touch()
    (folder / "repl" / "lean-toolchain").write_text("leanprover/lean4:v4.28.0\n")
    return lake
