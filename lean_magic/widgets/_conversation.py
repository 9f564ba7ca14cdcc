"""What the page and an explorer say to each other, whatever carries it."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from contextlib import aclosing, suppress
from importlib.resources import files
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lean_magic.errors import InputError, LeanMagicError, TacticError
from lean_magic.explorer import Suggestions
from lean_magic.explorer._background import Background
from lean_magic.explorer._proof_drawing import drawn_path, drawn_tree
from lean_magic.positions import Position
from lean_magic.widgets._messages import attempt_data, code_points, completions_data, details_data, suggestions_data

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

    from lean_magic.explorer import Attempt, Event, Explorer
    from lean_magic.results import ProofState
    from lean_magic.widgets._messages import Data

__all__ = ["Conversation"]

_BREATH = 1 / 30
"""Seconds between two messages on what has changed: what happens meanwhile goes together."""

_PER_ATTEMPT = 1 / 250
"""Seconds between two recipes, for each attempt: a recipe is as long as the tree."""

_HELP = 10.0
"""Seconds that help with what is being written may take."""

_log = logging.getLogger(__name__)


class Conversation:
    """Answers the messages of a page, and tells it what changes.

    No message keeps the thread waiting that brings it: what may take a moment is done on a thread of its own, so that a
    click is answered while a cell runs, and a cell is not kept waiting by clicks.

    Parameters
    ----------
    explorer : Explorer
        The explorer.
    send : callable
        Sends a message to the page; called from any thread.
    """

    def __init__(self, explorer: Explorer, send: Callable[[Data], object]) -> None:
        self.explorer = explorer
        self.id = uuid4().hex[:12]
        self._send_now = send
        self._sending = threading.RLock()
        self._lock = threading.Lock()
        self._background = Background()
        self._changed: dict[int, Attempt] = {}
        self._removed: set[int] = set()
        self._is_due = False
        self._has_news = False
        self._recipe_at = 0.0
        self._recipe_is_due = False
        self._closed = False
        self._suggesting: Future[None] | None = None
        self._searches = 0
        self._stop_listening = explorer.on_change(self._note)

    def receive(self, message: object) -> None:
        """Take a message of the page."""
        if self._closed or not isinstance(message, dict):
            return
        answer = self._ANSWERS.get(str(message.get("kind")))
        if answer is None:
            self._problem(message, f"This lean-magic does not know what {message.get('kind')!r} is.")
            return
        try:
            if iscoroutinefunction(answer):
                self._start(message, lambda: answer(self, message))
            else:
                answer(self, message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the page should hear of it
            self._failed(message, error)

    def close(self) -> None:
        """Say no more, and stop what only this page asked for."""
        self._stop_listening()
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._background.close()

    # What the page asks for. What is a coroutine runs in the background.

    async def _open(self, _: Data) -> None:
        explorer = self.explorer
        if explorer.current.goals:
            explorer.prepare()  # who looks at it may soon ask for suggestions
        with self._sending:
            with self._lock:
                # All of it is told here.
                self._changed, self._removed = {}, set()
            self._send(
                {
                    "kind": "tree",
                    "explorer": self.id,
                    "title": explorer.title,
                    "attempts": [attempt_data(attempt) for attempt in explorer.tree],
                    "origin": explorer.origin.to_dict(),
                    "recipe": explorer.recipe(),
                    "has_proof": explorer.proof is not None,
                    "settings": {"tactics": [*explorer.tactics]},
                    **self._now(),
                }
            )

    def _run(self, message: Data) -> None:
        parent = self._attempt(message["parent"])
        attempt = self.explorer.start(message["tactic"], parent, place=message["place"], by="person")
        self._answer(message, "started", attempt=attempt.id)

    def _cancel(self, message: Data) -> None:
        which = message.get("attempt")
        self.explorer.cancel(None if which is None else self._attempt(which))
        if which is None and self._suggesting is not None:
            self._suggesting.cancel()

    def _suggest(self, message: Data) -> None:
        attempt = self._attempt(message["attempt"])
        if self._suggesting is not None:
            self._suggesting.cancel()
        self._searches += 1
        number = self._searches
        self._suggesting = self._start(message, lambda: self._suggestions(message, attempt, number))

    async def _suggestions(self, message: Data, attempt: Attempt, number: int) -> None:
        place = message.get("place") or 0
        latest = Suggestions((), 0, 0)
        told = 0.0
        try:
            search = self.explorer.suggest(attempt, place=place, tactics=message.get("tactics"))
            async with aclosing(search) as found:
                async for latest in found:
                    if time.monotonic() >= told + _BREATH and latest.running:
                        told = time.monotonic()
                        self._send(suggestions_data(attempt, place, latest, running=True) | {"search": number})
        finally:
            self._send(suggestions_data(attempt, place, latest, running=False) | {"search": number})

    async def _script(self, message: Data) -> None:
        attempt = self._attempt(message["attempt"])
        checked = await self.explorer.script_of(attempt)
        cell = None if checked.after is None else {"before": checked.before, "after": checked.after}
        told = {"text": checked.text, "verdict": checked.verdict, "reason": checked.reason, "cell": cell}
        self._answer(message, "script", attempt=attempt.id, **told)

    async def _proof(self, message: Data) -> None:
        number, tree = message["attempt"], self.explorer.proof
        if number is not None:
            attempt = self._attempt(number)
            proof = drawn_path(self.explorer.steps(attempt), attempt.path[1:])
        elif tree is not None:
            proof = drawn_tree(tree, self.explorer.origin.result)
        else:
            raise InputError("The code has no proof by tactics yet.")
        self._answer(message, "proof", attempt=number, proof=proof)

    def _select(self, message: Data) -> None:
        self.explorer.select(self._attempt(message["attempt"]))
        self._wake()  # also where it was selected already, the page hears so

    async def _details(self, message: Data) -> None:
        details = {}
        for number in message["attempts"]:
            with suppress(InputError):
                details[str(number)] = details_data(self._attempt(number))
        self._send({"kind": "details", "details": details})

    def _rename(self, message: Data) -> None:
        self.explorer.rename(self._attempt(message["attempt"]), message["name"])

    def _mark(self, message: Data) -> None:
        self.explorer.mark(self._attempt(message["attempt"]), message["marked"])

    def _prune(self, message: Data) -> None:
        self.explorer.prune(self._attempt(message["attempt"]))

    def _restore(self, _: Data) -> None:
        self.explorer.restore()

    async def _complete(self, message: Data) -> None:
        state, goal = self._goal(message)
        text: str = message["text"]
        position = Position.at(text, code_points(text, message["cursor"]))
        found = await self.explorer.pool.complete(text, position, state, goal=goal, timeout=_HELP)
        self._answer(message, "completions", **completions_data(found, text, message["cursor"]))

    async def _type(self, message: Data) -> None:
        state, goal = self._goal(message)
        try:
            said, ok = await self.explorer.pool.type_of(message["text"], state, goal=goal, timeout=_HELP), True
        except TacticError as error:
            said, ok = str(error).partition("\n")[0], False
        self._answer(message, "type", text=said, ok=ok)

    async def _abbreviations(self, _: Data) -> None:
        text = files("lean_magic").joinpath("abbreviations.json").read_text(encoding="utf-8")
        self._send({"kind": "abbreviations", "table": json.loads(text)})

    async def _replay(self, message: Data) -> None:
        await self.explorer.replay(message["recipe"])

    _ANSWERS: dict[str, Callable[[Conversation, Data], Coroutine[Any, Any, None] | None]] = {  # noqa: RUF012
        "open": _open,
        "run": _run,
        "cancel": _cancel,
        "select": _select,
        "details": _details,
        "rename": _rename,
        "mark": _mark,
        "prune": _prune,
        "restore": _restore,
        "suggest": _suggest,
        "script": _script,
        "proof": _proof,
        "complete": _complete,
        "type": _type,
        "abbreviations": _abbreviations,
        "replay": _replay,
    }

    def _attempt(self, id: int) -> Attempt:
        try:
            return self.explorer.tree[id]
        except KeyError:
            raise InputError("That attempt is no longer part of the tree: it was pruned.") from None

    def _goal(self, message: Data) -> tuple[ProofState, int]:
        """Return the state that a message is about, and which goal of it."""
        attempt = self._attempt(message["attempt"])
        if attempt.state is None:
            raise InputError(f"There is no state after {attempt}.")
        return attempt.state, message.get("place") or 0

    def _answer(self, message: Data, kind: str, **values: object) -> None:
        self._send({"kind": kind, "request": message.get("request"), **values})

    def _problem(self, message: Data, text: str) -> None:
        self._send({"kind": "problem", "request": message.get("request"), "text": text})

    def _failed(self, message: Data, error: Exception) -> None:
        if isinstance(error, KeyError | TypeError):  # something is missing in the message, or of another type
            error = InputError(f"The explorer's page sent a message that is not understood: {error!r}.")
        if not isinstance(error, LeanMagicError):
            _log.error("%r could not be answered", message.get("kind"), exc_info=error)
        said = str(error) if isinstance(error, LeanMagicError) else f"{type(error).__name__}: {error}"
        self._problem(message, said.partition("\n")[0])

    def _start(self, message: Data, answer: Callable[[], Coroutine[Any, Any, None]]) -> Future[None]:
        async def answered() -> None:
            try:
                await answer()
            except Exception as error:  # noqa: BLE001 - whatever it is, the page should hear of it
                self._failed(message, error)

        return self._background.start(answered)

    # What the page is told by itself.

    def _note(self, event: Event) -> None:
        """Take note of what happened: called in any thread."""
        with self._lock:
            attempt = event.attempt
            if event.kind == "removed":
                self._removed.add(attempt.id)
                self._changed.pop(attempt.id, None)
            elif event.kind != "selected":
                self._changed[attempt.id] = attempt
                self._removed.discard(attempt.id)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            self._has_news = True
            if self._is_due or self._closed:
                return
            self._is_due = True
        try:
            self._background.start(self._tell)
        except InputError:  # closed meanwhile
            self._is_due = False

    async def _tell(self) -> None:
        """Tell what has changed: the first at once, what follows closely together with what comes meanwhile."""
        while True:
            with self._lock:
                self._has_news, has_news = False, self._has_news
                if not has_news:
                    self._is_due = False
                    break
            try:
                self._send_changes()
            except Exception:  # noqa: BLE001 - what comes later is told all the same
                _log.exception("the page could not be told what has changed")
            await asyncio.sleep(_BREATH)
        if not self._recipe_is_due:
            self._recipe_is_due = True
            await asyncio.sleep(
                max(0.0, self._recipe_at + 0.2 + _PER_ATTEMPT * len(self.explorer.tree) - time.monotonic())
            )
            self._recipe_is_due = False
            self._recipe_at = time.monotonic()
            self._send(
                {"kind": "changed", "attempts": [], "removed": [], "recipe": self.explorer.recipe(), **self._now()}
            )

    def _send_changes(self) -> None:
        with self._sending:
            with self._lock:
                changed, self._changed = self._changed, {}
                removed, self._removed = self._removed, set()
            attempts = [attempt_data(changed[number]) for number in sorted(changed)]
            self._send({"kind": "changed", "attempts": attempts, "removed": sorted(removed), **self._now()})

    def _now(self) -> Data:
        explorer = self.explorer
        return {"current": explorer.current.id, "best": explorer.best.id, "can_restore": explorer.can_restore}

    def _send(self, message: Data) -> None:
        if self._closed:
            return
        with self._sending:  # what is newer must not be told before what is older
            try:
                self._send_now(message)
            except Exception:  # noqa: BLE001 - what else is to be told must not wait for this one
                _log.exception("the page could not be told %r", message["kind"])
