"""The store: the result cache, the log, and the file they are in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lean_magic.store import CheckRecord, Store, default_store

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
    assert store.finished("b", ['"a"']) == {'"a"': full}
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
