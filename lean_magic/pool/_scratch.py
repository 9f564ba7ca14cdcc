"""The folder that Lean code of a pool works in."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["Scratch"]

_PREFIX = "lean-magic-"
_LOCK = ".lock"


class Scratch:
    """A temporary folder that goes with its pool, also where the process is killed: then the next one removes it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._lock: FileLock | None = None

    def folder(self) -> Path:
        """Return the folder, made if it is not there: Lean code may have removed it."""
        if self._folder is None:
            _remove_left_behind()
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = FileLock(self._folder.with_name(self._folder.name + _LOCK), thread_local=False)
            self._lock.acquire()
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return self._folder

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        if self._folder is not None and self._lock is not None:
            _remove(self._folder, self._lock)
        self._folder = self._lock = None


def _remove_left_behind() -> None:
    """Remove the folders of pools that live no more."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*{_LOCK}"):
        lock = FileLock(path, thread_local=False)
        with contextlib.suppress(Timeout, OSError):  # somebody has it, or it is not ours
            lock.acquire(timeout=0)
            _remove(path.with_name(path.name.removesuffix(_LOCK)), lock)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
