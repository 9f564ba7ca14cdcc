"""What runs a batch: a thread of its own, so that Lean is kept busy and results are kept whatever their reader does."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from dataclasses import replace
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from lean_magic.batch._check import Check
from lean_magic.batch._inputs import entry
from lean_magic.batch._records import name_of, record_of, refusal
from lean_magic.batch._window import Item
from lean_magic.errors import CrashedError, InputError, LeanMagicError, PoolBusyError, PoolClosedError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from lean_magic.batch._window import Window
    from lean_magic.pool._checks import Checker, Said
    from lean_magic.pool._queue import Request
    from lean_magic.store import CheckRecord, Store

__all__ = ["Engine"]

_LOOKED_UP = 256  # codes at a time
_SPARE_REQUESTS = 16  # beyond one for each worker, from which a worker takes what it is prepared for
_SOURCE = "batch"


class _Fed(NamedTuple):
    """Something found in the input."""

    place: int
    thing: object


class _ReadOut:
    """The end of the input."""


class Engine:
    """Looks codes up, has Lean run the others, and records what comes of them before anybody sees it.

    Parameters
    ----------
    checker : Checker
        Runs codes.
    store : Store or None
        Where results are looked up and recorded.
    window : Window
        Says whose turn it is.
    workers : int
        How many codes can run at the same time.
    batch : str or None
        The name of the batch: what it has finished is not run again.
    cache : bool
        Whether results are taken from the cache.

    Attributes
    ----------
    outbox : SimpleQueue
        What comes of codes, in lists; an exception where the batch can't go on; None at the end.
    on_output : callable or None
        Called, from the thread, when there is something in the outbox.
    """

    def __init__(
        self, checker: Checker, store: Store | None, window: Window, workers: int, *, batch: str | None, cache: bool
    ) -> None:
        self._checker = checker
        self._store = store
        self._window = window
        self._limit = workers + _SPARE_REQUESTS
        self._batch = batch
        self._cache = cache
        self._inbox: SimpleQueue[_Fed | _ReadOut | Item | None] = SimpleQueue()
        self._running: dict[Item, Request] = {}
        self._finished: list[tuple[Item, Check]] = []
        self._records: list[CheckRecord] = []
        self._stopped = self._has_ended = False
        self._thread: threading.Thread | None = None
        self.outbox: SimpleQueue[Sequence[Check] | Exception | None] = SimpleQueue()
        self.on_output: Callable[[], object] | None = None

    @property
    def counts(self) -> Counter[str]:
        """How many codes have come to which verdict."""
        return self._window.counts

    def feed(self, place: int, thing: object) -> None:
        """Take in what was found at a place of the input; from any thread."""
        if self._thread is None:
            # In the context of who reads the results, by which warnings find their cell.
            run = partial(contextvars.copy_context().run, self._run)
            self._thread = threading.Thread(target=run, name="lean-magic batch", daemon=True)
            self._thread.start()
        self._inbox.put(_Fed(place, thing))

    def read_out(self) -> None:
        """Take note that nothing more comes; from any thread."""
        self._inbox.put(_ReadOut())

    def stop(self) -> None:
        """Have Lean stop what it does for this batch, record what is finished, and end; from any thread."""
        self._inbox.put(None)

    def join(self, seconds: float) -> None:
        """Wait until it has ended."""
        if self._thread is not None:
            self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether it has begun, and not ended."""
        return self._thread is not None and not self._has_ended

    # Within the thread

    def _run(self) -> None:
        try:
            while not self._stopped:
                self._turn()
            self._end()
        except Exception as error:  # noqa: BLE001 - handed on
            self.outbox.put(error)
            with contextlib.suppress(Exception):  # the first one says more
                self._end()
        finally:
            self._has_ended = True
            self._put(None)

    def _turn(self) -> None:
        """Wait for news, and do what they call for."""
        fed = []
        for news in self._news():
            if news is None:
                self._stopped = True
            elif isinstance(news, Item):
                self._collect(news)
            elif isinstance(news, _ReadOut):
                self._window.read_out()
            else:
                fed.append(news)
        self._post_some()  # first of all, Lean goes on
        self._record()
        rest = iter(fed)
        while not self._stopped and (some := list(islice(rest, _LOOKED_UP))):
            self._look_up([item for item in map(self._item, some) if item.work is not None])
            self._post_some()
            self._record()

    def _news(self) -> list[_Fed | _ReadOut | Item | None]:
        news = [self._inbox.get()]
        with contextlib.suppress(Empty):
            while True:
                news.append(self._inbox.get_nowait())
        return news

    def _item(self, fed: _Fed) -> Item:
        """Take a code in; one that cannot be given to Lean is finished with that."""
        name, code = entry(*fed)
        try:
            if isinstance(code, InputError):  # who read it knows more
                raise code
            work = self._checker.work(code)
        except InputError as error:
            item = Item(fed.place, name, code if isinstance(code, str) else "")
            record = refusal(name, item.code, str(error), batch=self._batch, source=_SOURCE)
            self._note(item, Check(name, item.code, error=error), record)
        else:
            item = Item(fed.place, name, work.ref.code, work, self._checker.key(work), self._checker.header(work))
        self._window.add(item)
        return item

    def _look_up(self, items: list[Item]) -> None:
        """Finish what was done before; let the rest wait to be run."""
        items = [item for item in items if not self._was_done(item, known)] if (known := self._done(items)) else items
        found = self._store.find([item.key for item in items]) if self._store is not None and self._cache else {}
        for item in items:
            said = self._said(item, found.get(item.key))
            if said is not None:
                self._finish(item, said, is_cached=True)
            elif not self._window.join(item):
                self._window.wait(item)

    def _done(self, items: list[Item]) -> dict[tuple[str, str], CheckRecord]:
        """Return what is recorded of a batch with a name, by the names and keys of its codes."""
        if self._store is None or self._batch is None:
            return {}
        return self._store.finished(self._batch, [(name_of(item.id), item.key) for item in items])

    def _was_done(self, item: Item, known: dict[tuple[str, str], CheckRecord]) -> bool:
        record = known.get((name_of(item.id), item.key))
        if record is None or (record.verdict == "timeout" and record.elapsed < self._checker.seconds):
            return False  # with more time, it may end
        said = self._said(item, record.reply)
        if said is not None:
            check = Check(item.id, item.code, said.result, cached=True, at=record.at)
            self._finish_with(item, check)
        return said is not None

    def _said(self, item: Item, reply: bytes | None) -> Said | None:
        """Return what was kept, if it can be read."""
        if reply is not None and item.work is not None:
            with contextlib.suppress(CrashedError):
                return self._checker.said(item.work, reply)
        return None

    def _post_some(self) -> None:
        """Keep the workers busy."""
        while len(self._running) < self._limit and (item := self._window.take()) is not None:
            assert item.work is not None
            self._running[item] = self._checker.post(item.work, partial(self._inbox.put, item))

    def _collect(self, item: Item) -> None:
        """Take what came of a code that was run."""
        request = self._running.pop(item)
        try:
            said = self._checker.collect(request, partial(self._inbox.put, item))
        except PoolBusyError:  # waiting is what a batch does
            self._window.wait(item)
        except PoolClosedError:
            raise
        except LeanMagicError as error:
            for one in (item, *item.twins):
                self._finish_with(one, Check(one.id, one.code, error=error))
        else:
            if said is None:
                self._running[item] = request
            else:
                self._finish(item, said, is_cached=False)

    def _finish(self, item: Item, said: Said, *, is_cached: bool) -> None:
        for one in (item, *item.twins):
            cached = is_cached or one is not item
            check = Check(one.id, one.code, said.result, cached=cached)
            record = record_of(one.id, item.key, item.code, said, batch=self._batch, source=_SOURCE, cached=cached)
            self._note(one, check, record)

    def _note(self, item: Item, check: Check, record: CheckRecord) -> None:
        """Have a check recorded, and then given out."""
        self._finish_with(item, check if self._store is None else replace(check, at=record.at))
        self._records.append(record)

    def _finish_with(self, item: Item, check: Check) -> None:
        self._finished.append((item, replace(check, batch=self._batch, place=item.place)))

    def _record(self) -> None:
        """Record what is finished, and only then give it out."""
        if self._records and self._store is not None:
            self._store.record(self._records)
        self._records = []
        finished, self._finished = self._finished, []
        for item, check in finished:
            self._window.settle(item, check)
        if checks := self._window.release():
            self._put(checks)

    def _put(self, output: Sequence[Check] | None) -> None:
        self.outbox.put(output)
        if self.on_output is not None:
            self.on_output()

    def _end(self) -> None:
        """Stop what Lean does, and record what it has done."""
        for item, request in list(self._running.items()):
            if request.promise.open:
                self._checker.abandon(request)
            else:
                with contextlib.suppress(LeanMagicError):
                    self._collect(item)
        self._running.clear()
        with contextlib.suppress(LeanMagicError):
            self._record()
