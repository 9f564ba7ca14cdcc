"""What ``lean-magic check`` prints."""

# ruff: noqa: T201 (this is where it is printed)
from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lean_magic._hints import missing_modules, not_part_of_lean
from lean_magic.cli._terminal import Colour, painted
from lean_magic.display import axiom_lines, summary, visible
from lean_magic.records import record_of
from lean_magic.records._declaring import declares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lean_magic.batch import Check
    from lean_magic.positions import Position
    from lean_magic.results import LeanResult

__all__ = ["print_json", "print_text"]

_KINDS: dict[str, Colour] = {
    "error": "red",
    "warning": "yellow",
    "info": "blue",
    "goal": "magenta",
    "tactic": "magenta",
}
_VERDICTS: dict[str, Colour] = {"valid": "green", "sorry": "yellow"}


def print_json(check: Check) -> None:
    """Print what came of a code as a line of JSON."""
    print(msgspec.json.encode(record_of(check)).decode(), flush=True)


def print_text(check: Check, *, is_coloured: bool) -> None:
    """Print what came of a code as compilers do."""
    name = visible(str(check.id)).replace("\n", "␊")
    lines = []
    if check.result is not None:
        for kind, position, text in _notes(check.result):
            where = painted(f"{name}{_place(position)}:", "bold", is_coloured=is_coloured)
            lines.append(f"{where} {painted(f'{kind}:', _KINDS[kind], is_coloured=is_coloured)} {visible(text)}")
        lines += [f"{name}: {visible(line)}" for line in axiom_lines(check.result)]
        lines += [f"{name}: {not_part_of_lean(module)}" for module in missing_modules(check.result)]
    lines.append(f"{painted(f'{name}:', 'bold', is_coloured=is_coloured)} {_verdict(check, is_coloured=is_coloured)}")
    print("\n".join(lines), flush=True)


def _notes(result: LeanResult) -> Iterator[tuple[str, Position | None, str]]:
    """Return what there is to say about places in the code, in its order."""
    notes: list[tuple[str, Position | None, str]] = [
        (message.severity, message.start, message.text.rstrip("\n")) for message in result.messages
    ]
    notes += [("goal", sorry.start, sorry.goal.text) for sorry in result.sorries]
    for step in result.tactics:
        goals = "\n\n".join(goal.text for goal in step.goals_after) or "no goals"
        notes.append(("tactic", step.start, f"{step.tactic}\n{goals}"))
    return iter(sorted(notes, key=lambda note: (note[1].line, note[1].column) if note[1] else (0, 0)))


def _place(position: Position | None) -> str:
    return f":{position.line}:{position.column}" if position and position.line else ""


def _verdict(check: Check, *, is_coloured: bool) -> str:
    if check.result is None:
        return painted(f"✗ refused: {check.error}", "red", is_coloured=is_coloured)
    line = painted(summary(check.result), _VERDICTS.get(check.result.verdict, "red"), is_coloured=is_coloured)
    if check.ok and not declares(check.code):
        line += " · nothing is declared"
    return f"{line} (known from before)" if check.cached else line
