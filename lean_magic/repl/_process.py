"""A Lean server process, used from the event loop that started it."""

# ruff: noqa: ASYNC109 (a deadline kills the process: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    DeadlineError,
    OutOfMemoryError,
    ServerError,
    StartError,
)
from lean_magic.protocol import PROTOCOL_VERSION, Hello, decode, encode
from lean_magic.repl._frames import FrameReader
from lean_magic.repl._usage import ProcessTree, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from lean_magic.toolchain import Launch

__all__ = ["DiedIdleError", "ReplProcess"]

_GUARD = Path(__file__).with_name("_guard.py")
_STDERR_KEPT = 64 * 1024  # bytes
_MEMORY_CHECKED_EVERY = 0.2  # seconds
_PIPES_CLOSE_WITHIN = 1.0  # seconds after the exit: a stray grandchild may hold them open
_LAST_LINES = 50  # of standard error, where the cause of a death is looked for
_OUT_OF_MEMORY = re.compile(r"out of memory|cannot enlarge memory|memory exhausted|bad_alloc|allocation failed", re.I)
_TELLING = re.compile(r"error|abort|panic|exception|fatal|overflow|cannot|failed", re.I)


class DiedIdleError(CrashedError):
    """Raised when the process had died before the request could be sent: the request cannot be the cause."""


class ReplProcess:
    """A Lean server process.

    Start one with `start`. It takes one request at a time, and belongs to the event loop that started it. Whatever goes
    wrong with a request (deadline, memory, death, an answer nobody can read) ends the process, since afterwards nobody
    knows what it would say next.

    Attributes
    ----------
    hello : Hello
        What the server said of itself.
    pid : int
        Its process id.
    memory_bound : int
        Resident bytes that it cannot go beyond: what it is allowed, or less where it ends by itself before.
    """

    hello: Hello

    def __init__(self, launch: Launch, *, memory_limit: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._memory_limit = memory_limit
        self.memory_bound = min(memory_limit, launch.memory_ceiling or memory_limit)
        self._frames = FrameReader()
        self._stderr = bytearray()
        self._reply: asyncio.Future[bytes] | None = None
        self._failure: ServerError | None = None
        self._watching = False
        self._returncode: int | None = None
        self._pipes: list[asyncio.BaseTransport] = []
        self._open_pipes = 3
        self._closed = self._loop.create_future()
        self._on_exit: Callable[[ReplProcess], None] | None = None
        try:
            self._popen = subprocess.Popen(
                _guarded(launch.arguments),
                cwd=launch.directory,
                env=dict(launch.environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except OSError as error:
            raise StartError(f"Lean could not be started: {error}.") from None
        self.pid = self._popen.pid
        self._tree = ProcessTree(self.pid)
        threading.Thread(target=self._wait, name=f"lean-magic wait {self.pid}", daemon=True).start()

    @classmethod
    async def start(
        cls,
        launch: Launch,
        *,
        memory_limit: int,
        timeout: float,
        on_exit: Callable[[ReplProcess], None] | None = None,
    ) -> ReplProcess:
        """Start a server and wait until it answers.

        Parameters
        ----------
        launch : Launch
            What to start.
        memory_limit : int
            Resident bytes that the process and its children may have.
        timeout : float
            Seconds it may take to come up.
        on_exit : callable, optional
            Called with it, in the event loop, once a process that came up is gone.

        Raises
        ------
        StartError
            It did not come up.
        """
        process = cls(launch, memory_limit=memory_limit)
        connecting = asyncio.create_task(process._connect())
        try:
            await asyncio.shield(connecting)
            process.hello = decode(await process.exchange(encode({"hello": 1}), timeout), Hello)
            if process.hello.protocol != PROTOCOL_VERSION:
                text = f"it speaks version {process.hello.protocol} of the protocol, not {PROTOCOL_VERSION}"
                raise CrashedError(text)  # noqa: TRY301 - handled like a reply nobody can read
        except BaseException as error:
            await connecting  # only whole pipes can be closed
            process.kill()
            await process.wait_closed()
            if isinstance(error, ServerError):
                raise StartError(f"Lean did not come up: {error}") from error
            raise
        process._on_exit = on_exit
        return process

    @property
    def alive(self) -> bool:
        """Whether it can take a request, as far as is known."""
        return self._failure is None and self._returncode is None

    def usage(self) -> Usage:
        """Measure what it costs."""
        return self._tree.usage()

    @property
    def stderr(self) -> str:
        """The last it wrote to its standard error."""
        return self._stderr.decode(errors="replace")

    async def exchange(self, request: bytes, timeout: float = math.inf) -> bytes:
        """Send a request and wait for the reply.

        Parameters
        ----------
        request : bytes
            A whole frame.
        timeout : float
            Seconds until the process is killed.

        Raises
        ------
        DiedIdleError
            The process was dead already.
        DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError
            The process is dead now.
        """
        if not self.alive:
            raise DiedIdleError(
                f"The Lean process had ended before the request: {self._failure or self._cause_of_death()}"
            )
        assert self._reply is None, "one request at a time"
        reply: asyncio.Future[bytes] = self._loop.create_future()
        self._reply = reply
        deadline = self._loop.call_later(timeout, self._time_is_up, timeout) if timeout < math.inf else None
        if not self._watching:
            self._watching = True
            self._loop.call_later(_MEMORY_CHECKED_EVERY, self._check_memory)
        self._stdin.write(request)
        try:
            return await reply
        except asyncio.CancelledError:
            self.kill()  # it would answer later, when nobody waits for this answer
            raise
        finally:
            self._reply = None
            if deadline:
                deadline.cancel()

    def kill(self, reason: ServerError | None = None) -> None:
        """Kill it and its children; a request under way fails for this reason."""
        if self._failure is not None:
            return
        self._failure = reason or CancelledRequestError("The request was cancelled, and its Lean process stopped.")
        if self._returncode is None:
            self._tree.kill()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(self._failure)

    async def wait_closed(self) -> None:
        """Wait until a process that was killed is gone and all its pipes are closed."""
        await asyncio.shield(self._closed)

    # The pipes

    async def _connect(self) -> None:
        popen, loop = self._popen, self._loop
        assert popen.stdin
        assert popen.stdout
        assert popen.stderr
        self._stdin, _ = await loop.connect_write_pipe(partial(_Pipe, self._pipe_closed), popen.stdin)
        self._pipes.append(self._stdin)
        for pipe, receive in (popen.stdout, self._received), (popen.stderr, self._complained):
            transport, _ = await loop.connect_read_pipe(partial(_Pipe, self._pipe_closed, receive), pipe)
            self._pipes.append(transport)

    def _received(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            if self._reply is None or self._reply.done():
                self.kill(CrashedError(f"Lean wrote what nobody asked for: {frame[:100]!r}."))
                return
            self._reply.set_result(frame)

    def _complained(self, data: bytes) -> None:
        self._stderr += data
        del self._stderr[:-_STDERR_KEPT]

    def _pipe_closed(self) -> None:
        self._open_pipes -= 1
        if self._returncode is not None:
            self._finish()
        else:  # a process that can hear or say no more must not live on
            self._loop.call_later(_PIPES_CLOSE_WITHIN, self._hung_up)

    def _hung_up(self) -> None:
        if self._returncode is None:
            self.kill(CrashedError("Lean closed a pipe without ending; its process was stopped."))

    # The memory

    def _check_memory(self) -> None:
        if self._reply is None:
            self._watching = False
            return
        used = self.usage().memory
        if used > self._memory_limit:
            self.kill(
                OutOfMemoryError(
                    f"Lean used {used / 1e9:.1f} GB of memory, and may use {self._memory_limit / 1e9:.1f} GB; "
                    "its process was stopped."
                )
            )
        self._loop.call_later(_MEMORY_CHECKED_EVERY, self._check_memory)

    # The end

    def _time_is_up(self, seconds: float) -> None:
        self.kill(DeadlineError(f"Lean did not answer within {seconds:g} s; its process was stopped."))

    def _wait(self) -> None:
        """Wait for the exit, in a thread of its own."""
        returncode = self._popen.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._exited, returncode)

    def _exited(self, returncode: int) -> None:
        self._returncode = returncode
        self._loop.call_later(_PIPES_CLOSE_WITHIN, self._close_pipes)
        self._finish()

    def _close_pipes(self) -> None:
        for transport in self._pipes:
            transport.close()

    def _finish(self) -> None:
        """Take note of the end once there is nothing left to read."""
        if self._open_pipes or self._closed.done():
            return
        if self._failure is None:
            self._failure = self._cause_of_death()
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(self._failure)
        self._closed.set_result(None)
        if self._on_exit is not None:
            self._on_exit(self)

    def _cause_of_death(self) -> ServerError:
        code = self._returncode
        how = f"signal {-code}: {signal.strsignal(-code)}" if code is not None and code < 0 else f"exit status {code}"
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()][-_LAST_LINES:]
        words = next((line for line in reversed(lines) if _TELLING.search(line)), lines[-1] if lines else "")[:200]
        if any(_OUT_OF_MEMORY.search(line) for line in lines):
            return OutOfMemoryError(f"Lean ran out of memory and died ({how}): {words}")
        return CrashedError(f"Lean died ({how}){': ' + words if words else '.'}")


class _Pipe(asyncio.Protocol):
    """One of the pipes to the process."""

    def __init__(self, closed: Callable[[], None], receive: Callable[[bytes], None] | None = None) -> None:
        self._closed = closed
        self._receive = receive

    def data_received(self, data: bytes) -> None:
        if self._receive is not None:
            self._receive(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the exit tells more
        self._closed()


def _guarded(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that runs a program as a child that dies with this process and ignores Ctrl-C."""
    if os.name != "posix" or not sys.executable:
        return arguments
    return (sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *arguments)
