"""No Lean process outlives the Python that started it, however that ends. Each test is one Python, with real Lean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from lean_magic.protocol import encode
from lean_magic.toolchain import resolve_toolchain

BEGIN = """
import os, sys, threading, time
import lean_magic as lean
LOOP = "partial def forever (n : Nat) : Nat := forever (n + 1)\\n#eval forever 0"

def say(*words):
    print(*words, flush=True)

lean.run_sync("def x := 1")
say(lean.status().workers[0].pid)
"""
ENDINGS = {
    "returns": "",
    "raises": "raise RuntimeError",
    "exits in the midst of a request": "threading.Thread(target=lean.run_sync, args=(LOOP,), daemon=True).start()\n"
    "time.sleep(0.5)\nsys.exit(3)",
}


@contextmanager
def python(code: str) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """Run code after a pool has come up; give the Python and its Lean."""
    command = [sys.executable, "-W", "error", "-c", BEGIN + code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, process_group=0) as parent:
        assert parent.stdout
        try:
            yield parent, psutil.Process(int(parent.stdout.readline()))
        finally:
            parent.kill()


def ended(process: psutil.Process) -> bool:
    """Wait for the end of a process that is not our child; a zombie has ended, though nobody asked for its status."""
    for _ in range(200):
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            process.wait(0.1)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return True
        return True
    return False


@pytest.mark.parametrize("ending", ENDINGS)
def test_lean_ends_with_python(ending: str) -> None:
    with python(ENDINGS[ending]) as (parent, lean):
        parent.wait(60)
        assert ended(lean)


def test_lean_ends_with_a_python_that_is_killed_while_lean_works() -> None:
    code = (
        'threading.Thread(target=lean.run_sync, args=(LOOP,)).start()\ntime.sleep(1)\nsay("working")\ntime.sleep(1000)'
    )
    with python(code) as (parent, lean):
        assert parent.stdout
        assert parent.stdout.readline() == "working\n"
        assert lean.is_running()
        parent.kill()
        assert ended(lean)


def test_lean_ends_also_where_a_fork_of_python_holds_its_pipes() -> None:
    code = """
if os.fork() == 0:
    time.sleep(1000)
say("forked")
time.sleep(1000)
"""
    with python("import warnings; warnings.simplefilter('ignore')\n" + code) as (parent, lean):
        assert parent.stdout
        assert parent.stdout.readline() == "forked\n"
        (fork,) = (child for child in psutil.Process(parent.pid).children() if child.pid != lean.pid)
        parent.kill()
        assert ended(lean)
        fork.kill()


def test_lean_ends_when_its_input_does_even_while_it_works(tmp_path: Path) -> None:
    """What is left where the kernel cannot kill a child with its parent."""
    toolchain = resolve_toolchain()
    toolchain.prepare()
    launch = toolchain.launch(tmp_path)
    with subprocess.Popen(
        launch.arguments,
        cwd=launch.directory,
        env=dict(launch.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as lean:
        assert lean.stdin
        assert lean.stdout
        lean.stdin.write(encode({"hello": 1}))
        lean.stdin.flush()
        assert b"lean-magic" in lean.stdout.readline()
        lean.stdin.write(encode({"cmd": "partial def forever (n : Nat) : Nat := forever (n + 1)\n#eval forever 0"}))
        lean.stdin.close()
        assert lean.wait(30) is not None


def test_a_repl_ends_with_a_parent_that_is_killed_while_it_works() -> None:
    code = """
import json, subprocess
repl = subprocess.Popen([sys.executable, "-m", "lean_magic", "repl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for code in "#eval 1", LOOP:
    repl.stdin.write(json.dumps({"cmd": code}).encode() + b"\\n\\n")
repl.stdin.flush()
repl.stdout.readline()
say(repl.pid)
time.sleep(1000)
"""
    with python(code) as (parent, _):
        assert parent.stdout
        repl = psutil.Process(int(parent.stdout.readline()))
        assert repl.is_running()
        parent.kill()
        assert ended(repl)


def test_an_interrupt_stops_the_request_and_spares_idle_workers() -> None:
    code = """
for code in "#eval 1", LOOP:
    try:
        lean.run_sync(code)
        say("ready")
        time.sleep(1000)
    except KeyboardInterrupt:
        say("interrupted", lean.status().workers[0].pid if code != LOOP else "")
say(lean.run_sync("#eval 1").verdict)
time.sleep(1000)
"""
    code = code.replace("lean.run_sync(code)", 'say("asking")\n        lean.run_sync(code)')
    with python(code) as (parent, lean):
        assert parent.stdout
        said = parent.stdout.readline
        assert (said(), said()) == ("asking\n", "ready\n")
        os.killpg(parent.pid, signal.SIGINT)
        assert said() == f"interrupted {lean.pid}\n"
        assert said() == "asking\n"
        psutil.Process(lean.pid).cpu_percent(1.0)
        os.killpg(parent.pid, signal.SIGINT)
        assert said().startswith("interrupted")
        assert said() == "valid\n"
        assert lean.is_running()
