"""The way of a request from its caller to the scheduler and back, for callers that block and callers that await."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from lean_magic.errors import ReplayError
from lean_magic.pool._loop import Promise
from lean_magic.repl import LostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

    from lean_magic.errors import ServerError
    from lean_magic.pool._done import Done, Ended
    from lean_magic.pool._loop import LoopThread
    from lean_magic.pool._queue import Request
    from lean_magic.pool._scheduler import Scheduler
    from lean_magic.pool._work import Outcome

__all__ = ["Dispatch"]


class Dispatch:
    """Hands requests over and waits for their answers, which are read in the thread of who waits.

    Parameters
    ----------
    thread : LoopThread
        The pool's thread.
    scheduler : Scheduler
        What runs there.
    """

    def __init__(self, thread: LoopThread, scheduler: Scheduler) -> None:
        self._thread = thread
        self._scheduler = scheduler

    async def answer(self, request: Request) -> Done[Outcome]:
        """Hand a request over and await its answer; if this is cancelled, Lean is stopped."""
        hand_over = self._hand_over
        while True:
            try:
                hand_over(request)
                ended = await request.promise.wait_async()
            except BaseException:
                self.abandon(request)
                raise
            try:
                return request.read(ended)
            except LostError as error:
                hand_over = partial(self._give_back, ended=ended, error=error)

    def answer_sync(self, request: Request, news: SimpleQueue[Callable[[], None]] | None = None) -> Done[Outcome]:
        """Hand a request over and wait for its answer, calling meanwhile what comes in by the queue of news."""
        hand_over = self._hand_over
        while True:
            try:
                hand_over(request)
                ended = request.promise.wait(news)
            except BaseException:
                self.abandon(request)
                raise
            try:
                return request.read(ended)
            except LostError as error:
                hand_over = partial(self._give_back, ended=ended, error=error)

    def post(self, request: Request, on_settled: Callable[[], object]) -> None:
        """Hand a request over, and have a function called, in any thread, when there is something to `collect`."""
        request.promise.when_settled(on_settled)
        self._hand_over(request)

    def collect(self, request: Request, on_settled: Callable[[], object]) -> Done[Outcome] | None:
        """Return the answer to a request that was posted; None if it has to be waited for once more."""
        ended = request.promise.result()
        try:
            return request.read(ended)
        except LostError as error:
            self._give_back(request, ended, error, on_settled)
            return None

    def abandon(self, request: Request) -> None:
        """Stop a request if it is not done; if it is, read what nobody waits for, so that it is not kept for ever."""
        if request.promise.withdraw():
            scheduler = self._scheduler
            self._thread.call_soon(lambda: scheduler.abandon(request))
        elif (ended := request.promise.kept) is not None:
            with contextlib.suppress(LostError, ReplayError):
                request.read(ended)

    def _hand_over(self, request: Request) -> None:
        scheduler = self._scheduler
        self._thread.hand_over(lambda: scheduler.run_now(request), lambda: scheduler.submit(request))

    def _give_back(
        self, request: Request, ended: Ended, error: ServerError, on_settled: Callable[[], object] | None = None
    ) -> None:
        """Give back an answer that nobody can read, to wait once more."""
        scheduler = self._scheduler
        request.promise = Promise()
        if on_settled is not None:
            request.promise.when_settled(on_settled)
        self._thread.hand_over(lambda: False, lambda: scheduler.refuse(request, ended, error))
