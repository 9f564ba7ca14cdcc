"""Jobs: handed in now, run in the background, asked about later."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lean_magic
from lean_magic import Job, LeanPool, LeanResult
from lean_magic.cli import main
from lean_magic.errors import (
    InputError,
    PoolClosedError,
    StartError,
    StoreError,
    UnfinishedJobError,
    UnknownJobError,
)
from lean_magic.job._identity import new_id
from lean_magic.store import Store

SPIN = "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin 0"
LONG = 60.0  # seconds that nothing here takes


@pytest.fixture
def standing_in(faulty_pool: Callable[..., LeanPool], tmp_path: Path) -> LeanPool:
    """A pool of the stand-in for Lean, with a store of its own."""
    return faulty_pool(store=tmp_path / "store.sqlite3")


def until(status: str, job: Job) -> None:
    deadline = time.monotonic() + LONG
    while job.status != status:
        assert time.monotonic() < deadline, job
        time.sleep(0.01)


# With real Lean


async def test_the_result_is_as_live_as_that_of_a_run(pool: LeanPool) -> None:
    job = await pool.submit("theorem two : 1 + 1 = 2 := rfl\nexample (p : Prop) (h : p) : p := by sorry")
    assert job.status in {"pending", "running"}
    result = await job.result()
    assert (job.status, job.verdict, result.verdict) == ("finished", "sorry", "sorry")
    assert (await result.sorries[0].state.tactic("exact h")).completed
    assert job.submitted <= job.started <= job.finished  # type: ignore[operator]
    again = await (await pool.submit("example : two = two := rfl", env=result.env)).result()
    assert (again.verdict, again.env) == ("valid", (await pool.run("example : two = two := rfl", result.env)).env)


def test_what_is_asked_besides_is_asked_of_lean(pool: LeanPool) -> None:
    code = (
        "theorem both (p q : Prop) (hp : p) (hq : q) : p ∧ q := by\n  constructor\n  · exact hp\n  · exact hq\n#check 1"
    )
    asked: Any = {
        "all_tactics": True,
        "root_goals": True,
        "axioms": True,
        "infotree": "tactics",
        "options": {"pp.all": True},
    }
    env = pool.run_sync("def x := 1").env
    job = pool.submit_sync(code, env, timeout=100, **asked)
    assert said(job.result_sync()) == said(pool.run_sync(code, env, **asked))
    other = LeanPool(store=pool.store, toolchain=pool.toolchain)  # starts no Lean
    with other:
        assert said(other.get_result_sync(job.id)) == said(job.result_sync())


def said(result: LeanResult) -> dict[str, Any]:
    costs = {"elapsed", "queued", "cpu", "memory_peak", "worker", "attempts"}
    return {name: value for name, value in result.to_dict().items() if name not in costs}


def test_a_result_that_the_cache_has_evicted_is_kept_with_its_job(pool: LeanPool) -> None:
    job = pool.submit_sync("def evicted := 42")
    assert job.result_sync().ok
    assert pool.store is not None
    pool.store.clear()
    result = pool.get_result_sync(job)
    assert pool.run_sync("example : evicted = 42 := rfl", result.env).ok


async def test_a_timeout_is_a_job_that_has_finished(pool: LeanPool) -> None:
    job = await pool.submit(SPIN, timeout=0.5)
    result = await job.result()
    assert (job.status, job.verdict, result.verdict) == ("finished", "timeout", "timeout")
    assert "was stopped" in str(job)


def test_a_job_that_runs_is_stopped(pool: LeanPool) -> None:
    job = pool.submit_sync(SPIN, timeout=LONG)
    until("running", job)
    assert job.cancel()
    result = job.result_sync()
    assert (job.status, result.verdict, bool(result.ok)) == ("cancelled", "cancelled", False)
    assert not job.cancel()
    assert pool.run_sync("#eval 1").ok


def test_the_functions_at_the_top_use_the_shared_pool(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lean_magic.api._shared.pool", pool)
    job = lean_magic.submit_sync("#eval 1")
    assert lean_magic.get_result_sync(job.id).ok
    assert asyncio.run(lean_magic.get_result(asyncio.run(lean_magic.submit("#eval 2")))).ok
    assert job in lean_magic.jobs(status="finished")


# With the stand-in


def test_jobs_wait_their_turn_and_interactive_requests_go_first(standing_in: LeanPool) -> None:
    jobs = [standing_in.submit_sync(f"sleep 0.2{'0' * number}") for number in range(3)]
    until("running", jobs[0])
    assert [job.status for job in jobs[1:]] == ["pending", "pending"]
    assert standing_in.run_sync("anything").ok
    assert not jobs[2].finished
    assert [job.result_sync().verdict for job in jobs] == ["valid"] * 3
    assert sorted(jobs, key=lambda job: job.started or job.submitted) == jobs


def test_a_job_that_waits_is_cancelled_at_once(standing_in: LeanPool) -> None:
    first, second = standing_in.submit_sync("sleep 1000"), standing_in.submit_sync("anything")
    until("running", first)
    assert second.cancel()
    assert (second.status, second.result_sync().verdict, second.started) == ("cancelled", "cancelled", None)
    assert standing_in.jobs().cancel() == 1
    assert first.wait_sync(LONG)
    assert first.status == "cancelled"


def test_waiting_ends_when_the_time_is_up_and_the_job_goes_on(standing_in: LeanPool) -> None:
    job = standing_in.submit_sync("sleep 0.5")
    assert not job.wait_sync(0.05)
    assert not job.wait_sync(0)
    with pytest.raises(UnfinishedJobError, match=f"{job.id} is running still after 0.05 s"):
        standing_in.get_result_sync(job, timeout=0.05)
    with pytest.raises(TimeoutError):
        asyncio.run(job.result(wait=False))
    assert asyncio.run(job.wait(LONG))
    assert job.result_sync(wait=False).ok


async def test_any_number_of_tasks_and_threads_may_wait_for_one_job(standing_in: LeanPool) -> None:
    job = await standing_in.submit("sleep 0.3")
    abandoned = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0.01)
    abandoned.cancel()
    in_threads = (asyncio.to_thread(standing_in.get_result_sync, job) for _ in range(3))
    results = await asyncio.gather(job.result(), job.result(), *in_threads)
    assert [result.verdict for result in results] == ["valid"] * 5
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    assert job.status == "finished"


async def test_many_are_handed_in_at_once(standing_in: LeanPool) -> None:
    jobs = await asyncio.gather(*(standing_in.submit(f"anything {number}") for number in range(300)))
    results = await asyncio.gather(*(job.result() for job in jobs))
    assert [result.code for result in results] == [f"anything {number}" for number in range(300)]
    listed = standing_in.jobs("finished")
    assert list(listed) == jobs[::-1]
    assert "300 jobs: 300 finished" in str(listed)
    assert "250 more" in str(listed)
    assert listed.forget() == 300
    assert str(standing_in.jobs()) == "There are no jobs."


def test_what_the_cache_has_is_not_run(standing_in: LeanPool, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    codes = [f"note {notes} once"] * 3
    assert [standing_in.submit_sync(code).result_sync().verdict for code in codes] == ["valid"] * 3
    assert notes.read_text() == "once\n"
    assert standing_in.store is not None
    assert [record.cached for record in standing_in.store.log(source="job")] == [False, True, True]
    assert standing_in.submit_sync(codes[0], cache=False).result_sync().ok  # unless that is asked for
    assert notes.read_text() == "once\nonce\n"
    with pytest.raises(InputError, match="cache must be True or False"):
        standing_in.submit_sync(codes[0], cache=None)  # type: ignore[arg-type]


def test_what_is_no_job_is_said_so(standing_in: LeanPool) -> None:
    unknown = new_id()
    with pytest.raises(UnknownJobError, match=f"no job {unknown} in this store"):
        standing_in.get_result_sync(unknown)
    with pytest.raises(LookupError):
        asyncio.run(standing_in.get_result(unknown.upper()))
    for nonsense in ("", "12", "job", unknown + "0", 12, None, b"x"):
        with pytest.raises(InputError):
            standing_in.get_result_sync(nonsense)  # type: ignore[arg-type]
    for arguments in ({"status": "done"}, {"limit": 0}, {"limit": "3"}):
        with pytest.raises(InputError):
            standing_in.jobs(**arguments)  # type: ignore[arg-type]
    job = standing_in.submit_sync("sleep 0.2")
    for timeout in (-1, "1", True, float("nan")):
        with pytest.raises(InputError):
            job.wait_sync(timeout)  # type: ignore[arg-type]
    assert job.result_sync(timeout=float("inf")).ok


def test_what_lean_cannot_be_given_is_refused_when_it_is_handed_in(standing_in: LeanPool) -> None:
    for arguments in (("\ud800",), (1,), ("x", "env"), ("x", None, 1)):
        with pytest.raises((InputError, TypeError)):
            standing_in.submit_sync(*arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        asyncio.run(standing_in.submit("x", timeout=0))
    assert len(standing_in.jobs()) == 0


def test_a_job_that_is_cancelled_as_soon_as_it_begins_is_cancelled(standing_in: LeanPool) -> None:
    assert standing_in.store
    with standing_in.store.database.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER hasty AFTER UPDATE ON jobs WHEN new.status = 'running' AND NOT new.cancelling "
            "BEGIN UPDATE jobs SET cancelling = 1 WHERE id = new.id; END"
        )
    job = standing_in.submit_sync("sleep 1000")
    assert job.wait_sync(LONG)
    assert job.status == "cancelled"
    assert standing_in.run_sync("anything").ok


def test_a_forgotten_job_is_unknown(standing_in: LeanPool) -> None:
    running = standing_in.submit_sync("sleep 1000")
    until("running", running)
    assert not running.forget()
    running.cancel()
    assert running.wait_sync(LONG)
    assert running.forget()
    with pytest.raises(UnknownJobError):
        standing_in.get_result_sync(running)
    assert running.id in repr(running)


def test_a_job_is_kept_for_thirty_days_after_its_end(faulty_pool: Callable[..., LeanPool], tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite3")
    pool = faulty_pool(store=store)
    for days, code in ((31, "old"), (29, "young")):
        job = pool.submit_sync(code)
        assert job.result_sync().ok
        with store.database.transaction() as connection:
            connection.execute("UPDATE jobs SET finished = finished - ? WHERE id = ?", (days * 86400, job.id))
    assert [job.code for job in faulty_pool(store=store).jobs()] == ["young"]


def test_jobs_show_as_text_and_as_html(standing_in: LeanPool) -> None:
    code = "anything <b>&\nand more"
    job = standing_in.submit_sync(code)
    job.wait_sync()
    standing_in.submit_sync("garbage").wait_sync()
    assert repr(job) == f"<Job {job.id} valid>"
    head, row = str(job).splitlines()
    assert head.split() == ["job", "status", "handed", "in", "took", "code"]
    assert row.startswith(f"{job.id}  ✓ valid")
    assert row.endswith("anything <b>&")
    html = standing_in.jobs()._repr_html_()
    assert '<th scope="row"' in html
    assert "anything &lt;b&gt;&amp;" in html
    assert "✗ crashed" in html
    assert "2 jobs: 2 finished" in html
    assert standing_in.jobs(limit=1)[0].verdict == "crashed"
    assert standing_in.jobs()[1].code == code
    assert list(standing_in.jobs()[1:]) == [job]


def test_nothing_is_left_of_a_pool_that_is_shut_down(standing_in: LeanPool) -> None:
    before = set(threading.enumerate())
    job = standing_in.submit_sync("sleep 1000")
    until("running", job)
    told: list[str] = []

    def wait() -> None:
        with pytest.raises(PoolClosedError) as error:
            job.wait_sync()
        told.append(str(error.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    standing_in.shutdown()
    waiting.join(LONG)
    assert "get_result(job.id) goes on" in told[0]
    assert set(threading.enumerate()) == before
    assert job.status == "pending"
    with pytest.raises(PoolClosedError, match="get_result"):
        job.wait_sync()
    for use in (lambda: standing_in.submit_sync("x"), standing_in.jobs):
        with pytest.raises(PoolClosedError):
            use()


def test_a_pool_that_was_shut_down_takes_no_jobs(standing_in: LeanPool) -> None:
    before = set(threading.enumerate())
    standing_in.shutdown()
    for use in (lambda: standing_in.submit_sync("x"), standing_in.jobs, lambda: standing_in.get_result_sync(new_id())):
        with pytest.raises(PoolClosedError):
            use()
    assert set(threading.enumerate()) == before


def test_a_job_travels_as_its_id(standing_in: LeanPool) -> None:
    job = standing_in.submit_sync("x")
    with pytest.raises(TypeError, match=r"send job\.id"):
        pickle.dumps(job)
    assert standing_in.get_result_sync(pickle.loads(pickle.dumps(job.id))).ok


def test_jobs_of_a_pool_that_was_shut_down_are_run_by_the_next(faulty_pool: Callable[..., LeanPool]) -> None:
    first, second = faulty_pool(), faulty_pool()
    jobs = [first.submit_sync(code) for code in ("sleep 0.5", "anything")]
    until("running", jobs[0])
    first.shutdown()
    assert [second.get_result_sync(job).verdict for job in jobs] == ["valid", "valid"]


def test_a_restart_of_the_pool_does_not_end_a_job(standing_in: LeanPool) -> None:
    job = standing_in.submit_sync("sleep 0.5")
    until("running", job)
    standing_in.restart()
    assert job.result_sync().ok


def test_where_lean_does_not_start_a_job_waits_and_is_tried_again(
    faulty_pool: Callable[..., LeanPool], tmp_path: Path
) -> None:
    trouble = tmp_path / "trouble"
    trouble.touch()
    pool = faulty_pool("dies where there is", str(trouble), store=tmp_path / "store.sqlite3")
    jobs = [pool.submit_sync(code) for code in ("one", "two")]
    with pytest.raises(StartError):
        jobs[1].wait_sync(LONG)
    assert [job.status for job in jobs] == ["pending", "pending"]
    trouble.unlink()
    assert [job.result_sync().verdict for job in jobs] == ["valid", "valid"]


def test_without_a_store_a_job_is_not_taken(faulty_pool: Callable[..., LeanPool], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="store=False"):
        faulty_pool(store=False).submit_sync("x")
    (tmp_path / "file").touch()
    pool = faulty_pool(store=tmp_path / "file" / "store.sqlite3")
    with pytest.raises(StoreError, match=r"The job was not taken. .* cannot be used .*: try again later"):
        pool.submit_sync("x")
    with pytest.raises(StoreError):
        asyncio.run(pool.submit("x"))
    with pytest.raises(StoreError):
        pool.jobs()


def test_ids_are_in_the_order_of_time_and_no_two_are_the_same() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert sorted(set(ids)) == ids


# The command line


@pytest.fixture
def of_the_user(faulty_pool: Callable[..., LeanPool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LeanPool:
    monkeypatch.setenv("LEAN_MAGIC_STORE", str(tmp_path))
    return faulty_pool()


def test_the_command_lists_shows_and_cancels(of_the_user: LeanPool, capsys: pytest.CaptureFixture[str]) -> None:
    done = of_the_user.submit_sync("garbage")
    done.wait_sync()
    running, waiting = of_the_user.submit_sync("sleep 1000"), of_the_user.submit_sync("anything")
    until("running", running)

    def printed(*arguments: str) -> str:
        assert main(["jobs", *arguments]) == 0
        return capsys.readouterr().out

    assert [line.split()[0] for line in printed().splitlines()[1:4]] == [waiting.id, running.id, done.id]
    assert printed("list", "pending").splitlines()[1].startswith(waiting.id)
    assert printed("list", "--limit", "1").count(" … pending") == 1
    first = json.loads(printed("--json", "list", "--limit", "1"))
    assert first == json.loads(printed("list", "--json", "--limit", "1"))
    assert (first["id"], first["status"], first["verdict"], first["code"]) == (waiting.id, "pending", None, "anything")
    whole = json.loads(printed("show", done.id, "--json"))
    assert (whole["status"], whole["verdict"], whole["result"]["verdict"]) == ("finished", "crashed", "crashed")
    shown = printed("show", done.id)
    assert "\n\ngarbage\n\n" in shown
    assert "✗ crashed" in shown
    assert printed("cancel", waiting.id) == "It is cancelled.\n"
    assert "asked to stop it" in printed("cancel", running.id)
    assert printed("cancel", done.id) == "It has ended already.\n"
    assert running.wait_sync(LONG)
    assert main(["jobs", "show", new_id()]) == 1
    assert main(["jobs", "cancel", "x"]) == 66
    assert capsys.readouterr().err.count("lean-magic: ") == 2
