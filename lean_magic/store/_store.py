"""The result cache, and the log of every check."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.errors import StoreError
from lean_magic.store import _tables as tables
from lean_magic.store._database import Database
from lean_magic.store._place import STORE_FILE, store_folder
from lean_magic.store._records import CheckRecord, Cleared, StoreInfo

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Store", "default_store"]

_GIGABYTE = 1_000_000_000

# A use is marked again only after so many seconds; marks are written with something else, or when so many wait.
_MARK_AFTER = 600
_MARKS = 1024

# How many rows go in one transaction: beyond those that came, and where all are to go.
_EVICTED = 256
_CLEARED = 2048

# How many free pages are given back to the disk at once.
_GIVEN_BACK = 512


class Store:
    """What Lean said before, and a log of every check, in one SQLite file.

    Any number of threads and processes may use it at once, and it may be used after a fork. Each method blocks for as
    long as the disk takes. `find`, `record` and `finished` raise nothing where the file can't be used: then nothing is
    found and nothing kept, which is said once as a `StoreWarning`, and it is tried again a little later.

    Parameters
    ----------
    path
        The file, by default ``store.sqlite3`` in `store_folder()`. Nothing happens before the first use.
    size_limit
        How large the cache may become, in bytes. The results go that were not used for the longest time.
    log_limit
        How large the log may become, in bytes, with the codes in it. The oldest checks go.
    busy_timeout
        How long to wait for another process that holds the file, in seconds.
    retry_after
        How long to go on without the file once it could not be used, in seconds.

    Attributes
    ----------
    database : Database
        The file, for those who keep something else in it.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        size_limit: int = 2 * _GIGABYTE,
        log_limit: int = 2 * _GIGABYTE,
        busy_timeout: float = 10.0,
        retry_after: float = 30.0,
    ) -> None:
        file = store_folder() / STORE_FILE if path is None else Path(path).expanduser().absolute()
        self.database = Database(file, busy_timeout=busy_timeout, retry_after=retry_after)
        self._size_limit = size_limit
        self._log_limit = log_limit
        self._marks: deque[tuple[int, int]] = deque()  # rows of results, and when they were used

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def find(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return what Lean said, as far as it is known.

        Parameters
        ----------
        keys
            The keys of the results; any number.

        Returns
        -------
        dict of str to bytes
            The replies that there are, by key.
        """
        if not keys:
            return {}
        try:
            found = self.database.run(lambda connection: tables.find_results(connection, keys), write=False)
        except StoreError:
            return {}
        now = int(time.time())
        self._marks.extend((one.row, now) for one in found if now - one.used >= _MARK_AFTER)
        if len(self._marks) >= _MARKS:
            with suppress(StoreError):
                self.database.run(self._write_marks)
        return {one.key: one.reply for one in found}

    def record(self, checks: Sequence[CheckRecord]) -> None:
        """Keep checks, in one transaction: all in the log, and what Lean said in the cache, where it is an opinion.

        Parameters
        ----------
        checks
            The checks. A timeout, a crash and the like go into the log only. What was cached is not written again.
        """
        if not checks:
            return
        rows = tables.Rows(checks)

        def work(connection: sqlite3.Connection) -> bool:
            rows.write(connection)
            self._write_marks(connection)
            tables.trim(connection, self._size_limit, self._log_limit, _EVICTED + 2 * len(checks))
            return tables.has_much_space(connection)

        with suppress(StoreError):
            if self.database.run(work):
                self.database.shrink(_GIVEN_BACK)

    def finished(self, batch: str, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], CheckRecord]:
        """Return what is done already of a batch: the newest check of each, but for those that were cancelled.

        Parameters
        ----------
        batch
            The name of the batch.
        wanted
            The names and keys to look for, as in `CheckRecord`; any number. A name may come with several keys.

        Returns
        -------
        dict of (str, str) to CheckRecord
            The checks by name and key. The reply of an opinion is None where it has been evicted since.
        """
        try:
            return self.database.run(lambda connection: tables.find_done(connection, batch, wanted), write=False)
        except StoreError:
            return {}

    def log(
        self, *, batch: str | None = None, source: str | None = None, since: float | None = None
    ) -> Iterator[CheckRecord]:
        """Go through the checks, oldest first, up to those that are there now; only a page of them is in memory.

        Parameters
        ----------
        batch
            Only those of the batch of this name.
        source
            Only those for this, such as ``"batch"``.
        since
            Only those from this time on, as Unix time in seconds.

        Yields
        ------
        CheckRecord
            A check. The reply of an opinion is None where it has been evicted since.

        Raises
        ------
        StoreError
            The file can't be used now.
        """
        last = self.database.run(tables.last_check, write=False, needed=True)
        row = 0
        while row < last:
            # Each page is a transaction: a longer one would keep SQLite from emptying its write-ahead log.
            row, checks = self.database.run(
                lambda connection, after=row: tables.page_of_log(connection, after, last, batch, source, since),  # type: ignore[misc]
                write=False,
                needed=True,
            )
            yield from checks

    def info(self) -> StoreInfo:
        """Return how much there is; makes no file where there is none.

        Raises
        ------
        StoreError
            The file can't be used now.
        """
        if not self.path.exists():
            return StoreInfo(self.path, 0, 0, 0, self._size_limit, 0, 0, self._log_limit, None)
        totals, oldest = self.database.run(
            lambda connection: (tables.totals(connection), tables.oldest_check(connection)), write=False, needed=True
        )
        return StoreInfo(
            path=self.path,
            size=self.database.size(),
            results=totals["results"][0],
            result_bytes=totals["results"][1],
            result_limit=self._size_limit,
            checks=totals["log"][0],
            log_bytes=totals["log"][1] + totals["codes"][1],
            log_limit=self._log_limit,
            oldest=oldest,
        )

    def clear(self, *, log: bool = False, before: float | None = None) -> Cleared:
        """Remove results, and give their space back to the disk.

        Parameters
        ----------
        log
            Whether to remove the checks of the log too. What a batch has done is then forgotten.
        before
            Remove only the results that were not used, and the checks that were made, since this Unix time in seconds;
            by default all. Uses count to ten minutes.

        Returns
        -------
        Cleared
            How much was removed.

        Raises
        ------
        StoreError
            The file can't be used now; what was removed until then stays so.
        """

        def all_of(remove: Callable[[sqlite3.Connection, float | None, int], int]) -> int:
            removed = 0
            while some := self.database.run(lambda connection: remove(connection, before, _CLEARED), needed=True):
                removed += some
            return removed

        self.database.run(self._write_marks, needed=True)
        cleared = Cleared(all_of(tables.remove_results), all_of(tables.remove_checks) if log else 0)
        self.database.shrink()
        return cleared

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._marks:
            with suppress(StoreError):
                self.database.run(self._write_marks)
        self.database.close()

    def _write_marks(self, connection: sqlite3.Connection) -> None:
        tables.mark_used(connection, [self._marks.popleft() for _ in range(len(self._marks))])


def default_store() -> Store:
    """Return the store that this process shares: ``store.sqlite3`` in `store_folder()`."""
    return _store_in(store_folder())


@lru_cache(maxsize=4)
def _store_in(folder: Path) -> Store:
    return Store(folder / STORE_FILE)
