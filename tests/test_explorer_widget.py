"""What the page and the explorer say to each other, on real Lean, without a page."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import comm
import pytest

from lean_magic import LeanPool, ProofState
from lean_magic.explorer import Explorer, explore
from lean_magic.widgets._conversation import Conversation
from lean_magic.widgets._explorer import ExplorerWidget

SLOW = "exact absurd (show (List.range 30000000).foldl (· + ·) 0 = 7 by decide +kernel) (by omega)"


class Comm(comm.base_comm.BaseComm):
    """The kernel's end of a connection to nowhere: keeps what is sent."""

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        self.sent = [*getattr(self, "sent", []), (msg_type, data, threading.current_thread())]


class Page:
    """Talks to a widget as a page does."""

    def __init__(self, explorer: Explorer) -> None:
        self.widget = ExplorerWidget(explorer)
        self._request = 0

    def tell(self, kind: str, **fields: Any) -> None:
        content = json.loads(json.dumps({"kind": kind, **fields}))
        data = {"method": "custom", "content": content}
        self.widget.comm.handle_msg({"content": {"data": data}, "buffers": []})

    @property
    def heard(self) -> list[dict[str, Any]]:
        """All custom messages so far, as they come out at the other end."""
        custom = [data for _, data, _ in self.widget.comm.sent if data and data.get("method") == "custom"]
        return [json.loads(json.dumps(data["content"])) for data in custom]

    def wait(self, kind: str, such: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Wait for a message, and return it."""
        for _ in range(1500):
            for message in self.heard:
                if message["kind"] == kind and such(message):
                    return message
            time.sleep(0.02)
        raise AssertionError(f"no {kind} in {self.heard}")

    def ask(self, kind: str, answer: str, **fields: Any) -> dict[str, Any]:
        self._request += 1
        self.tell(kind, request=self._request, **fields)
        return self.wait(answer, lambda message: message["request"] == self._request)

    def run(self, tactic: str, parent: int = 0, place: int | None = 0) -> dict[str, Any]:
        """Run a tactic, and return the attempt once it has ended."""
        attempt = self.ask("run", "started", tactic=tactic, parent=parent, place=place)["attempt"]
        return self.attempt(attempt, lambda each: each["status"] != "running")

    def attempt(self, number: int, such: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def found(message: dict[str, Any]) -> dict[str, Any] | None:
            return next((each for each in message["attempts"] if each["id"] == number and such(each)), None)

        attempt = found(self.wait("changed", lambda message: found(message) is not None))
        assert attempt is not None
        return attempt


@pytest.fixture(scope="module")
def root(pool: LeanPool) -> ProofState:
    return pool.prove_sync("theorem t (p q r : Prop) (hp : p) (hq : q) : p ∧ q")


@pytest.fixture
def explorer(pool: LeanPool, root: ProofState) -> Iterator[Explorer]:
    with Explorer(root, pool, title="t") as explorer:
        yield explorer


@pytest.fixture
def page(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(comm, "create_comm", Comm)
    page = Page(explorer)
    yield page
    page.widget.close()


def test_a_page_that_opens_is_told_the_tree(page: Page, explorer: Explorer) -> None:
    explorer.add_sync("constructor")
    explorer.add_sync("exact hq")
    page.tell("open")
    tree = page.wait("tree")
    assert tree["title"] == "t"
    assert (tree["current"], tree["best"], tree["can_restore"]) == (0, 1, False)
    root, split, failed = tree["attempts"]
    assert (root["parent"], root["tactic"], root["goals"]) == (None, None, 1)
    assert (split["parent"], split["tactic"], split["place"], split["goal"]) == (0, "constructor", 0, "p ∧ q")
    assert (split["status"], split["goals"], split["by"]) == ("open", 2, "program")
    assert failed["status"] == "failed"
    assert "Type mismatch" in failed["error"]
    assert tree["recipe"] == explorer.recipe()


def test_tactics_run_and_what_comes_of_them_is_told(page: Page, explorer: Explorer) -> None:
    page.tell("open")
    page.wait("tree")
    split = page.run("constructor")
    assert (split["status"], split["goals"], split["by"]) == ("open", 2, "person")
    right = page.run("exact hq", split["id"], 1)
    assert right["goals"] == 1
    done = page.run("exact hp", right["id"])
    assert done["status"] == "finished"
    assert page.ask("run", "started", tactic="constructor", parent=0, place=0)["attempt"] == split["id"]
    assert explorer.best.finished
    assert page.wait("changed", lambda message: message["best"] == done["id"])
    offered = page.run("show_term exact hp", right["id"])
    assert offered["offers"] == ["exact hp"]


def test_where_a_person_looks_on_all_workers_get_ready(
    page: Page, explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[object] = []
    monkeypatch.setattr(explorer.pool, "prepare", prepared.append)
    page.tell("open")
    page.wait("tree")
    split = explorer.tree[page.run("constructor")["id"]]
    explorer.add_sync("exact hp", split)
    page.run("exact hq", split.id, 1)
    page.run("exact 5")
    states = [each.state for each in (explorer.tree.root, split, explorer.tree[3])]
    assert prepared == states


def test_details_say_what_is_new_in_each_goal(page: Page) -> None:
    split = page.run("constructor")
    page.tell("details", attempts=[0, split["id"], 99])
    details = page.wait("details")["details"]
    assert sorted(details) == ["0", str(split["id"])]
    (goal,) = details["0"]["goals"]
    assert (goal["case"], goal["change"]) == (None, "same")
    assert [[name["text"] for name in each["names"]] for each in goal["hypotheses"]] == [
        ["p", "q", "r"],
        ["hp"],
        ["hq"],
    ]
    assert goal["target"] == [["p ∧ q", "same"]]
    first, second = details[str(split["id"])]["goals"]
    assert (first["case"], second["case"]) == ("left", "right")
    assert "".join(text for text, change in second["target"] if change != "removed") == "q"
    assert details[str(split["id"])]["text"].startswith("case left")


@pytest.mark.usefixtures("page")
def test_changes_of_hypotheses_are_told(pool: LeanPool) -> None:
    state = pool.prove_sync("theorem u (n : Nat) (h : 0 + n = 1) : n = 1 ∨ n = 2")
    with Explorer(state, pool) as explorer:
        explorer.add_sync("have k : n = 1 := by omega")
        explorer.add_sync("let x := 5", explorer.tree[1])
        explorer.add_sync("simp at h")
        other = Page(explorer)
        other.tell("details", attempts=[1, 2, 3])
        details = other.wait("details")["details"]
        other.widget.close()
    known = {
        number: {each["names"][0]["text"]: each for each in details[number]["goals"][0]["hypotheses"]}
        for number in ("1", "2", "3")
    }
    assert known["1"]["k"]["change"] == "inserted"
    assert known["1"]["h"]["change"] == "same"
    assert known["2"]["x"]["value"] == [["5", "same"]]
    assert known["3"]["h"]["change"] == "changed"
    assert ["0 + ", "removed"] in known["3"]["h"]["type"]


def test_the_tree_is_edited(page: Page, explorer: Explorer) -> None:
    split = page.run("constructor")["id"]
    page.tell("rename", attempt=split, name="the and")
    assert page.attempt(split, lambda each: each["name"] == "the and")
    page.tell("mark", attempt=split, marked=True)
    assert page.attempt(split, lambda each: each["marked"])
    page.tell("select", attempt=split)
    assert page.wait("changed", lambda message: message["current"] == split)
    assert explorer.current.id == split
    page.tell("prune", attempt=split)
    assert page.wait("changed", lambda message: message["removed"] == [split] and message["can_restore"])
    assert explorer.current.id == 0
    page.tell("restore")
    assert page.wait("changed", lambda message: not message["can_restore"] and message["attempts"])
    assert len(explorer.tree) == 2


def test_what_cannot_be_done_is_one_line(page: Page) -> None:
    for fields in (
        {"tactic": "", "parent": 0, "place": 0},
        {"tactic": "simp", "parent": 99, "place": 0},
        {"tactic": "simp", "parent": 0, "place": 7},
        {"tactic": "simp"},
    ):
        said = page.ask("run", "problem", **fields)["text"]
        assert said
        assert "\n" not in said
    assert "no recipe" in page.ask("replay", "problem", recipe={})["text"]
    assert page.ask("dance", "problem")["text"]
    page.tell("prune", attempt=0)
    assert page.wait("problem", lambda message: "cannot be pruned" in message["text"])


def test_a_tactic_is_cancelled_while_the_thread_of_the_page_is_free(page: Page) -> None:
    began = threading.current_thread()
    attempt = page.ask("run", "started", tactic=SLOW, parent=0, place=0)["attempt"]
    assert page.attempt(attempt, lambda each: each["status"] == "running")
    page.tell("cancel", attempt=attempt)
    assert page.attempt(attempt, lambda each: each["status"] == "cancelled")
    attempt = page.ask("run", "started", tactic=SLOW, parent=0, place=0)["attempt"]
    page.tell("cancel")
    assert page.attempt(attempt, lambda each: each["status"] == "cancelled")
    telling = {
        thread for _, data, thread in page.widget.comm.sent if data and data.get("content", {}).get("kind") == "changed"
    }
    assert began not in telling


def test_many_changes_go_together_and_none_is_lost(page: Page, explorer: Explorer) -> None:
    page.tell("open")
    page.wait("tree")
    before = len(page.heard)
    began = time.monotonic()
    for number in range(300):
        explorer.rename(explorer.tree.root, str(number))
        time.sleep(0.001)
    took = time.monotonic() - began
    assert page.attempt(0, lambda each: each["name"] == "299")
    assert len(page.heard) - before <= 30 * took + 10
    page.wait("changed", lambda message: "recipe" in message)


def test_a_recipe_is_told_and_builds_the_tree_again(
    page: Page, explorer: Explorer, pool: LeanPool, root: ProofState
) -> None:
    split = page.run("constructor")["id"]
    page.run("exact hp", split)
    recipe = page.wait("changed", lambda message: "recipe" in message and len(message["recipe"]["attempts"]) == 2)[
        "recipe"
    ]
    with Explorer(root, pool) as again:
        other = Page(again)
        other.tell("replay", recipe=recipe)
        assert other.attempt(2, lambda each: each["status"] == "open")
        other.widget.close()
    assert [each.tactic for each in again.tree] == [each.tactic for each in explorer.tree]


def test_two_pages_of_one_widget_hear_the_same(page: Page, explorer: Explorer) -> None:
    page.tell("open")
    page.tell("open")
    page.wait("tree")
    explorer.add_sync("constructor")
    page.attempt(1, lambda each: each["status"] == "open")


def test_a_closed_widget_leaves_nothing_behind(
    pool: LeanPool, root: ProofState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comm, "create_comm", Comm)
    threads = threading.active_count()
    explorer = Explorer(root, pool)
    page = Page(explorer)
    page.run("constructor")
    page.widget.close()
    # What was under way to it comes too late.
    page.widget.conversation.receive({"kind": "run", "request": 1, "tactic": "simp", "parent": 0, "place": 0})
    assert len(explorer.tree) == 2
    explorer.close()
    gone = weakref.ref(explorer)
    del explorer, page
    gc.collect()
    assert gone() is None
    for _ in range(100):
        if threading.active_count() <= threads:
            break
        time.sleep(0.02)
    assert threading.active_count() <= threads


def test_abbreviations_are_told(page: Page) -> None:
    page.tell("abbreviations")
    table = page.wait("abbreviations")["table"]
    assert table["to"] == "→"
    assert "$CURSOR" in table["<>"]


def test_words_are_completed_where_javascript_counts(page: Page) -> None:
    # 𝔽 takes two of what JavaScript counts.
    text = "exact (𝔽, h"
    found = page.ask("complete", "completions", attempt=0, place=0, text=text, cursor=len(text) + 1)
    assert found["start"] == len(text)
    assert {"hp", "hq"} <= {item["text"] for item in found["items"]}
    assert next(item for item in found["items"] if item["text"] == "hp")["type"] == "p"


def test_types_are_told_or_why_not(page: Page) -> None:
    assert page.ask("type", "type", attempt=0, place=0, text="hp")["text"] == "p"
    said = page.ask("type", "type", attempt=0, place=0, text="nobody")
    assert not said["ok"]
    assert "nobody" in said["text"]
    failed = page.run("exact hq")["id"]
    assert "no state" in page.ask("type", "problem", attempt=failed, place=0, text="hp")["text"]


def test_scripts_are_told_with_what_lean_says_of_them(page: Page, explorer: Explorer) -> None:
    split = page.run("constructor")["id"]
    begun = page.ask("script", "script", attempt=split)
    assert (begun["verdict"], begun["text"].count("sorry")) == ("sorry", 2)
    right = page.run("exact hq", split, 1)["id"]
    done = page.run("exact hp", right)["id"]
    told = page.ask("script", "script", attempt=done)
    assert (told["attempt"], told["verdict"], told["reason"]) == (done, "valid", "")
    assert told["text"] == explorer.script
    assert told["cell"]["after"] != told["cell"]["before"]
    failed = page.run("exact hq")["id"]
    assert "no state" in page.ask("script", "problem", attempt=failed)["text"]


def test_a_proof_is_told_along_a_path_of_attempts(page: Page) -> None:
    split = page.run("constructor")["id"]
    right = page.run("exact hq", split, 1)["id"]
    done = page.run("exact hp", right)["id"]
    for number, closed in [(right, [False, True]), (done, [True, True])]:
        proof = page.ask("proof", "proof", attempt=number)["proof"]
        [step] = proof["scope"]["steps"]
        assert proof["finished"] is all(closed)
        assert (step["tactic"], step["attempt"]) == ("constructor", split)
        assert [scope["closed"] for scope in step["scopes"]] == closed
    assert [scope["steps"][0]["attempt"] for scope in step["scopes"]] == [done, right]
    assert "no proof" in page.ask("proof", "problem", attempt=None)["text"]


def test_a_proof_in_the_code_is_told(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Comm)
    result = pool.run_sync("theorem t (p q : Prop) (h : p ∧ q) : p := by\n  cases h\n  assumption", all_tactics=True)
    with explore(result, pool=pool) as explorer:
        page = Page(explorer)
        page.tell("open")
        assert page.wait("tree")["has_proof"] is True
        proof = page.ask("proof", "proof", attempt=None)["proof"]
        assert proof["finished"] is True
        assert [step["position"] for step in proof["scope"]["steps"]] == [[2, 2], [3, 2]]
        page.widget.close()


def test_what_is_within_a_tactic_of_the_code_is_told(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comm, "create_comm", Comm)
    code = """\
theorem t (n : Nat) : 0 + n = n := by
  have key : 0 = 0 := by rfl
  induction n with
  | zero => exact key
  | succ n ih => simp
"""
    with explore(pool.run_sync(code, all_tactics=True), pool=pool) as explorer:
        page = Page(explorer)
        proof = page.ask("proof", "proof", attempt=None)["proof"]
        page.widget.close()
    have, induction = proof["scope"]["steps"]
    assert [step["tactic"] for scope in have["inner"] for step in scope["steps"]] == ["rfl"]
    assert [(scope["goal"]["case"], scope["closed"]) for scope in induction["scopes"]] == [
        ("zero", True),
        ("succ", True),
    ]
    assert [step["tactic"] for scope in induction["scopes"] for step in scope["steps"]] == ["exact key", "simp"]


def test_suggestions_are_told_as_they_come_and_can_be_stopped(page: Page) -> None:
    page.tell("suggest", attempt=0, place=0, tactics=["constructor", "exact hq", "simp [*]"])
    told = page.wait("suggestions", lambda message: not message["running"])
    assert (told["attempt"], told["place"], told["done"], told["total"]) == (0, 0, 3, 3)
    assert [(item["tactic"], item["status"], item["goals"]) for item in told["items"]] == [
        ("simp [*]", "finished", 0),
        ("constructor", "open", 2),
    ]
    assert all(item["gain"] for item in told["items"])
    page.tell("suggest", attempt=0, place=0, tactics=[SLOW])
    page.wait("suggestions", lambda message: message["total"] == 1 and message["running"])
    page.tell("cancel")
    page.wait("suggestions", lambda message: message["total"] == 1 and not message["running"])


def test_where_the_proof_belongs_is_told(page: Page, explorer: Explorer) -> None:
    page.tell("open")
    tree = page.wait("tree")
    assert tree["origin"] == explorer.origin.to_dict()
    assert tree["settings"]["tactics"] == [*explorer.tactics]
    assert tree["has_proof"] is False


def test_a_message_that_cannot_be_sent_is_the_only_one_lost(explorer: Explorer) -> None:
    said: list[dict[str, Any]] = []
    failures = iter([ValueError("no")])

    def send(message: dict[str, Any]) -> None:
        for failure in failures:
            raise failure
        said.append(message)

    conversation = Conversation(explorer, send)
    conversation.receive({"kind": "details", "attempts": [0]})
    explorer.add_sync("constructor")
    for _ in range(500):
        if any(message["kind"] == "changed" for message in said):
            break
        time.sleep(0.02)
    assert any(message["kind"] == "changed" for message in said)
    conversation.close()


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "run", "parent": 0, "tactic": "exact \ud835", "place": 0},
        {"kind": "run", "parent": 0, "tactic": "skip", "place": 0.5},
        {"kind": "run"},
        {"kind": "rename", "attempt": 0, "name": {"a": [1]}},
        {"kind": "suggest", "attempt": 0, "place": 7},
        {"kind": "replay", "recipe": {"attempts": 3}},
        {"kind": "details", "attempts": None},
    ],
)
def test_a_bad_message_is_answered_and_changes_nothing(explorer: Explorer, message: dict[str, Any]) -> None:
    said: list[dict[str, Any]] = []
    conversation = Conversation(explorer, said.append)
    conversation.receive(message)
    for _ in range(500):
        if any(each["kind"] == "problem" for each in said):
            break
        time.sleep(0.02)
    assert [each["kind"] for each in said if each["kind"] in {"problem", "started"}] == ["problem"]
    assert len(explorer.tree) == 1
    conversation.close()
