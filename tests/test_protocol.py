from __future__ import annotations

import pytest

from lean_magic import CrashedError
from lean_magic.protocol import CommandReply, Hello, TacticReply, decode, encode


def test_a_request_is_one_line_of_raw_utf8_and_an_empty_one() -> None:
    assert encode({"cmd": "𝔸\n\n⊢\0"}) == '{"cmd":"𝔸\\n\\n⊢\\u0000"}\n\n'.encode()


def test_a_reply_is_read_as_the_community_repl_writes_it() -> None:
    frame = b"""{"sorries":
 [{"proofState": 0,
   "pos": {"line": 1, "column": 43},
   "goal": "p q : Prop",
   "endPos": {"line": 1, "column": 48}}],
 "unknown": "is ignored",
 "env": 3}"""
    reply = decode(frame, CommandReply)
    assert (reply.env, reply.sorries[0].proof_state, reply.messages) == (3, 0, [])


def test_a_tree_may_be_as_deep_as_it_likes() -> None:
    frame = b'{"env": 3, "infotree": [' + b'{"children":[' * 20_000 + b"]}" * 20_000 + b"]}"
    reply = decode(frame, CommandReply)
    assert reply.env == 3
    assert reply.infotree is not None
    children, depth = reply.infotree, 0
    while children:
        children, depth = children[0]["children"], depth + 1
    assert depth == 20_000


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"Segmentation fault",
        b'{"env": 1',
        b'{"env": "1"}',
        b"[]",
        b"null",
        b"{}",
        b'{"goals": []}',
        b'{"env": 0, "messages": [{"severity": "error"}]}',
        b'{"env": 0, "messages": [{"severity": "\xff", "pos": {"line": 1, "column": 0}, "data": ""}]}',
        b'{"env": 0, "infotree": ' + b"[" * 100_000,
        b'{"env": 0, "infotree": ' + b"[" * 100_000 + b"]" * 99_999 + b"}",
        b'{"infotree": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
@pytest.mark.parametrize("kind", [CommandReply, TacticReply, Hello])
def test_what_nobody_can_read_is_never_an_answer(frame: bytes, kind: type[CommandReply]) -> None:
    with pytest.raises(CrashedError):
        decode(frame, kind)


def test_no_goals_without_a_status_is_not_an_answer() -> None:
    with pytest.raises(CrashedError, match="status"):
        decode(b'{"proofState": 1, "goals": []}', TacticReply)
