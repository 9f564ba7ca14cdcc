"""Files that appear, or are replaced, when they are whole, and not before."""

from __future__ import annotations

import errno
import os
import platform
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from psutil import pid_exists

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WholeFile"]


class WholeFile:
    """A file that is written beside the one it becomes.

    A symbolic link stays, and what it points to is replaced. A file that is replaced keeps its permissions. What is no
    file on a disk, a pipe, say, is written to as one goes.

    Parameters
    ----------
    path : path
        Where it is to be.

    Attributes
    ----------
    file : binary file
        What is written.

    Raises
    ------
    OSError
        It cannot be written there; the error names `path`, as does every other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _named(path):
            self._target = Path(os.path.realpath(path))
            mode = _mode(self._target)
            if mode is not None and stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            is_plain = mode is None or stat.S_ISREG(mode)
            self._temporary = _temporary(self._target) if is_plain else None
            self.file: IO[bytes] = (self._temporary or self._target).open("wb")
            if self._temporary is not None and mode is not None:
                with suppress(OSError):  # a file system without permissions
                    self._temporary.chmod(stat.S_IMODE(mode))

    def finish(self) -> None:
        """Give the file its name: all is written."""
        with _named(self._path):
            self.file.flush()
            if self._temporary is not None:
                os.fsync(self.file.fileno())
            self.file.close()
            if self._temporary is not None:
                self._temporary.replace(self._target)

    def give_up(self) -> None:
        """Leave all as it was."""
        with suppress(OSError):  # what could not be written before
            self.file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Have errors say the name that the user knows."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _mode(path: Path) -> int | None:
    """Return what is there, and its permissions; None if nothing is."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _temporary(path: Path) -> Path:
    """Return where a file is written before it gets its name; remove those of processes that were killed."""
    ours = f".{path.name}.{platform.node()}-"
    with suppress(OSError):  # there is no such folder, or nothing in it can be removed
        for file in path.parent.iterdir():
            pid, _, rest = file.name.removeprefix(ours).partition("-")
            if file.name.startswith(ours) and rest.endswith(".part") and pid.isdecimal() and not pid_exists(int(pid)):
                file.unlink(missing_ok=True)
    return path.with_name(f"{ours}{os.getpid()}-{secrets.token_hex(4)}.part")
