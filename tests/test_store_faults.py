"""The store when something is wrong with its file, and when processes share it, fork or are killed: all for real."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from lean_magic.errors import StoreError, StoreWarning
from lean_magic.store import CheckRecord, Store

# What the scripts of other processes begin with.
PRELUDE = """
import os, sys, time
from lean_magic.store import CheckRecord, Store

def check(name, **fields):
    return CheckRecord(str(name), f"key {name}", f"code {name}", "valid", b"{}" * 50, time.time(), **fields)

store = Store(sys.argv[1], busy_timeout=30)
"""


def check(name: object, size: int = 50) -> CheckRecord:
    return CheckRecord(str(name), f"key {name}", f"code {name}", "valid", b"{}" * size, time.time())


started: list[subprocess.Popen[str]] = []


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start another process, which ends with the test; warnings are errors in it."""
    command = [sys.executable, "-W", "error", "-c", PRELUDE + script, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    started.append(process)
    return process


@pytest.fixture(autouse=True)
def end_of_processes() -> Iterator[None]:
    yield
    while started:
        with started.pop() as process:
            process.kill()


def output_of(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def make(path: Path) -> Iterator[Callable[..., Store]]:
    stores: list[Store] = []

    def make(**settings: float) -> Store:
        stores.append(Store(path, **{"busy_timeout": 0.2, **settings}))  # type: ignore[arg-type]
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def said() -> Iterator[list[warnings.WarningMessage]]:
    """All warnings of the test."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        yield said


def only(said: list[warnings.WarningMessage]) -> str:
    """Return the text of the one warning that there was."""
    (warning,) = said
    assert warning.category is StoreWarning
    assert "\n" not in str(warning.message)
    return str(warning.message)


def filled(path: Path, checks: int = 500) -> None:
    store = Store(path)
    store.record([check(name, 1000) for name in range(checks)])
    store.close()


def set_aside(path: Path) -> list[Path]:
    return [file for file in path.parent.glob("*.corrupt-*") if not file.name.endswith(("-wal", "-shm"))]


# -- a file that is no store --


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(50_000))


def half(path: Path) -> None:
    filled(path)
    os.truncate(path, path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    """The first page is good, and all others are not."""
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + random.Random(2).randbytes(len(content) - 4096))


def only_a_header(path: Path) -> None:
    filled(path)
    os.truncate(path, 100)


@pytest.mark.parametrize("spoil", [garbage, half, overwritten, only_a_header])
@pytest.mark.parametrize("first", ["find", "record", "finished", "log", "info"])
def test_a_corrupt_file_is_set_aside(
    path: Path,
    make: Callable[..., Store],
    spoil: Callable[[Path], None],
    first: str,
    said: list[warnings.WarningMessage],
) -> None:
    spoil(path)
    corrupt = path.read_bytes()
    store = make()
    use: dict[str, Callable[[], object]] = {
        "find": lambda: store.find(["key 400"]),
        "record": lambda: store.record([check("first")]),
        "finished": lambda: store.finished("batch", [("1", "key 1")]),
        "log": lambda: list(store.log()),
        "info": store.info,
    }
    use[first]()
    store.record([check("new")])
    assert store.find(["key new"]) == {"key new": check("new").reply}
    assert [kept.name for kept in store.log()][-1] == "new"
    (aside,) = set_aside(path)
    assert str(aside) in only(said)
    assert len(corrupt) == aside.stat().st_size


def test_an_empty_file_is_a_new_store(path: Path, make: Callable[..., Store]) -> None:
    path.touch()
    store = make()
    store.record([check(1)])
    assert store.find(["key 1"])
    assert set_aside(path) == []


def test_what_others_set_aside_is_not_set_aside_again(path: Path, make: Callable[..., Store]) -> None:
    garbage(path)
    stores = [make(busy_timeout=60) for _ in range(4)]
    with ThreadPoolExecutor() as threads, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with FileLock(f"{path}.lock"):
            done = [threads.submit(store.record, [check(number)]) for number, store in enumerate(stores)]
            time.sleep(0.5)  # until all have seen that it is corrupt, and wait for each other
        for one in done:
            one.result()
    assert len(set_aside(path)) == len(said) == 1
    assert len(stores[0].find([f"key {number}" for number in range(4)])) == 4


def test_a_folder_in_its_place_is_left_alone(
    path: Path, make: Callable[..., Store], said: list[warnings.WarningMessage]
) -> None:
    path.mkdir()
    (path / "file").touch()
    store = make()
    store.record([check(1)])
    assert store.find(["key 1"]) == {}
    assert store.finished("batch", [("1", "key 1")]) == {}
    assert "neither looked up nor kept" in only(said)
    with pytest.raises(StoreError):
        list(store.log())
    assert (path / "file").exists()


def test_the_database_of_another_program_is_left_alone(
    path: Path, make: Callable[..., Store], said: list[warnings.WarningMessage]
) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE log (theirs)")
    connection.close()
    before = path.read_bytes()
    store = make()
    store.record([check(1)])
    assert "another program" in only(said)
    store.close()
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_is_left_to_it(
    path: Path, make: Callable[..., Store], said: list[warnings.WarningMessage]
) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    store = make()
    assert store.find(["key 1"]) == {}
    store.record([check("new")])
    assert "newer lean-magic" in only(said)
    assert store.find(["key new"])
    assert store.path != path
    assert path.read_bytes() == before
    said.clear()
    again = make()
    assert again.find(["key new"])
    assert "newer lean-magic" in only(said)


def test_a_file_that_is_deleted_while_it_is_open_is_begun_anew(path: Path, make: Callable[..., Store]) -> None:
    store = make()
    store.record([check(1)])
    for file in path.parent.glob("store.sqlite3*"):
        file.unlink()
    store.record([check(2)])
    store.close()
    assert make().find(["key 1", "key 2"]).keys() == {"key 2"}


# -- a file that can't be used now --


def lock(path: Path, how: str) -> subprocess.Popen[str]:
    """Start another process that holds the file locked until it is killed."""
    script = f"""
import sqlite3
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
{how}
print("locked", flush=True)
time.sleep(300)
"""
    process = start(script, path)
    assert process.stdout
    assert process.stdout.readline() == "locked\n"
    return process


def release(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_locked_by_another_writer(path: Path, make: Callable[..., Store], said: list[warnings.WarningMessage]) -> None:
    filled(path, 10)
    store = make(retry_after=0.3)
    other = lock(path, 'connection.execute("BEGIN IMMEDIATE")')
    store.record([check("lost")])
    store.record([check("lost too")])
    assert len(store.find(["key 1", "key 2"])) == 2  # reading goes on
    release(other)
    time.sleep(0.4)
    store.record([check("kept")])
    assert "locked by another process: results are not kept" in only(said)
    assert store.find(["key kept", "key lost"]).keys() == {"key kept"}
    other = lock(path, 'connection.execute("BEGIN IMMEDIATE")')
    store.record([check("lost")])
    assert str(said[1].message) == str(said[0].message)  # it is another time
    with pytest.raises(StoreError, match="locked by another process: try again later"):
        store.clear()
    release(other)
    assert store.clear().results == 11  # who needs it is not told of what was before
    store.record([check("kept too")])
    assert store.find(["key kept too"])
    assert len(said) == 2


def test_locked_against_everything(path: Path, make: Callable[..., Store], said: list[warnings.WarningMessage]) -> None:
    filled(path, 10)
    store = make(retry_after=0.3)
    other = lock(path, 'connection.execute("PRAGMA locking_mode = EXCLUSIVE"); connection.execute("BEGIN EXCLUSIVE")')
    assert store.find(["key 1"]) == {}
    store.record([check("lost")])
    with pytest.raises(StoreError, match="locked by another process"):
        list(store.log())
    with pytest.raises(StoreError, match="locked by another process"):
        store.clear()
    release(other)
    time.sleep(0.4)
    store.record([check("kept")])
    assert "neither looked up nor kept" in only(said)
    assert store.find(["key 1", "key kept"]).keys() == {"key 1", "key kept"}


def test_a_full_disk(make: Callable[..., Store], said: list[warnings.WarningMessage]) -> None:
    store = make(retry_after=0.2)
    store.record([check(1)])
    # SQLite's own limit gives the same error as the disk.
    pages = store.database.run(lambda connection: connection.execute("PRAGMA page_count").fetchall()[0][0])
    store.database.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 5}").fetchall())
    store.record([check(name, 10_000_000) for name in range(3)])
    store.record([check("lost")])
    assert "is full" in only(said)
    assert store.find(["key 0", "key 1"]).keys() == {"key 1"}
    assert [kept.name for kept in store.log()] == ["1"]
    time.sleep(0.3)
    store.close()  # which forgets the limit
    store.record([check("kept")])
    assert store.find(["key kept"])


def test_a_limit_on_the_size_of_files(path: Path) -> None:
    script = """
import resource, warnings
store.record([check(1)])
store.close()
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for name in range(2, 2000):
        store.record([check(name)])
print(*(warning.message for warning in said), sep="\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert store.find(["key 1"])
"""
    assert output_of(start(script, path)).count("results are") == 1
    store = Store(path)
    names = [kept.name for kept in store.log()]
    assert names == [str(name) for name in range(1, len(names) + 1)]
    store.record([check("more")])
    store.close()


@pytest.fixture
def open_folder(path: Path) -> Iterator[Path]:
    """A folder that others may enter: those of pytest are for one user."""
    for folder in path.parents[:3]:
        folder.chmod(0o755)
    yield path.parent
    path.parent.chmod(0o755)


# Root may write everywhere.
READ_ONLY = """
import warnings
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for name in range(5):
        store.record([check(name)])
        found = store.find(["key 1"])
print(len(found), *(f"{warning.category.__name__}: {warning.message}" for warning in said), sep="\\n")
"""


def test_a_folder_that_cannot_be_written(path: Path, open_folder: Path) -> None:
    open_folder.chmod(0o555)
    found, *said = output_of(start(READ_ONLY, path)).splitlines()
    assert found == "0"
    (warning,) = said
    assert warning.startswith("StoreWarning: ")
    assert "LEAN_MAGIC_STORE" in warning


def test_a_file_that_cannot_be_written(path: Path, open_folder: Path) -> None:
    filled(path, 5)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    _, *said = output_of(start(READ_ONLY, path)).splitlines()
    (warning,) = said
    assert "LEAN_MAGIC_STORE" in warning


# -- threads, processes, forks, kills --


def test_processes_and_threads_at_once(path: Path) -> None:
    script = """
import threading
def write(thread):
    for number in range(20):
        name = f"{sys.argv[2]}-{thread}-{number}"
        store.record([check(name, batch="b"), check("shared")])
        assert len(store.find([f"key {name}", "key shared"])) == 2
        assert len(store.finished("b", [(name, f"key {name}")])) == 1
        assert any(True for _ in store.log())
threads = [threading.Thread(target=write, args=(thread,)) for thread in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
store.close()
"""
    for process in [start(script, path, number) for number in range(3)]:
        assert output_of(process) == ""
    store = Store(path)
    info = store.info()
    assert (info.checks, info.results) == (360, 181)
    store.close()


def test_a_killed_writer_leaves_what_it_committed(path: Path, make: Callable[..., Store]) -> None:
    script = """
for name in range(3):
    store.record([check(name)])
with store.database.transaction() as connection:
    connection.execute("DELETE FROM results")
    connection.execute("DELETE FROM log")
    print("in the middle", flush=True)
    time.sleep(300)
"""
    process = start(script, path)
    assert process.stdout
    assert process.stdout.readline() == "in the middle\n"
    process.kill()
    process.communicate()
    store = make()
    store.record([check(3)])
    assert [kept.name for kept in store.log()] == ["0", "1", "2", "3"]
    assert len(store.find([f"key {name}" for name in range(4)])) == 4


@pytest.mark.parametrize("after", [0.05, 0.15, 0.3])
def test_what_was_recorded_survives_a_kill_at_any_time(path: Path, make: Callable[..., Store], after: float) -> None:
    script = """
for number in range(100_000):
    store.record([check(f"{number}-{part}") for part in range(20)])
    print(number, flush=True)
"""
    process = start(script, path)
    assert process.stdout
    assert process.stdout.readline() == "0\n"
    time.sleep(after)
    process.kill()
    output, _ = process.communicate()
    said = 1 + int(["0", *output.split("\n")][-2])
    store = make()
    names = [kept.name for kept in store.log()]
    assert len(names) in {20 * said, 20 * (said + 1)}  # one more may be there than was said
    assert names == [f"{number}-{part}" for number in range(len(names) // 20) for part in range(20)]
    assert store.database.run(lambda connection: connection.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]


def test_both_sides_of_a_fork_go_on(path: Path) -> None:
    script = """
import threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads
store.record([check("before")])
done = threading.Event()
written = 0
def write():
    global written
    while not done.is_set():
        store.record([check(f"thread {written}")])
        written += 1
thread = threading.Thread(target=write)
thread.start()
children = []
for number in range(5):
    child = os.fork()
    if not child:
        for part in range(20):
            store.record([check(f"child {number} {part}")])
            assert store.find(["key before"])
        store.close()
        os._exit(0)
    children.append(child)
    store.record([check(f"parent {number}")])
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
done.set()
thread.join()
store.close()
print(written)
"""
    written = int(output_of(start(script, path)))
    store = Store(path)
    assert store.info().checks == 1 + 5 + 100 + written
    store.close()


def test_a_child_outlives_its_parent(path: Path) -> None:
    # SQLite would take the write-ahead log away under a child that went on with the connection of its parent.
    script = """
store.record([check("before")])
if not os.fork():
    store.record([check("child")])
    sys.stdin.readline()
    store.record([check("orphan")])
    store.close()
    print("done", flush=True)
    os._exit(0)
store.record([check("parent")])
store.close()
os._exit(0)
"""
    process = start(script, path)
    process.wait()
    store = Store(path)
    store.record([check("another")])
    store.close()
    assert process.communicate("\n")[0] == "done\n"
    names = {kept.name for kept in store.log()}
    store.close()
    assert names == {"before", "child", "parent", "another", "orphan"}
