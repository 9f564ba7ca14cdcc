"""The user's cache folder: where it is, who may write to it, and what is wrong when nobody can."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from lean_magic.errors import CacheError, DiskFullError
from lean_magic.toolchain.progress import Progress, format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.toolchain.progress import ProgressCallback

__all__ = ["cache_folder", "folder_size", "require_space", "sole_writer"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}
_ELSEWHERE = "set LEAN_MAGIC_CACHE to a folder on another disk"


def cache_folder() -> Path:
    """Where everything is kept that can be downloaded again: ``$LEAN_MAGIC_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("LEAN_MAGIC_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else user_cache_path("lean-magic", appauthor=False)


def folder_size(folder: Path) -> int:
    """Bytes that the files below a folder take; 0 if there is none."""
    return sum(Path(root, name).lstat().st_size for root, _, names in os.walk(folder) for name in names)


@contextmanager
def sole_writer(folder: Path, progress: ProgressCallback) -> Iterator[None]:
    """Make a folder and keep every other process from writing to it; waits as long as another one does.

    Parameters
    ----------
    folder
        The folder; the lock is a file in it.
    progress
        Told when there is somebody to wait for.

    Raises
    ------
    CacheError
        The folder can't be written.
    DiskFullError
        The disk became full, or the user's quota or limit was reached, while the block ran.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            progress(Progress("wait for another process that sets Lean up"))
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFullError(
                f"the disk of {folder} is full or a limit is reached ({error.strerror}); free some space and try "
                f"again, or {_ELSEWHERE}"
            ) from error
        if error.errno in _FORBIDDEN:
            raise CacheError(
                f"the cache folder {folder} cannot be written ({error.strerror}); make it writable, or set "
                f"LEAN_MAGIC_CACHE to a folder that is"
            ) from error
        raise


def require_space(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for.

    Raises
    ------
    DiskFullError
        Less than `needed` bytes are free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFullError(
            f"the disk of {folder} has {format_size(free)} free and Lean needs {format_size(needed)}; free some space "
            f"and try again, or {_ELSEWHERE}"
        )
