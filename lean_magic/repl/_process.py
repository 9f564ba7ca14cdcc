"""A Lean server process, which lives on the event loop that started it."""

# ruff: noqa: ASYNC109 (a deadline stops Lean: it is not the cancelling of a coroutine)
from __future__ import annotations

import asyncio
import contextlib
import math
import os
import select
import threading
import time
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from lean_magic.errors import (
    CancelledRequestError,
    CrashedError,
    DeadlineError,
    OutOfMemoryError,
    ServerError,
    StartError,
)
from lean_magic.protocol import PROTOCOL_VERSION, Envelope, Hello, Interim, decode, encode
from lean_magic.repl._death import DiedIdleError, LostError, UnresponsiveError, cause_of_death
from lean_magic.repl._frames import FrameReader
from lean_magic.repl._spawn import spawn, wait
from lean_magic.repl._usage import ProcessTree, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lean_magic.toolchain import Launch

__all__ = ["ReplProcess", "Reply"]

_STDERR_KEPT = 64 * 1024  # bytes
_WRITTEN_WHOLE = getattr(select, "PIPE_BUF", 0)  # bytes
_STOPS_WITHIN = 2.0  # seconds that Lean has to stop a request by itself
_WATCHED_EVERY = 0.2  # seconds
_WATCHED_AFTERWARDS = 2.0  # seconds
_SOON = 1.0  # seconds: a deadline that cannot wait for the next look
_SUSPENDED_FOR = 5  # looks in a row at which a process that is suspended is given up
_PIPES_CLOSE_WITHIN = 1.0  # seconds after the exit: a stray grandchild may hold them open


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request was answered.

    Parameters
    ----------
    frame : bytes
        What Lean said.
    stopped : ServerError or None
        Why Lean was asked to stop meanwhile; the frame tells whether it did, or was done before.
    memory_peak : int
        The most resident bytes that were seen meanwhile; 0 where it took too short a time to look.
    """

    frame: bytes
    stopped: ServerError | None
    memory_peak: int


class _Exchange:
    """A request under way."""

    def __init__(
        self,
        on_done: Callable[[Reply | ServerError], None],
        on_interim: Callable[[Interim], None] | None,
        timeout: float,
    ) -> None:
        self.on_done = on_done
        self.on_interim = on_interim
        self.timeout = timeout
        self.began = time.monotonic()
        self.stopped: ServerError | None = None
        """Why it is to be stopped."""
        self.heard = False
        """Whether the process has taken note of that."""
        self.memory_peak = 0
        self.deadline: asyncio.TimerHandle | None = None


class ReplProcess:
    """A Lean server process.

    Start one with `start`. It takes several requests at a time, and belongs to the event loop that started it. A
    request that is to end early is first stopped by Lean itself, which keeps everything else; only where Lean does not
    within a grace period is the process killed. Whatever else goes wrong (memory, death, an answer nobody can read)
    ends the process, since afterwards nobody knows what it would say next.

    Attributes
    ----------
    hello : Hello
        What the server said of itself.
    pid : int
        Its process id.
    memory_bound : int
        Resident bytes that it cannot go beyond: what it is allowed, or less where it ends by itself before.
    memory_seen : int
        Resident bytes when somebody last looked, which happens five times a second while it is busy.
    """

    hello: Hello

    def __init__(self, launch: Launch, *, memory_limit: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._memory_limit = memory_limit
        self.memory_bound = min(memory_limit, launch.memory_ceiling or memory_limit)
        self._frames = FrameReader()
        self._stderr = bytearray()
        self._numbers = count(1)
        self._under_way: dict[int, _Exchange] = {}
        self._cancels: dict[int, _Exchange] = {}  # by the numbers of the requests to stop them
        self._failure: ServerError | None = None
        self._watching = False
        self._watched_until = 0.0
        self._suspended = 0
        self.memory_seen = 0
        self._returncode: int | None = None
        self._direct = -1  # a second descriptor of standard input, for other threads
        self._direct_lock = threading.Lock()
        self._pipes: list[asyncio.BaseTransport] = []
        self._open_pipes = 3
        self._closed = self._loop.create_future()
        self._on_exit: Callable[[ReplProcess], None] | None = None
        try:
            self._popen = spawn(launch, memory_limit)
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
            reply = await process.exchange({"hello": PROTOCOL_VERSION}, timeout)
            process.hello = decode(reply.frame, Hello)
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

    @property
    def failure(self) -> ServerError | None:
        """Why it ended; None as long as it is alive, as far as is known."""
        return self._failure

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return bool(self._under_way)

    def usage(self) -> Usage:
        """Measure what it costs."""
        return self._tree.usage()

    @property
    def stderr(self) -> str:
        """The last it wrote to its standard error."""
        return self._stderr.decode(errors="replace")

    async def exchange(self, request: Mapping[str, object], timeout: float = math.inf) -> Reply:
        """Send a request and wait for the reply; see `post`.

        Raises
        ------
        DiedIdleError
            The process was dead already.
        DeadlineError, OutOfMemoryError, CrashedError, CancelledRequestError
            The process is dead now.
        """
        done: asyncio.Future[Reply | ServerError] = self._loop.create_future()

        def set_result(outcome: Reply | ServerError) -> None:
            if not done.done():
                done.set_result(outcome)

        self.post(request, set_result, timeout)
        try:
            outcome = await done
        except asyncio.CancelledError:
            self.kill()  # nobody is left who would know what it does
            raise
        if isinstance(outcome, ServerError):
            raise outcome
        return outcome

    def post(
        self,
        request: Mapping[str, object],
        on_done: Callable[[Reply | ServerError], None],
        timeout: float = math.inf,
        on_interim: Callable[[Interim], None] | None = None,
    ) -> None:
        """Send a request, from any thread, and go on.

        Parameters
        ----------
        request : mapping
            The request, without a number.
        on_done : callable
            Called in the event loop with the reply, or with how the process failed.
        timeout : float
            Seconds until Lean is asked to stop.
        on_interim : callable, optional
            Called in the event loop with what Lean says before it is done.
        """
        exchange = _Exchange(on_done, on_interim, timeout)
        number = next(self._numbers)
        frame = encode({**request, "id": number})
        self._under_way[number] = exchange
        if threading.get_ident() == self._thread:
            self._send(frame)
            self._attend(number)
        elif not (self.alive and len(frame) <= _WRITTEN_WHOLE and self._write_at_once(frame)):
            self._loop.call_soon_threadsafe(self._send, frame)
            self._loop.call_soon_threadsafe(self._attend, number)
        elif timeout < _SOON or not self._watching:
            self._loop.call_soon_threadsafe(self._attend, number)
        # Otherwise the next look finds it; to wake the event loop now would take time from Lean.

    def _write_at_once(self, frame: bytes) -> bool:
        """Write a short frame from another thread, if nothing else is being written: a pipe takes it whole or not."""
        if self._stdin.get_write_buffer_size():
            return False
        with self._direct_lock:
            if self._direct < 0:
                return False
            try:
                os.write(self._direct, frame)
            except OSError:
                return False  # there is no room, or nobody reads it: the event loop will see
        return True

    def _send(self, frame: bytes) -> None:
        if self.alive:
            self._stdin.write(frame)

    def _attend(self, number: int) -> None:
        """Look after a request that was sent."""
        exchange = self._under_way.get(number)
        if exchange is None or exchange.deadline is not None:
            return
        if not self.alive:
            error = DiedIdleError(f"The Lean process had ended before the request: {self._failure or 'it died'}")
            self._loop.call_soon(self._end, number, error)  # not from within who sent it
            return
        if exchange.timeout < math.inf:
            left = exchange.began + exchange.timeout - time.monotonic()
            exchange.deadline = self._loop.call_later(left, self._stop, number, _time_is_up(exchange.timeout))
        self._watch()

    def _end(self, number: int, outcome: Reply | ServerError) -> None:
        exchange = self._under_way.pop(number, None)
        if exchange is None:
            return
        if exchange.deadline is not None:
            exchange.deadline.cancel()
        exchange.on_done(outcome)

    def stop(self, reason: ServerError) -> None:
        """Have Lean stop what is under way; what does not stop in time ends with the process, for this reason."""
        for number in list(self._under_way):
            self._stop(number, reason)

    def kill(self, reason: ServerError | None = None) -> None:
        """Kill it and its children; requests under way fail for this reason."""
        if self._failure is not None:
            return
        self._failure = reason or CancelledRequestError("The request was cancelled, and its Lean process stopped.")
        if self._returncode is None:
            self._tree.kill()
        self._fail_all(self._failure)

    async def wait_closed(self) -> None:
        """Wait until a process that was killed is gone and all its pipes are closed."""
        await asyncio.shield(self._closed)

    def _stop(self, number: int, reason: ServerError) -> None:
        exchange = self._under_way.get(number)
        if exchange is None or exchange.stopped is not None or not self.alive:
            return
        exchange.stopped = reason
        cancel = next(self._numbers)
        self._cancels[cancel] = exchange
        self._stdin.write(encode({"cancel": number, "id": cancel}))
        self._loop.call_later(_STOPS_WITHIN, self._did_not_stop, number, exchange)

    def _did_not_stop(self, number: int, exchange: _Exchange) -> None:
        if number not in self._under_way:
            return
        if exchange.heard or not isinstance(exchange.stopped, DeadlineError):
            self.kill(exchange.stopped)
        else:  # it is not busy, it hangs
            self.kill(UnresponsiveError(f"{exchange.stopped} Its process did not react at all."))

    def _fail_all(self, reason: ServerError) -> None:
        for number in list(self._under_way):
            self._end(number, reason)

    # The pipes

    async def _connect(self) -> None:
        popen, loop = self._popen, self._loop
        assert popen.stdin
        self._direct = os.dup(popen.stdin.fileno())
        assert popen.stdout
        assert popen.stderr
        self._stdin, _ = await loop.connect_write_pipe(partial(_Pipe, self._pipe_closed), popen.stdin)
        self._pipes.append(self._stdin)
        for pipe, receive in (popen.stdout, self._received), (popen.stderr, self._complained):
            transport, _ = await loop.connect_read_pipe(partial(_Pipe, self._pipe_closed, receive), pipe)
            self._pipes.append(transport)

    def _received(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            try:
                self._deliver(frame)
            except CrashedError as error:
                self.kill(LostError(str(error)))
                return

    def _deliver(self, frame: bytes) -> None:
        envelope = decode(frame, Envelope)
        if (stopping := self._cancels.pop(envelope.id or 0, None)) is not None:
            stopping.heard = True
            return
        exchange = self._under_way.get(envelope.id or 0)
        if exchange is None or envelope.id is None:
            raise CrashedError(f"Lean wrote what nobody asked for: {frame[:100]!r}.")
        if envelope.reached is None:
            self._end(envelope.id, Reply(frame, exchange.stopped, exchange.memory_peak))
        elif exchange.on_interim is not None:
            exchange.on_interim(decode(frame, Interim))

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
            self.kill(LostError("Lean closed a pipe without ending; its process was stopped."))

    # What it does meanwhile

    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            self._suspended = 0
            self._loop.call_later(_WATCHED_EVERY, self._look)

    def _look(self) -> None:
        """See what memory it uses, and whether it runs at all; also for a while after the last request."""
        self._watching = False  # before the look at what is under way: whoever adds to it looks at this afterwards
        if self._under_way and self.alive:
            self._watched_until = time.monotonic() + _WATCHED_AFTERWARDS
            for number in list(self._under_way):
                self._attend(number)
            self._measure()
        if self.alive and time.monotonic() < self._watched_until:
            self._watching = True
            self._loop.call_later(_WATCHED_EVERY, self._look)

    def _measure(self) -> None:
        used = self.memory_seen = self.usage().memory
        for exchange in list(self._under_way.values()):
            exchange.memory_peak = max(exchange.memory_peak, used)
        self._suspended = self._suspended + 1 if self._tree.suspended() else 0
        if used > self._memory_limit:
            allowed = f"{used / 1e9:.1f} GB of memory, and may use {self._memory_limit / 1e9:.1f} GB"
            self.kill(OutOfMemoryError(f"Lean used {allowed}; its process was stopped."))
        elif self._suspended >= _SUSPENDED_FOR:
            self.kill(LostError("Somebody suspended the Lean process; it was stopped."))

    # The end

    def _wait(self) -> None:
        """Wait for the exit, in a thread of its own."""
        returncode, peak = wait(self._popen)
        self.memory_seen = max(self.memory_seen, peak)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._exited, returncode)

    def _exited(self, returncode: int) -> None:
        self._returncode = returncode
        self._loop.call_later(_PIPES_CLOSE_WITHIN, self._close_pipes)
        self._finish()

    def _close_pipes(self) -> None:
        self._close_direct()
        for transport in self._pipes:
            transport.close()

    def _close_direct(self) -> None:
        with self._direct_lock:
            if self._direct >= 0:
                os.close(self._direct)
            self._direct = -1

    def _finish(self) -> None:
        """Take note of the end once there is nothing left to read."""
        if self._open_pipes or self._closed.done():
            return
        if self._failure is None:
            self._failure = cause_of_death(self._returncode, self.stderr, self.memory_seen, self.memory_bound)
        self._fail_all(self._failure)
        self._close_direct()
        self._closed.set_result(None)
        if self._on_exit is not None:
            self._on_exit(self)


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


def _time_is_up(seconds: float) -> DeadlineError:
    return DeadlineError(f"Lean did not finish within {seconds:g} s, and was stopped.")
