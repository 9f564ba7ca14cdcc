"""Set-up of the embedded Lean, once it is downloaded."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import Row
from lean_magic.toolchain.cache import cache_folder
from lean_magic.toolchain.embedded import LEAN_PACKAGE, EmbeddedToolchain

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure() -> Iterator[Row]:
    """Install it into an empty folder, from the tarball that the first set-up downloaded."""
    tarball = cache_folder() / "embedded" / "downloads" / LEAN_PACKAGE.filename
    with tempfile.TemporaryDirectory() as folder:
        toolchain = EmbeddedToolchain(cache=Path(folder))
        started = time.perf_counter()
        toolchain.install(tarball=tarball)
        yield Row("set-up after download", time.perf_counter() - started, "s", 20)
        yield Row("on disk", toolchain.size / 1e9, "GB")
