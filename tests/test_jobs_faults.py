"""Jobs among processes that come and go: who runs what, when one is killed, and what others may do meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_toolchain import FaultyToolchain

from lean_magic import LeanPool
from lean_magic.errors import JobError, StoreError, StoreWarning
from lean_magic.job._process import Process, this_process
from lean_magic.store import Store
from lean_magic.store._database import Database

LONG = 60.0  # seconds that nothing here takes

BEGIN = """
import json, os, sys, time
from pathlib import Path
store, *arguments = sys.argv[1:]
from faulty_toolchain import FaultyToolchain
from lean_magic import LeanPool
pool = LeanPool(workers=2, toolchain=FaultyToolchain(), store=store)

def say(thing):
    print(json.dumps(thing), flush=True)

"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    """Start Pythons, each with a pool of the stand-in for Lean; none is left."""
    started = []

    def python(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "error", "-c", BEGIN + code, str(path), *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        started.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        )
        return started[-1]

    yield python
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> Any:
    assert process.stdout
    return json.loads(process.stdout.readline())


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


SUBMITS = """
jobs = [pool.submit_sync(code) for code in arguments]
while jobs[0].status != "running":
    time.sleep(0.01)
say([job.id for job in jobs])
sys.stdin.readline()
"""


def test_jobs_of_a_process_that_was_killed_are_run_by_the_next(
    start: Start, path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    process = start(SUBMITS, f"wait {gate}", f"wait {gate} ", "anything")
    ids = said(process)
    killed(process)
    gate.touch()
    pool = faulty_pool(store=path)
    assert [job.code for job in pool.jobs()] == ["anything", f"wait {gate} ", f"wait {gate}"]
    assert [pool.get_result_sync(job).verdict for job in ids] == ["valid"] * 3
    assert pool.store
    assert [record.cached for record in pool.store.log(source="job")] == [False] * 3


def test_jobs_of_a_process_that_lives_are_waited_for(
    start: Start, path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    process = start(SUBMITS, f"wait {gate}")
    (job,) = said(process)
    pool = faulty_pool(store=path)
    assert pool.jobs()[0].status == "running"
    assert not pool.jobs()[0].wait_sync(1)
    gate.touch()
    assert pool.get_result_sync(job).ok
    assert gate.with_suffix(".notes").read_text() == "began\n"
    assert pool.stats().requests == 0


def test_whoever_waits_takes_over_when_the_owner_is_killed(
    start: Start, path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    process = start(SUBMITS, f"wait {gate}")
    (job,) = said(process)

    async def wait() -> str:
        waiting = asyncio.ensure_future(faulty_pool(store=path).get_result(job))
        await asyncio.sleep(0.2)
        killed(process)
        gate.touch()
        return (await waiting).verdict

    assert asyncio.run(wait()) == "valid"


def test_a_job_is_cancelled_in_the_process_that_runs_it(
    start: Start, path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    process = start(
        f"{SUBMITS}say([(job.result_sync().verdict, job.status) for job in jobs])", f"wait {gate}", "sleep 1000", "x"
    )
    said(process)
    jobs = faulty_pool(store=path).jobs()
    assert jobs.cancel() == 3
    assert all(job.wait_sync(LONG) for job in jobs)
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()
    assert said(process) == [["cancelled", "cancelled"]] * 3


def test_no_two_processes_run_a_job(start: Start, tmp_path: Path) -> None:
    notes, gate = tmp_path / "notes", tmp_path / "gate"
    codes = [f"wait {gate}", f"wait {gate} ", *(f"note {notes} {number}" for number in range(100))]
    first = start(SUBMITS, *codes)
    ids = said(first)
    killed(first)
    gate.touch()
    waits = "say([pool.get_result_sync(job).verdict for job in json.loads(arguments[0])])"
    others = [start(waits, json.dumps(ids)) for _ in range(3)]
    assert [said(other) for other in others] == [["valid"] * len(codes)] * 3
    assert sorted(map(int, notes.read_text().split())) == list(range(100))


def test_after_a_kill_no_result_is_lost_and_none_is_computed_twice_but_those_under_way(
    start: Start, path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    codes = [f"note {notes} {number}" for number in range(300)]
    process = start("say([pool.submit_sync(code).id for code in arguments])\nsys.stdin.readline()", *codes)
    said(process)
    for lines in (80, 160):
        while not notes.exists() or notes.read_text().count("\n") < lines:
            time.sleep(0.005)
        killed(process)
        process = start("pool.jobs()\nsys.stdin.readline()")
    killed(process)
    pool = faulty_pool(store=path)
    jobs = pool.jobs()
    assert [pool.get_result_sync(job).verdict for job in jobs] == ["valid"] * 300
    ran = [int(line) for line in notes.read_text().split()]
    assert set(ran) == set(range(300))
    assert len(ran) <= 300 + 3 * 2  # two workers, three kills
    assert pool.stats().requests > 0


def test_a_job_that_takes_every_process_with_it_is_not_run_for_ever(
    path: Path, faulty_pool: Callable[..., LeanPool]
) -> None:
    pool = faulty_pool(store=path)
    assert pool.submit_sync("x").result_sync().ok
    with subprocess.Popen(["sleep", "0"]) as other:
        gone = Process(this_process().host, other.pid, 1.0)
    job = _belongs_to(path, gone, 1.0)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE jobs SET lost = 4 WHERE id = ?", (job,))
    connection.close()
    result = pool.get_result_sync(job)
    assert result.verdict == "crashed"
    assert "5 processes were killed" in result.detail


def test_a_pid_that_another_process_has_now_is_not_mistaken(path: Path, faulty_pool: Callable[..., LeanPool]) -> None:
    me = this_process()
    with subprocess.Popen(["sleep", "1000"]) as other:
        try:
            lives = _process(other.pid)
            pool = faulty_pool(store=path)
            assert pool.submit_sync("x").result_sync().ok  # so that there is a file
            gone = [
                Process(me.host, me.pid, me.started - 1),  # had the number of this process
                Process(me.host, other.pid, lives.started - 1),  # that of another
                Process(me.host, me.pid, me.started),  # a pool of this process that could not give its jobs back
                Process(me.host.replace(me.host.split()[1], "an-earlier-start"), other.pid, lives.started),
                Process("another-machine", other.pid, lives.started),  # not heard of for two minutes
            ]
            ours = [_belongs_to(path, owner, time.time() - 120) for owner in gone]
            theirs = [
                _belongs_to(path, lives, time.time() - 120),
                _belongs_to(path, Process("another-machine", other.pid, 1.0), time.time()),
            ]
            statuses = {job.id: job for job in pool.jobs()}
            assert [pool.get_result_sync(job).verdict for job in ours] == ["valid"] * 5
            assert [statuses[job].status for job in theirs] == ["running"] * 2
        finally:
            other.kill()
    assert pool.get_result_sync(theirs[0]).ok  # now it has ended


def _process(pid: int) -> Process:
    from lean_magic.job._process import _started

    started = _started(pid)
    assert started is not None
    return Process(this_process().host, pid, started)


def _belongs_to(path: Path, owner: Process, seen: float) -> str:
    """Have an owner run a job, as the file says; return the job."""
    from lean_magic.job._identity import new_id

    job, name = new_id(), os.urandom(8).hex()
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO job_owners VALUES (?, ?, ?, ?, ?)", (name, owner.host, owner.pid, owner.started, seen)
        )
        connection.execute(
            "INSERT INTO jobs (id, status, owner, submitted, verdict, detail, toolchain, lean, timeout, asked, code) "
            "VALUES (?, 'running', ?, 1.0, '', '', 'faulty', '0', 60.0, '{}', ?)",
            (job, name, f"code {job}"),
        )
    connection.close()
    return job


@pytest.mark.parametrize("counts_ticks", [True, False])
def test_a_process_that_has_ended_is_gone_before_its_parent_has_taken_note(
    counts_ticks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lean_magic.job._process._TICKS", counts_ticks)
    with subprocess.Popen(["sleep", "1000"]) as other:
        process = _process(other.pid)
        assert not process.is_gone(0)
        other.kill()
        deadline = time.monotonic() + LONG
        while not process.is_gone(0):
            assert time.monotonic() < deadline
        other.wait()
    assert process.is_gone(0)


def test_what_a_process_finds_out_too_late_counts_no_more(
    path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    pool, gate = faulty_pool(store=path), tmp_path / "gate"
    job = pool.submit_sync(f"wait {gate}")
    while not gate.with_suffix(".notes").exists():
        time.sleep(0.01)
    with sqlite3.connect(path) as connection:  # it was asleep, say, and somebody took the job over
        connection.execute("UPDATE jobs SET owner = 'somebody'")
    connection.close()
    gate.touch()
    assert pool.submit_sync("x").result_sync().ok  # behind it
    assert job.status == "running"


def test_a_job_of_another_toolchain_is_not_run(path: Path, faulty_pool: Callable[..., LeanPool]) -> None:
    first = faulty_pool(store=path)
    finished, running, waiting = (first.submit_sync(code) for code in ("anything", "sleep 1000", "x"))
    assert finished.result_sync().ok
    other = FaultyToolchain()
    other.identity, other.version = "other", "99"
    with LeanPool(toolchain=other, store=path) as pool:
        assert pool.get_result_sync(finished).ok
        assert not pool.jobs()[0].wait_sync(0.1)  # it has an owner, who may run it
        first.shutdown()
        for job in (running, waiting):
            with pytest.raises(JobError, match="waits for Lean 0, and this pool has Lean 99: ask a pool of that"):
                pool.get_result_sync(job)
        assert [job.status for job in pool.jobs()] == ["pending", "pending", "finished"]
        assert pool.jobs().cancel() == 2
        assert pool.get_result_sync(waiting).verdict == "cancelled"


def test_what_is_done_while_the_file_is_locked_is_written_afterwards(
    path: Path, faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    store = Store(path)
    store.database = Database(path, busy_timeout=0.05, retry_after=0.05)
    pool = faulty_pool(store=store)
    gate = tmp_path / "gate"
    job = pool.submit_sync(f"wait {gate}")
    notes = gate.with_suffix(".notes")
    while not notes.exists():
        time.sleep(0.01)

    def locked() -> None:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        gate.touch()
        while pool.stats().requests == 0:
            time.sleep(0.01)
        time.sleep(0.3)
        holder.close()
        deadline = time.monotonic() + LONG
        while job.status != "finished":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    with pytest.warns(StoreWarning):
        locked()
    assert job.result_sync().ok
    assert notes.read_text() == "began\n"


def test_a_job_is_taken_as_soon_as_the_file_is_not_locked(path: Path, faulty_pool: Callable[..., LeanPool]) -> None:
    store = Store(path, busy_timeout=0.05)
    pool = faulty_pool(store=store)
    pool.submit_sync("before").wait_sync()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.warns(StoreWarning, match="all else goes on"):
        pool.check_sync("anything")
    with pytest.raises(StoreError, match=r"The job was not taken. .* is locked by another process: try again later"):
        pool.submit_sync("not taken")
    holder.close()
    assert pool.submit_sync("after").result_sync().ok
