"""One SQLite file that several threads, processes and forks use, and what happens when it can't be used.

Trouble never reaches who only wanted to remember something: it is said as a `StoreWarning`, once until the file works
again; meanwhile, what is to be written is dropped and what is to be read is not found, and it is tried again a little
later.
"""

from __future__ import annotations

import errno
import math
import sqlite3
import threading
import time
import warnings
import weakref
from contextlib import contextmanager, suppress
from itertools import chain, count
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from filelock import FileLock, Timeout

from lean_magic.errors import StoreError, StoreWarning
from lean_magic.store._forks import forks
from lean_magic.store._schema import APPLICATION_ID, SCHEMA_VERSION, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Database"]

_Answer = TypeVar("_Answer")

_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
# After these the connection is as good as before.
_HARMLESS = {*_LOCKED, sqlite3.SQLITE_FULL}

# At how many pages of 4 KB SQLite takes its write-ahead log over into the file, which waits for the disk, and how much
# of the log's space, in bytes, it then keeps.
_WAL_PAGES = 4000
_WAL_LIMIT = 16_000_000

# How many pages are given back to the disk in one transaction.
_VACUUMED = 2048

_SUFFIXES = ("", "-wal", "-shm")

# Mistakes of who wrote the SQL, or what a constraint refused: no trouble with the file.
_MISTAKES = {sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.DataError, sqlite3.NotSupportedError}

_Use: TypeAlias = Literal["use", "write"]
_USES: tuple[_Use, ...] = ("use", "write")


class _SetAsideError(StoreError):
    """The file was corrupt; there is a new one."""


class Database:
    """A SQLite file. Nothing happens before the first use.

    Parameters
    ----------
    path
        The file; its folder is made if need be.
    busy_timeout
        How long to wait for other processes that write, in seconds.
    retry_after
        How long to go on without the file once it could not be used, in seconds.
    """

    def __init__(self, path: Path, *, busy_timeout: float, retry_after: float) -> None:
        self.path = path
        self._busy_timeout = busy_timeout
        self._retry_after = retry_after
        self._lock = threading.RLock()
        self._held = _Held()
        # Until when it is not tried again, and what is wrong: to write, or to do anything at all.
        self._pauses: dict[_Use, tuple[float, str]] = {}
        self._said: set[str] = set()
        weakref.finalize(self, self._held.close)
        forks.watch(self)

    @contextmanager
    def transaction(self, *, write: bool = True, needed: bool = False) -> Iterator[sqlite3.Connection]:
        """Open a transaction; it is committed at the end of the block, or rolled back if that raises.

        Other threads wait meanwhile, and other processes that want to write: be short, and do nothing else in it.

        Parameters
        ----------
        write
            Whether it writes. One that only reads goes on where others write, or where the disk is full.
        needed
            Whether the caller can't do without the file, and tells the user himself what is wrong: then it is tried
            again at once, however short a time ago it could not be used. Otherwise, trouble is said as a
            `StoreWarning`.

        Raises
        ------
        StoreError
            The file can't be used now.
        """
        try:
            with self._transaction(write, needed) as connection:
                yield connection
        except StoreError as error:
            if not needed and not isinstance(error, _SetAsideError):
                self._warn(str(error))
            raise

    def run(
        self, work: Callable[[sqlite3.Connection], _Answer], *, write: bool = True, needed: bool = False
    ) -> _Answer:
        """Return what `work` returns in a `transaction`; it runs again, on a new file, where the first is corrupt.

        Raises
        ------
        StoreError
            The file can't be used now.
        """
        try:
            with self.transaction(write=write, needed=needed) as connection:
                return work(connection)
        except _SetAsideError:
            with self.transaction(write=write, needed=needed) as connection:
                return work(connection)

    @contextmanager
    def _transaction(self, write: bool, needed: bool) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._open(write, needed)
            if connection.in_transaction:
                raise RuntimeError("a transaction has begun within another one")
            try:
                connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._roll_back()
                if type(error) in _MISTAKES:
                    raise
                raise self._trouble(error, "write" if write else "use", needed) from error
            except BaseException:
                self._roll_back()
                raise
            if write:  # all is well; the next trouble is to be said again
                self._pauses.clear()
                self._said.clear()

    def size(self) -> int:
        """Return the bytes that the file takes, with those that SQLite keeps beside it."""
        files = [_beside(self.path, suffix) for suffix in _SUFFIXES]
        return sum(file.stat().st_size for file in files if file.exists())

    def shrink(self, pages: int | None = None) -> None:
        """Give space that is free in the file back to the disk, as far as nobody is in the way.

        Parameters
        ----------
        pages
            At most how many pages, so that it does not take long; by default all.

        Raises
        ------
        StoreError
            The file can't be used now.
        """
        with self._lock, suppress(sqlite3.DatabaseError):
            connection = self._open(write=True, needed=True)
            before, free = math.inf, _free_pages(connection)
            while 0 < free < before:
                # As a script: alone, a statement that gives no rows is taken one step, which is one page.
                connection.executescript(f"PRAGMA incremental_vacuum({pages or _VACUUMED})")
                before, free = (free, _free_pages(connection)) if pages is None else (free, 0)
            if pages is None:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            self._held.close()

    def hold(self) -> None:
        """Close the file, and keep all threads from opening it until `let_go`: called before a fork."""
        self._lock.acquire()
        if self._held.connection is not None and not self._held.connection.in_transaction:
            self._held.close()

    def let_go(self) -> None:
        """Let threads open the file again."""
        self._lock.release()

    def _open(self, write: bool, needed: bool) -> sqlite3.Connection:
        """Return the connection; make it if there is none, or if the file is no longer the one that was opened."""
        for use in () if needed else _USES if write else _USES[:1]:
            until, what = self._pauses.get(use, (0.0, ""))
            if time.monotonic() < until:
                raise _error(what, use, needed)
        held = self._held
        if held.connection is not None and _identity(self.path) != held.identity:
            held.close()
        if held.connection is None:
            try:
                held.connection = self._connect()
            except (OSError, NotImplementedError, sqlite3.DatabaseError) as error:  # the second: no locks there
                raise self._trouble(error, "use", needed) from error
            held.identity = _identity(self.path)
        return held.connection

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            self._held.identity = _identity(self.path)
            version = _version(connection)
            if version > SCHEMA_VERSION:
                self._step_aside(version)
            elif version < SCHEMA_VERSION:
                with self._alone():
                    _make_schema(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        except BaseException:
            connection.close()
            raise
        if version > SCHEMA_VERSION:
            connection.close()
            return self._connect()
        return connection

    def _roll_back(self) -> None:
        connection = self._held.connection
        try:
            if connection is not None and connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._held.close()

    def _alone(self) -> FileLock:
        """Return what keeps others from making the file or setting it aside at the same time."""
        return FileLock(_beside(self.path, ".lock"), timeout=self._busy_timeout)

    def _step_aside(self, version: int) -> None:
        """Leave the file to the newer lean-magic that writes it, which may be running, and take one beside it."""
        newer = self.path
        self.path = newer.with_name(f"{newer.stem}-{SCHEMA_VERSION}{newer.suffix}")
        self._warn(
            f"{newer} was written by a newer lean-magic (its schema is {version}, this one knows {SCHEMA_VERSION}): it "
            f"is left as it is, and results are kept in {self.path}. Update lean-magic to use it."
        )

    def _trouble(self, error: Exception, use: _Use, needed: bool) -> StoreError:
        """Do what can be done about an error, and return what to raise."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _CORRUPT:
            try:
                return self._set_aside(error)
            except OSError as second:  # nor can it be renamed
                error, use = second, "use"
        if code not in _HARMLESS:
            self._held.close()
        what = _explain(error, self.path)
        self._pauses[use] = (time.monotonic() + self._retry_after, what)
        return _error(what, use, needed)

    def _set_aside(self, error: Exception) -> StoreError:
        """Rename a corrupt file, unless another process has done so already."""
        corrupt = self._held.identity
        self._held.close()
        with self._alone():
            if _identity(self.path) != corrupt:
                return _SetAsideError(f"{self.path} was corrupt and has been replaced.")
            kept = _unused(_beside(self.path, time.strftime(".corrupt-%Y%m%d-%H%M%S")))
            for suffix in _SUFFIXES:
                with suppress(FileNotFoundError):
                    _beside(self.path, suffix).rename(_beside(kept, suffix))
        why = f"{self.path} is corrupt ({error}): it is kept as {kept}, and a new one is begun."
        self._warn(why)
        return _SetAsideError(why)

    def _warn(self, text: str) -> None:
        """Say something, but only once until all is well."""
        if text not in self._said:
            self._said.add(text)
            # From no line of source: it would be printed, and there is nothing to see.
            warnings.warn_explicit(text, StoreWarning, "lean_magic.store", 1)


class _Held:
    """The connection, apart from the `Database`, so that it is closed when that one is collected."""

    def __init__(self) -> None:
        self.connection: sqlite3.Connection | None = None
        self.identity: tuple[int, int] | None = None

    def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _unused(path: Path) -> Path:
    """Return a path that is not there yet."""
    names = chain([path], (_beside(path, f"-{number}") for number in count(2)))
    return next(name for name in names if not name.exists())


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file there is, whatever its name: None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _free_pages(connection: sqlite3.Connection) -> int:
    ((pages,),) = connection.execute("PRAGMA freelist_count").fetchall()
    return int(pages)


def _version(connection: sqlite3.Connection) -> int:
    """Return the version of the schema: 0 of a new file.

    Raises
    ------
    _ForeignError
        It is a database of something else.
    """
    ((owner,),) = connection.execute("PRAGMA application_id").fetchall()
    ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    if owner != APPLICATION_ID and (owner or version or tables):
        raise _ForeignError("it is a database of another program")
    return int(version)


class _ForeignError(OSError):
    """The file is a database of another program."""


def _make_schema(connection: sqlite3.Connection) -> None:
    """Make the tables that are missing; if that fails, the connection is to be closed."""
    version = _version(connection)  # another process may have made them meanwhile
    if version >= SCHEMA_VERSION:
        return
    if version == 0:
        # In this order: neither can be changed later.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    steps = "".join(SCRIPTS[version:])
    connection.executescript(
        f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def _error(what: str, use: _Use, needed: bool) -> StoreError:
    """Return what to raise where something is wrong with the file."""
    if needed:
        return StoreError(f"{what}: try again later.")
    effect = "results are not kept" if use == "write" else "results are neither looked up nor kept"
    return StoreError(f"{what}: {effect} for now, and all else goes on.")


def _explain(error: Exception, path: Path) -> str:
    """Return what is wrong with the file, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    elsewhere = "or set LEAN_MAGIC_STORE to another folder"
    what = error.strerror if isinstance(error, OSError) and error.strerror else error
    if code in _LOCKED or isinstance(error, Timeout):
        return f"{path} is locked by another process"
    if code == sqlite3.SQLITE_FULL:
        return f"The disk of {path} is full (free some space, {elsewhere})"
    if code in _FORBIDDEN or getattr(error, "errno", 0) in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{path} cannot be written ({what}; make it writable, {elsewhere})"
    return f"{path} cannot be used ({what}; see to that, {elsewhere})"
