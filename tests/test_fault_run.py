"""A pool of real Lean under random faults: nothing is lost, nothing is mixed up, nothing hangs, nothing is left behind.

Each request carries a number of its own, which Lean's answer must show. ``FAULT_RUN_REQUESTS=20000`` makes the run
longer, ``FAULT_RUN_SEED=7`` another one. Run as a script, this is a pool at work that waits to be killed.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lean_magic import EnvRef, LeanPool, LeanResult, ProofState, ServerError, TacticError
from lean_magic.toolchain import Launch, resolve_toolchain

REQUESTS = int(os.environ.get("FAULT_RUN_REQUESTS", "400"))
SEED = int(os.environ.get("FAULT_RUN_SEED", "3"))
WORKERS = 3
CLIENTS = 8
WAVES = 4
MEMORY = 1536 * 1024**2

SABOTEUR = Path(__file__).with_name("saboteur.py")

# Of 1000 requests, how many are hit by which harm: none of it is their own fault.
HARMS = {
    "kill": 4, "die": 3, "half": 2, "garbage": 2, "bytes": 2, "stop": 2, "stall": 2,  # which cost the worker
    "flood": 3, "pause": 3, "slow": 3, "long": 2, "twice": 3, "stale": 3,
}  # fmt: skip
UNNOTICED = {"flood", "pause", "slow", "long"}  # for which no worker may be given up

SPINS = {
    "evaluation": "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval spin {n}",
    "action": "partial def spin (n : Nat) : IO Unit := spin (n + 1)\n#eval spin {n}",
    "task": "partial def spin (n : Nat) : Nat := spin (n + 1)\n#eval (Task.spawn fun _ => spin {n}).get",
    "sleep": "#eval (IO.sleep 1000000 : IO Unit) -- {n}",
    "elaboration": "set_option maxHeartbeats 0\nset_option maxRecDepth 100000000\n"
    "example (f : Nat → Nat) (h : ∀ x, f x = f (x + 1)) : f {n} = 1 := by simp only [h]",
    "kernel": "example : (List.range 100000000).foldl (· + ·) {n} = 0 := by decide +kernel",
}
BOMB = """
def hoard (all : Array (Array Nat)) : Nat → Array (Array Nat)
  | 0 => all
  | k + 1 => hoard (all.push (Array.replicate 1000000 (k + {n}))) k
#eval (hoard #[] 100000).size"""


class SabotagedToolchain:
    """The embedded toolchain, with a saboteur before each of its servers."""

    def __init__(self, folder: Path) -> None:
        self._real = resolve_toolchain()
        self._folder = folder
        self.name = self._real.name
        self.version = self._real.version
        self.origin = self._real.origin
        self.identity = self._real.identity

    def prepare(self, progress: object = None) -> None:  # noqa: ARG002
        self._real.prepare()

    def launch(self, scratch: Path) -> Launch:
        launch = self._real.launch(scratch)
        return replace(launch, arguments=(sys.executable, str(SABOTEUR), str(self._folder), *launch.arguments))


class FaultRun:
    """Requests of all kinds, and what must become of each."""

    def __init__(self, pool: LeanPool, seed: int) -> None:
        self.pool = pool
        self.random = random.Random(seed)
        self.problems: list[str] = []
        self.ended: Counter[str] = Counter()
        self.hit_twice = 0
        self.under_way: dict[int, str] = {}
        self.excused: set[int] = set()  # under way when the pool was restarted
        self.restarting = 0
        self.envs: list[EnvRef] = []
        self.states: list[ProofState] = []

    # What exists before the first fault, and must be there after the last one

    async def prepare(self) -> None:
        env: EnvRef | None = None
        for n in range(3):
            result = await self.pool.run(f"def base{n} := {n}{'' if env is None else f' + base{n - 1}'}", env)
            env = result.env
            assert env is not None
            self.envs.append(env)
        imported = (await self.pool.run("import Lean\nopen Lean\ndef base2 := 3")).env
        assert imported is not None
        self.envs.append(imported)
        for env in self.envs[2:]:
            state = await self.pool.prove("theorem left (p : Nat → Prop) (h : p 5) : p 5 ∧ base2 = 3", env)
            self.states += [state, await state.tactic("refine ⟨?_, rfl⟩")]

    async def see_that_nothing_is_lost(self) -> None:
        for n, value in enumerate([0, 1, 3]):
            result = await self.pool.run(f"#eval base{n}", self.envs[n])
            assert [message.text for message in result.infos] == [str(value)], result
        result = await self.pool.run("#eval base2\n#check Expr", self.envs[3])
        assert [message.text for message in result.infos] == ["3", "Lean.Expr : Type"], result
        for state in self.states:
            assert (await state.tactic("simp_all [base2]" if state.script else "exact ⟨h, rfl⟩")).completed

    # Kinds of requests that are answered by Lean, whatever befalls them

    async def valid(self, n: int, harm: str) -> None:
        result = await self.pool.run(f"theorem t{n} : {n} = {n} := rfl\n#eval {n}{harm}", timeout=_patience(harm))
        self.expect(n, result, "valid", str(n))

    async def wrong(self, n: int, harm: str) -> None:
        result = await self.pool.run(f"theorem t{n} : {n} = {n + 1} := by decide{harm}", timeout=_patience(harm))
        self.expect(n, result, "error", f"{n} = {n + 1}")

    async def left_open(self, n: int, harm: str) -> None:
        result = await self.pool.run(f"theorem t{n} : {n} + 0 = {n} := by sorry{harm}", timeout=_patience(harm))
        self.expect(n, result, "sorry", "")
        if result.verdict == "sorry":
            self.check(n, [goal.target for goal in result.goals] == [f"{n} + 0 = {n}"], result)

    async def extended(self, n: int, harm: str) -> None:
        which = self.random.randrange(3)
        result = await self.pool.run(f"#eval base{which} + {n}{harm}", self.envs[which], timeout=_patience(harm))
        self.expect(n, result, "valid", str((0, 1, 3)[which] + n))

    async def imported(self, n: int, harm: str) -> None:
        result = await self.pool.run(
            f"import Lean\n#eval (Lean.mkNatLit {n}).rawNatLit?.isSome\n#eval {n}{harm}", timeout=_patience(harm)
        )
        self.expect(n, result, "valid", str(n))

    async def step(self, n: int, harm: str) -> None:
        state = self.random.choice(self.states)
        try:
            after = await state.tactic(f"have h{n} : {n} = {n} := rfl{harm}", timeout=_patience(harm))
        except ServerError as error:
            self.check_excuse(n, error)
        else:
            names = [name for hypothesis in after.goals[0].hypotheses for name in hypothesis.names]
            self.check(n, f"h{n}" in names and len(after.goals) == len(state.goals), after)

    async def wrong_step(self, n: int, harm: str) -> None:
        state = self.random.choice(self.states)
        try:
            after = await state.tactic(f"exact unknown{n}{harm}", timeout=_patience(harm))
        except TacticError as error:
            self.check(n, f"unknown{n}" in str(error), error)
        except ServerError as error:
            self.check_excuse(n, error)
        else:
            self.check(n, False, after)

    # Kinds of requests that have themselves to blame, or that nobody waits for

    async def spin(self, n: int, kind: str) -> None:
        result = await self.pool.run(SPINS[kind].replace("{n}", str(n)), timeout=0.5)
        self.expect(n, result, "timeout", "")

    async def spin_in_a_tactic(self, n: int, _: str) -> None:
        state = self.states[0]
        try:
            tactic = f"have : (List.range 100000000).foldl (· + ·) {n} = 0 := by decide +kernel"
            self.check(n, False, await state.tactic(tactic, timeout=0.5))
        except ServerError as error:
            self.check(n, error.verdict == "timeout" or n in self.excused, error)

    async def bomb(self, n: int, _: str) -> None:
        self.expect(n, await self.pool.run(BOMB.replace("{n}", str(n))), "out_of_memory", "")

    async def poison(self, n: int, _: str) -> None:
        result = await self.pool.run(f"#eval {n} -- harm {n} poison")
        self.expect(n, result, "crashed", "")
        self.check(n, result.attempts <= 2, result)

    async def cancelled(self, n: int, kind: str) -> None:
        code = SPINS[kind].replace("{n}", str(n)) if kind else f"#eval {n}"
        task = asyncio.create_task(self.pool.run(code))
        await asyncio.sleep(self.random.random() * 0.1)
        task.cancel()
        try:
            self.expect(n, await task, "cancelled" if kind else "valid", "" if kind else str(n))
        except asyncio.CancelledError:
            self.ended["given up"] += 1

    async def overdue(self, n: int, kind: str) -> None:
        code = SPINS[kind].replace("{n}", str(n)) if kind else f"#eval {n}"
        try:
            async with asyncio.timeout(self.random.random() * 0.2):
                self.expect(n, await self.pool.run(code), "cancelled" if kind else "valid", "" if kind else str(n))
        except TimeoutError:
            self.ended["given up"] += 1

    async def restart(self, _: int, __: str) -> None:
        self.excused |= set(self.under_way)
        self.restarting += 1
        await asyncio.to_thread(self.pool.restart)
        self.restarting -= 1

    # Judging

    def expect(self, n: int, result: LeanResult, verdict: str, text: str) -> None:
        """See that a result has the verdict, and a message with the text."""
        self.ended[result.verdict] += 1
        if result.verdict == "cancelled" and n in self.excused:
            return
        texts = [message.text for message in result.messages]
        shown = verdict == "error" and any(text in found for found in texts)
        if result.verdict == "crashed" and result.attempts > 1 and self.under_way[n].split()[-1] in HARMS:
            self.hit_twice += 1  # by its own harm, and by that of who had the worker before
            return
        self.check(n, result.verdict == verdict and (not text or shown or text in texts), result)
        if any(f" {harm}" in self.under_way[n] for harm in UNNOTICED):
            self.check(n, result.attempts == 1, result)
        if "long" in self.under_way[n] and result.verdict == verdict:
            self.check(n, any(len(found) == 100_000_000 for found in texts), result)

    def check(self, n: int, right: bool, what: object) -> None:
        """Note a problem with a request."""
        if not right:
            self.problems.append(f"{self.under_way.get(n)}: {str(what)[-500:]!r} {_attempts(what)}")

    def check_excuse(self, n: int, error: ServerError) -> None:
        self.ended[error.verdict] += 1
        self.check(n, error.verdict == "cancelled" and n in self.excused, error)

    # The run

    def jobs(self, count: int) -> list[tuple[Callable[[int, str], Awaitable[None]], str]]:
        """Give so many requests, in a random order."""
        portion = count / 1000

        def times(number: int) -> range:
            return range(max(1, round(number * portion)))

        innocent = [self.valid, self.wrong, self.left_open, self.extended, self.imported, self.step, self.wrong_step]
        jobs: list[tuple[Callable[[int, str], Awaitable[None]], str]] = []
        for harm, number in HARMS.items():
            jobs += [(self.random.choice(innocent[:4] if harm == "long" else innocent), harm) for _ in times(number)]
        for kind in SPINS:
            jobs += [(self.spin, kind) for _ in times(2)]
        jobs += [(self.spin_in_a_tactic, "") for _ in times(1)]
        jobs += [(self.bomb, "") for _ in times(2)]
        jobs += [(self.poison, "") for _ in times(2)]
        jobs += [(self.restart, "") for _ in times(2)]
        for giving_up in self.cancelled, self.overdue:
            jobs += [(giving_up, "") for _ in times(20)]
            jobs += [(giving_up, self.random.choice([kind for kind in SPINS if kind != "kernel"])) for _ in times(8)]
        jobs += [(self.random.choice(innocent), "") for _ in range(count - len(jobs))]
        self.random.shuffle(jobs)
        return jobs

    async def run(self, count: int) -> None:
        """Let several clients ask everything, with a rest now and then in which workers are hit."""
        jobs = list(enumerate(self.jobs(count), 1000))
        for wave in range(WAVES):
            todo = jobs[wave::WAVES]
            await asyncio.gather(*[self._client(todo) for _ in range(CLIENTS)])
            self._hit_workers_at_rest(wave)
            await asyncio.sleep(0.3)
            # Who comes next is hit by it, so none that is to be hit by something else.
            await asyncio.gather(*[self._client([(n, (self.valid, ""))]) for n in range(wave * 100, wave * 100 + 6)])

    async def _client(self, todo: list[tuple[int, tuple[Callable[[int, str], Awaitable[None]], str]]]) -> None:
        while todo:
            n, (request, argument) = todo.pop()
            self.under_way[n] = f"{request.__name__} {n} {argument}"
            if self.restarting:
                self.excused.add(n)
            harmed = argument in HARMS
            try:
                await request(n, f" -- harm {n} {argument}" if harmed else argument)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not what should have come
                self.check(n, False, repr(error))
            del self.under_way[n]

    def _hit_workers_at_rest(self, wave: int) -> None:
        harms = [signal.SIGKILL, signal.SIGSTOP, signal.SIGUSR1, signal.SIGUSR2]
        for worker, harm in zip(self.pool.status().workers, harms[wave % 4 :] + harms, strict=False):
            saboteur = psutil.Process(worker.pid)
            for process in [saboteur] if harm in harms[2:] else [*saboteur.children(), saboteur]:
                with suppress(psutil.NoSuchProcess):  # it ends with the other one
                    process.send_signal(harm)


def _patience(harm: str) -> float | None:
    """What is never answered should not have to be waited for as long as others."""
    return 4.0 if "stall" in harm else None


def _attempts(what: object) -> str:
    return f"after {what.attempts} attempts" if isinstance(what, LeanResult) else ""


def left_over(before: set[psutil.Process]) -> list[psutil.Process]:
    """Wait until no other children are left than before, or return them."""
    deadline = time.monotonic() + 20
    while left := [child for child in psutil.Process().children(recursive=True) if child not in before]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return left


@pytest.mark.timeout(300 + REQUESTS)
def test_every_request_ends_right_whatever_happens_to_the_workers(tmp_path: Path) -> None:
    asyncio.run(asyncio.sleep(0))
    children, threads = set(psutil.Process().children(recursive=True)), set(threading.enumerate())
    descriptors = psutil.Process().num_fds()

    async def everything() -> FaultRun:
        pool = LeanPool(workers=WORKERS, toolchain=SabotagedToolchain(tmp_path), timeout=60, memory_limit=MEMORY)
        async with pool:
            run = FaultRun(pool, SEED)
            await run.prepare()
            await run.run(REQUESTS)
            await run.see_that_nothing_is_lost()
            status = pool.status()
            assert status.waiting == 0
            assert len(status.workers) + status.starting <= WORKERS
            assert {worker.state for worker in status.workers} == {"idle"}
            assert asyncio.all_tasks() == {asyncio.current_task()}
        return run

    run = asyncio.run(everything())
    assert not run.problems, "\n".join([f"seed {SEED}: {dict(run.ended)}", *run.problems])
    assert run.hit_twice <= 1 + REQUESTS // 500
    assert all(run.ended[verdict] for verdict in ("timeout", "out_of_memory", "crashed", "given up"))
    assert left_over(children) == []
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)
    assert set(threading.enumerate()) <= threads
    assert psutil.Process().num_fds() == descriptors


@pytest.mark.parametrize("moment", ["starting", "resting", "working", "stopped", "failing"])
def test_nothing_of_a_pool_survives_its_parent(tmp_path: Path, moment: str) -> None:
    command = [sys.executable, __file__, str(tmp_path), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout
            assert parent.stdout.readline() == "ready\n"
            time.sleep(random.Random(SEED).random())
            family = psutil.Process(parent.pid).children(recursive=True)
            assert len(family) >= 2
        finally:
            parent.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []
    mine = [process for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in (process.info["cmdline"] or [])]
    assert mine == []


def be_a_parent(folder: Path, moment: str) -> None:
    """Have a pool do something, and wait to be killed."""
    tempfile.tempdir = str(folder)  # what is killed cannot tidy up
    pool = LeanPool(workers=2, toolchain=SabotagedToolchain(folder), timeout=1000)

    def ask(code: str) -> None:
        threading.Thread(target=lambda: suppress(ServerError).__enter__() or pool.run_sync(code), daemon=True).start()

    if moment == "starting":
        ask("#eval 1")
        while len(psutil.Process().children(recursive=True)) < 2:
            time.sleep(0.01)
    else:
        code = "#eval (IO.sleep 300 : IO Unit)" if moment == "resting" else SPINS["evaluation"].replace("{n}", "0")
        ask(code)
        ask(code)
        while len(pool.status().workers) < 2 or any(
            (worker.state == "idle") is not (moment == "resting") for worker in pool.status().workers
        ):
            time.sleep(0.05)
        for worker in pool.status().workers:
            if moment == "stopped":
                psutil.Process(worker.pid).suspend()
                psutil.Process(worker.pid).children()[0].suspend()
            elif moment == "failing":
                psutil.Process(worker.pid).children()[0].kill()
    print("ready", flush=True)
    time.sleep(1000)


if __name__ == "__main__":
    be_a_parent(Path(sys.argv[1]), sys.argv[2])
