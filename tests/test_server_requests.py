"""Several requests under way on one wire: ids, cancelling, releasing, and what is answered while Lean is busy."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from raw_server import Reply, Server, errors, texts

BUSY = """
import Lean
#eval "before"
run_meta while true do
  IO.sleep 5
  Lean.Core.checkInterrupted
def after := 1
"""
"""Ends only when it is cancelled."""


class Requests(Server):
    """A server that is sent requests with ids."""

    def post(self, request: Reply) -> None:
        self.send(json.dumps(request, ensure_ascii=False) + "\n\n")

    def post_busy(self, name: int | str, code: str = BUSY, **fields: Any) -> None:
        self.post({"id": name, "cmd": code, **fields})

    def receive_by_id(self, count: int) -> dict[int | str, Reply]:
        """The next frames, whatever their order."""
        frames = [self.receive() for _ in range(count)]
        return {frame["id"]: frame for frame in frames}

    def cancel(self, name: int | str) -> Reply:
        """Cancel a request; returns its own last frame."""
        self.post({"id": "the cancelling", "cancel": name})
        replies = self.receive_by_id(2)
        assert replies["the cancelling"] == {"id": "the cancelling", "cancelled": True}
        return replies[name]

    def held(self) -> tuple[int, int]:
        """How many environments and proof states."""
        stat = self.ask({"id": "held", "stat": True})
        return stat["environments"], stat["proofStates"]

    def works(self) -> bool:
        reply = self.run("import Lean\ntheorem t (a b : Nat) : a + b = b + a := by omega\n#eval 1 + 1")
        return not errors(reply) and texts(reply) == ["2"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Requests]:
    server = Requests(tmp_path_factory.mktemp("scratch"))
    yield server
    server.process.kill()
    server.process.communicate()


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [0, 7, 2**53 - 1, "", "seven", 'with "quotes" and\nlines', "ünï😀"])
def test_every_frame_carries_the_id_of_its_request(server: Requests, name: int | str) -> None:
    state = server.ask({"id": name, "cmd": "theorem t : 1 = 1 := by sorry"})
    assert state["id"] == name
    for request in (
        {"hello": 1},
        {"stat": True},
        {"cancel": "nothing"},
        {"release": {}},
        {"tactic": "rfl", "proofState": state["sorries"][0]["proofState"]},
        {"tactic": "nonsense", "proofState": state["sorries"][0]["proofState"]},
        {"cmd": "", "env": 999_999},
        {"cmd": 3},
        {"unpickleEnvFrom": "nowhere"},
        {"nothing": "known"},
    ):
        assert server.ask({"id": name, **request})["id"] == name


def test_requests_without_an_id_are_answered_without_one(server: Requests) -> None:
    assert "id" not in server.run("def x := 1")
    assert "id" not in server.ask({"id": None, "stat": True})


@pytest.mark.parametrize("name", [-1, 1.5, True, [], {}])
def test_an_id_is_a_string_or_a_natural_number(server: Requests, name: object) -> None:
    reply = server.ask({"id": name, "cmd": "def x := 1"})
    assert list(reply) == ["message"]
    assert "`id` must be a string or a natural number" in reply["message"]


def test_a_number_that_is_too_large_is_refused_under_its_id(server: Requests) -> None:
    assert server.ask('{"id": 3, "cmd": "", "env": 1e999999999}')["id"] == 3


def test_an_id_under_way_cannot_be_given_again(server: Requests) -> None:
    server.post_busy("twice")
    reply = server.ask({"id": "twice", "cmd": "def x := 1"})
    assert "is under way" in reply["message"]
    assert "interrupted" in server.cancel("twice")
    assert "env" in server.ask({"id": "twice", "cmd": "def x := 1"})


def test_requests_without_an_id_are_answered_in_their_order(server: Requests) -> None:
    for number in range(20):
        server.post({"cmd": f"#eval {number}"})
    assert [texts(server.receive()) for _ in range(20)] == [[str(number)] for number in range(20)]


# --- while Lean is busy -----------------------------------------------------------------------------------------------


def test_hello_stat_and_cancel_are_answered_while_everything_is_busy(server: Requests) -> None:
    for name in (1, 2, 3):
        server.post_busy(name)
    assert server.ask({"id": "hello", "hello": 1})["server"] == "lean-magic"
    assert server.ask({"id": "stat", "stat": True})["environments"] >= 0
    assert server.ask({"id": "cancel", "cancel": "unknown"}) == {"id": "cancel", "cancelled": False}
    for name in (3, 2, 1):
        assert "interrupted" in server.cancel(name)


def test_a_request_overtakes_another(server: Requests) -> None:
    env = server.run("def f := 2")["env"]
    server.post_busy("long")
    assert texts(server.ask({"id": "short", "cmd": "#eval f", "env": env})) == ["2"]
    assert "interrupted" in server.cancel("long")


def test_two_requests_under_way_do_not_see_each_other(server: Requests) -> None:
    for turn in range(10):
        for name in "ab":
            other = "b" if name == "a" else "a"
            server.post({"id": f"{name}{turn}", "cmd": f"def {name} := {turn}\n#eval {name}\n#check {other}"})
        for name, reply in server.receive_by_id(2).items():
            assert texts(reply)[0] == str(turn)
            assert len(errors(reply)) == 1, name
            assert "Unknown identifier" in errors(reply)[0]


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_a_cancelled_command_says_how_far_it_came_and_leaves_no_environment(server: Requests) -> None:
    before = server.held()
    server.post_busy("busy")
    time.sleep(1)
    reply = server.cancel("busy")
    assert reply["interrupted"] == {"line": 4, "column": 0}
    assert texts(reply) == ['"before"']
    assert "env" not in reply
    assert server.held() == before
    assert server.works()


def test_a_recursion_that_is_too_deep_costs_only_its_command(server: Requests) -> None:
    code = "#eval 1\npartial def deep (n : Nat) : Nat := 1 + deep (n + 1)\n#eval deep 0\n#eval 2"
    server.post({"id": "deep", "cmd": code})
    reply = server.receive()
    assert texts(reply) == ["1"]
    assert reply["pos"] == {"line": 3, "column": 0}
    assert "deep recursion" in reply["message"]
    assert len(reply["message"]) < 2000
    assert "env" not in reply
    assert server.works()


def test_a_request_can_be_cancelled_before_it_begins(server: Requests) -> None:
    for name in ("first", "second", "third"):
        server.post_busy(name)
    assert server.cancel("third") == {"id": "third", "interrupted": {"line": 1, "column": 0}}
    for name in ("first", "second"):
        assert "interrupted" in server.cancel(name)


def test_what_ended_cannot_be_cancelled(server: Requests) -> None:
    assert "env" in server.ask({"id": "ended", "cmd": "def x := 1"})
    assert server.ask({"id": 1, "cancel": "ended"}) == {"id": 1, "cancelled": False}


def test_a_cancelled_tactic_leaves_no_proof_state(server: Requests) -> None:
    spin = 'elab "spin" : tactic => do while true do Core.checkInterrupted'
    state = server.goal(f"import Lean\nopen Lean Elab\n{spin}\ntheorem t (a b : Nat) : a + b = b + a := by sorry")
    before = server.held()
    server.post({"id": 5, "tactic": "spin", "proofState": state})
    time.sleep(1)
    assert server.cancel(5) == {"id": 5, "interrupted": {"line": 0, "column": 0}}
    assert server.held() == before
    assert server.tactic("omega", state)["proofStatus"] == "Completed"


SWALLOWED = """
import Lean
#eval "before"
run_meta
  try while true do Lean.Core.checkInterrupted
  catch _ => pure ()
  Lean.logInfo "not stopped at all"
theorem after : 1 = 1 := rfl
"""


def test_an_interrupt_that_is_caught_is_still_one(server: Requests) -> None:
    server.post_busy("swallowed", SWALLOWED)
    time.sleep(1)
    reply = server.cancel("swallowed")
    assert reply["interrupted"]["line"] == 4
    assert texts(reply)[0] == '"before"'
    assert "env" not in reply


def test_a_cancel_reaches_only_its_request(server: Requests) -> None:
    """The next request of the same lane and the one beside it go on."""
    server.post_busy("stays")
    for _ in range(3):
        server.post_busy("goes")
        assert "interrupted" in server.cancel("goes")
        assert "env" in server.ask({"id": "goes", "cmd": "theorem t : 10 * 10 = 100 := by decide"})
    assert "interrupted" in server.cancel("stays")


# --- stopping what does not look at its cancel token ------------------------------------------------------------------

ACKERMANN = "Nat.rec (motive := fun _ => Nat → Nat) Nat.succ (fun _ f n => Nat.rec (f 1) (fun _ r => f r) n) 4"
UNBOUNDED = "set_option maxHeartbeats 0\nset_option maxRecDepth 1000000\n"
ENDLESS = {
    "simp": f"{UNBOUNDED}theorem t (f : Nat → Nat) (h : ∀ n, f n = f (n + 1)) : f 0 = 1 := by\n"
    "  simp (config := {maxSteps := 1000000000}) [h]",
    "decide": f"{UNBOUNDED}example : (List.range 100000).foldl (· + ·) 0 = 1 := by decide",
    "the kernel": f"example : {ACKERMANN} 2 = 1 := by decide +kernel",
    "reduce": f"{UNBOUNDED}#reduce {ACKERMANN} 4",
    "type classes": "class C (n : Nat) where\n  x : Nat\ninstance [C (n + 1)] : C n := ⟨0⟩\n"
    f"set_option synthInstance.maxHeartbeats 0\nset_option synthInstance.maxSize 1000000000\n{UNBOUNDED}"
    "#eval (inferInstance : C 0).x",
    "a pure loop": "partial def f (n : Nat) : Nat := f (n + 1)\n#eval f 0",
    "a loop that allocates nothing": "partial def f (n : UInt32) : UInt32 := f (n + 1)\n#eval f 0",
    "a loop in IO": "#eval show IO Unit from do while true do pure ()",
    "a loop that prints": '#eval show IO Unit from do while true do IO.println "x"',
    "sleeping": "#eval IO.sleep 1000000",
    "a command": 'import Lean\nopen Lean Elab\nelab "spin" : command => do while true do pure ()\nspin',
    "a tactic": 'import Lean\nopen Lean Elab\nelab "spin" : tactic => do while true do pure ()\n'
    "example : True := by spin",
    "code that catches": 'import Lean\nrun_meta while true do try throwError "x" catch _ => pure ()',
    "a parser": "import Lean\nopen Lean Parser\npartial def spin (s : ParserState) : ParserState := spin s\n"
    "def spinner : Parser := { fn := fun _ s => spin s }\n"
    '@[command_parser] def spinning := leading_parser "spinning" >> spinner\n#check Nat\nspinning',
}
"""Ends only when it is stopped, each by another of Lean's checks."""


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS)
def test_endless_code_is_stopped_and_the_process_goes_on(server: Requests, code: str) -> None:
    env = server.run("def kept := 7")["env"]
    before = server.held()
    line = code.count("\n") + (0 if "simp (" in code else 1)
    is_parsed = "spinning" not in code
    server.post_busy("endless", code, stream=is_parsed)
    while is_parsed and server.receive()["reached"]["line"] < line:
        pass
    time.sleep(0.5 if is_parsed else 3)
    reply = server.cancel("endless")
    assert reply["interrupted"]["line"] == line
    assert "env" not in reply
    assert server.held() == before
    assert texts(server.run("#eval kept", env=env)) == ["7"]
    assert server.works()


def test_what_was_found_before_code_is_stopped_is_told(server: Requests) -> None:
    server.post_busy("endless", f"#eval 1\ntheorem t : 1 = 2 := rfl\n#eval 2\n{ENDLESS['a pure loop']}\n#eval 3")
    time.sleep(1)
    reply = server.cancel("endless")
    assert [text for text in texts(reply) if text.isdigit()] == ["1", "2"]
    assert "Type mismatch" in errors(reply)[0]
    assert reply["interrupted"]["line"] == 5


def test_an_endless_tactic_is_stopped(server: Requests) -> None:
    spin = 'elab "spin" : tactic => do while true do pure ()'
    state = server.goal(f"import Lean\nopen Lean Elab\n{spin}\ntheorem t : 1 = 1 := by sorry")
    server.post({"id": 5, "tactic": "spin", "proofState": state})
    time.sleep(1)
    assert server.cancel(5) == {"id": 5, "interrupted": {"line": 0, "column": 0}}
    assert server.tactic("rfl", state)["proofStatus"] == "Completed"


def test_a_failure_that_nothing_in_lean_catches_ends_its_request_only(server: Requests) -> None:
    code = "def down : Nat → Nat\n  | 0 => 0\n  | n + 1 => 1 + down n\n#eval down 10000000"
    for _ in range(2):
        reply = server.ask({"id": "deep", "cmd": code})
        assert reply["id"] == "deep"
        assert "deep recursion" in reply["message"]
    assert server.works()


def test_stopping_leaves_the_request_beside_it_alone(server: Requests) -> None:
    server.post_busy("stays")
    for _ in range(5):
        server.post_busy("goes", ENDLESS["a pure loop"])
        time.sleep(0.2)
        assert "interrupted" in server.cancel("goes")
    assert "env" in server.ask({"id": "other", "cmd": "theorem t : 10 * 10 = 100 := by decide"})
    assert "interrupted" in server.cancel("stays")


# --- releasing --------------------------------------------------------------------------------------------------------


def test_what_is_released_is_gone_and_its_number_is_not_used_again(server: Requests) -> None:
    kept, gone = (server.run(f"def x := {value}")["env"] for value in (1, 2))
    state = server.goal("theorem t : 1 = 1 := by sorry")
    before = server.ask({"stat": True})
    release = {"environments": [gone, 999_999], "proofStates": [state, state]}
    assert server.ask({"release": release}) == {"released": 2}
    assert server.ask({"release": release}) == {"released": 0}
    after = server.ask({"stat": True})
    assert (before["environments"] - after["environments"], before["proofStates"] - after["proofStates"]) == (1, 1)
    assert server.run("#check x", env=gone) == {"message": "Unknown environment."}
    assert "Unknown proof state" in server.tactic("rfl", state)["message"]
    assert texts(server.run("#eval x", env=kept)) == ["1"]
    assert server.run("def y := 1")["env"] > gone
    assert server.goal("theorem t : 1 = 1 := by sorry") > state


def test_a_request_may_bring_what_is_to_be_released(server: Requests) -> None:
    env = server.run("def x := 1")["env"]
    assert server.run("#eval x", env=env, release={"environments": [env]}) == {"message": "Unknown environment."}
    other = server.run("def x := 1")["env"]
    assert texts(server.run("#eval x", env=other, release={"environments": [env]})) == ["1"]


@pytest.mark.parametrize("release", [3, {"environments": 3}, {"proofStates": [-1]}, {"environments": ["a"]}])
def test_a_release_that_is_none_is_refused(server: Requests, release: object) -> None:
    assert "must be" in server.ask({"release": release})["message"]


# --- usage ------------------------------------------------------------------------------------------------------------


def test_usage(server: Requests) -> None:
    assert "usage" not in server.run("def x := 1")
    idle = server.ask({"stat": True, "usage": True})["usage"]
    busy = server.run("theorem t : (List.range 999).foldl (· + ·) 0 = 498501 := by decide +kernel", usage=True)["usage"]
    assert set(idle) == set(busy) == {"cpu", "memory"}
    assert 0 <= idle["cpu"] < busy["cpu"]
    assert busy["memory"] > 2**28  # the image alone is larger
    assert "usage" in server.ask({"id": 1, "cmd": "nonsense", "usage": True})
