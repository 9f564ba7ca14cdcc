"""How the npm package of Lean for WebAssembly becomes a tree that starts in a second, and how it is started.

The package is a build of Lean by emscripten, meant for the web. We keep its ``lean.wasm`` and its ``.olean`` files and
replace the rest: the host (``host.mjs`` and what it imports) offers Lean a file system of a few folders, threads and a
clock, and nothing else; ``build.mjs`` rewrites the binary's export section, starts Lean once, imports the library,
elaborates our server's source and saves a picture of the memory. Every process starts from that picture.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from lean_magic.errors import SetupError
from lean_magic.toolchain._launch import Launch
from lean_magic.toolchain.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.toolchain.progress import ProgressCallback

__all__ = ["SIZE", "VERSION", "build", "launch"]

_HERE = Path(__file__).parent
_SERVER = _HERE.parents[1] / "lean"

VERSION = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_HERE.glob("*.*")))).hexdigest()[:12]
"""Changes with every file of the recipe."""

SIZE = 1_100_000_000
"""Bytes on disk: the shipped and the rewritten binary, the library, the memory image."""

_LIBRARY_FILES = 2098
_LIBRARY = "package/lean-lib.tar.gz"
_BINARY = "package/lean.wasm"
_MAIN_STACK = "--stack-size=7000"  # KiB, of the 8 MiB that a main thread has; elaborating the server needs more than 1
_MEMORY_CEILING = 1_700_000_000  # resident bytes when the 2 GiB of a WebAssembly memory are used up, measured
_LAZY = "--wasm-lazy-compilation"  # of 147,000 functions a session uses a tenth

_QUICK = "--liftoff-only"  # what runs for seconds once does not repay a second compilation


def build(package: Path, destination: Path, node: Path, progress: ProgressCallback) -> None:
    """Make a tree that runs.

    Parameters
    ----------
    package
        The npm package's tarball, verified.
    destination
        An existing, empty folder for the tree.
    node
        Node 24.
    progress
        Told how far each stage is.

    Raises
    ------
    SetupError
        The tarball is not what it should be, or Lean did not start.
    OSError
        The disk is full, or the folder is not writable.
    """
    shipped = destination / "shipped.wasm"
    with tarfile.open(package, "r|gz") as archive:
        for member in archive:
            if member.name == _LIBRARY:
                _unpack_library(cast("IO[bytes]", archive.extractfile(member)), destination, progress)
            elif member.name == _BINARY:
                _copy(cast("IO[bytes]", archive.extractfile(member)), shipped, member.size, progress)
    if not shipped.exists():
        raise SetupError(f"{package} holds no {_BINARY}; remove it and run: lean-magic setup")
    _run(node, ["wasm", shipped, destination], "prepare the binary", progress)
    shipped.unlink()
    _run(node, ["image", destination, *_server_sources()], "start Lean once", progress)


def launch(tree: Path, node: Path, scratch: Path, *, readable: Sequence[Path] = (), resident: bool = True) -> Launch:
    """How to start a server from a finished tree; see `lean_magic.toolchain.Toolchain.launch`."""
    scratch = scratch.resolve()
    mounts = [{"virtual": "/lean", "real": str(tree.resolve()), "writable": False}]
    mounts += [{"virtual": folder.as_posix(), "real": str(folder.resolve()), "writable": False} for folder in readable]
    mounts.append({"virtual": scratch.as_posix(), "real": str(scratch), "writable": True})
    configuration = {
        "tree": str(tree),
        "mounts": mounts,
        "directory": scratch.as_posix(),
        "threads": min(4, os.cpu_count() or 1),
        "resident": resident,
    }
    # The host gives Lean nothing but the mounts. Node's permissions are a second wall, should the host have a hole.
    permissions = ["--permission", "--allow-worker", f"--allow-fs-read={_HERE}"]
    permissions += ["--allow-fs-read=/dev/null", "--allow-fs-write=/dev/null", "--allow-fs-read=/dev/urandom"]
    permissions += [f"--allow-fs-read={mount['real']}" for mount in mounts]
    permissions += [f"--allow-fs-write={mount['real']}" for mount in mounts if mount["writable"]]
    return Launch(
        arguments=(str(node), _LAZY, "--no-warnings", *permissions, str(_HERE / "host.mjs"), json.dumps(configuration)),
        directory=scratch,
        environment={"LANG": "C.UTF-8"},
        memory_ceiling=_MEMORY_CEILING,
    )


def _unpack_library(compressed: IO[bytes], destination: Path, progress: ProgressCallback) -> None:
    """Unpack the ``.olean`` files; the archive was made on a Mac and has a ``._…`` beside each."""
    folder = destination / "lib" / "lean"
    done = 0
    with tarfile.open(fileobj=compressed, mode="r|gz") as archive:
        for member in archive:
            if not member.name.endswith(".olean") or Path(member.name).name.startswith("._"):
                continue
            archive.extract(member, folder, filter="data")
            done += 1
            progress(Progress("unpack the library", done, _LIBRARY_FILES, "files"))


def _copy(source: IO[bytes], target: Path, size: int, progress: ProgressCallback) -> None:
    with target.open("wb") as file:
        while block := source.read(1 << 22):
            file.write(block)
            progress(Progress("unpack the binary", file.tell(), size, "B"))


def _run(node: Path, arguments: Sequence[str | Path], stage: str, progress: ProgressCallback) -> None:
    """Run one task of ``build.mjs``."""
    progress(Progress(stage))
    command = [str(node), _MAIN_STACK, _LAZY, _QUICK, "--no-warnings", str(_HERE / "build.mjs"), *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if finished.returncode != 0:
        if "ENOSPC" in finished.stderr:
            raise OSError(28, "No space left on device")
        reason = next((line for line in finished.stderr.splitlines() if "rror" in line), "no reason given")
        raise SetupError(f"Lean could not be made runnable ({stage}: {reason}); run: lean-magic setup --force")


def _server_sources() -> Iterator[Path]:
    """Read the server's files, in order, from its manifest."""
    for line in (_SERVER / "manifest.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield _SERVER / line
