"""What runs a batch: a thread of its own, so that Lean is kept busy and results are kept whatever their reader does."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from lean_magic.batch._kinds import Kept, Outcome
from lean_magic.batch._records import name_of, record_of, refusal
from lean_magic.batch._window import Item
from lean_magic.errors import CrashedError, InputError, LeanMagicError, PoolBusyError, PoolClosedError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from lean_magic.batch._kinds import Kind
    from lean_magic.batch._window import Window
    from lean_magic.store import CheckRecord, Store

__all__ = ["Engine"]

_Work = TypeVar("_Work")
_Running = TypeVar("_Running")
_Kept = TypeVar("_Kept", bound=Kept)
_Outcome = TypeVar("_Outcome", bound=Outcome)

_LOOKED_UP = 256  # codes at a time


class _Fed(NamedTuple):
    """Something found in the input."""

    place: int
    thing: object


class _ReadOut:
    """The end of the input."""


class Engine(Generic[_Work, _Running, _Kept, _Outcome]):
    """Looks codes up, has Lean run the others, and records what comes of them before anybody sees it.

    Parameters
    ----------
    kind : Kind
        How to deal with codes, or with proofs.
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
        self,
        kind: Kind[_Work, _Running, _Kept, _Outcome],
        store: Store | None,
        window: Window[_Work, _Outcome],
        workers: int,
        *,
        batch: str | None,
        cache: bool,
    ) -> None:
        self._kind = kind
        self._runner = kind.runner
        self._store = store
        self._window = window
        self._limit = kind.ahead(workers)
        self._batch = batch
        self._cache = cache
        self._inbox: SimpleQueue[_Fed | _ReadOut | Item[_Work, _Outcome] | None] = SimpleQueue()
        self._running: dict[Item[_Work, _Outcome], _Running] = {}
        self._finished: list[tuple[Item[_Work, _Outcome], _Outcome, str]] = []
        self._records: list[CheckRecord] = []
        self._stopped = self._has_ended = False
        self._thread: threading.Thread | None = None
        self.outbox: SimpleQueue[Sequence[_Outcome] | Exception | None] = SimpleQueue()
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

    def _news(self) -> list[_Fed | _ReadOut | Item[_Work, _Outcome] | None]:
        news = [self._inbox.get()]
        with contextlib.suppress(Empty):
            while True:
                news.append(self._inbox.get_nowait())
        return news

    def _item(self, fed: _Fed) -> Item[_Work, _Outcome]:
        """Take a code in; one that cannot be given to Lean is finished with that."""
        name, given = self._kind.entry(*fed)
        item: Item[_Work, _Outcome]
        try:
            if isinstance(given, InputError):  # who read it knows more
                raise given
            work = self._runner.work(given)
        except InputError as error:
            item = Item(fed.place, name, self._kind.text(given), given=given)
            record = refusal(name, item.code, str(error), batch=self._batch, source=self._kind.source)
            self._note(item, None, error, record)
        else:
            item = Item(
                fed.place, name, self._runner.code(work), work, self._runner.key(work), self._runner.header(work)
            )
        self._window.add(item)
        return item

    def _look_up(self, items: list[Item[_Work, _Outcome]]) -> None:
        """Finish what was done before; let the rest wait to be run."""
        items = [item for item in items if not self._was_done(item, known)] if (known := self._done(items)) else items
        found = self._store.find([item.key for item in items]) if self._store is not None and self._cache else {}
        for item in items:
            said = self._said(item, found.get(item.key))
            if said is not None:
                self._finish(item, said, is_cached=True)
            elif not self._window.join(item):
                self._window.wait(item)

    def _done(self, items: list[Item[_Work, _Outcome]]) -> dict[tuple[str, str], CheckRecord]:
        """Return what is recorded of a batch with a name, by the names and keys of its codes."""
        if self._store is None or self._batch is None:
            return {}
        return self._store.finished(self._batch, [(name_of(item.id), item.key) for item in items])

    def _was_done(self, item: Item[_Work, _Outcome], known: dict[tuple[str, str], CheckRecord]) -> bool:
        record = known.get((name_of(item.id), item.key))
        if record is None or (record.verdict == "timeout" and record.elapsed < self._runner.seconds):
            return False  # with more time, it may end
        said = self._said(item, record.reply)
        if said is not None:
            self._finish_with(item, said, None, cached=True, at=record.at)
        return said is not None

    def _said(self, item: Item[_Work, _Outcome], reply: bytes | None) -> _Kept | None:
        """Return what was kept, if it can be read."""
        if reply is not None and item.work is not None:
            with contextlib.suppress(CrashedError):
                return self._runner.said(item.work, reply)
        return None

    def _post_some(self) -> None:
        """Keep the workers busy."""
        while len(self._running) < self._limit and (item := self._window.take()) is not None:
            assert item.work is not None
            self._running[item] = self._runner.post(item.work, partial(self._inbox.put, item))

    def _collect(self, item: Item[_Work, _Outcome]) -> None:
        """Take what came of a code that was run."""
        running = self._running.pop(item)
        try:
            said = self._runner.collect(running, partial(self._inbox.put, item))
        except PoolBusyError:  # waiting is what a batch does
            self._window.wait(item)
        except PoolClosedError:
            raise
        except LeanMagicError as error:
            for one in (item, *item.twins):
                self._finish_with(one, None, error)
        else:
            if said is None:
                self._running[item] = running
            else:
                self._finish(item, said, is_cached=False)

    def _finish(self, item: Item[_Work, _Outcome], said: _Kept, *, is_cached: bool) -> None:
        for one in (item, *item.twins):
            cached = is_cached or one is not item
            source = self._kind.source
            record = record_of(one.id, item.key, item.code, said, batch=self._batch, source=source, cached=cached)
            self._note(one, said, None, record)

    def _note(
        self, item: Item[_Work, _Outcome], said: _Kept | None, error: LeanMagicError | None, record: CheckRecord
    ) -> None:
        """Have what came of a code recorded, and then given out."""
        at = None if self._store is None else record.at
        self._finish_with(item, said, error, cached=record.cached, at=at)
        self._records.append(record)

    def _finish_with(
        self,
        item: Item[_Work, _Outcome],
        said: _Kept | None,
        error: LeanMagicError | None,
        *,
        cached: bool = False,
        at: float | None = None,
    ) -> None:
        verdict = said.verdict if said is not None else "refused" if item.work is None else "failed"
        outcome = self._kind.make(
            item.id, item.given, item.work, said, error, cached=cached, at=at, batch=self._batch, place=item.place
        )
        self._finished.append((item, outcome, verdict))

    def _record(self) -> None:
        """Record what is finished, and only then give it out."""
        if self._records and self._store is not None:
            self._store.record(self._records)
        self._records = []
        finished, self._finished = self._finished, []
        for item, outcome, verdict in finished:
            self._window.settle(item, outcome, verdict)
        if outcomes := self._window.release():
            self._put(outcomes)

    def _put(self, output: Sequence[_Outcome] | None) -> None:
        self.outbox.put(output)
        if self.on_output is not None:
            self.on_output()

    def _end(self) -> None:
        """Stop what Lean does, and record what it has done."""
        for item, running in list(self._running.items()):
            if not self._runner.is_open(running):
                with contextlib.suppress(LeanMagicError):
                    self._collect(item)
        for running in self._running.values():  # what is not done, and what would have gone on
            self._runner.abandon(running)
        self._running.clear()
        with contextlib.suppress(LeanMagicError):
            self._record()
