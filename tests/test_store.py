"""The store: the result cache, the log, and the file they are in."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lean_magic.store import CheckRecord, Store, default_store
from lean_magic.store._schema import SCRIPTS

CODE = "theorem t : 1 + 1 = 2 := rfl"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "store.sqlite3")
    yield store
    store.close()


def check(name: object = 1, **fields: object) -> CheckRecord:
    known = CheckRecord(json.dumps(name), f"key {name}", f"{CODE} -- {name}", "valid", b"{}", 1000.0)
    return replace(known, **fields)


def test_nothing_happens_before_the_first_use(tmp_path: Path) -> None:
    store = Store(tmp_path / "folder" / "store.sqlite3")
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_opinions_are_found_by_key(store: Store) -> None:
    replies = {verdict: verdict.encode() for verdict in ("valid", "sorry", "error")}
    store.record([check(verdict, verdict=verdict, reply=reply) for verdict, reply in replies.items()])
    keys = [f"key {verdict}" for verdict in replies]
    assert store.find([*keys, "another"]) == {f"key {verdict}": reply for verdict, reply in replies.items()}


@pytest.mark.parametrize("verdict", ["timeout", "crashed", "out_of_memory", "cancelled", "refused"])
def test_failures_are_logged_and_never_found(store: Store, verdict: str) -> None:
    failed = check(verdict=verdict, reply=b"what was said until then", detail="why")
    store.record([failed])
    assert store.find([failed.key]) == {}
    assert list(store.log()) == [failed]


def test_a_failure_leaves_the_opinion_of_the_same_code(store: Store) -> None:
    store.record([check(reply=b"known")])
    store.record([check(verdict="timeout", reply=None)])
    assert store.find(["key 1"]) == {"key 1": b"known"}


def test_every_field_comes_back(store: Store) -> None:
    full = CheckRecord(
        name='"a"', key="k", code="example : True := ⟨⟩\n" * 100, verdict="error", reply=b'{"messages":[]}' * 1000,
        at=1.5, batch="b", source="batch", detail="d", elapsed=2.5, cpu=3.5, memory=1 << 40, cached=False,
    )  # fmt: skip
    store.record([full])
    assert list(store.log()) == [full]
    assert store.finished("b", [('"a"', "k")]) == {('"a"', "k"): full}
    assert store.find(["k"]) == {"k": full.reply}


def test_the_default_store_is_in_the_folder_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = default_store()
    assert before is default_store()
    monkeypatch.setenv("LEAN_MAGIC_STORE", str(tmp_path / "elsewhere"))
    store = default_store()
    store.record([check()])
    assert store.path == tmp_path / "elsewhere" / "store.sqlite3"
    assert store.path.exists()
    store.close()


def test_text_that_is_no_unicode_comes_back(store: Store) -> None:
    odd = check(
        name="\ud800", key="\udfff", code="theorem \ud83d : \0 := x", detail="\udc00", batch="b\ud801", reply=b"\xff"
    )
    odd = replace(odd, name="\ud800 as it is")
    store.record([odd])
    assert store.find(["\udfff"]) == {"\udfff": b"\xff"}
    assert store.finished("b\ud801", [(odd.name, odd.key)]) == {(odd.name, odd.key): odd}
    assert list(store.log(batch="b\ud801")) == [odd]


def test_any_number_of_keys_and_names(store: Store) -> None:
    many = [check(name, batch="b") for name in range(3000)]
    store.record(many)
    assert store.find([one.key for one in many]) == {one.key: one.reply for one in many}
    assert store.finished("b", [(one.name, one.key) for one in many]) == {(one.name, one.key): one for one in many}
    assert list(store.log()) == many
    assert (store.find([]), store.finished("b", [])) == ({}, {})
    store.record([])


def test_a_later_opinion_replaces_the_former(store: Store) -> None:
    store.record([check(reply=b"first")])
    store.record([check(reply=b"second")])
    store.record([check(reply=b"third", cached=True)])  # what was cached is there already
    assert store.find(["key 1"]) == {"key 1": b"second"}
    info = store.info()
    assert (info.results, info.checks) == (1, 3)


def test_what_a_batch_has_finished(store: Store) -> None:
    first = check(batch="a", verdict="timeout", reply=b"until then")
    store.record(
        [
            replace(first, at=1.0, verdict="valid"),
            first,
            replace(first, verdict="cancelled"),
            check(2, batch="a", verdict="cancelled", reply=None),
            check(3, batch="another"),
            check(4),
            check("1", batch="a"),
            replace(first, key="another code"),
        ]
    )
    wanted = [(check(name).name, check(name).key) for name in (1, 2, 3, 4, "1", 5)]
    assert store.finished("a", [*wanted, ("1", "another code"), ("1", "a third")]) == {
        wanted[0]: first,
        wanted[4]: check("1", batch="a"),
        ("1", "another code"): replace(first, key="another code"),
    }


def test_the_log_can_be_asked_for_a_part(store: Store) -> None:
    checks = [
        check(number, at=float(number), batch=batch, source=source)
        for number, (batch, source) in enumerate([("a", "batch"), ("b", "batch"), (None, "job"), ("a", "bench")] * 200)
    ]
    store.record(checks)
    assert list(store.log(batch="a")) == [one for one in checks if one.batch == "a"]
    assert list(store.log(source="job")) == [one for one in checks if one.source == "job"]
    assert list(store.log(since=790)) == checks[790:]
    assert [one.at for one in store.log(batch="a", source="bench", since=790)] == [791.0, 795.0, 799.0]


def test_the_log_streams_and_is_in_nobodys_way(store: Store) -> None:
    store.record([check(number) for number in range(2000)])
    stream = store.log()
    names = [next(stream).name]
    for number in range(2000, 2100):
        store.record([check(number)])
    other = sqlite3.connect(store.path)
    busy, pages, checkpointed = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()
    assert (busy, pages) == (0, checkpointed)
    names += [one.name for one in stream]
    assert names == [str(number) for number in range(2000)]  # what came later is not part of it


def rows(store: Store, table: str) -> int:
    return store.database.run(lambda connection: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_code_is_kept_once(store: Store) -> None:
    store.record([check(number, code="def a := 1") for number in range(10)])
    store.record([check(number, code="def a := 1") for number in range(10)])
    assert rows(store, "codes") == 1
    assert {one.code for one in store.log()} == {"def a := 1"}


def incompressible(name: object, size: int = 10_000) -> CheckRecord:
    return check(name, reply=random.Random(str(name)).randbytes(size))


def test_the_least_recently_used_results_are_evicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store.sqlite3", size_limit=200_000)
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    for name in range(20):
        now += 1000
        store.record([incompressible(name)])
        now += 1000
        assert store.find(["key 0"])  # the oldest, and always used
    for name in range(20, 30):
        now += 1000
        store.record([incompressible(name)])
    left = store.find([f"key {name}" for name in range(30)])
    assert left.keys() == {"key 0", *(f"key {name}" for name in range(12, 30))}
    info = store.info()
    assert (info.results, info.checks) == (19, 30)
    assert info.result_bytes <= info.result_limit == 200_000
    assert [one.reply is None for one in store.log()] == [f"key {name}" not in left for name in range(30)]
    store.close()


def test_the_oldest_checks_go_and_their_codes_with_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3", log_limit=100_000)
    for name in range(300):
        store.record(
            [check(name, code=f"{name} {random.Random(name).randbytes(300).hex()}"), check("same", code="same")]
        )
    info = store.info()
    assert info.log_bytes <= info.log_limit
    left = list(store.log())
    assert 100 < len(left) == info.checks < 300
    assert [one.code for one in left[-3:]] == ["same", left[-2].code, "same"]
    assert left[-2].name == "299"
    assert rows(store, "codes") == len({one.code for one in left})
    store.close()


def test_what_is_counted_is_what_is_there(store: Store) -> None:
    store.record([incompressible(number % 40) for number in range(100)])
    store.record([check(number, reply=b"shorter" * number) for number in range(60)])
    store.clear(before=0.0)
    counted = store.database.run(
        lambda connection: [
            connection.execute(query).fetchone()
            for query in (
                "SELECT count(*), sum(length(reply) + 256) FROM results",
                "SELECT count(*), sum(coalesce(length(reply), 0) + length(name) + length(detail) + 256) FROM log",
                "SELECT count(*), sum(length(code) + 128) FROM codes",
            )
        ]
    )
    info = store.info()
    assert (info.results, info.result_bytes) == counted[0]
    assert (info.checks, info.log_bytes) == (counted[1][0], counted[1][1] + counted[2][1])


def test_clear_gives_the_space_back(store: Store) -> None:
    store.record([incompressible(number) for number in range(500)])
    assert store.info().size > 5_000_000
    cleared = store.clear()
    assert (cleared.results, cleared.checks) == (500, 0)
    assert store.info().size < 1_000_000
    assert [one.reply for one in store.log()] == [None] * 500
    cleared = store.clear(log=True)
    assert (cleared.results, cleared.checks) == (0, 500)
    assert store.info().size < 200_000
    info = store.info()
    assert (info.results, info.result_bytes, info.checks, info.log_bytes, info.oldest) == (0, 0, 0, 0, None)


def test_clear_can_leave_what_is_newer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10_000.0
    monkeypatch.setattr("time.time", lambda: now)
    store.record([check(name, at=now) for name in range(3)])
    now = 20_000.0
    store.record([check(3, at=now)])
    assert store.find(["key 1"])
    cleared = store.clear(log=True, before=15_000.0)
    assert (cleared.results, cleared.checks) == (2, 3)
    assert store.find([f"key {name}" for name in range(4)]).keys() == {"key 1", "key 3"}
    assert [one.name for one in store.log()] == ["3"]
    assert store.info().oldest == 20_000.0


def test_space_is_given_back_while_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    large = Store(path)
    large.record([incompressible(number) for number in range(1000)])
    large.close()
    before = path.stat().st_size
    small = Store(path, size_limit=100_000)
    for number in range(20):
        small.record([check(f"small {number}")])
    small.close()
    assert path.stat().st_size < before / 2


def test_uses_are_not_written_again_and_again(store: Store) -> None:
    store.record([check(name) for name in range(100)])
    store.close()
    changed = store.database.run(lambda connection: connection.execute("PRAGMA data_version").fetchone(), write=False)
    other = Store(store.path)
    for _ in range(50):
        other.find([f"key {name}" for name in range(100)])
    other.close()
    again = store.database.run(lambda connection: connection.execute("PRAGMA data_version").fetchone(), write=False)
    assert again == changed


def test_a_store_that_is_closed_opens_again(store: Store) -> None:
    store.record([check()])
    store.close()
    store.close()
    assert store.find(["key 1"])


def test_a_result_that_nobody_can_unpack_is_not_found(store: Store) -> None:
    store.record([check(reply=b"[]" * 1000), check(2)])
    store.database.run(lambda connection: connection.execute("UPDATE results SET reply = x'00' WHERE packing = 1"))
    assert store.find(["key 1", "key 2"]).keys() == {"key 2"}
    assert [one.reply for one in store.log()] == [None, b"{}"]


def test_a_file_of_an_older_version_gets_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.sqlite3"
    with monkeypatch.context() as older:
        older.setattr("lean_magic.store._database.SCRIPTS", SCRIPTS[:1])
        older.setattr("lean_magic.store._database.SCHEMA_VERSION", 1)
        store = Store(path)
        store.record([check()])
        assert store.database.run(_tables).isdisjoint({"jobs", "job_owners"})
        store.close()
    store = Store(path)
    assert store.find(["key 1"])
    assert {"jobs", "job_owners"} <= store.database.run(_tables)
    assert store.database.run(lambda connection: connection.execute("PRAGMA user_version").fetchone()) == (
        len(SCRIPTS),
    )
    store.close()


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_a_mistake_in_a_transaction_is_no_trouble_of_the_file(store: Store) -> None:
    store.record([check()])

    def fail(connection: sqlite3.Connection) -> float:
        connection.execute("DELETE FROM log")
        return 1 / 0

    def twice(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM log")
        connection.execute("INSERT INTO totals VALUES ('log', 1, 1)")

    with pytest.raises(ZeroDivisionError):
        store.database.run(fail)
    with pytest.raises(sqlite3.IntegrityError):
        store.database.run(twice)
    assert [one.name for one in store.log()] == ["1"]
