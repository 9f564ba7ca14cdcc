"""The SQL of results and log: each function does one thing within a transaction of its caller."""

# ruff: noqa: S608 (what is put into a query are columns and question marks)
from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from lean_magic.store._packing import pack, stored_text, text_of, unpack
from lean_magic.store._records import OPINIONS, CheckRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "PAGE",
    "Found",
    "Rows",
    "find_done",
    "find_results",
    "has_much_space",
    "last_check",
    "mark_used",
    "oldest_check",
    "page_of_log",
    "remove_checks",
    "remove_results",
    "totals",
    "trim",
]

# How many rows a statement asks for, and how many a page of the log has.
PAGE = 256

# Free pages are too many when they are this many, and more than a quarter of the file.
_FREE_PAGES = 1024

_LOG = """
    SELECT log.id, log.name, log.key, codes.code, codes.packing, log.verdict, log.reply, log.packing, results.reply,
        results.packing, log.at, log.batch, log.source, log.detail, log.elapsed, log.cpu, log.memory, log.cached
    FROM log JOIN codes ON codes.id = log.code LEFT JOIN results ON results.key = log.key
"""


class Found(NamedTuple):
    """A result of the cache: its row, when it was marked as used, its key and the reply."""

    row: int
    used: int
    key: str
    reply: bytes


class Rows:
    """Checks as they are written: packed beforehand, so that nobody waits for that."""

    def __init__(self, checks: Sequence[CheckRecord]) -> None:
        now = int(time.time())
        self._codes: dict[bytes, tuple[bytes, bytes, int]] = {}
        self._results: dict[str | bytes, tuple[str | bytes, bytes, int, int]] = {}
        self._log: list[tuple[Any, ...]] = []
        for check in checks:
            code = check.code.encode("utf-8", "surrogatepass")
            hashed = sha256(code).digest()
            if hashed not in self._codes:
                self._codes[hashed] = (hashed, *pack(code))
            key = stored_text(check.key)
            is_opinion = check.lasts and check.verdict in OPINIONS
            reply, packing = (None, 0) if check.reply is None or (check.cached and is_opinion) else pack(check.reply)
            if reply is not None and is_opinion:
                self._results[key] = (key, reply, packing, now)
                reply = None
            self._log.append(
                (
                    check.at,
                    check.batch if check.batch is None else stored_text(check.batch),
                    stored_text(check.name),
                    key,
                    hashed,
                    check.verdict,
                    reply,
                    packing,
                    check.source,
                    stored_text(check.detail),
                    check.elapsed,
                    check.cpu,
                    check.memory,
                    check.cached,
                )
            )

    def write(self, connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO codes (hash, code, packing) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", self._codes.values()
        )
        connection.executemany(
            "INSERT INTO results (key, reply, packing, used) VALUES (?, ?, ?, ?) ON CONFLICT (key) "
            "DO UPDATE SET reply = excluded.reply, packing = excluded.packing, used = excluded.used",
            self._results.values(),
        )
        connection.executemany(
            "INSERT INTO log (at, batch, name, key, code, verdict, reply, packing, source, detail, elapsed, cpu, "
            "memory, cached) VALUES (?, ?, ?, ?, (SELECT id FROM codes WHERE hash = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._log,
        )


def find_results(connection: sqlite3.Connection, keys: Sequence[str]) -> list[Found]:
    """Return the results that there are of these keys."""
    found = []
    for some in _pages(keys):
        rows = connection.execute(
            f"SELECT id, used, key, reply, packing FROM results WHERE key IN ({_places(some)})",
            [stored_text(key) for key in some],
        )
        for row, used, key, data, packing in rows.fetchall():
            reply = unpack(data, packing)
            if reply is not None:
                found.append(Found(row, used, text_of(key), reply))
    return found


def mark_used(connection: sqlite3.Connection, marks: Iterable[tuple[int, int]]) -> None:
    """Say when results were used last: pairs of row and Unix time."""
    connection.executemany("UPDATE results SET used = ? WHERE id = ?", ((used, row) for row, used in marks))


def find_done(
    connection: sqlite3.Connection, batch: str, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], CheckRecord]:
    """Return the newest check of each pair of name and key in a batch that was not cancelled."""
    done = {}
    for some in _pages(wanted):
        pairs = ",".join(["(?, ?)"] * len(some))
        rows = connection.execute(
            f"WITH wanted (name, key) AS (VALUES {pairs}) {_LOG} WHERE log.id IN (SELECT (SELECT max(id) FROM log "
            "WHERE batch = ? AND name = wanted.name AND key = wanted.key AND verdict <> 'cancelled') FROM wanted)",
            (*(stored_text(text) for pair in some for text in pair), stored_text(batch)),
        )
        for row in rows.fetchall():
            check = _check(row)
            done[check.name, check.key] = check
    return done


def last_check(connection: sqlite3.Connection) -> int:
    """Return the row of the newest check, 0 if there is none."""
    ((row,),) = connection.execute("SELECT coalesce(max(id), 0) FROM log").fetchall()
    return int(row)


def oldest_check(connection: sqlite3.Connection) -> float | None:
    """Return the Unix time of the first check, None if there is none."""
    row = connection.execute("SELECT at FROM log ORDER BY id LIMIT 1").fetchone()
    return None if row is None else float(row[0])


def page_of_log(
    connection: sqlite3.Connection, after: int, last: int, batch: str | None, source: str | None, since: float | None
) -> tuple[int, list[CheckRecord]]:
    """Return the next checks after a row and up to another one, and the last row of them."""
    conditions = ["log.id > ?", "log.id <= ?"]
    values: list[object] = [after, last]
    for column, value in ("batch", batch), ("source", source):
        if value is not None:
            conditions.append(f"+log.{column} = ?")  # the plus keeps SQLite from sorting what another index gives
            values.append(stored_text(value))
    if since is not None:
        conditions.append("log.at >= ?")
        values.append(since)
    rows = connection.execute(f"{_LOG} WHERE {' AND '.join(conditions)} ORDER BY log.id LIMIT {PAGE}", values)
    found = rows.fetchall()
    return found[-1][0] if found else last, [_check(row) for row in found]


def totals(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Return rows and bytes of ``"results"``, ``"log"`` and ``"codes"``."""
    return {name: (rows, size) for name, rows, size in connection.execute("SELECT name, rows, bytes FROM totals")}


def trim(connection: sqlite3.Connection, size_limit: int, log_limit: int, at_most: int) -> None:
    """Remove the results that were not used for the longest time and the oldest checks, as the limits demand.

    Parameters
    ----------
    connection
        Within a transaction that writes.
    size_limit, log_limit
        How many bytes results, and checks with their codes, may take.
    at_most
        How many of each to remove at most, so that it never takes long.
    """
    size = totals(connection)
    surplus = size["results"][1] - size_limit
    if surplus > 0:
        oldest = connection.execute("SELECT id, length(reply) + 256 FROM results ORDER BY used, id LIMIT ?", (at_most,))
        _remove(connection, "results", _until(surplus, oldest))
    surplus = size["log"][1] + size["codes"][1] - log_limit
    if surplus > 0:
        oldest = connection.execute(
            "SELECT log.id, coalesce(length(reply), 0) + length(codes.code) + 384 FROM log "
            "JOIN codes ON codes.id = log.code ORDER BY log.id LIMIT ?",
            (at_most,),
        )
        _remove_from_log(connection, _until(surplus, oldest))


def remove_results(connection: sqlite3.Connection, before: float | None, at_most: int) -> int:
    """Remove some results, those not used since a Unix time or any; return how many."""
    condition, values = ("", ()) if before is None else ("WHERE used < ?", (before,))
    rows = connection.execute(f"SELECT id FROM results {condition} LIMIT ?", (*values, at_most)).fetchall()
    _remove(connection, "results", [row for (row,) in rows])
    return len(rows)


def remove_checks(connection: sqlite3.Connection, before: float | None, at_most: int) -> int:
    """Remove some checks of the log, those from before a Unix time or any; return how many."""
    condition, values = ("", ()) if before is None else ("WHERE at < ?", (before,))
    rows = connection.execute(f"SELECT id FROM log {condition} LIMIT ?", (*values, at_most)).fetchall()
    _remove_from_log(connection, [row for (row,) in rows])
    return len(rows)


def has_much_space(connection: sqlite3.Connection) -> bool:
    """Return whether so much of the file is free that some should be given back to the disk."""
    ((free,),) = connection.execute("PRAGMA freelist_count").fetchall()
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    return bool(free >= _FREE_PAGES and free * 4 > pages)


def _remove_from_log(connection: sqlite3.Connection, rows: Sequence[int]) -> None:
    """Remove checks, and the codes that no other check has."""
    codes: set[int] = set()
    for some in _pages(rows):
        codes.update(
            code for (code,) in connection.execute(f"SELECT code FROM log WHERE id IN ({_places(some)})", some)
        )
    _remove(connection, "log", rows)
    connection.executemany(
        "DELETE FROM codes WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM log WHERE code = ?1)",
        ((code,) for code in sorted(codes)),
    )


def _remove(connection: sqlite3.Connection, table: str, rows: Iterable[int]) -> None:
    connection.executemany(f"DELETE FROM {table} WHERE id = ?", ((row,) for row in rows))


def _until(surplus: int, sized: Iterable[tuple[int, int]]) -> list[int]:
    """Return the first rows that are large enough together."""
    rows = []
    for row, size in sized:
        if surplus <= 0:
            break
        rows.append(row)
        surplus -= size
    return rows


def _check(row: tuple[Any, ...]) -> CheckRecord:
    (_, name, key, code, code_packing, verdict, reply, packing, kept, kept_packing, *others) = row
    at, batch, source, detail, elapsed, cpu, memory, cached = others
    if reply is None and kept is not None and verdict in OPINIONS:
        reply, packing = kept, kept_packing
    text = unpack(code, code_packing)
    return CheckRecord(
        name=text_of(name),
        key=text_of(key),
        code="" if text is None else text.decode("utf-8", "surrogatepass"),
        verdict=verdict,
        reply=None if reply is None else unpack(reply, packing),
        at=at,
        batch=None if batch is None else text_of(batch),
        source=source,
        detail=text_of(detail),
        elapsed=elapsed,
        cpu=cpu,
        memory=memory,
        cached=bool(cached),
    )


def _pages(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))


def _places(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))
