"""Results as dictionaries, JSON, Markdown and tables: what the methods of `LeanResult` of these names do."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from lean_magic._nesting import encode_nested
from lean_magic.errors import InputError, MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from lean_magic.goals import Goal, Hypothesis
    from lean_magic.positions import Position
    from lean_magic.proof_tree import ProofTree
    from lean_magic.results import LeanResult, Message, Sorry, TacticStep, TraceNode

__all__ = ["plain", "to_dataframe", "to_dict", "to_json", "to_markdown", "tree_to_dict"]


def to_dict(result: LeanResult) -> dict[str, Any]:
    """Return a result as data: see `LeanResult.to_dict`."""
    return {
        "code": plain(result.code),
        "verdict": result.verdict,
        "ok": result.ok,
        "detail": plain(result.detail),
        "messages": [_message(message) for message in result.messages],
        "sorries": [_sorry(sorry) for sorry in result.sorries],
        "tactics": [_tactic(step) for step in result.tactics],
        "root_goals": [_sorry(sorry) for sorry in result.root_goals],
        "env": result.env.id if result.env else None,
        "axioms": None if result.axioms is None else _lists(result.axioms),
        "axioms_unseen": _lists(result.axioms_unseen),
        "infotree": result.infotree,
        "elapsed": result.elapsed,
        "queued": result.queued,
        "cpu": result.cpu,
        "memory_peak": result.memory_peak,
        "worker": result.worker,
        "attempts": result.attempts,
    }


def to_json(result: LeanResult, *, indent: int | None = None) -> str:
    """Return a result as JSON: see `LeanResult.to_json`."""
    data = to_dict(result)
    try:
        return json.dumps(data, indent=indent, ensure_ascii=False)
    except RecursionError:
        # Elaboration trees and traces may be deeper than Python's encoder goes.
        return encode_nested(data)


def to_markdown(result: LeanResult) -> str:
    """Return a result as Markdown: see `LeanResult.to_markdown`."""
    from lean_magic.display import text

    *said, verdict = text(result).split("\n")
    parts = [f"**{_escaped(verdict)}**", _fenced(plain(result.code).rstrip("\n"), "lean")]
    if said:
        parts.append(_fenced("\n".join(said), "text"))
    return "\n\n".join(parts) + "\n"


def to_dataframe(result: LeanResult, of: Literal["messages", "sorries", "tactics"] = "messages") -> pd.DataFrame:
    """Return a table: see `LeanResult.to_dataframe`."""
    if find_spec("pandas") is None:
        raise MissingPackageError("Tables need pandas: pip install 'lean-magic[data]'")
    import pandas as pd

    rows: list[dict[str, Any]]
    match of:
        case "messages":
            columns = ["severity", "text"]
            rows = [{"severity": said.severity, "text": said.text, **_place(said)} for said in result.messages]
        case "sorries":
            columns = ["goal"]
            rows = [{"goal": sorry.goal.text, **_place(sorry)} for sorry in result.sorries]
        case "tactics":
            columns = ["tactic", "goals_before", "goals_after", "parent", "depth"]
            rows = [_tactic_row(step) for step in result.tactics]
        case _:
            raise InputError(f"A table is of 'messages', 'sorries' or 'tactics', not of {of!r}.")
    places = ["line", "column", "end_line", "end_column"]
    table = pd.DataFrame(rows, columns=[*places, *columns])
    whole = [*places, *(column for column in columns if column in {"parent", "depth"})]
    return table.astype(dict.fromkeys(whole, "Int64"))


def tree_to_dict(tree: ProofTree) -> dict[str, Any]:
    """Return a proof as data: see `ProofTree.to_dict`."""
    numbers: dict[object, int] = {}
    goals: list[dict[str, Any]] = []

    def numbered(found: tuple[Goal, ...]) -> list[int]:
        for goal in found:
            if (goal.id, goal.text) not in numbers:
                numbers[goal.id, goal.text] = len(goals)
                goals.append(_goal(goal))
        return [numbers[goal.id, goal.text] for goal in found]

    root = numbered(tree.goals)
    nodes: list[dict[str, Any]] = []
    parents: dict[int, tuple[int, bool]] = {}
    for level, _, node in tree.walk():
        parent, inner = parents.get(node.index, (None, False))
        parents |= {child.index: (len(nodes), False) for child in node.children}
        parents |= {child.index: (len(nodes), True) for child in node.inner}
        nodes.append(
            {
                "tactic": plain(node.tactic),
                "start": _position(node.start),
                "end": _position(node.end),
                "index": node.index,
                "before": numbered(node.before),
                "after": numbered(node.after),
                "parent": parent,
                "inner": inner,
                "level": level,
                "has_error": node.has_error,
                "has_sorry": node.has_sorry,
            }
        )
    return {
        "declaration": tree.declaration and plain(tree.declaration),
        "is_doubtful": tree.is_doubtful,
        "goals": goals,
        "root": root,
        "nodes": nodes,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "severity": message.severity,
        "text": plain(message.text),
        "start": _position(message.start),
        "end": _position(message.end),
        "suggestions": [
            {"text": plain(found.text), "start": _position(found.start), "end": _position(found.end)}
            for found in message.suggestions
        ],
        "traces": _traces(message.traces),
    }


def _traces(traces: tuple[TraceNode, ...]) -> list[dict[str, Any]]:
    # Without recursion: Lean may have gone deeper than Python does.
    found: list[dict[str, Any]] = []
    rest = [(node, found) for node in reversed(traces)]
    while rest:
        node, siblings = rest.pop()
        children: list[dict[str, Any]] = []
        siblings.append({"name": plain(node.name), "text": plain(node.text), "children": children})
        rest += [(child, children) for child in reversed(node.children)]
    return found


def _sorry(sorry: Sorry) -> dict[str, Any]:
    return {
        "goal": _goal(sorry.goal),
        "start": _position(sorry.start),
        "end": _position(sorry.end),
        "state": sorry.state.ref.id,
    }


def _tactic(step: TacticStep) -> dict[str, Any]:
    return {
        "tactic": plain(step.tactic),
        "goals": [_goal(goal) for goal in step.goals],
        "goals_after": [_goal(goal) for goal in step.goals_after],
        "start": _position(step.start),
        "end": _position(step.end),
        "parent": step.parent,
        "depth": step.depth,
        "used_constants": list(step.used_constants),
        "state": step.state.ref.id,
    }


def _goal(goal: Goal) -> dict[str, Any]:
    return {
        "id": goal.id,
        "text": plain(goal.text),
        "case": goal.case and plain(goal.case),
        "hypotheses": [_hypothesis(hypothesis) for hypothesis in goal.hypotheses],
        "target": plain(goal.target),
    }


def _hypothesis(hypothesis: Hypothesis) -> dict[str, Any]:
    return {
        "names": [plain(name) for name in hypothesis.names],
        "type": plain(hypothesis.type),
        "value": None if hypothesis.value is None else plain(hypothesis.value),
        "is_instance": hypothesis.is_instance,
    }


def _lists(axioms: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {plain(name): [plain(axiom) for axiom in found] for name, found in axioms.items()}


def _position(position: Position | None) -> dict[str, int] | None:
    return {"line": position.line, "column": position.column} if position else None


def _place(about: Message | Sorry | TacticStep) -> dict[str, int | None]:
    start, end = about.start, about.end
    return {
        "line": start.line if start else None,
        "column": start.column if start else None,
        "end_line": end.line if end else None,
        "end_column": end.column if end else None,
    }


def _tactic_row(step: TacticStep) -> dict[str, Any]:
    return {
        "tactic": step.tactic,
        "goals_before": "\n\n".join(map(str, step.goals)),
        "goals_after": "\n\n".join(map(str, step.goals_after)),
        "parent": step.parent,
        "depth": step.depth,
        **_place(step),
    }


def _fenced(text: str, language: str) -> str:
    """Return a block of code whose fence is longer than any in it."""
    longest = max((len(found) for found in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)


def plain(text: str) -> str:
    """Replace lone surrogates, which cannot be sent; everything else is data and stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
