"""Completion and help as a frontend asks a real kernel for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from frontend import PATIENCE, Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run("some_variable = 1\n%lean -q /-- The answer. -/ def my_answer := 42")
    yield kernel
    kernel.shutdown()


def _ask(kernel: Kernel, what: str, marked: str) -> dict[str, Any]:
    cell = marked.replace("│", "")
    reply = getattr(kernel.client, what)(cell, marked.index("│"), reply=True, timeout=PATIENCE)
    content: dict[str, Any] = reply["content"]
    assert content["status"] == "ok"
    return content


def _answer(kernel: Kernel, what: str, marked: str) -> dict[str, Any]:
    """Ask until there is an answer: on a busy machine, Lean may need longer than a person waits."""
    until = time.monotonic() + PATIENCE
    while True:
        reply = _ask(kernel, what, marked)
        if (reply["found"] if what == "inspect" else reply["matches"] != [""]) or time.monotonic() > until:
            return reply
        time.sleep(0.1)  # nothing is asked of a Lean that has not stopped yet


def test_completions_replace_the_word_at_the_cursor(kernel: Kernel) -> None:
    marked = "%%lean\n-- 𝔸\nexample := my_ans│ + 1"
    reply = _answer(kernel, "complete", marked)
    assert reply["matches"] == ["my_answer"]
    assert marked[reply["cursor_start"] : reply["cursor_end"]] == "my_ans"
    (described,) = reply["metadata"]["_jupyter_types_experimental"]
    assert described["type"] == "constant"


def test_abbreviations_are_those_of_lean(kernel: Kernel) -> None:
    assert _ask(kernel, "complete", "%%lean\nexample : Nat \\to│ Nat")["matches"] == ["→"]


def test_python_names_are_offered_in_python_only(kernel: Kernel) -> None:
    assert "some_variable" in _ask(kernel, "complete", "some_var│")["matches"]
    assert _ask(kernel, "complete", "%%lean\nexample := some_var│")["matches"] == [""]


def test_help_in_lean_is_what_lean_knows(kernel: Kernel) -> None:
    reply = _answer(kernel, "inspect", "%%lean\nexample := my_ans│wer")
    assert reply["found"]
    assert "my_answer : Nat" in reply["data"]["text/plain"]
    assert "The answer." in reply["data"]["text/plain"]
    assert "<pre>my_answer : Nat" in reply["data"]["text/html"]


def test_help_in_a_proof_has_the_goals(kernel: Kernel) -> None:
    reply = _answer(
        kernel, "inspect", "%%lean\nexample (p q : Prop) (h : p < q) : p := by\n  │skip\n  sorry".replace("<", "∧")
    )
    assert "⊢ p" in reply["data"]["text/plain"]


def test_help_in_python_is_as_before(kernel: Kernel) -> None:
    assert "int" in _ask(kernel, "inspect", "some_varia│ble")["data"]["text/plain"]
    assert not _ask(kernel, "inspect", "%%lean\nexample := no_such_th│ing")["found"]


def test_unloading_leaves_the_kernel_as_it_was(kernel: Kernel) -> None:
    kernel.run("%unload_ext lean_magic")
    left = kernel.run("'do_inspect' in vars(get_ipython().kernel), get_ipython().Completer.custom_matchers")
    assert left.text == "(False, [])"
    kernel.run("%load_ext lean_magic")
    assert kernel.run("'do_inspect' in vars(get_ipython().kernel)").text == "True"
